//! Whole accounts in lists (`rds-inventory`). No call is made for each thing in them, but for who a snapshot is shared with.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbCluster, DbInstance, DbMajorEngineVersion, LifecycleSupportName, SupportedEngineLifecycle};

use super::error::{fault, incomplete};
use super::pages::{PAGE, walk, walk_snapshots};
use super::rds::Rds;
use super::rds_facts::{cluster, cluster_snapshot, instance, instance_snapshot, lower};
use super::rds_read::{ALL, listed};
use super::rds_retained::{is_of_this_region, window};
use super::time;
use crate::database::{
    Certificate, Cluster, Configuration, EngineSupport, Instance, Kept, Quota, Sharing, Snapshot, SnapshotDetails,
    Upkeep, Window,
};
use crate::fault::{Class, Fault};
use crate::lifecycle::telling;
use crate::ports::{Inventory, Quotas};

/// IAM actions of this file. None of them changes anything.
pub const ACTIONS: &[&str] = &[
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBInstanceAutomatedBackups",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:DescribeDBClusterSnapshotAttributes",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeAccountAttributes",
    "rds:DescribeCertificates",
    "rds:DescribeDBMajorEngineVersions",
];

/// The type of AWS Backup's snapshots, which a list without a type leaves out
const AWS_BACKUP: &str = "awsbackup";
/// The attribute of a snapshot that says who may restore it
const RESTORE: &str = "restore";

impl Inventory for Rds {
    /// Needs `rds:DescribeDBClusters`.
    async fn clusters(&self) -> Result<Vec<Kept<Cluster>>, Fault> {
        let pages = self.0.describe_db_clusters().into_paginator().page_size(PAGE).send();
        walk("rds:DescribeDBClusters", ALL, pages, |page| {
            page.db_clusters.unwrap_or_default().into_iter().map(kept_cluster).collect()
        })
        .await
    }

    /// Needs `rds:DescribeDBInstances`.
    async fn instances(&self) -> Result<Vec<Kept<Instance>>, Fault> {
        let pages = self.0.describe_db_instances().into_paginator().page_size(PAGE).send();
        walk("rds:DescribeDBInstances", ALL, pages, |page| {
            page.db_instances.unwrap_or_default().into_iter().map(kept_instance).collect()
        })
        .await
    }

