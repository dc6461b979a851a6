//! The world that the flow works on, as one bundle of ports.

use std::future::Future;
use std::time::Duration;

use lifeboat::ports::{
    BackupFacts, Blueprints, Clock, CutOvers, DataCheck, Databases, Jobs, Keys, Meter, NamedSnapshots, Post, Quotas,
    Recover, Store, Vaults,
};

/// Everything emergency-restore may touch. There is no port in it that removes a database or a snapshot.
pub trait World: Send + Sync + 'static {
    /// Clusters and instances: read, built anew, cut over to
    type Databases: Databases + Blueprints + NamedSnapshots + Quotas + Recover + CutOvers + Send;
    /// AWS Backup's vaults, to look at
    type Backups: BackupFacts + Send;
    /// AWS Backup's vaults, to restore from
    type Vaults: Vaults + Send;
    /// KMS
    type Keys: Keys + Send;
    /// Glue
    type Jobs: Jobs + Send;
    /// The bucket
    type Store: Store + Send;
    /// The topic
    type Post: Post + Send;
    /// CloudWatch
    type Meter: Meter + Send;
    /// data-check
    type DataCheck: DataCheck + Send;
    /// The clock
    type Clock: Clock + Send;

    /// Clusters and instances
    fn databases(&self) -> &Self::Databases;
    /// AWS Backup's vaults, to look at
    fn backups(&self) -> &Self::Backups;
    /// AWS Backup's vaults, to restore from
    fn vaults(&self) -> &Self::Vaults;
    /// KMS
    fn keys(&self) -> &Self::Keys;
    /// Glue
    fn jobs(&self) -> &Self::Jobs;
    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// data-check
    fn data_check(&self) -> &Self::DataCheck;
    /// The clock
    fn clock(&self) -> &Self::Clock;
    /// The region that it works in, where it knows
    fn region(&self) -> Option<String>;
    /// Whether its credentials are meant to change what is in production; they are where nobody says otherwise
    fn may_cut_over(&self) -> bool;
    /// Waits
    fn rest(&self, span: Duration) -> impl Future<Output = ()> + Send;
}
