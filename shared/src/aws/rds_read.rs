//! Reading clusters, instances, snapshots, events (`rds-read`). Nothing here changes anything.

use aws_sdk_rds::types::{DbInstanceAutomatedBackup, SourceType};
use jiff::Timestamp;

use super::error::fault;
use super::pages::{PAGE, walk, walk_snapshots};
use super::rds::Rds;
use super::rds_facts::{cluster, cluster_snapshot, date_time, event, instance, instance_snapshot};
use super::rds_retained::{is_of_this_region, window as window_of};
use crate::database::{Cluster, Event, Instance, RetainedBackup, Snapshot, SnapshotKind, Window};
use crate::fault::{Class, Fault};
use crate::ports::Databases;
use crate::restore::{Leftover, RUN};

/// IAM actions of this file. None of them takes a condition or can be narrowed to names: `Resource` is `*`.
pub const ACTIONS: &[&str] = &[
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBInstanceAutomatedBackups",
    "rds:DescribeDBClusterAutomatedBackups",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:DescribeEvents",
];

/// What errors and logs call a walk over the whole account
pub(super) const ALL: &str = "the whole account";

impl Databases for Rds {
    /// Needs `rds:DescribeDBClusters`.
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        let answer = self.0.describe_db_clusters().db_cluster_identifier(identifier).send().await;
        match answer.map_err(|error| fault("rds:DescribeDBClusters", identifier, error)) {
            Ok(answer) => Ok(answer.db_clusters.unwrap_or_default().into_iter().next().map(cluster)),
            Err(fault) => absent(fault),
        }
    }

    /// Needs `rds:DescribeDBInstances`.
    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        let answer = self.0.describe_db_instances().db_instance_identifier(identifier).send().await;
        match answer.map_err(|error| fault("rds:DescribeDBInstances", identifier, error)) {
            Ok(answer) => Ok(answer.db_instances.unwrap_or_default().into_iter().next().map(instance)),
            Err(fault) => absent(fault),
        }
    }

    /// Needs `rds:DescribeDBInstanceAutomatedBackups`. A name that was used before has retained backups of its
    /// predecessors in the same list; the window is that of the instance that exists.
    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        let operation = "rds:DescribeDBInstanceAutomatedBackups";
        let walk_over = self.0.describe_db_instance_automated_backups().db_instance_identifier(identifier);
        let pages = walk_over.into_paginator().page_size(PAGE).send();
        let found = walk(operation, identifier, pages, |page| page.db_instance_automated_backups.unwrap_or_default());
        let backups = listed(found.await)?;
        let living = |backup: &DbInstanceAutomatedBackup| {
            backup.status.as_deref() != Some("retained") && is_of_this_region(backup)
        };
        let living = backups.into_iter().find(living);
        let window = living.and_then(|backup| backup.restore_window);
        Ok(window_of(window.as_ref()))
    }

    /// Needs `rds:DescribeDBClusterSnapshots` or `rds:DescribeDBSnapshots`.
    async fn snapshots(&self, source: &str, clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        if clustered {
            return self.cluster_snapshots(Some(source)).await;
        }
        // Left without a type, the list of instances' snapshots leaves AWS Backup's out (AWS: DescribeDBSnapshots).
        let mut found = self.instance_snapshots(Some(source), None).await?;
        let backups = self.instance_snapshots(Some(source), Some("awsbackup")).await?;
        found.extend(backups);
        found.sort_by(|a, b| a.arn.cmp(&b.arn));
        found.dedup_by(|a, b| a.arn == b.arn && a.identifier == b.identifier);
        Ok(found)
    }

    /// Needs `rds:DescribeDBClusterAutomatedBackups` or `rds:DescribeDBInstanceAutomatedBackups`.
    async fn retained(&self, identifier: &str, clustered: bool) -> Result<Vec<RetainedBackup>, Fault> {
        if clustered { self.retained_of_cluster(identifier).await } else { self.retained_of_instance(identifier).await }
    }

    /// Needs `rds:DescribeEvents`. RDS keeps events for 14 days.
    ///
    /// Both ends are always sent: with one of them alone AWS answers for an hour.
    async fn events(
        &self,
        identifier: &str,
        clustered: bool,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Event>, Fault> {
        let source = if clustered { SourceType::DbCluster } else { SourceType::DbInstance };
        let events = self.0.describe_events().source_identifier(identifier).source_type(source);
        let events = events.start_time(date_time(since)).end_time(date_time(until));
        let pages = events.into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeEvents", identifier, pages, |page| page.events.unwrap_or_default()).await?;
        Ok(found.into_iter().filter_map(event).collect())
    }

    /// Needs `rds:DescribeDBClusters`.
    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        let pages = self.0.describe_db_clusters().into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeDBClusters", ALL, pages, |page| page.db_clusters.unwrap_or_default()).await?;
        Ok(found.into_iter().map(cluster).collect())
    }

    /// Needs `rds:DescribeDBInstances`.
    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        let pages = self.0.describe_db_instances().into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeDBInstances", ALL, pages, |page| page.db_instances.unwrap_or_default()).await?;
        Ok(found.into_iter().map(instance).collect())
    }

    /// Needs `rds:DescribeDBClusterSnapshots`, `rds:DescribeDBSnapshots`, `rds:DescribeDBClusterAutomatedBackups` and
    /// `rds:DescribeDBInstanceAutomatedBackups`. Four walks, whatever is found: no call for each thing.
    async fn remains(&self, prefixes: &[&str]) -> Result<Vec<Leftover>, Fault> {
        let mut found = self.cluster_snapshots(None).await?;
        found.extend(self.instance_snapshots(None, None).await?);
        let mut remains: Vec<Leftover> =
            found.into_iter().filter_map(|found| remaining_snapshot(found, prefixes)).collect();
        remains.extend(self.remaining_backups(prefixes).await?);
        remains.sort();
        Ok(remains)
    }
}

