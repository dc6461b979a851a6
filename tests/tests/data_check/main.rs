//! `data-check` against a real PostgreSQL.

mod checks;
mod doors;
mod keys;
mod names;
mod safety;
mod whole;
mod world;
