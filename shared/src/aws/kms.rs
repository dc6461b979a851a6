//! Keys (`kms`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
