//! Manual snapshots: reading them, taking, copying and exporting them (`rds-snapshots`).
//!
//! Every call follows the one pace of its [`Rds`] (`pacer`). Tags come with the lists, so `ListTagsForResource` is
//! never called.

use std::collections::BTreeSet;
use std::future::Future;

use aws_sdk_rds::types::{DbClusterSnapshotAttribute, DbSnapshotAttribute, ExportTask, Filter};

use super::error::{incomplete, too_many};
use super::pacer::paced;
use super::pages::PAGE;
use super::rds::Rds;
use super::rds_facts::{cluster_snapshot, instance_snapshot};
use super::rds_read::{ALL, listed};
use crate::database::{Export, RetainedBackup, Sharing, Snapshot};
use crate::fault::{Class, Fault};
use crate::ports::{LOOKED_AT, ReadSnapshots};

mod making;
mod named;

pub(super) use named::Named;
use named::type_of;

/// IAM actions of this file, with those that AWS asks for behind them.
///
/// Conditions: what describes takes none, and `Resource` is `*`. What is made is named by a prefix of ours and tagged at its
/// making (`aws:RequestTag`), and so are `rds:AddTagsToResource` and the target of a copy; a copy also names its source's ARN in
/// the other region, and reaches it by `rds:CrossRegionCommunication`. `iam:PassRole` is for the role of exports, to
/// `export.rds.amazonaws.com`. Grants are on keys of one's own, of copies and exports (`kms:ViaService`); that these two are
/// enough for a copy is taken from what AWS asks of restores, and not verified.
pub const ACTIONS: &[&str] = &[
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:DescribeDBClusterSnapshotAttributes",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeExportTasks",
    "rds:CreateDBClusterSnapshot",
    "rds:CreateDBSnapshot",
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
    "rds:CrossRegionCommunication",
    "rds:AddTagsToResource",
    "rds:StartExportTask",
    "iam:PassRole",
    "kms:CreateGrant",
    "kms:DescribeKey",
];

/// Pages of one list: twenty thousand snapshots of a kind, two hundred times what the default quota allows
const MOST_PAGES: usize = 200;
/// RDS's word for snapshots that somebody made
const MANUAL: &str = "manual";
/// The attribute whose values are the accounts that may restore a snapshot
const RESTORE: &str = "restore";

impl ReadSnapshots for Rds {
    /// Needs `rds:DescribeDBClusterSnapshots` and `rds:DescribeDBSnapshots`. The two lists are read side by side.
    async fn manual(&self) -> Result<Vec<Snapshot>, Fault> {
        let of_clusters = walk("rds:DescribeDBClusterSnapshots", |from| self.clusters_page(from));
        let of_instances = walk("rds:DescribeDBSnapshots", |from| self.instances_page(from));
        let (mut found, more) = tokio::try_join!(of_clusters, of_instances)?;
        found.extend(more);
        Ok(found)
    }

    /// Needs `rds:DescribeDBClusterSnapshots` or `rds:DescribeDBSnapshots`.
    ///
    /// One call, by a filter. What is missing in the answer is gone, so the answer has to be one to the question: a snapshot
    /// that was not asked for, or a page that ends before all were told, is an error.
    async fn again(&self, identifiers: &[String], clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        let wanted: BTreeSet<String> = identifiers.iter().map(|identifier| identifier.to_lowercase()).collect();
        let Some(first) = wanted.first() else {
            return Ok(Vec::new());
        };
        let named = if wanted.len() == 1 { first.clone() } else { format!("{first} and {} more", wanted.len() - 1) };
        let (operation, filter) = if clustered {
            ("rds:DescribeDBClusterSnapshots", "db-cluster-snapshot-id")
        } else {
            ("rds:DescribeDBSnapshots", "db-snapshot-id")
        };
        if wanted.len() > LOOKED_AT {
            return Err(too_many(operation, &named, &format!("{LOOKED_AT} snapshots in one question")));
        }
        let filter = Filter::builder().name(filter).set_values(Some(wanted.iter().cloned().collect())).build();
        let (found, more) = if clustered {
            let call = self.0.describe_db_cluster_snapshots().filters(filter).snapshot_type(MANUAL).max_records(PAGE);
            let answer = paced!(self, read, operation, &named, call)?;
            let found = answer.db_cluster_snapshots.unwrap_or_default().into_iter().map(cluster_snapshot);
            (found.collect::<Vec<_>>(), answer.marker)
        } else {
            let call = self.0.describe_db_snapshots().filters(filter).snapshot_type(MANUAL).max_records(PAGE);
            let answer = paced!(self, read, operation, &named, call)?;
            let found = answer.db_snapshots.unwrap_or_default().into_iter().map(instance_snapshot);
            (found.collect::<Vec<_>>(), answer.marker)
        };
        if let Some(other) = found.iter().find(|snapshot| !wanted.contains(&snapshot.identifier)) {
            let said = format!("the answer has {}, which was not asked for", other.identifier);
            return Err(Fault::new(Class::Unknown, operation, &named, "", &said));
        }
        if more.is_some() && found.len() < wanted.len() {
            return Err(incomplete(operation, &named, "end: there is another page"));
        }
        Ok(found)
    }

