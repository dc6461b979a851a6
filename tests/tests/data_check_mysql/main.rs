//! `data-check` against a real MariaDB.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

mod checks;
mod cleartext;
mod damages;
mod doors;
mod keys;
mod names;
mod safety;
mod schemas;
mod world;
