//! The flow of `backup-check` over a world that fails on purpose.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says no by panicking"
)]

#[path = "flow/looking.rs"]
mod looking;
#[path = "flow/mending.rs"]
mod mending;
#[path = "flow/real.rs"]
mod real;
#[path = "flow/remembering.rs"]
mod remembering;
#[path = "flow/shop.rs"]
mod shop;
#[path = "flow/telling.rs"]
mod telling;
#[path = "flow/world.rs"]
mod world;
