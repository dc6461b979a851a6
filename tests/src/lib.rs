//! What the tests of the whole share: a simulated AWS with a virtual clock, the local AWS of real parts and stories on it,
//! a real PostgreSQL, and a double of DocumentDB.

// Test support fails by panicking: that is how a test says no.
#![expect(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "test support")]

#[cfg(feature = "documentdb")]
pub mod mongo_double;
pub mod postgres;
pub mod sim;
pub mod stack;
pub mod story;
