//! Daily sums of metrics (`cloudwatch-read`).

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[];