    /// Needs `rds:DescribeDBInstanceAutomatedBackups`. Backups of instances that are gone, or that were replicated from
    /// another region, are of other instances whatever their names.
    async fn windows(&self) -> Result<BTreeMap<String, Window>, Fault> {
        let pages = self.0.describe_db_instance_automated_backups().into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeDBInstanceAutomatedBackups", ALL, pages, |page| {
            let backups = page.db_instance_automated_backups.unwrap_or_default().into_iter();
            let living =
                backups.filter(|backup| backup.status.as_deref() != Some("retained") && is_of_this_region(backup));
            let of = |name: Option<&str>| name.map(|name| lower(Some(name)));
            living
                .filter_map(|backup| {
                    Some((of(backup.db_instance_identifier())?, window(backup.restore_window.as_ref())))
                })
                .collect()
        });
        Ok(listed(found.await)?.into_iter().collect())
    }

    /// Needs `rds:DescribeDBClusterSnapshots` and `rds:DescribeDBSnapshots`. Four walks, whatever there is.
    ///
    /// Left without a type both lists tell of automated and manual snapshots only; none tells of what other accounts share
    /// unless it is asked to.
    async fn snapshots(&self) -> Result<Vec<Snapshot>, Fault> {
        let mut found = self.inventory_of_clusters(None).await?;
        match self.inventory_of_clusters(Some(AWS_BACKUP)).await {
            Ok(backups) => found.extend(backups),
            // AWS's own page of this call does not name the type. Where it is refused there is no such list to be read.
            Err(fault) if fault.class == Class::Configuration => {
                tracing::warn!(error = %fault, "AWS Backup's snapshots of clusters have no list of their own");
            }
            Err(fault) => return Err(fault),
        }
        found.extend(self.inventory_of_instances(None).await?);
        found.extend(self.inventory_of_instances(Some(AWS_BACKUP)).await?);
        found.sort_by(|a, b| (&a.arn, &a.identifier).cmp(&(&b.arn, &b.identifier)));
        found.dedup_by(|a, b| a.arn == b.arn && a.identifier == b.identifier);
        found.shrink_to_fit();
        Ok(found)
    }

    /// Needs `rds:DescribeDBClusterSnapshotAttributes` or `rds:DescribeDBSnapshotAttributes`.
    async fn sharing(&self, identifier: &str, clustered: bool) -> Result<Sharing, Fault> {
        if clustered {
            let operation = "rds:DescribeDBClusterSnapshotAttributes";
            let call = self.0.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(identifier);
            let answer = call.send().await.map_err(|error| fault(operation, identifier, error))?;
            let result = answer.db_cluster_snapshot_attributes_result.and_then(|it| it.db_cluster_snapshot_attributes);
            let attributes = result.ok_or_else(|| incomplete(operation, identifier, "attributes"))?.into_iter();
            return Ok(shared_with(attributes.map(|it| (it.attribute_name, it.attribute_values))));
        }
        let operation = "rds:DescribeDBSnapshotAttributes";
        let call = self.0.describe_db_snapshot_attributes().db_snapshot_identifier(identifier);
        let answer = call.send().await.map_err(|error| fault(operation, identifier, error))?;
        let result = answer.db_snapshot_attributes_result.and_then(|it| it.db_snapshot_attributes);
        let attributes = result.ok_or_else(|| incomplete(operation, identifier, "attributes"))?.into_iter();
        Ok(shared_with(attributes.map(|it| (it.attribute_name, it.attribute_values))))
    }

    /// Needs `rds:DescribeAccountAttributes`: see `rds_quotas`.
    async fn quotas(&self) -> Result<Vec<Quota>, Fault> {
        self.account_quotas().await
    }

    /// Needs `rds:DescribeCertificates`.
    async fn certificates(&self) -> Result<Vec<Certificate>, Fault> {
        let pages = self.0.describe_certificates().into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeCertificates", ALL, pages, |page| {
            let certificates = page.certificates.unwrap_or_default().into_iter();
            let one = |raw: aws_sdk_rds::types::Certificate| {
                let until = time(raw.valid_till.as_ref());
                Some(Certificate { identifier: raw.certificate_identifier?, until })
            };
            certificates.filter_map(one).collect()
        });
        listed(found.await)
    }

    /// Needs `rds:DescribeDBMajorEngineVersions`.
    async fn support(&self) -> Result<Vec<EngineSupport>, Fault> {
        let pages = self.0.describe_db_major_engine_versions().into_paginator().page_size(PAGE).send();
        walk("rds:DescribeDBMajorEngineVersions", ALL, pages, |page| {
            page.db_major_engine_versions.unwrap_or_default().into_iter().filter_map(engine_support).collect()
        })
        .await
    }
}

impl Rds {
    async fn inventory_of_clusters(&self, kind: Option<&str>) -> Result<Vec<Snapshot>, Fault> {
        let snapshots = self.0.describe_db_cluster_snapshots().set_snapshot_type(kind.map(str::to_owned));
        let pages = snapshots.into_paginator().page_size(PAGE).send();
        walk_snapshots("rds:DescribeDBClusterSnapshots", ALL, pages, |page| {
            page.db_cluster_snapshots.unwrap_or_default().into_iter().map(|raw| slim(cluster_snapshot(raw))).collect()
        })
        .await
    }

    async fn inventory_of_instances(&self, kind: Option<&str>) -> Result<Vec<Snapshot>, Fault> {
        let snapshots = self.0.describe_db_snapshots().set_snapshot_type(kind.map(str::to_owned));
        let pages = snapshots.into_paginator().page_size(PAGE).send();
        walk_snapshots("rds:DescribeDBSnapshots", ALL, pages, |page| {
            page.db_snapshots.unwrap_or_default().into_iter().map(|raw| slim(instance_snapshot(raw))).collect()
        })
        .await
    }
}

