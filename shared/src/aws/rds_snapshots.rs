//! Manual snapshots: reading them, taking, copying and exporting them (`rds-snapshots`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
