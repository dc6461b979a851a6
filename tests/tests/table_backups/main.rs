//! Backups of tables against a real PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking")]

mod crashes;
mod damages;
mod grants;
mod names;
mod restores;
mod snapshot;
mod whole;
mod world;
