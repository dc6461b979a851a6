//! AWS Backup's vaults, jobs and plans, to look at (`backup-read`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
