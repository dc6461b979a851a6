//! Cutting over (`rds-cut-over`): renames, and the targets of proxies.

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
