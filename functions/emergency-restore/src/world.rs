//! The world that the flow works on, as one bundle of ports.

use lifeboat::ports::{Clock, Meter, Post, Store};

/// Everything emergency-restore may touch. A function that bundles fewer ports can do less.
pub trait World: Send + Sync + 'static {
    /// The bucket
    type Store: Store + Send;
    /// The topic
    type Post: Post + Send;
    /// CloudWatch
    type Meter: Meter + Send;
    /// The clock
    type Clock: Clock + Send;

    /// The bucket
    fn store(&self) -> &Self::Store;
    /// The topic
    fn post(&self) -> &Self::Post;
    /// CloudWatch
    fn meter(&self) -> &Self::Meter;
    /// The clock
    fn clock(&self) -> &Self::Clock;
}
