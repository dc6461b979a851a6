//! How databases are set up, and building recoveries of them (`rds-recover`). Nothing here removes anything.

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
