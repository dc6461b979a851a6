//! One snapshot by its name (`rds-recover`): of another database, or of another account that shares it.
//!
//! A list of a database's snapshots holds neither. What another account shares is known by its ARN only, and told only to those
//! who ask for shared ones too (API: `IncludeShared`).

use super::error::fault;
use super::rds::Rds;
use super::rds_facts::{cluster_snapshot, instance_snapshot};
use crate::database::Snapshot;
use crate::fault::{Class, Fault};
use crate::ports::NamedSnapshots;

/// How AWS's own snapshots begin, whose type has to be said (API: `DBSnapshotIdentifier`)
const AUTOMATED: [(&str, &str); 2] = [("rds:", "automated"), ("awsbackup:", "awsbackup")];

impl NamedSnapshots for Rds {
    /// Needs `rds:DescribeDBClusterSnapshots` or `rds:DescribeDBSnapshots`.
    async fn named_snapshot(&self, name: &str, clustered: bool) -> Result<Option<Snapshot>, Fault> {
        let is_arn = name.starts_with("arn:");
        let found = if clustered {
            let call = self.0.describe_db_cluster_snapshots().db_cluster_snapshot_identifier(name);
            let call = call.set_snapshot_type(type_of(name, true)).set_include_shared(is_arn.then_some(true));
            let answer = call.send().await.map_err(|error| fault("rds:DescribeDBClusterSnapshots", name, error));
            answer.map(|answer| {
                answer.db_cluster_snapshots.unwrap_or_default().into_iter().map(cluster_snapshot).collect()
            })
        } else {
            let call = self.0.describe_db_snapshots().db_snapshot_identifier(name);
            let call = call.set_snapshot_type(type_of(name, false)).set_include_shared(is_arn.then_some(true));
            let answer = call.send().await.map_err(|error| fault("rds:DescribeDBSnapshots", name, error));
            answer.map(|answer| answer.db_snapshots.unwrap_or_default().into_iter().map(instance_snapshot).collect())
        };
        let found: Vec<Snapshot> = match found {
            Ok(found) => found,
            // To a call about snapshots "not found" is of the class of backups.
            Err(fault) if matches!(fault.class, Class::NotFound | Class::Backup) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        // One of the same identifier is another one where an ARN was named.
        let is_it = |one: &Snapshot| if is_arn { one.arn.eq_ignore_ascii_case(name) } else { one.identifier == name };
        Ok(found.into_iter().find(is_it))
    }
}

/// The type that has to be said of a snapshot which nobody made by hand. The API of clusters has no word for AWS Backup's.
fn type_of(name: &str, clustered: bool) -> Option<String> {
    let (_, word) = AUTOMATED.into_iter().find(|(start, _)| name.starts_with(start))?;
    (!clustered || word == "automated").then(|| word.to_owned())
}

#[cfg(test)]
mod tests;
