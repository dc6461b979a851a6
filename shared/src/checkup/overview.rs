//! How each database of the policy stands, in a few figures. What was not read is none, and never a good figure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::facts::{Region, World};
use super::index::{Index, Lists};
use crate::database::Kind;
use crate::policy::{Database, Policy};
use crate::verify::VerdictWord;

/// A day's value of a metric comes a day late; one that is older than this says nothing about today
const BILLED_HOURS: i64 = 72;
const GIB: f64 = 1_073_741_824.0;

/// One database in a few figures
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overview {
    /// Its name in the policy
    pub database: String,
    /// Whether AWS was seen to have it
    pub is_seen: bool,
    /// To when it can be restored
    pub latest: Option<Timestamp>,
    /// When its newest complete snapshot was made
    pub newest_snapshot: Option<Timestamp>,
    /// For how many days automated backups are kept
    pub retention_days: Option<i64>,
    /// When the newest drill that passed was asked for
    pub passed_at: Option<Timestamp>,
    /// Billed backup storage in GiB
    pub billed_gib: Option<f64>,
}

/// The overview of every database, in the policy's order
pub fn overview(now: Timestamp, policy: &Policy, world: &World) -> Vec<Overview> {
    let index = Index::of(world);
    let mut passed: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for drill in world.drills.iter().flatten().flatten().filter(|drill| drill.verdict == VerdictWord::Passed) {
        let newest = passed.entry(&drill.database).or_insert(drill.requested_at);
        *newest = drill.requested_at.max(*newest);
    }
    let of = |(name, database): &(String, Database)| {
        let mut overview = Overview { database: name.to_owned(), ..Overview::default() };
        overview.passed_at = passed.get(name.as_str()).copied();
        if let (Some(region), Some(lists)) = (world.regions.get(&world.home), index.region(&world.home)) {
            at_home(now, database, (region, lists), &mut overview);
        }
        overview
    };
    policy.databases.iter().map(of).collect()
}

fn at_home(now: Timestamp, database: &Database, (region, lists): (&Region, &Lists<'_>), overview: &mut Overview) {
    let identifier = database.identifier.as_str();
    let configuration = if database.kind == Kind::Rds {
        let instance = lists.instance(identifier);
        let window = region.windows.as_ref().and_then(|windows| windows.as_ref().ok()?.get(identifier));
        overview.latest =
            instance.and_then(|one| one.facts.latest_restorable).or_else(|| window.and_then(|window| window.latest));
        instance.map(|one| &one.facts.configuration)
    } else {
        let cluster = lists.cluster(identifier);
        overview.latest = cluster.and_then(|one| one.facts.window.latest);
        cluster.map(|one| &one.facts.configuration)
    };
    overview.is_seen = configuration.is_some();
    overview.retention_days = configuration.map(|configuration| i64::from(configuration.backup_retention_days));
    let snapshots = lists.snapshots(database.kind.is_clustered(), identifier).iter();
    let complete = snapshots.filter(|one| one.status == "available");
    overview.newest_snapshot = complete.filter_map(|one| one.created_at).max();
    let billed = region.billed.as_ref().and_then(|billed| billed.as_ref().ok()?.get(identifier)?.last());
    let recent = now.checked_sub(SignedDuration::from_hours(BILLED_HOURS)).unwrap_or(Timestamp::MIN);
    let billed = billed.filter(|sample| sample.at >= recent && sample.value.is_finite());
    overview.billed_gib = billed.map(|sample| sample.value / GIB);
}
