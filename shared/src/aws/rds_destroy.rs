//! Removing copies (`rds-destroy`). Every call takes an [`Owned`] value, which only the gate makes.

use super::error::fault;
use super::rds::Rds;
use crate::database::{Cluster, Engine, Instance};
use crate::fault::Fault;
use crate::ports::DestroyDatabases;
use crate::restore::Owned;

/// IAM actions of this file. No final snapshot is made, so the actions that would make one are left out on purpose.
pub const ACTIONS: &[&str] = &[
    "rds:ModifyDBCluster",
    "rds:ModifyDBInstance",
    "rds:StartDBCluster",
    "rds:StartDBInstance",
    "rds:DeleteDBInstance",
    "rds:DeleteDBCluster",
];

impl DestroyDatabases for Rds {
    /// Needs `rds:ModifyDBCluster`.
    async fn unprotect_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let call = self.0.modify_db_cluster().db_cluster_identifier(identifier);
        let answer = call.deletion_protection(false).apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBCluster", identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBInstance`.
    async fn unprotect_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let call = self.0.modify_db_instance().db_instance_identifier(identifier);
        let answer = call.deletion_protection(false).apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBInstance", identifier, error)).map(drop)
    }

    /// Needs `rds:StartDBCluster`.
    async fn start_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let answer = self.0.start_db_cluster().db_cluster_identifier(identifier).send().await;
        answer.map_err(|error| fault("rds:StartDBCluster", identifier, error)).map(drop)
    }

    /// Needs `rds:StartDBInstance`.
    async fn start_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let answer = self.0.start_db_instance().db_instance_identifier(identifier).send().await;
        answer.map_err(|error| fault("rds:StartDBInstance", identifier, error)).map(drop)
    }

    /// Needs `rds:DeleteDBInstance`. A member of a cluster has no snapshots or backups of its own to speak of, and
    /// DocumentDB takes nothing but the name.
    async fn delete_instance(&self, copy: Owned<Instance>) -> Result<(), Fault> {
        let Instance { identifier, cluster, engine, .. } = copy.get();
        let call = self.0.delete_db_instance().db_instance_identifier(identifier);
        let call = match cluster {
            None if *engine != Engine::Docdb => call.skip_final_snapshot(true).delete_automated_backups(true),
            _ => call,
        };
        call.send().await.map_err(|error| fault("rds:DeleteDBInstance", identifier, error)).map(drop)
    }

    /// Needs `rds:DeleteDBCluster`. DocumentDB keeps no automated backups of a cluster that is gone, and its API does not
    /// take the word.
    async fn delete_cluster(&self, copy: Owned<Cluster>) -> Result<(), Fault> {
        let Cluster { identifier, engine, .. } = copy.get();
        let call = self.0.delete_db_cluster().db_cluster_identifier(identifier);
        let automated = (*engine != Engine::Docdb).then_some(true);
        let answer = call.skip_final_snapshot(true).set_delete_automated_backups(automated).send().await;
        answer.map_err(|error| fault("rds:DeleteDBCluster", identifier, error)).map(drop)
    }
}

#[cfg(test)]
mod tests;
