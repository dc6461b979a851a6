//! Letting snapshots go (`rds-snapshots-destroy`): only what a gate let through.
//!
//! A call that is sent again after it was done meets "not found", which is not an answer to "cannot be used" here: it is gone.

use super::error::incomplete;
use super::pacer::paced;
use super::rds::Rds;
use super::rds_snapshots::{Named, gone};
use crate::database::{RetainedBackup, Snapshot};
use crate::fault::{Class, Fault};
use crate::lifecycle::Doomed;
use crate::ports::DestroySnapshots;
use crate::restore::Owned;

/// IAM actions of this file.
///
/// Conditions: `rds:DeleteDBClusterSnapshot` and `rds:DeleteDBSnapshot` on the names that the policy's patterns and our own
/// prefixes allow, with an explicit Deny for `…:rds:*` and `…:awsbackup:*`. Retained backups are named by an id of AWS's, so
/// names cannot narrow those two; the gate does.
pub const ACTIONS: &[&str] = &[
    "rds:DeleteDBClusterSnapshot",
    "rds:DeleteDBSnapshot",
    "rds:DeleteDBClusterAutomatedBackup",
    "rds:DeleteDBInstanceAutomatedBackup",
];

impl DestroySnapshots for Rds {
    /// Needs `rds:DeleteDBClusterSnapshot` or `rds:DeleteDBSnapshot`.
    async fn delete(&self, snapshot: Doomed<Snapshot>) -> Result<(), Fault> {
        self.delete_snapshot(snapshot.get()).await
    }

    /// Needs `rds:DeleteDBClusterSnapshot` or `rds:DeleteDBSnapshot`.
    async fn delete_expired(&self, snapshot: Owned<Snapshot>) -> Result<(), Fault> {
        self.delete_snapshot(snapshot.get()).await
    }

    /// Needs `rds:DeleteDBClusterAutomatedBackup` or `rds:DeleteDBInstanceAutomatedBackup`. The ARN is that of the database,
    /// and tells which.
    async fn delete_retained(&self, backup: Owned<RetainedBackup>) -> Result<(), Fault> {
        self.delete_backup(backup.get()).await
    }
}

impl Rds {
    /// Which of the two calls it is, and of which name, is what its ARN says.
    async fn delete_snapshot(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        let Snapshot { identifier, arn, .. } = snapshot;
        let named = Named::of(arn).filter(|named| named.identifier.eq_ignore_ascii_case(identifier));
        let Some(named) = named else {
            return Err(not_an_arn("rds:DeleteDBSnapshot", identifier, arn));
        };
        if named.clustered {
            let call = self.0.delete_db_cluster_snapshot().db_cluster_snapshot_identifier(identifier);
            return paced!(self, act, "rds:DeleteDBClusterSnapshot", identifier, call).map(drop).map_err(gone);
        }
        let call = self.0.delete_db_snapshot().db_snapshot_identifier(identifier);
        paced!(self, act, "rds:DeleteDBSnapshot", identifier, call).map(drop).map_err(gone)
    }

    async fn delete_backup(&self, backup: &RetainedBackup) -> Result<(), Fault> {
        let RetainedBackup { identifier, resource_id, arn, .. } = backup;
        let clustered = match arn.split(':').nth(5) {
            Some("cluster") => true,
            Some("db") => false,
            _ => return Err(not_an_arn("rds:DeleteDBClusterAutomatedBackup", identifier, arn)),
        };
        if clustered {
            let operation = "rds:DeleteDBClusterAutomatedBackup";
            let id = given(operation, identifier, resource_id)?;
            let call = self.0.delete_db_cluster_automated_backup().db_cluster_resource_id(id);
            return paced!(self, act, operation, identifier, call).map(drop).map_err(gone);
        }
        let operation = "rds:DeleteDBInstanceAutomatedBackup";
        let id = given(operation, identifier, resource_id)?;
        let call = self.0.delete_db_instance_automated_backup().dbi_resource_id(id);
        paced!(self, act, operation, identifier, call).map(drop).map_err(gone)
    }
}

/// The id that names a backup
fn given<'a>(operation: &'static str, identifier: &str, id: &'a str) -> Result<&'a str, Fault> {
    if id.is_empty() { Err(incomplete(operation, identifier, "resource id")) } else { Ok(id) }
}

/// Nothing is sent where it is not certain what is meant.
fn not_an_arn(operation: &'static str, identifier: &str, arn: &str) -> Fault {
    let said = format!("its ARN {arn:?} does not say what it is: nothing was deleted");
    Fault::new(Class::Permanent, operation, identifier, "", &said)
}

#[cfg(test)]
mod tests;
