//! The two changes to what is protected (`rds-remedy`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