    /// Needs `rds:DescribeDBClusterSnapshots` and `rds:DescribeDBSnapshots`. An ARN says which of them; it is asked for by its
    /// identifier, and is there if the answer has this very ARN.
    async fn snapshot(&self, name: &str) -> Result<Option<Snapshot>, Fault> {
        let Some(named) = Named::of(name) else {
            return match self.cluster_snapshot(name).await? {
                Some(found) => Ok(Some(found)),
                None => self.instance_snapshot(name).await,
            };
        };
        self.in_this_region("rds:DescribeDBSnapshots", name, named.region)?;
        let found = if named.clustered {
            self.cluster_snapshot(named.identifier).await?
        } else {
            self.instance_snapshot(named.identifier).await?
        };
        Ok(found.filter(|snapshot| snapshot.arn.eq_ignore_ascii_case(name)))
    }

    /// Needs `rds:DescribeDBClusterSnapshotAttributes` or `rds:DescribeDBSnapshotAttributes`.
    async fn sharing(&self, identifier: &str, clustered: bool) -> Result<Sharing, Fault> {
        let lacking = "list of the accounts that may restore it";
        if clustered {
            let operation = "rds:DescribeDBClusterSnapshotAttributes";
            let call = self.0.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(identifier);
            let answer = paced!(self, read, operation, identifier, call).map_err(gone)?;
            let told =
                answer.db_cluster_snapshot_attributes_result.and_then(|told| told.db_cluster_snapshot_attributes);
            let told = told.ok_or_else(|| incomplete(operation, identifier, lacking))?;
            let pair = |it: DbClusterSnapshotAttribute| (it.attribute_name, it.attribute_values);
            return shared_with(told.into_iter().map(pair)).ok_or_else(|| incomplete(operation, identifier, lacking));
        }
        let operation = "rds:DescribeDBSnapshotAttributes";
        let call = self.0.describe_db_snapshot_attributes().db_snapshot_identifier(identifier);
        let answer = paced!(self, read, operation, identifier, call).map_err(gone)?;
        let told = answer.db_snapshot_attributes_result.and_then(|told| told.db_snapshot_attributes);
        let told = told.ok_or_else(|| incomplete(operation, identifier, lacking))?;
        let pair = |it: DbSnapshotAttribute| (it.attribute_name, it.attribute_values);
        shared_with(told.into_iter().map(pair)).ok_or_else(|| incomplete(operation, identifier, lacking))
    }

    /// Needs `rds:DescribeDBClusterAutomatedBackups` and `rds:DescribeDBInstanceAutomatedBackups`, which are those of `rds_read`.
    async fn retained_of(&self, prefixes: &[&str]) -> Result<Vec<RetainedBackup>, Fault> {
        self.retained_with(prefixes).await
    }

    /// Needs `rds:DescribeExportTasks`.
    async fn exports(&self, task: Option<&str>) -> Result<Vec<Export>, Fault> {
        listed(walk("rds:DescribeExportTasks", |from| self.exports_page(task, from)).await)
    }
}

/// A part of a list, and where the next part begins
type Page<T> = (Vec<T>, Option<String>);

/// Everything on all pages. More than [`MOST_PAGES`] are an error, never a shorter list.
async fn walk<T, F>(operation: &'static str, mut page: impl FnMut(Option<String>) -> F) -> Result<Vec<T>, Fault>
where
    F: Future<Output = Result<Page<T>, Fault>>,
{
    let (mut all, mut from) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (found, next) = page(from).await?;
        all.extend(found);
        if next.is_none() {
            return Ok(all);
        }
        from = next;
    }
    Err(too_many(operation, ALL, &format!("{MOST_PAGES} pages of {PAGE}")))
}