/// Without what only a restore asks for: there are thousands of them.
fn slim(snapshot: Snapshot) -> Snapshot {
    let details = SnapshotDetails { option_group: None, vpc: None, port: None, ..snapshot.details };
    Snapshot { tags: telling(snapshot.tags), details, ..snapshot }
}

/// What the checks of backups ask of how a database is set up
fn slim_configuration(configuration: Configuration) -> Configuration {
    Configuration {
        security_groups: Vec::new(),
        subnet_group: None,
        parameter_group: None,
        option_group: None,
        log_exports: Vec::new(),
        storage_type: None,
        ..configuration
    }
}

fn kept_cluster(raw: DbCluster) -> Kept<Cluster> {
    let upkeep = Upkeep {
        backup_window: raw.preferred_backup_window.clone(),
        maintenance_window: raw.preferred_maintenance_window.clone(),
        certificate: None,
        certificate_until: None,
        kept_by_aws_backup: is_named(raw.aws_backup_recovery_point_arn()),
        extended_support: raw.engine_lifecycle_support.clone(),
        replica_of: raw.replication_source_identifier.clone().filter(|source| is_named(Some(source))),
    };
    let facts = cluster(raw);
    let (tags, configuration) = (telling(facts.tags), slim_configuration(facts.configuration));
    let facts =
        Cluster { tags, configuration, endpoint: None, database_name: None, master_user: None, secret: None, ..facts };
    Kept { facts, upkeep }
}

fn kept_instance(raw: DbInstance) -> Kept<Instance> {
    let source = raw.read_replica_source_db_instance_identifier();
    let source = source.or(raw.read_replica_source_db_cluster_identifier());
    let upkeep = Upkeep {
        backup_window: raw.preferred_backup_window.clone(),
        maintenance_window: raw.preferred_maintenance_window.clone(),
        certificate: raw.ca_certificate_identifier.clone(),
        certificate_until: raw.certificate_details.as_ref().and_then(|details| time(details.valid_till.as_ref())),
        kept_by_aws_backup: is_named(raw.aws_backup_recovery_point_arn()),
        extended_support: raw.engine_lifecycle_support.clone(),
        replica_of: source.filter(|source| is_named(Some(source))).map(str::to_owned),
    };
    let facts = instance(raw);
    let (tags, configuration) = (telling(facts.tags), slim_configuration(facts.configuration));
    let facts =
        Instance { tags, configuration, endpoint: None, database_name: None, master_user: None, secret: None, ..facts };
    Kept { facts, upkeep }
}

/// RDS writes an empty text where there is nothing to name.
fn is_named(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn shared_with(attributes: impl Iterator<Item = (Option<String>, Option<Vec<String>>)>) -> Sharing {
    let restore = attributes.filter(|(name, _)| name.as_deref() == Some(RESTORE));
    let mut accounts: Vec<String> = restore.flat_map(|(_, values)| values.unwrap_or_default()).collect();
    accounts.sort();
    if accounts.is_empty() { Sharing::Private } else { Sharing::With(accounts) }
}

fn engine_support(raw: DbMajorEngineVersion) -> Option<EngineSupport> {
    let lifecycles = raw.supported_engine_lifecycles.unwrap_or_default();
    let end = |name: &LifecycleSupportName| {
        let of = |lifecycle: &&SupportedEngineLifecycle| lifecycle.lifecycle_support_name.as_ref() == Some(name);
        lifecycles.iter().find(of).and_then(|lifecycle| time(lifecycle.lifecycle_support_end_date.as_ref()))
    };
    Some(EngineSupport {
        standard_until: end(&LifecycleSupportName::OpenSourceRdsStandardSupport),
        extended_until: end(&LifecycleSupportName::OpenSourceRdsExtendedSupport),
        engine: raw.engine?,
        major: raw.major_engine_version?,
    })
}

#[cfg(test)]
mod tests;
