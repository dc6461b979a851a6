//! What a flow needs of the world, one small trait for each capability.
//!
//! Reading, making and destroying are three traits, so that a signature says what a flow may touch; a destroying call takes
//! an [`Owned`] value, which only the gate in [`crate::restore`] can make. Adapters in `aws` implement these for the real
//! world, `tests/` for worlds that fail on purpose.
//!
//! Every method is one call (or one bounded walk over pages) and leaves waiting and retrying later to its caller.

use std::future::Future;

use jiff::Timestamp;

use crate::database::{
    Cluster, Event, Instance, RecoveryPoint, RestoreJob, RestoreMetadata, RetainedBackup, Snapshot, Tags, Window,
};
use crate::fault::Fault;
use crate::restore::{Adjust, CreateInstance, Leftover, Owned, RestoreCluster, RestoreInstance, StartRestoreJob};
use crate::verify::CheckRequest;

/// Reads clusters, instances, snapshots and events. `Ok(None)` is AWS's certain "not found".
pub trait Databases: Sync {
    /// One cluster
    fn cluster(&self, identifier: &str) -> impl Future<Output = Result<Option<Cluster>, Fault>> + Send;
    /// One instance
    fn instance(&self, identifier: &str) -> impl Future<Output = Result<Option<Instance>, Fault>> + Send;
    /// The restorable window of an RDS instance, which only its automated backup knows
    fn instance_window(&self, identifier: &str) -> impl Future<Output = Result<Window, Fault>> + Send;
    /// Every snapshot of a cluster (`clustered`) or an instance, automated and manual
    fn snapshots(&self, source: &str, clustered: bool) -> impl Future<Output = Result<Vec<Snapshot>, Fault>> + Send;
    /// Automated backups that RDS kept of a deleted cluster (`clustered`) or instance of this identifier
    fn retained(
        &self,
        identifier: &str,
        clustered: bool,
    ) -> impl Future<Output = Result<Vec<RetainedBackup>, Fault>> + Send;
    /// What RDS noted about a cluster (`clustered`) or an instance between two times
    fn events(
        &self,
        identifier: &str,
        clustered: bool,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Vec<Event>, Fault>> + Send;
    /// Every cluster of the account and region
    fn all_clusters(&self) -> impl Future<Output = Result<Vec<Cluster>, Fault>> + Send;
    /// Every instance of the account and region
    fn all_instances(&self) -> impl Future<Output = Result<Vec<Instance>, Fault>> + Send;
    /// Snapshots and retained automated backups whose database's name starts with one of our prefixes
    fn remains(&self, prefixes: &[&str]) -> impl Future<Output = Result<Vec<Leftover>, Fault>> + Send;
}

/// Makes copies and opens them. Never changes anything that is not a copy of ours.
pub trait MakeDatabases: Sync {
    /// Restore a cluster's volume
    fn restore_cluster(&self, act: &RestoreCluster) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Restore an RDS instance
    fn restore_instance(&self, act: &RestoreInstance) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Attach an instance to a restored cluster
    fn create_instance(&self, act: &CreateInstance) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Give a cluster that AWS Backup restored for us its tags
    fn adopt_cluster(&self, copy: &Owned<Cluster>, tags: &Tags) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Give an instance that AWS Backup restored for us its tags
    fn adopt_instance(&self, copy: &Owned<Instance>, tags: &Tags) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Set on a cluster of ours what its restore could not be told
    fn adjust_cluster(&self, copy: &Owned<Cluster>, act: &Adjust) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Set on an instance of ours what its restore could not be told
    fn adjust_instance(&self, copy: &Owned<Instance>, act: &Adjust) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Have RDS manage the master password of a cluster of ours
    fn manage_cluster_secret(&self, copy: &Owned<Cluster>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Have RDS manage the master password of an instance of ours
    fn manage_instance_secret(&self, copy: &Owned<Instance>) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Removes copies. Takes `Owned` values only.
pub trait DestroyDatabases: Sync {
    /// Turn off a cluster's deletion protection
    fn unprotect_cluster(&self, copy: &Owned<Cluster>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Turn off an instance's deletion protection
    fn unprotect_instance(&self, copy: &Owned<Instance>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Start a stopped cluster, so that it can be removed
    fn start_cluster(&self, copy: &Owned<Cluster>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Start a stopped instance, so that it can be removed
    fn start_instance(&self, copy: &Owned<Instance>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Remove an instance, with its automated backups and without a final snapshot
    fn delete_instance(&self, copy: Owned<Instance>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Remove a cluster, with its automated backups and without a final snapshot
    fn delete_cluster(&self, copy: Owned<Cluster>) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// AWS Backup's vaults. Restoring from one makes a copy and touches no backup.
pub trait Vaults: Sync {
    /// The recovery points of one database in a vault
    fn recovery_points(
        &self,
        vault: &str,
        resource_arn: &str,
    ) -> impl Future<Output = Result<Vec<RecoveryPoint>, Fault>> + Send;
    /// What a restore of a recovery point needs to be told
    fn restore_metadata(
        &self,
        vault: &str,
        recovery_point: &str,
    ) -> impl Future<Output = Result<RestoreMetadata, Fault>> + Send;
    /// Start a restore job; its id. The same token again is answered with the same job
    fn restore(&self, act: &StartRestoreJob) -> impl Future<Output = Result<String, Fault>> + Send;
    /// One restore job; `None` is AWS's certain "not found"
    fn restore_job(&self, id: &str) -> impl Future<Output = Result<Option<RestoreJob>, Fault>> + Send;
}

/// An object as it was read, with the ETag that a conditional write needs
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The object's bytes
    pub body: Vec<u8>,
    /// Its ETag, quotes and all
    pub etag: String,
}

/// The bucket. Conditional writes that lose come back as [`crate::fault::Class::Conflict`].
pub trait Store: Sync {
    /// Read an object; `None` when there is none
    fn read(&self, key: &str) -> impl Future<Output = Result<Option<Stored>, Fault>> + Send;
    /// Write an object that must not exist yet (`If-None-Match: *`); the new ETag
    fn create(&self, key: &str, body: Vec<u8>) -> impl Future<Output = Result<String, Fault>> + Send;
    /// Write an object that must still be the one that was read (`If-Match`); the new ETag
    fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> impl Future<Output = Result<String, Fault>> + Send;
    /// Write an object whatever is there; for pages and answers
    fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Remove an object; a missing one is fine
    fn remove(&self, key: &str) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Keys under a prefix, in order. More than `most` is a fault: a list that ends early hides what is behind its end
    fn list(&self, prefix: &str, most: usize) -> impl Future<Output = Result<Vec<String>, Fault>> + Send;
}

/// The topic of the mails
pub trait Post: Sync {
    /// Send one mail
    fn send(&self, subject: &str, body: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// CloudWatch
pub trait Meter: Sync {
    /// Send metrics, all in one call where they fit
    fn measure(&self, metrics: &[crate::mail::Metric]) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The data-check function
pub trait DataCheck: Sync {
    /// Ask; the answer comes to `checks/<run>.json` later
    fn ask(&self, request: &CheckRequest) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Secrets Manager
pub trait Secrets: Sync {
    /// The text of a secret
    fn secret(&self, arn: &str) -> impl Future<Output = Result<String, Fault>> + Send;
}

/// The one clock
pub trait Clock: Sync {
    /// Now
    fn now(&self) -> Timestamp;
}
