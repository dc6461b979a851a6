//! Copies in other regions: what is left when a region is lost.

use jiff::{SignedDuration, Timestamp};

use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Protected, Told, unknown};
use crate::database::{PointFacts, Snapshot, SnapshotKind};
use crate::lifecycle::{CLOCKS, taken_at};
use crate::moment;
use crate::policy::Copies;

/// `copy/<database>/<region>`, for every region that the policy demands a copy in
pub(super) fn ask(of: &Protected<'_>, sheet: &mut Sheet) {
    for copies in &of.entry.backups.copies {
        let id = format!("copy/{}/{}", of.name, copies.region);
        match copy(of, copies) {
            Ok(None) => sheet.fine(id),
            Ok(Some(told)) => sheet.found(told.under(id, Some(of.name))),
            Err(why) => {
                let title = format!("whether {} has a recent copy in {} could not be told", of.name, copies.region);
                sheet.unknown(id, Some(of.name), &title, &why);
            }
        }
    }
}

/// What was found in the region: when data of the copies there was taken, and what could not be told
#[derive(Default)]
struct There {
    taken: Vec<Timestamp>,
    not_told: Vec<String>,
}

fn copy(of: &Protected<'_>, copies: &Copies) -> Result<Option<Told>, Unknown> {
    let now = of.asking.now;
    let limit = SignedDuration::from_hours(copies.newest_hours);
    let there = there(of, &copies.region);
    let newest = there.taken.iter().max().copied();
    let age = newest.map(|at| now.duration_since(at));
    if age.is_some_and(|age| age < -CLOCKS) {
        return Err(unknown("the newest copy lies in the future: a clock is wrong"));
    }
    if age.is_some_and(|age| age <= limit) {
        return Ok(None);
    }
    // The one that is missing may be in what could not be read.
    if !there.not_told.is_empty() {
        return Err(unknown(there.not_told.join("; ")));
    }
    let created = of.seen().present().and_then(|subject| subject.created_at);
    if newest.is_none() && created.is_some_and(|at| now.duration_since(at) <= limit) {
        return Ok(None);
    }
    let (name, region, allowed) = (of.name, &copies.region, moment::duration(limit));
    let (severity, title, line) = match newest.zip(age) {
        Some((at, age)) => (
            Severity::Medium,
            format!("the newest copy of {name} in {region} is {} old; {allowed} are allowed", moment::duration(age)),
            format!("its data was taken {}", moment::both(at, &of.asking.policy.zone())),
        ),
        None => (
            Severity::High,
            format!("{name} has no copy in {region}; one in {allowed} is asked for"),
            format!("{region} has no available snapshot or recovery point of {}", of.identifier()),
        ),
    };
    Ok(Some(Told {
        severity,
        title,
        evidence: vec![line],
        why: "If the region of the database is lost, this copy is all there is.",
        mend: Mend::say(format!(
            "See what makes the copies: snapshots.copy_to of {name} in the policy, or the copy rule of its backup plan, \
             and whether the key in {region} can be used."
        )),
        measure: age.map(|age| (age - limit).as_secs_f64() / 3600.0),
    }))
}

fn there(of: &Protected<'_>, region: &str) -> There {
    let mut there = There::default();
    match of.snapshots(region) {
        Err(unknown) => there.not_told.push(unknown.why),
        Ok(snapshots) => {
            let counts = [SnapshotKind::Automated, SnapshotKind::Manual, SnapshotKind::AwsBackup];
            for snapshot in snapshots {
                if snapshot.status != "available" || !counts.contains(&snapshot.kind) {
                    continue;
                }
                match data_of(of, snapshot) {
                    Some(at) => there.taken.push(at),
                    None => there.not_told.push(format!("AWS does not say when {} was made", snapshot.identifier)),
                }
            }
        }
    }
    let seen = of.seen();
    // A region that was not read has said so above.
    let vaults = of.asking.region(region).map(|region| &region.vaults);
    for (vault, facts) in vaults.into_iter().flatten() {
        match &facts.points {
            Err(unknown) => there.not_told.push(format!("recovery points of {vault}: {}", unknown.why)),
            Ok(points) => {
                // A copied point still names the database that it was taken of, in that one's region.
                let its = points.iter().filter(|facts| of.is_named_by(&facts.point.resource_arn, seen.present()));
                its.for_each(|facts| point(facts, &mut there));
            }
        }
    }
    there
}

/// When the data of a copy was taken. A copy that does not say it is as old as the snapshot that it was made from, if that
/// one is still there.
fn data_of(of: &Protected<'_>, copy: &Snapshot) -> Option<Timestamp> {
    let said = taken_at(copy)?;
    let from = copy.details.copied_from.as_deref();
    let originals = of.snapshots(of.asking.home()).unwrap_or_default();
    let original = originals.into_iter().find(|snapshot| from == Some(snapshot.arn.as_str()));
    let original = original.and_then(|snapshot| snapshot.created_at);
    Some(original.map_or(said, |at| at.min(said)))
}

/// Status words of recovery points that can be restored
const USABLE: [&str; 2] = ["COMPLETED", "AVAILABLE"];

fn point(facts: &PointFacts, there: &mut There) {
    if !USABLE.contains(&facts.point.status.as_str()) {
        return;
    }
    match facts.point.created_at {
        Some(at) => there.taken.push(at),
        None => there.not_told.push(format!("AWS Backup does not say when {} was made", facts.point.arn)),
    }
}
