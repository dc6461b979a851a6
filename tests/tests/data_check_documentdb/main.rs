//! `data-check` against a double of DocumentDB: a server of ours, since no real one can be had for tests. It shows that the
//! driver is used as meant and what is made of its answers; what a real server answers it cannot show.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says no by panicking")]

mod checks;
mod doors;
mod names;
mod objects;
mod safety;
mod whole;
mod world;
