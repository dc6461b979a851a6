//! What is protected, in our own words.
//!
//! AWS tells of clusters, instances and snapshots in SDK types; the adapters translate them into the facts here, so that
//! every decision is made over plain values that a test can write down.

mod account;
pub mod backup_price;
mod engine;
mod facts;
pub mod price;
mod recovery;
mod snapshot;
mod vault;

pub use account::{Certificate, EngineSupport, Kept, Key, Quota, Sample, Series, Upkeep};
pub use engine::{Dialect, Engine, Kind};
pub use facts::{
    Capacity, Cluster, Configuration, Event, Instance, ManagedSecret, Member, SecretState, Seen, Tags, Window,
};
pub use recovery::{RecoveryPoint, RestoreJob, RestoreMetadata, RestoreTest, RetainedBackup};
pub use snapshot::{Export, Sharing, Snapshot, SnapshotDetails, SnapshotKind};
pub use vault::{BackupJob, BackupPlan, BackupRule, JobKind, PointFacts, Vault};