impl Rds {
    async fn clusters_page(&self, from: Option<String>) -> Result<Page<Snapshot>, Fault> {
        let call = self.0.describe_db_cluster_snapshots().snapshot_type(MANUAL).max_records(PAGE).set_marker(from);
        let answer = paced!(self, read, "rds:DescribeDBClusterSnapshots", ALL, call)?;
        let found = answer.db_cluster_snapshots.unwrap_or_default();
        Ok((found.into_iter().map(cluster_snapshot).collect(), answer.marker))
    }

    async fn instances_page(&self, from: Option<String>) -> Result<Page<Snapshot>, Fault> {
        let call = self.0.describe_db_snapshots().snapshot_type(MANUAL).max_records(PAGE).set_marker(from);
        let answer = paced!(self, read, "rds:DescribeDBSnapshots", ALL, call)?;
        Ok((answer.db_snapshots.unwrap_or_default().into_iter().map(instance_snapshot).collect(), answer.marker))
    }

    async fn exports_page(&self, task: Option<&str>, from: Option<String>) -> Result<Page<Export>, Fault> {
        let call = self.0.describe_export_tasks().set_export_task_identifier(task.map(str::to_owned));
        let call = call.max_records(PAGE).set_marker(from);
        let answer = paced!(self, read, "rds:DescribeExportTasks", task.unwrap_or(ALL), call)?;
        Ok((answer.export_tasks.unwrap_or_default().into_iter().map(export).collect(), answer.marker))
    }

    async fn cluster_snapshot(&self, identifier: &str) -> Result<Option<Snapshot>, Fault> {
        let call = self.0.describe_db_cluster_snapshots().db_cluster_snapshot_identifier(identifier);
        let call = call.set_snapshot_type(type_of(identifier)).max_records(PAGE);
        match paced!(self, read, "rds:DescribeDBClusterSnapshots", identifier, call).map_err(gone) {
            Ok(answer) => Ok(answer.db_cluster_snapshots.unwrap_or_default().into_iter().next().map(cluster_snapshot)),
            Err(fault) => absent(fault),
        }
    }

    async fn instance_snapshot(&self, identifier: &str) -> Result<Option<Snapshot>, Fault> {
        let call = self.0.describe_db_snapshots().db_snapshot_identifier(identifier);
        let call = call.set_snapshot_type(type_of(identifier)).max_records(PAGE);
        match paced!(self, read, "rds:DescribeDBSnapshots", identifier, call).map_err(gone) {
            Ok(answer) => Ok(answer.db_snapshots.unwrap_or_default().into_iter().next().map(instance_snapshot)),
            Err(fault) => absent(fault),
        }
    }

    /// What is of another region is neither found nor made here, and nothing is said of it by asking here.
    fn in_this_region(&self, operation: &'static str, resource: &str, wanted: &str) -> Result<(), Fault> {
        match self.0.config().region() {
            Some(region) if region.as_ref() != wanted => {
                let said =
                    format!("it belongs to {wanted}, and this is the client of {region}: use the one of {wanted}");
                Err(Fault::new(Class::Configuration, operation, resource, "", &said))
            }
            _ => Ok(()),
        }
    }
}

/// "Not found" as the answer to a question about a snapshot. To a restore it would mean that the backup cannot be used, which
/// is what [`crate::fault::classify`] takes it for.
pub(super) fn gone(mut fault: Fault) -> Fault {
    if fault.class == Class::Backup {
        fault.class = Class::NotFound;
    }
    fault
}

fn absent<T>(fault: Fault) -> Result<Option<T>, Fault> {
    if fault.class == Class::NotFound { Ok(None) } else { Err(fault) }
}

/// None where the answer does not say who may restore it: a snapshot is private only where AWS says so by an empty list.
fn shared_with(told: impl Iterator<Item = (Option<String>, Option<Vec<String>>)>) -> Option<Sharing> {
    let mut all: Option<Vec<String>> = None;
    for (_, accounts) in told.filter(|(name, _)| name.as_deref() == Some(RESTORE)) {
        all.get_or_insert_default().extend(accounts?);
    }
    all.map(|accounts| if accounts.is_empty() { Sharing::Private } else { Sharing::With(accounts) })
}

/// One without an identifier cannot be asked for again, and still reads its snapshot.
fn export(raw: ExportTask) -> Export {
    Export {
        task: raw.export_task_identifier.unwrap_or_default(),
        source_arn: raw.source_arn.unwrap_or_default(),
        status: raw.status.unwrap_or_default(),
        percent: raw.percent_progress,
        failure: raw.failure_cause,
        warning: raw.warning_message,
        gib: raw.total_extracted_data_in_gb,
        bucket: raw.s3_bucket,
        prefix: raw.s3_prefix,
    }
}

#[cfg(test)]
mod tests;
