//! The changes that a policy may ask for: a retention that is too low is raised, deletion protection is turned on. Nothing is
//! ever lowered or turned off, and nothing is changed that the policy does not name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::index::Index;
use super::look::Subject;
use super::{Asking, World};
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
///
/// Certain means: the list of databases was read, the database is in it once, is what the policy says it is, and is
/// available. A replica's backups are its source's affair, and a retention that AWS Backup owns is refused by RDS. A
/// retention of 0 is left to people: turning backups on restarts an instance, and 0 also stands where AWS said nothing.
pub fn remedies(now: Timestamp, policy: &Policy, world: &World) -> Remedies {
    let mut remedies = Remedies::default();
    let asked = policy.checkup.remediate;
    let index = Index::of(world);
    for of in (Asking { now, policy, world, index: &index }).protected() {
        let seen = of.seen();
        let Some(subject) = seen.present().filter(|subject| certain(subject) && of.is_there_once()) else { continue };
        let (database, identifier, clustered) = (of.name.to_owned(), of.identifier().to_owned(), of.clustered());
        let from_days = i64::from(subject.configuration.backup_retention_days);
        let to_days = of.entry.backups.retention_days.filter(|wanted| from_days >= 1 && *wanted > from_days);
        if let Some(to_days) = to_days.filter(|_| asked.retention && !subject.upkeep.kept_by_aws_backup) {
            let (database, identifier) = (database.clone(), identifier.clone());
            remedies.raise.push(RaiseRetention { database, identifier, clustered, from_days, to_days });
        }
        if asked.deletion_protection && !subject.configuration.deletion_protection {
            remedies.protect.push(Protect { database, identifier, clustered });
        }
    }
    remedies
}

fn certain(subject: &Subject<'_>) -> bool {
    subject.status == "available" && subject.upkeep.replica_of.is_none()
}

#[cfg(test)]
mod tests;
