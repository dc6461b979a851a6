//! A policy with a database of each kind, and a world in which all is well.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::{Answer, Asking, Finding, Region, Severity, Sheet, Unknown, World};
use super::billed::GIB;
use crate::database::{Sample, Snapshot, SnapshotKind};
use crate::lifecycle::fixtures as lifecycle;
use crate::policy::Policy;

pub(super) const HOME: &str = "eu-west-1";

pub(super) fn now() -> Timestamp {
    lifecycle::now()
}

pub(super) fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

pub(super) fn second() -> SignedDuration {
    SignedDuration::from_secs(1)
}

pub(super) fn denied() -> Unknown {
    Unknown { why: "AccessDenied: cloudwatch:GetMetricData".to_owned() }
}

/// Two snapshots named `pre-*` are kept; the prices are the table's
pub(super) fn policy() -> Policy {
    policy_with(r#""cleanup": {"dry_run": false, "grace_days": 1, "max_deletions": 2}"#)
}

pub(super) fn policy_with(rest: &str) -> Policy {
    let text = format!(
        r#"{{"version": 1, "databases": {{
            "orders": {{"kind": "aurora", "identifier": "prod-orders", "backups": {{"retention_days": 7}},
                "storage": {{"billed_gib": 100, "growth_percent_per_week": 20}},
                "snapshots": {{"patterns": ["pre-*"], "keep_last": 2}}}},
            "ledger": {{"kind": "rds", "identifier": "prod-ledger", "backups": {{"retention_days": 7}}}}}},
            {rest}}}"#
    );
    Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A value of so many days ago
pub(super) fn sample(age: i64, gib: f64) -> Sample {
    Sample { at: now() - days(age), value: gib * GIB }
}

/// An automated snapshot of the cluster, half a day old: the newest backup is fresh
pub(super) fn automated() -> Snapshot {
    Snapshot { kind: SnapshotKind::Automated, ..lifecycle::snapshot("rds:prod-orders-1", 12) }
}

/// Of the cluster, 120 GiB, so many days old
pub(super) fn snapshot(identifier: &str, age: i64) -> Snapshot {
    lifecycle::snapshot(identifier, 24 * age)
}

/// Of the instance, 120 GiB, so many days old
pub(super) fn of_instance(identifier: &str, age: i64) -> Snapshot {
    lifecycle::of_instance(identifier, 24 * age)
}

/// 50 GiB billed on each of the last 20 days; two snapshots within the retention
pub(super) fn well() -> World {
    let series: Vec<Sample> = (1..=20).rev().map(|age| sample(age, 50.0)).collect();
    let (earlier, today) = series.split_at(18);
    let region = Region {
        billed: Some(Ok([("prod-orders".to_owned(), today.to_vec())].into())),
        snapshots: Some(Ok(vec![automated(), snapshot("pre-0", 1), snapshot("by-hand", 6)])),
        ..Region::default()
    };
    World {
        home: HOME.to_owned(),
        regions: BTreeMap::from([(HOME.to_owned(), region)]),
        history: [("orders".to_owned(), earlier.to_vec())].into(),
        ..World::default()
    }
}

pub(super) fn home(world: &mut World) -> &mut Region {
    world.regions.get_mut(HOME).unwrap()
}

pub(super) fn snapshots(world: &mut World) -> &mut Vec<Snapshot> {
    home(world).snapshots.as_mut().unwrap().as_mut().unwrap()
}

/// The values that were read now
pub(super) fn read_now(world: &mut World, samples: Vec<Sample>) {
    home(world).billed = Some(Ok([("prod-orders".to_owned(), samples)].into()));
}

pub(super) fn sheet_with(policy: &Policy, world: &World) -> Sheet {
    let mut sheet = Sheet::default();
    let index = super::super::index::Index::of(world);
    super::ask(&Asking { now: now(), policy, world, index: &index }, &mut sheet);
    sheet
}

pub(super) fn answer(world: &World, id: &str) -> Option<Answer> {
    let sheet = sheet_with(&policy(), world);
    sheet.answers().find(|(known, _)| *known == id).map(|(_, answer)| answer.clone())
}

pub(super) fn found(world: &World, id: &str) -> Finding {
    match answer(world, id) {
        Some(Answer::Found(finding)) => std::sync::Arc::unwrap_or_clone(finding),
        other => panic!("{id}: {other:?}"),
    }
}

/// `None`: fine
pub(super) fn severity(world: &World, id: &str) -> Option<Severity> {
    match answer(world, id) {
        Some(Answer::Found(finding)) => Some(finding.severity),
        Some(Answer::Fine) => None,
        silent => panic!("{id}: {silent:?}"),
    }
}
