//! The world that the flow works on, as one bundle of ports.

use lifeboat::ports::{Clock, Databases, JobRuns, Meter, Post, Store};

/// Everything glue-alert may touch. It reads, writes its own memory, and tells; it changes nothing else.
pub trait World: Send + Sync + 'static {
    /// Glue's jobs
    type Jobs: JobRuns + Send;
    /// Clusters, instances and snapshots, to read
    type Databases: Databases + Send;
    /// The bucket
    type Store: Store + Send;
    /// The topic
    type Post: Post + Send;
    /// CloudWatch
    type Meter: Meter + Send;
    /// The clock
    type Clock: Clock + Send;

    /// Glue's jobs
    fn jobs(&self) -> &Self::Jobs;
    /// Clusters, instances and snapshots
    fn databases(&self) -> &Self::Databases;
    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// The clock
    fn clock(&self) -> &Self::Clock;
}
