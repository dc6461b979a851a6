//! Policies, snapshots and worlds to plan over.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Doomed, Ground, Marks, NewestBackup, NotDoomed, Plan, Tried, World, plan};
use crate::database::{Engine, Sharing, Snapshot, SnapshotDetails, SnapshotKind, Tags};
use crate::policy::Policy;

/// A Friday
pub(crate) const NOW: &str = "2026-11-20T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

/// A policy of one Aurora cluster with these rules for its snapshots, and this clean-up
pub(crate) fn policy(rules: &str, cleanup: &str) -> Policy {
    let text = format!(
        r#"{{"version": 1, "timezone": "Asia/Tokyo", "databases": {{
            "orders": {{"kind": "aurora", "identifier": "prod-orders",
                "backups": {{"restore_lag_minutes": 15, "newest_snapshot_hours": 26}}, "snapshots": {{{rules}}}}},
            "ledger": {{"kind": "rds", "identifier": "prod-ledger",
                "snapshots": {{"patterns": ["manual-*"], "keep_last": 1, "copy_to": {{"region": "us-west-2"}}}}}},
            "archive": {{"kind": "documentdb", "identifier": "prod-archive"}}}},
            "cleanup": {{{cleanup}}}}}"#
    );
    Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Two are kept, nothing else keeps; deletions are on
pub(crate) fn strict() -> Policy {
    policy(r#""patterns": ["pre-*"], "keep_last": 2"#, r#""dry_run": false, "grace_days": 1, "max_deletions": 5"#)
}

/// A manual snapshot of the cluster that is so many hours old
pub(crate) fn snapshot(identifier: &str, age: i64) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:{identifier}"),
        source: "prod-orders".to_owned(),
        kind: SnapshotKind::Manual,
        status: "available".to_owned(),
        created_at: Some(now() - hours(age)),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: Some(120),
        tags: Tags::new(),
        details: SnapshotDetails::default(),
    }
}

/// The same of the RDS instance
pub(crate) fn of_instance(identifier: &str, age: i64) -> Snapshot {
    Snapshot {
        arn: format!("arn:aws:rds:eu-west-1:123456789012:snapshot:{identifier}"),
        source: "prod-ledger".to_owned(),
        engine: Engine::Postgres,
        encrypted: false,
        ..snapshot(identifier, age)
    }
}

/// `pre-0` is four days old, `pre-1` five days, and so on
pub(crate) fn daily(number: i64) -> Vec<Snapshot> {
    (0..number).map(|day| snapshot(&format!("pre-{day}"), 24 * (day + 4))).collect()
}

/// A world in which every backup was fresh at `at`
pub(crate) fn world_at(at: Timestamp, snapshots: Vec<Snapshot>) -> World {
    let fresh = NewestBackup { restorable: Some(at), automated: Some(at) };
    World {
        home: "eu-west-1".to_owned(),
        regions: BTreeMap::from([("eu-west-1".to_owned(), shared(snapshots)), ("us-west-2".to_owned(), Vec::new())]),
        newest: ["orders", "ledger", "archive"].map(|name| (name.to_owned(), fresh)).into(),
        in_use: BTreeMap::new(),
    }
}

pub(crate) fn world(snapshots: Vec<Snapshot>) -> World {
    world_at(now(), snapshots)
}

/// As a world holds them
pub(crate) fn shared(snapshots: Vec<Snapshot>) -> Vec<Arc<Snapshot>> {
    snapshots.into_iter().map(Arc::new).collect()
}

/// Snapshots of the home region
pub(crate) fn home(world: &mut World) -> &mut Vec<Arc<Snapshot>> {
    world.regions.get_mut("eu-west-1").unwrap()
}

/// Marks that a run so many hours ago made
pub(crate) fn marked(policy: &Policy, world: &World, hours_ago: i64) -> Marks {
    let marks = plan(now() - hours(hours_ago), policy, &fresh_always(world), &Marks::default()).marks().clone();
    assert!(!marks.marks.is_empty());
    marks
}

/// The same world with backups that are fresh at every time
fn fresh_always(world: &World) -> World {
    World { newest: BTreeMap::new(), ..world.clone() }
}

/// A plan for now whose marks are two days old
pub(crate) fn ripe(policy: &Policy, world: &World) -> (Marks, Plan) {
    let marks = marked(policy, world, 48);
    let plan = plan(now(), policy, world, &marks);
    (marks, plan)
}

pub(crate) fn names<'a>(lines: impl Iterator<Item = &'a super::Line>) -> Vec<String> {
    let mut names: Vec<String> = lines.map(|line| line.snapshot.identifier.clone()).collect();
    names.sort();
    names
}

/// As it is read just before the call
pub(crate) fn read_again(snapshot: &Snapshot) -> Snapshot {
    let mut fresh = snapshot.clone();
    if fresh.details.sharing == Sharing::NotAsked {
        fresh.details.sharing = Sharing::Private;
    }
    fresh
}

/// Takes what the plan deletes through the gate; what came through is taken out of the world.
pub(crate) fn run(
    (at, policy): (Timestamp, &Policy),
    world: &mut World,
    marks: &Marks,
) -> (Plan, Vec<Snapshot>, Vec<NotDoomed>) {
    let plan = plan(at, policy, world, marks);
    let (mut gone, mut refused, mut tried) = (Vec::new(), Vec::new(), Tried::new(at, policy, world));
    for line in plan.to_delete() {
        let ground = Ground { now: at, policy, world, plan: &plan, marks, tried: &tried };
        match Doomed::claim(read_again(&line.snapshot), &ground) {
            Ok(doomed) => {
                tried.insert(doomed.get());
                gone.push(doomed.get().clone());
            }
            Err(why) => refused.push(why),
        }
    }
    for snapshots in world.regions.values_mut() {
        snapshots.retain(|snapshot| !tried.contains(&snapshot.arn));
    }
    (plan, gone, refused)
}
