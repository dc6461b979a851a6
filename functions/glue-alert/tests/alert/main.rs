//! glue-alert on an AWS in memory: events get lost, come twice and out of order, processes die, replies get lost, ten look at
//! once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod crashes;
mod events;
mod polling;
mod ports;
mod restoring;
mod telling;
mod world;
