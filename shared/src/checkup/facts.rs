//! What was read. A question to AWS that failed is kept with its reason, so that nothing missing is taken for nothing there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::database::{
    BackupJob, BackupPlan, Certificate, Cluster, EngineSupport, Instance, Kept, Key, PointFacts, Quota, RetainedBackup,
    Sample, Sharing, Snapshot, Vault, Window,
};
use crate::verify::VerdictWord;

/// Why something is not known
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// In words: which call failed and why
    pub why: String,
}

/// Everything that was read
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// The region of the databases
    pub home: String,
    /// What was read of each region: home, and where copies go. A region that nobody asked is left out.
    pub regions: BTreeMap<String, Region>,
    /// Drills that ended, newest first, of the last months; from the records
    pub drills: Option<Result<Vec<DrillFacts>, Unknown>>,
    /// Runs under way; from the open records
    pub open_runs: Option<Result<Vec<RunFacts>, Unknown>>,
    /// Billed backup bytes of earlier days by database (its name in the policy), oldest first; from `findings.json`
    pub history: BTreeMap<String, Vec<Sample>>,
    /// When the check before this one looked, for jobs "since the last run"
    pub last_looked: Option<Timestamp>,
}

/// One region. `None` is what nobody asked, as nothing in the policy needs it there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Region {
    /// Every cluster
    pub clusters: Option<Result<Vec<Kept<Cluster>>, Unknown>>,
    /// Every instance
    pub instances: Option<Result<Vec<Kept<Instance>>, Unknown>>,
    /// Restorable windows of instances, by identifier
    pub windows: Option<Result<BTreeMap<String, Window>, Unknown>>,
    /// Every snapshot. Sharing is known of those that were asked; see [`Self::sharing`].
    pub snapshots: Option<Result<Vec<Snapshot>, Unknown>>,
    /// Who else may restore a snapshot, by ARN: as asked in this run, or remembered from an earlier one
    pub sharing: BTreeMap<String, Sharing>,
    /// Retained backups of protected databases that are gone, by identifier
    pub retained: BTreeMap<String, Result<Vec<RetainedBackup>, Unknown>>,
    /// Quotas
    pub quotas: Option<Result<Vec<Quota>, Unknown>>,
    /// Certificate authorities
    pub certificates: Option<Result<Vec<Certificate>, Unknown>>,
    /// Support of major versions
    pub support: Option<Result<Vec<EngineSupport>, Unknown>>,
    /// Keys by ARN; `Ok(None)` is a key that does not exist
    pub keys: BTreeMap<String, Result<Option<Key>, Unknown>>,
    /// Vaults of the policy by name
    pub vaults: BTreeMap<String, VaultFacts>,
    /// Jobs of AWS Backup since the last run (or a day): backups, copies and restores
    pub jobs: Option<Result<Vec<BackupJob>, Unknown>>,
    /// Backup plans
    pub plans: Option<Result<Vec<BackupPlan>, Unknown>>,
    /// Billed backup bytes by cluster identifier, a value for each day that has one, oldest first. Empty: AWS has no value,
    /// which is "not known" and not zero.
    pub billed: Option<Result<BTreeMap<String, Vec<Sample>>, Unknown>>,
}

/// A vault
#[derive(Debug, Clone, PartialEq)]
pub struct VaultFacts {
    /// The vault itself; `Ok(None)` is one that does not exist
    pub vault: Result<Option<Vault>, Unknown>,
    /// Its recovery points
    pub points: Result<Vec<PointFacts>, Unknown>,
}

/// A drill that ended
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillFacts {
    /// Run id
    pub run: String,
    /// The database's name in the policy
    pub database: String,
    /// The drill's name in the policy
    pub drill: String,
    /// When it was asked for
    pub requested_at: Timestamp,
    /// How it ended
    pub verdict: VerdictWord,
    /// First line of the reason
    pub reason: String,
    /// How many things it left behind
    pub left_behind: usize,
}

/// A run under way
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// Run id
    pub run: String,
    /// The database's name in the policy
    pub database: String,
    /// When it was asked for
    pub requested_at: Timestamp,
    /// Its phase in words
    pub phase: String,
}
