//! What a flow needs of the world, one small trait for each capability.
//!
//! Reading, making and destroying are three traits, so that a signature says what a flow may touch; a destroying call takes
//! an [`Owned`] value, which only the gate in [`crate::restore`] can make. Adapters in `aws` implement these for the real
//! world, `tests/` for worlds that fail on purpose.
//!
//! Every method is one call (or one bounded walk over pages) and leaves waiting and retrying later to its caller.

use std::collections::BTreeMap;
use std::future::Future;

use jiff::Timestamp;

use crate::database::{
    BackupJob, BackupPlan, Certificate, Cluster, EngineSupport, Event, Export, Instance, JobKind, Kept, Key,
    PointFacts, Quota, RecoveryPoint, RestoreJob, RestoreMetadata, RestoreTest, RetainedBackup, Sample, Series,
    Sharing, Snapshot, Tags, Vault, Window,
};
use crate::fault::Fault;
use crate::glue;
use crate::lifecycle::{CopySnapshot, CreateSnapshot, Doomed, StartExport};
use crate::recover::{self, Blueprint, ProxyFacts, Server, Target};
use crate::restore::{
    Adjust, CreateInstance, Leftover, Lent, Owned, RestoreCluster, RestoreInstance, StartRestoreJob, TestAnswer,
};
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
    /// Set on a cluster what its restore could not be told
    fn adjust_cluster(&self, copy: &Lent<Cluster>, act: &Adjust) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Set on an instance what its restore could not be told
    fn adjust_instance(&self, copy: &Lent<Instance>, act: &Adjust) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Have RDS manage the master password of a cluster
    fn manage_cluster_secret(&self, copy: &Lent<Cluster>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Have RDS manage the master password of an instance
    fn manage_instance_secret(&self, copy: &Lent<Instance>) -> impl Future<Output = Result<(), Fault>> + Send;
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

/// Reads manual snapshots. No call of a list is made for each snapshot.
pub trait ReadSnapshots: Sync {
    /// Every manual snapshot of the account and region, of clusters and instances: a call for each hundred
    fn manual(&self) -> impl Future<Output = Result<Vec<Snapshot>, Fault>> + Send;
    /// These as they are now, in one call, at most [`LOOKED_AT`] at once; what is gone is left out of the answer
    fn again(
        &self,
        identifiers: &[String],
        clustered: bool,
    ) -> impl Future<Output = Result<Vec<Snapshot>, Fault>> + Send;
    /// One, by identifier or ARN, of a cluster or else of an instance
    fn snapshot(&self, name: &str) -> impl Future<Output = Result<Option<Snapshot>, Fault>> + Send;
    /// Who else may restore it
    fn sharing(&self, identifier: &str, clustered: bool) -> impl Future<Output = Result<Sharing, Fault>> + Send;
    /// Retained automated backups of databases whose names start with one of these prefixes: two lists, however many there are
    fn retained_of(&self, prefixes: &[&str]) -> impl Future<Output = Result<Vec<RetainedBackup>, Fault>> + Send;
    /// One export by its task, or all that AWS remembers
    fn exports(&self, task: Option<&str>) -> impl Future<Output = Result<Vec<Export>, Fault>> + Send;
}

/// Most snapshots that [`ReadSnapshots::again`] takes at once: a page of RDS
pub const LOOKED_AT: usize = 100;

/// Makes snapshots. Changes nothing of what they are taken of.
pub trait MakeSnapshots: Sync {
    /// Take one
    fn create(&self, act: &CreateSnapshot) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Copy one; called in the region that the copy is for
    fn copy(&self, act: &CopySnapshot) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Export one to S3
    fn export(&self, act: &StartExport) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Deletes snapshots. Takes values of the gates only.
pub trait DestroySnapshots: Sync {
    /// Delete a snapshot that the plan lets go
    fn delete(&self, snapshot: Doomed<Snapshot>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Delete the manual snapshot of an expired copy of ours
    fn delete_expired(&self, snapshot: Owned<Snapshot>) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Delete what RDS retained of an expired copy of ours
    fn delete_retained(&self, backup: Owned<RetainedBackup>) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Whole accounts, in lists: no call for each thing in them
pub trait Inventory: Sync {
    /// Every cluster
    fn clusters(&self) -> impl Future<Output = Result<Vec<Kept<Cluster>>, Fault>> + Send;
    /// Every instance, members of clusters among them
    fn instances(&self) -> impl Future<Output = Result<Vec<Kept<Instance>>, Fault>> + Send;
    /// The restorable windows of RDS instances that exist, by identifier
    fn windows(&self) -> impl Future<Output = Result<BTreeMap<String, Window>, Fault>> + Send;
    /// Every snapshot of every type that is this account's
    fn snapshots(&self) -> impl Future<Output = Result<Vec<Snapshot>, Fault>> + Send;
    /// Who else may restore a snapshot. The only question here that is asked for one thing: its callers bound it.
    fn sharing(&self, identifier: &str, clustered: bool) -> impl Future<Output = Result<Sharing, Fault>> + Send;
    /// Quotas and what is used of them
    fn quotas(&self) -> impl Future<Output = Result<Vec<Quota>, Fault>> + Send;
    /// Certificate authorities
    fn certificates(&self) -> impl Future<Output = Result<Vec<Certificate>, Fault>> + Send;
    /// Until when major versions are supported
    fn support(&self) -> impl Future<Output = Result<Vec<EngineSupport>, Fault>> + Send;
}

/// Daily sums of metrics
pub trait Measured: Sync {
    /// Sums over days, between two times. Every series that was asked for is in the answer; one without a value is empty.
    fn daily_sums(
        &self,
        series: &[Series],
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<BTreeMap<Series, Vec<Sample>>, Fault>> + Send;
}

/// KMS
pub trait Keys: Sync {
    /// A key by its ARN; `None` is AWS's certain "not found"
    fn key(&self, arn: &str) -> impl Future<Output = Result<Option<Key>, Fault>> + Send;
}

/// AWS Backup, to look at
pub trait BackupFacts: Sync {
    /// A vault; `None` is AWS's certain "not found"
    fn vault(&self, name: &str) -> impl Future<Output = Result<Option<Vault>, Fault>> + Send;
    /// Every recovery point of a vault that is of Aurora, RDS or DocumentDB
    fn points(&self, vault: &str) -> impl Future<Output = Result<Vec<PointFacts>, Fault>> + Send;
    /// Jobs of a kind, of Aurora, RDS and DocumentDB, made since then; AWS remembers about 30 days
    fn jobs(&self, kind: JobKind, since: Timestamp) -> impl Future<Output = Result<Vec<BackupJob>, Fault>> + Send;
    /// Every backup plan with its rules
    fn plans(&self) -> impl Future<Output = Result<Vec<BackupPlan>, Fault>> + Send;
}

/// The two changes to what is protected that a policy may ask for. Nothing is ever lowered or turned off.
pub trait Remedy: Sync {
    /// Raise the retention of automated backups
    fn raise_retention(&self, act: &crate::checkup::RaiseRetention) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Turn deletion protection on
    fn protect(&self, act: &crate::checkup::Protect) -> impl Future<Output = Result<(), Fault>> + Send;
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

/// Restore tests of AWS Backup
pub trait RestoreTests: Sync {
    /// One restore job, and what became of its validation; `None` is AWS's certain "not found"
    fn restore_test(&self, job: &str) -> impl Future<Output = Result<Option<RestoreTest>, Fault>> + Send;
    /// Tell AWS Backup what came of it. It takes one answer, and then removes what it restored.
    fn answer_test(&self, answer: &TestAnswer) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Reads databases as they are set up
pub trait Blueprints: Sync {
    /// A cluster (`clustered`) or an RDS instance with everything that a restore does not bring back by itself
    fn blueprint(
        &self,
        identifier: &str,
        clustered: bool,
    ) -> impl Future<Output = Result<Option<Blueprint>, Fault>> + Send;
    /// What a cluster or instance is called now, and AWS's status word: found by the id that survives a rename
    fn named(&self, server: &Server) -> impl Future<Output = Result<Option<(String, String)>, Fault>> + Send;
}

/// One snapshot by its name: what the lists of a database do not hold
pub trait NamedSnapshots: Sync {
    /// A snapshot of a cluster (`clustered`) or an instance by its identifier, or by its ARN where another account shares it
    /// with this one; `None` is AWS's certain "not found"
    fn named_snapshot(
        &self,
        name: &str,
        clustered: bool,
    ) -> impl Future<Output = Result<Option<Snapshot>, Fault>> + Send;
}

/// Quotas of the account
pub trait Quotas: Sync {
    /// Quotas and what is used of them
    fn account_quotas(&self) -> impl Future<Output = Result<Vec<Quota>, Fault>> + Send;
}

/// Builds recoveries. There is no method that removes anything.
pub trait Recover: Sync {
    /// Restore a cluster's volume with its settings
    fn restore_cluster(&self, act: &recover::RestoreCluster) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Restore an RDS instance with its settings
    fn restore_instance(&self, act: &recover::RestoreInstance) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Make an instance of a restored cluster
    fn create_member(&self, act: &recover::CreateMember) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Set on a copy what its restore could not be told. The flow has read it just before and found it to be its run's.
    fn change(&self, act: &recover::Change) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Let a copy take on a role
    fn add_role(
        &self,
        identifier: &str,
        clustered: bool,
        role: &str,
        feature: Option<&str>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Turn the Data API of a cluster on
    fn enable_http_endpoint(&self, arn: &str) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Give what AWS Backup made for a run that run's tags. The flow has read it just before and found it to have the ARN that
    /// the restore job names.
    fn adopt(&self, arn: &str, tags: &Tags) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Tell an inspection's cluster and instances that they end later
    fn extend(&self, arn: &str, expires_at: Timestamp) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Cuts over. The only calls that touch what is protected, and only at a person's request.
pub trait CutOvers: Sync {
    /// Give a cluster or instance another identifier; `from` is what it has to be called now
    fn rename(&self, server: &Server, from: &str, to: &str) -> impl Future<Output = Result<(), Fault>> + Send;
    /// What a proxy's target group points at
    fn proxy(&self, proxy: &str, group: &str) -> impl Future<Output = Result<ProxyFacts, Fault>> + Send;
    /// Point a target group at another target: what is registered already, or gone already, is fine
    fn retarget(
        &self,
        proxy: &str,
        group: &str,
        from: &Target,
        to: &Target,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Glue
pub trait Jobs: Sync {
    /// The newest run of a job that did not succeed: its id and when it began; none where there is none
    fn newest_failed_run(&self, job: &str) -> impl Future<Output = Result<Option<(String, Timestamp)>, Fault>> + Send;
}

/// Glue's jobs, to watch
pub trait JobRuns: Sync {
    /// Every run of a job that Glue remembers, in whatever order; `Ok(None)` is Glue's certain "no such job"
    fn job_runs(&self, job: &str) -> impl Future<Output = Result<Option<Vec<glue::Run>>, Fault>> + Send;
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
