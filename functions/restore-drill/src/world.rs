//! The world that the flow works on, as one bundle of ports.

use lifeboat::ports::{
    Clock, DataCheck, Databases, DestroyDatabases, MakeDatabases, Meter, Post, RestoreTests, Store, Vaults,
};

/// Everything restore-drill may touch. A function that bundles fewer ports can do less.
///
/// Where a region is given, the port works there; `None` is the function's own region.
pub trait World: Send + Sync + 'static {
    /// Clusters and instances: read, make, destroy
    type Databases: Databases + MakeDatabases + DestroyDatabases + Send;
    /// AWS Backup's vaults
    type Vaults: Vaults + Send;
    /// AWS Backup's restore tests
    type Tests: RestoreTests + Send;
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
    fn databases(&self, region: Option<&str>) -> &Self::Databases;
    /// AWS Backup's vaults
    fn vaults(&self, region: Option<&str>) -> &Self::Vaults;
    /// AWS Backup's restore tests, in the function's own region
    fn tests(&self) -> &Self::Tests;
    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// data-check
    fn data_check(&self, region: Option<&str>) -> &Self::DataCheck;
    /// The clock
    fn clock(&self) -> &Self::Clock;
}
