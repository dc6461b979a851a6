//! The world that the flow works on, as one bundle of ports.

use std::future::Future;
use std::time::Duration;

use lifeboat::ports::{
    BackupFacts, Clock, Databases, DestroyDatabases, DestroySnapshots, MakeSnapshots, Meter, Post, ReadSnapshots, Store,
};

/// Everything snapshot-lifecycle may touch. A function that bundles fewer ports can do less.
///
/// Where a region is given, the port works there; `None` is the function's own region.
pub trait World: Send + Sync + 'static {
    /// Databases and their snapshots: read; snapshots: make; expired copies and what the plan lets go: delete
    type Databases: Databases + DestroyDatabases + ReadSnapshots + MakeSnapshots + DestroySnapshots + Send;
    /// AWS Backup, to look at
    type Backups: BackupFacts + Send;
    /// The bucket
    type Store: Store + Send;
    /// The topic
    type Post: Post + Send;
    /// CloudWatch
    type Meter: Meter + Send;
    /// The clock
    type Clock: Clock + Send;

    /// The function's own region, which is that of the databases; empty where nobody said it
    fn home(&self) -> &str;
    /// Databases and snapshots
    fn databases(&self, region: Option<&str>) -> &Self::Databases;
    /// AWS Backup
    fn backups(&self) -> &Self::Backups;
    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// The clock
    fn clock(&self) -> &Self::Clock;
    /// Lets time pass, for whoever waits at a terminal
    fn rest(&self, span: Duration) -> impl Future<Output = ()> + Send;
}
