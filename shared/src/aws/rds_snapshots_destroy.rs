//! Letting snapshots go (`rds-snapshots-destroy`): only what a gate let through.

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