impl Rds {
    async fn cluster_snapshots(&self, source: Option<&str>) -> Result<Vec<Snapshot>, Fault> {
        let snapshots = self.0.describe_db_cluster_snapshots().set_db_cluster_identifier(source.map(str::to_owned));
        let pages = snapshots.into_paginator().page_size(PAGE).send();
        let found = walk_snapshots("rds:DescribeDBClusterSnapshots", source.unwrap_or(ALL), pages, |page| {
            page.db_cluster_snapshots.unwrap_or_default()
        });
        Ok(listed(found.await)?.into_iter().map(cluster_snapshot).collect())
    }

    async fn instance_snapshots(&self, source: Option<&str>, of_type: Option<&str>) -> Result<Vec<Snapshot>, Fault> {
        let snapshots = self.0.describe_db_snapshots().set_db_instance_identifier(source.map(str::to_owned));
        let pages = snapshots.set_snapshot_type(of_type.map(str::to_owned)).into_paginator().page_size(PAGE).send();
        let found = walk_snapshots("rds:DescribeDBSnapshots", source.unwrap_or(ALL), pages, |page| {
            page.db_snapshots.unwrap_or_default()
        });
        Ok(listed(found.await)?.into_iter().map(instance_snapshot).collect())
    }
}

fn remaining_snapshot(mut snapshot: Snapshot, prefixes: &[&str]) -> Option<Leftover> {
    let made_by = match snapshot.kind {
        SnapshotKind::Automated => "automated",
        SnapshotKind::Manual => "manual",
        SnapshotKind::AwsBackup => "made by AWS Backup",
        SnapshotKind::Other => "of an unknown type",
    };
    ours(&snapshot.source, prefixes).then(|| Leftover {
        what: "snapshot".to_owned(),
        run: snapshot.tags.remove(RUN),
        note: format!("{}, {made_by}, of {}", snapshot.status, snapshot.source),
        identifier: snapshot.identifier,
        region: None,
    })
}

pub(super) fn ours(source: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| source.starts_with(prefix))
}

/// "Not found" as an answer to "is it there?"
fn absent<T>(fault: Fault) -> Result<Option<T>, Fault> {
    if fault.class == Class::NotFound { Ok(None) } else { Err(fault) }
}

/// "Not found" as an answer to a list is an empty list; [`crate::fault::classify`] has a class of its own for backups.
pub(super) fn listed<T>(found: Result<Vec<T>, Fault>) -> Result<Vec<T>, Fault> {
    match found {
        Err(fault) if matches!(fault.class, Class::NotFound | Class::Backup) => Ok(Vec::new()),
        found => found,
    }
}

#[cfg(test)]
mod tests;
