//! Automated backups that RDS kept of databases that are gone: of copies of ours they are left-overs, of a protected
//! database they are what it can be restored from.

use aws_sdk_rds::types::{DbClusterAutomatedBackup, DbInstanceAutomatedBackup, Filter, RestoreWindow};

use super::pages::{PAGE, walk};
use super::rds::Rds;
use super::rds_facts::{engine, lower, port, tags};
use super::rds_read::{ALL, listed, ours};
use super::time;
use crate::database::{RetainedBackup, Window};
use crate::fault::Fault;
use crate::restore::{Leftover, RUN};

/// The status of a backup whose database is gone
const RETAINED: &str = "retained";

impl Rds {
    /// The backups kept of clusters that had this identifier. By status and not by name: AWS answers for a name only while
    /// there is such a cluster (`DBClusterIdentifier` "must match the identifier of an existing DB cluster").
    pub(super) async fn retained_of_cluster(&self, identifier: &str) -> Result<Vec<RetainedBackup>, Fault> {
        let found = self.retained_clusters(identifier).await?.into_iter().map(of_cluster);
        Ok(found.filter(|backup| backup.identifier == identifier.to_lowercase()).collect())
    }

    /// The backups kept of instances that had this identifier, asked for in the same way
    pub(super) async fn retained_of_instance(&self, identifier: &str) -> Result<Vec<RetainedBackup>, Fault> {
        let found = self.retained_instances(identifier).await?.into_iter().map(of_instance);
        Ok(found.filter(|backup| backup.identifier == identifier.to_lowercase()).collect())
    }

    /// Everything retained of databases whose names start so, with its facts
    #[cfg(feature = "rds-snapshots")]
    pub(super) async fn retained_with(&self, prefixes: &[&str]) -> Result<Vec<RetainedBackup>, Fault> {
        let clusters = self.retained_clusters(ALL).await?.into_iter().map(of_cluster);
        let instances = self.retained_instances(ALL).await?.into_iter().map(of_instance);
        Ok(clusters.chain(instances).filter(|backup| ours(&backup.identifier, prefixes)).collect())
    }

    /// Retained backups of copies of ours
    pub(super) async fn remaining_backups(&self, prefixes: &[&str]) -> Result<Vec<Leftover>, Fault> {
        let clusters = self.retained_clusters(ALL).await?;
        let clusters = clusters.iter().map(|backup| (backup.db_cluster_identifier(), backup.tag_list()));
        let instances = self.retained_instances(ALL).await?;
        let instances = instances.iter().map(|backup| (backup.db_instance_identifier(), backup.tag_list()));
        let all = clusters.chain(instances).map(|(identifier, list)| Leftover {
            what: "automated backup".to_owned(),
            identifier: lower(identifier),
            run: tags(list).remove(RUN),
            note: RETAINED.to_owned(),
            region: None,
        });
        Ok(all.filter(|left| ours(&left.identifier, prefixes)).collect())
    }

    async fn retained_clusters(&self, wanted: &str) -> Result<Vec<DbClusterAutomatedBackup>, Fault> {
        let backups = self.0.describe_db_cluster_automated_backups().filters(retained());
        let pages = backups.into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeDBClusterAutomatedBackups", wanted, pages, |page| {
            page.db_cluster_automated_backups.unwrap_or_default()
        });
        let mut found = listed(found.await)?;
        // The filter is asked for, and not relied on: an active backup goes away with its database.
        found.retain(|backup| backup.status.as_deref() == Some(RETAINED));
        Ok(found)
    }

    async fn retained_instances(&self, wanted: &str) -> Result<Vec<DbInstanceAutomatedBackup>, Fault> {
        let backups = self.0.describe_db_instance_automated_backups().filters(retained());
        let pages = backups.into_paginator().page_size(PAGE).send();
        let found = walk("rds:DescribeDBInstanceAutomatedBackups", wanted, pages, |page| {
            page.db_instance_automated_backups.unwrap_or_default()
        });
        let mut found = listed(found.await)?;
        found.retain(|backup| backup.status.as_deref() == Some(RETAINED) && is_of_this_region(backup));
        Ok(found)
    }
}

/// Whether a backup is of an instance of its own region. One that was replicated from another region may have the name of
/// another database here, and is restored in another way (RDS user guide, "Replicating automated backups").
pub(super) fn is_of_this_region(backup: &DbInstanceAutomatedBackup) -> bool {
    let region = |arn: Option<&str>| arn.and_then(|arn| arn.split(':').nth(3).map(str::to_owned));
    let (of_instance, own) = (region(backup.db_instance_arn()), region(backup.db_instance_automated_backups_arn()));
    of_instance.is_none() || own.is_none() || of_instance == own
}

pub(super) fn retained() -> Filter {
    Filter::builder().name("status").values(RETAINED).build()
}

fn of_cluster(raw: DbClusterAutomatedBackup) -> RetainedBackup {
    RetainedBackup {
        identifier: lower(raw.db_cluster_identifier.as_deref()),
        resource_id: raw.db_cluster_resource_id.unwrap_or_default(),
        arn: raw.db_cluster_arn.unwrap_or_default(),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.unwrap_or_default(),
        window: window(raw.restore_window.as_ref()),
        created_at: time(raw.cluster_create_time.as_ref()),
        kms_key: raw.kms_key_id,
        port: port(raw.port),
        tags: tags(raw.tag_list.as_deref().unwrap_or_default()),
        backup_arn: None,
    }
}

fn of_instance(raw: DbInstanceAutomatedBackup) -> RetainedBackup {
    RetainedBackup {
        identifier: lower(raw.db_instance_identifier.as_deref()),
        resource_id: raw.dbi_resource_id.unwrap_or_default(),
        arn: raw.db_instance_arn.unwrap_or_default(),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.unwrap_or_default(),
        window: window(raw.restore_window.as_ref()),
        created_at: time(raw.instance_create_time.as_ref()),
        kms_key: raw.kms_key_id,
        port: port(raw.port),
        tags: tags(raw.tag_list.as_deref().unwrap_or_default()),
        backup_arn: raw.db_instance_automated_backups_arn,
    }
}

/// The window of an automated backup
pub(super) fn window(raw: Option<&RestoreWindow>) -> Window {
    raw.map_or_else(Window::default, |window| Window {
        earliest: time(window.earliest_time.as_ref()),
        latest: time(window.latest_time.as_ref()),
    })
}

#[cfg(test)]
mod tests;
