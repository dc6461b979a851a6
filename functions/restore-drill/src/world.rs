//! The world that the flow works on, as one bundle of ports.

use lifeboat::ports::{Clock, DataCheck, Databases, DestroyDatabases, MakeDatabases, Meter, Post, Store};

/// Everything restore-drill may touch. A function that bundles fewer ports can do less.
pub trait World: Send + Sync + 'static {
    /// Clusters and instances: read, make, destroy
    type Databases: Databases + MakeDatabases + DestroyDatabases + Send;
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
}
