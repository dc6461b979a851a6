//! What AWS Backup tells of vaults, jobs and plans.

use jiff::Timestamp;

use super::RecoveryPoint;

/// A vault (`DescribeBackupVault`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    /// Name
    pub name: String,
    /// KMS key of the vault
    pub kms_key: Option<String>,
    /// Whether the vault is locked
    pub locked: bool,
    /// From when on the lock cannot be taken off (compliance); none in governance mode
    pub lock_date: Option<Timestamp>,
    /// Fewest days of retention that the lock allows
    pub min_days: Option<i64>,
    /// Most days of retention that the lock allows
    pub max_days: Option<i64>,
}

/// A recovery point with what the list of a vault says beyond what a restore needs
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFacts {
    /// The point
    pub point: RecoveryPoint,
    /// AWS's words about its status; why a point could not be deleted stands here
    pub message: Option<String>,
    /// `WARM`, `COLD`, `DELETED`: the tier that it is in
    pub tier: Option<String>,
    /// When AWS is to delete it
    pub delete_at: Option<Timestamp>,
    /// When it was complete
    pub completed_at: Option<Timestamp>,
    /// ARN of the vault that it was copied from, in whatever region
    pub copied_from: Option<String>,
}

/// What a job of AWS Backup was for
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// `ListBackupJobs`
    Backup,
    /// `ListCopyJobs`
    Copy,
    /// `ListRestoreJobs`
    Restore,
}

/// A job of AWS Backup
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupJob {
    /// What it was for
    pub kind: JobKind,
    /// Id
    pub id: String,
    /// AWS's word: `COMPLETED`, `FAILED`, `ABORTED`, `EXPIRED`, `PARTIAL`, …
    pub state: String,
    /// AWS's words for it; a COMPLETED job with words is "completed with issues"
    pub message: Option<String>,
    /// ARN of the database
    pub resource_arn: String,
    /// Vault that it writes to, or that it restores from
    pub vault: Option<String>,
    /// Id of the plan that began it; none where a person did
    pub plan: Option<String>,
    /// When it was made
    pub created_at: Option<Timestamp>,
    /// When it ended
    pub ended_at: Option<Timestamp>,
    /// Whether a restore-testing plan began it
    pub is_test: bool,
    /// What a restore job made
    pub made: Option<String>,
    /// Of a restore test: what became of deleting its copy (`DELETING`, `FAILED`, `SUCCESSFUL`), with AWS's words
    pub deletion: Option<(String, Option<String>)>,
}

/// A backup plan (`ListBackupPlans`, `GetBackupPlan`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// Id
    pub id: String,
    /// Name
    pub name: String,
    /// Rules
    pub rules: Vec<BackupRule>,
}

/// A rule of a plan
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRule {
    /// Name
    pub name: String,
    /// Vault
    pub vault: String,
    /// `cron(…)` or `rate(…)`
    pub schedule: Option<String>,
    /// IANA name of the zone of the schedule; UTC where AWS says none
    pub timezone: Option<String>,
    /// Minutes after which a job that did not start is given up
    pub start_within_minutes: Option<i64>,
    /// Days after which a point is deleted
    pub delete_after_days: Option<i64>,
    /// Days after which a point moves to cold storage
    pub cold_after_days: Option<i64>,
    /// Continuous backup: point-in-time recovery by AWS Backup
    pub continuous: bool,
    /// Copies that it makes: ARN of the destination vault, days of retention there, days until cold storage there
    pub copies: Vec<(String, Option<i64>, Option<i64>)>,
}
