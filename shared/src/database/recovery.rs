//! What AWS Backup and RDS keep beside snapshots: recovery points, restore jobs, retained backups of deleted databases.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Engine, Tags, Window};

/// A recovery point of an AWS Backup vault (`ListRecoveryPointsByBackupVault`)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    /// ARN: an RDS snapshot's `…:awsbackup:job-…`, or AWS Backup's own
    pub arn: String,
    /// Vault that holds it
    pub vault: String,
    /// ARN of the database it was taken of
    pub resource_arn: String,
    /// `Aurora`, `RDS`, `DocumentDB`
    pub resource_type: String,
    /// AWS's status word: `COMPLETED` and `AVAILABLE` can be restored
    pub status: String,
    /// `CreationDate`
    pub created_at: Option<Timestamp>,
    /// `BackupSizeInBytes`, where AWS knows it
    pub bytes: Option<i64>,
    /// KMS key of the point
    pub kms_key: Option<String>,
}

/// A restore job of AWS Backup (`DescribeRestoreJob`)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreJob {
    /// Id
    pub id: String,
    /// `PENDING`, `RUNNING`, `COMPLETED`, `ABORTED`, `FAILED`
    pub status: String,
    /// AWS's words for a job that did not complete
    pub message: Option<String>,
    /// ARN of what it made; known once AWS says so
    pub created_arn: Option<String>,
}

/// A restore job that a restore-testing plan of AWS Backup began (`DescribeRestoreJob`)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreTest {
    /// The job itself
    pub job: RestoreJob,
    /// Whether a restore-testing plan began it
    pub is_test: bool,
    /// `SUCCESSFUL`, `FAILED`, `TIMED_OUT`, `VALIDATING`; none before anybody has answered. An answer is never changed.
    pub validation: Option<String>,
}

/// What a recovery point says a restore of it needs (`GetRecoveryPointRestoreMetadata`). The case of its keys differs
/// between points, so a key is changed only where it was returned.
pub type RestoreMetadata = BTreeMap<String, String>;

/// The automated backups that RDS kept of a deleted cluster or instance (`DescribeDBClusterAutomatedBackups`,
/// `DescribeDBInstanceAutomatedBackups`; status `retained`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetainedBackup {
    /// Identifier that the database had
    pub identifier: String,
    /// Resource id: what a restore names
    pub resource_id: String,
    /// ARN that the database had
    pub arn: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// Restorable window
    pub window: Window,
    /// When the database was made; tells generations of one identifier apart
    pub created_at: Option<Timestamp>,
    /// KMS key of the storage
    pub kms_key: Option<String>,
    /// Port that the database had
    pub port: Option<u16>,
    /// Tags that the database had
    #[serde(default)]
    pub tags: Tags,
    /// ARN of the automated backup itself; RDS instances only
    #[serde(default)]
    pub backup_arn: Option<String>,
}
