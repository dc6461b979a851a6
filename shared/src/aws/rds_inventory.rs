//! Whole accounts in lists (`rds-inventory`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
