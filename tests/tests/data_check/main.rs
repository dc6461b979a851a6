//! `data-check` against a real PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

mod checks;
mod damages;
mod doors;
mod keys;
mod names;
mod safety;
mod shop;
mod whole;
mod world;
