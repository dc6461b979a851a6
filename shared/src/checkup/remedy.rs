//! The changes that a policy may ask for: a retention that is too low is raised, deletion protection is turned on. Nothing is
//! ever lowered or turned off, and nothing is changed that the policy does not name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use crate::policy::Policy;

/// A retention to be raised (`ModifyDBCluster`, `ModifyDBInstance`)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseRetention {
    /// The database's name in the policy
    pub database: String,
    /// Identifier of the cluster or instance
    pub identifier: String,
    /// Whether it is a cluster
    pub clustered: bool,
    /// Days before
    pub from_days: i64,
    /// Days wanted; always more than before
    pub to_days: i64,
}

/// Deletion protection to be turned on
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protect {
    /// The database's name in the policy
    pub database: String,
    /// Identifier of the cluster or instance
    pub identifier: String,
    /// Whether it is a cluster
    pub clustered: bool,
}

/// What is to be changed
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remedies {
    /// Retentions
    pub raise: Vec<RaiseRetention>,
    /// Deletion protection
    pub protect: Vec<Protect>,
}

/// What the policy asks to be changed, as far as it is known for certain to be needed.
pub fn remedies(_now: Timestamp, _policy: &Policy, _world: &World) -> Remedies {
    Remedies::default()
}
