//! The two changes to what is protected (`rds-remedy`): a retention is raised, deletion protection is turned on. Nothing else
//! stands in these calls, and nothing is ever lowered or turned off.

use super::error::fault;
use super::rds::Rds;
use crate::checkup::{Protect, RaiseRetention};
use crate::fault::{Class, Fault};
use crate::ports::Remedy;

/// IAM actions of this file. `Resource` is the clusters and instances that the policy lists, by name; IAM has no condition for
/// what is modified, so that only these two settings are sent is for the tests to hold.
pub const ACTIONS: &[&str] = &["rds:ModifyDBCluster", "rds:ModifyDBInstance"];

impl Remedy for Rds {
    /// Needs `rds:ModifyDBCluster` or `rds:ModifyDBInstance`.
    ///
    /// An instance is told to apply it immediately only where it had no backups at all: `ApplyImmediately` applies every change
    /// that waits for its maintenance window with it, and a retention that only grows is applied at once without (RDS API,
    /// `ModifyDBInstance`). For a cluster the word is about this one request.
    async fn raise_retention(&self, act: &RaiseRetention) -> Result<(), Fault> {
        let identifier = &act.identifier;
        let operation = if act.clustered { "rds:ModifyDBCluster" } else { "rds:ModifyDBInstance" };
        let days = i32::try_from(act.to_days).ok().filter(|_| act.to_days > act.from_days);
        let Some(days) = days else {
            let said = format!("{} days instead of {} is no more than before", act.to_days, act.from_days);
            return Err(Fault::new(Class::Configuration, operation, identifier, "", &said));
        };
        if act.clustered {
            let call = self.0.modify_db_cluster().db_cluster_identifier(identifier).backup_retention_period(days);
            let answer = call.apply_immediately(true).send().await;
            return answer.map_err(|error| fault(operation, identifier, error)).map(drop);
        }
        let call = self.0.modify_db_instance().db_instance_identifier(identifier).backup_retention_period(days);
        let at_once = (act.from_days == 0).then_some(true);
        let answer = call.set_apply_immediately(at_once).send().await;
        answer.map_err(|error| fault(operation, identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBCluster` or `rds:ModifyDBInstance`. AWS turns it on at once, whatever else waits for a window.
    async fn protect(&self, act: &Protect) -> Result<(), Fault> {
        let identifier = &act.identifier;
        if act.clustered {
            let call = self.0.modify_db_cluster().db_cluster_identifier(identifier).deletion_protection(true);
            return call.send().await.map_err(|error| fault("rds:ModifyDBCluster", identifier, error)).map(drop);
        }
        let call = self.0.modify_db_instance().db_instance_identifier(identifier).deletion_protection(true);
        call.send().await.map_err(|error| fault("rds:ModifyDBInstance", identifier, error)).map(drop)
    }
}

#[cfg(test)]
mod tests;
