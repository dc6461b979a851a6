//! emergency-restore on an AWS in memory: processes die, replies get lost, people ask twice, things vanish, windows move.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod abroad;
mod cutting;
mod documents;
mod events;
mod following;
mod gone;
mod inspecting;
mod kills;
mod planning;
mod ports;
mod recovering;
mod requests;
mod showing;
mod things;
mod troubles;
mod vaults;
mod world;
