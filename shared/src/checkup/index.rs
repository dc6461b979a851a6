//! What was read, by name: a thousand databases are not each looked for in lists of ten thousand.

use std::collections::BTreeMap;

use super::facts::{Region, World};
use super::look::is_of_cluster;
use crate::database::{BackupJob, Cluster, Instance, Kept, PointFacts, Snapshot};

/// The lists of every region by name. A list that was not read has nothing here: ask for the list first.
#[derive(Debug, Default)]
pub(super) struct Index<'a>(BTreeMap<&'a str, Lists<'a>>);

/// The lists of one region by name
#[derive(Debug, Default)]
pub(super) struct Lists<'a> {
    clusters: BTreeMap<&'a str, &'a Kept<Cluster>>,
    instances: BTreeMap<&'a str, &'a Kept<Instance>>,
    /// Instances by the cluster that they say they belong to
    members: BTreeMap<&'a str, Vec<&'a Kept<Instance>>>,
    /// A snapshot of which AWS does not say what it was taken of
    pub stray: Option<&'a Snapshot>,
    /// By whether it is of a cluster, and by its source in small letters
    snapshots: BTreeMap<(bool, String), Vec<&'a Snapshot>>,
    /// By vault, and by the ARN of the resource in small letters
    points: BTreeMap<&'a str, BTreeMap<String, Vec<&'a PointFacts>>>,
    /// By the ARN of the resource in small letters
    jobs: BTreeMap<String, Vec<&'a BackupJob>>,
}

impl<'a> Index<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        Self(world.regions.iter().map(|(name, region)| (name.as_str(), Lists::of(region))).collect())
    }

    pub(super) fn region(&self, name: &str) -> Option<&Lists<'a>> {
        self.0.get(name)
    }
}

impl<'a> Lists<'a> {
    fn of(region: &'a Region) -> Self {
        let mut lists = Self::default();
        for kept in region.clusters.iter().flatten().flatten() {
            lists.clusters.entry(&kept.facts.identifier).or_insert(kept);
        }
        for kept in region.instances.iter().flatten().flatten() {
            lists.instances.entry(&kept.facts.identifier).or_insert(kept);
            if let Some(cluster) = &kept.facts.cluster {
                lists.members.entry(cluster).or_default().push(kept);
            }
        }
        for snapshot in region.snapshots.iter().flatten().flatten() {
            if snapshot.source.is_empty() {
                lists.stray.get_or_insert(snapshot);
            }
            let of = (is_of_cluster(snapshot), snapshot.source.to_ascii_lowercase());
            lists.snapshots.entry(of).or_default().push(snapshot);
        }
        for (vault, facts) in &region.vaults {
            let points = lists.points.entry(vault).or_default();
            for point in facts.points.iter().flatten() {
                points.entry(point.point.resource_arn.to_ascii_lowercase()).or_default().push(point);
            }
        }
        for job in region.jobs.iter().flatten().flatten() {
            lists.jobs.entry(job.resource_arn.to_ascii_lowercase()).or_default().push(job);
        }
        lists
    }

    /// The first of that identifier
    pub(super) fn cluster(&self, identifier: &str) -> Option<&'a Kept<Cluster>> {
        self.clusters.get(identifier).copied()
    }

    /// The first of that identifier
    pub(super) fn instance(&self, identifier: &str) -> Option<&'a Kept<Instance>> {
        self.instances.get(identifier).copied()
    }

    /// The instances that say they belong to a cluster
    pub(super) fn members(&self, cluster: &str) -> &[&'a Kept<Instance>] {
        self.members.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// Snapshots of a source, whatever the case of its letters
    pub(super) fn snapshots(&self, clustered: bool, source: &str) -> &[&'a Snapshot] {
        self.snapshots.get(&(clustered, source.to_ascii_lowercase())).map_or(&[], Vec::as_slice)
    }

    /// Recovery points in a vault of a resource that has these ARNs
    pub(super) fn points(&self, vault: &str, arns: impl FnOnce() -> Vec<String>) -> Vec<&'a PointFacts> {
        let Some(points) = self.points.get(vault).filter(|points| !points.is_empty()) else { return Vec::new() };
        arns().iter().filter_map(|arn| points.get(arn)).flatten().copied().collect()
    }

    /// Jobs of a resource that has these ARNs
    pub(super) fn jobs(&self, arns: impl FnOnce() -> Vec<String>) -> Vec<&'a BackupJob> {
        if self.jobs.is_empty() {
            return Vec::new();
        }
        arns().iter().filter_map(|arn| self.jobs.get(arn)).flatten().copied().collect()
    }
}
