//! Glue's job runs (`glue`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
