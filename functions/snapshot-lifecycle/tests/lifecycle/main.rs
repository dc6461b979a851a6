//! snapshot-lifecycle on an AWS in memory: days pass, processes die, replies get lost, others are at it at the same time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod copying;
mod deleting;
mod holding;
mod kills;
mod leftovers;
mod ports;
mod requests;
mod things;
mod waiting;
mod world;
