//! The world that the flow works on, as one bundle of ports.

use lifeboat::ports::{BackupFacts, Clock, Databases, Inventory, Keys, Measured, Meter, Post, Remedy, Store};

/// Everything backup-check may touch. It reads; the two changes that a policy may ask for are all that it can make.
pub trait World: Send + Sync + 'static {
    /// Clusters, instances and snapshots, to read
    type Databases: Databases + Inventory + Send;
    /// AWS Backup, to read
    type Backup: BackupFacts + Send;
    /// KMS, to read
    type Keys: Keys + Send;
    /// Metrics, to read
    type Measured: Measured + Send;
    /// The two changes
    type Remedy: Remedy + Send;
    /// The bucket
    type Store: Store + Send;
    /// The topic
    type Post: Post + Send;
    /// CloudWatch
    type Meter: Meter + Send;
    /// The clock
    type Clock: Clock + Send;

    /// The function's own region: that of the databases
    fn home(&self) -> &str;
    /// Clusters, instances and snapshots of a region
    fn databases(&self, region: &str) -> &Self::Databases;
    /// AWS Backup of a region
    fn backup(&self, region: &str) -> &Self::Backup;
    /// KMS of a region
    fn keys(&self, region: &str) -> &Self::Keys;
    /// Metrics of the function's own region
    fn measured(&self) -> &Self::Measured;
    /// The two changes, in the function's own region
    fn remedy(&self) -> &Self::Remedy;
    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// The clock
    fn clock(&self) -> &Self::Clock;
}
