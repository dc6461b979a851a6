//! What a database was like that nobody can read any more: from the newest record that saw it, else from its backup.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use lifeboat::fault::Fault;
use lifeboat::policy::Database;
use lifeboat::ports::Store;
use lifeboat::recover::{Blueprint, Facts, From, Member, ReadFrom, Record, Resolved};
use lifeboat::restore::{self, Point, Purpose, SourceFacts};

use crate::records::{MOST_OPEN, OPEN, run_of};
use crate::{EmergencyRestore, Visit, World};

/// Months that are looked back
const MONTHS_BACK: i64 = 14;
/// Most records of a month that can be listed; more is an error
const MOST_IN_A_MONTH: usize = 5000;
/// Most records of a kind that are read
const MOST_READ: usize = 10;
/// Characters of a database's name that its run ids hold for certain
const NAME_IN_RUNS: usize = 20;

/// A blueprint from memory, with where it comes from in words; none where nobody knows anything
pub async fn remembered<W: World>(
    function: &EmergencyRestore<W>,
    (name, database): (&str, &Database),
    facts: &Facts,
    resolved: &Resolved,
    visit: &Visit,
) -> Option<(Blueprint, String)> {
    let now = function.now();
    let bare = bare(database, facts, resolved, now);
    let runs = match runs_of(function, name, visit).await {
        Ok(runs) => runs,
        Err(fault) => {
            visit.note(name, &fault);
            let said = format!("earlier records could not be listed ({fault}), so little of it is known");
            return bare.map(|bare| (bare, said));
        }
    };
    let mut drill: Option<(String, SourceFacts)> = None;
    for (run, key) in runs {
        let read = visit.call(function, "s3:GetObject", &key, function.world().store().read(&key)).await;
        let stored = match read {
            Ok(Some(stored)) => stored,
            Ok(None) => continue,
            Err(fault) => {
                visit.note(name, &fault);
                continue;
            }
        };
        if run.starts_with("recovery-") {
            if let Some(blueprint) = of_recovery(&stored.body, &database.identifier) {
                let said = format!("set up as {run} saw it at {}", lifeboat::moment::utc(blueprint.read_at));
                return Some((Blueprint { read_from: ReadFrom::Record(run), ..blueprint }, said));
            }
        } else if drill.is_none() {
            drill = of_drill(&stored.body, &database.identifier).map(|source| (run, source));
        }
    }
    let Some((run, source)) = drill else {
        return bare.map(|bare| (bare, "no record saw it, so only its backup tells how it was set up".to_owned()));
    };
    let said = format!(
        "set up as the drill {run} saw it: readers, roles, windows, monitoring and tags are not known. Say how many \
         readers it had with \"with\": {{\"readers\": …}}"
    );
    bare.map(|bare| (with_drill(bare, source), said))
}

/// What the backup itself tells
fn bare(database: &Database, facts: &Facts, resolved: &Resolved, now: Timestamp) -> Option<Blueprint> {
    if let From::Retained(id) = &resolved.from {
        let retained = facts.retained.present()?.iter().find(|backup| backup.resource_id == *id)?;
        return Some(Blueprint::of_retained(retained, database.kind, now));
    }
    if let Point::RecoveryPoint { arn, metadata, .. } = &resolved.point {
        let points = facts.vaults.iter().filter_map(|(_, points)| points.present()).flatten();
        let point = points.into_iter().find(|point| point.arn == *arn)?;
        return Blueprint::of_point(point, metadata, database.kind, now);
    }
    let Point::Snapshot { identifier, .. } = &resolved.point else { return None };
    let is_it = |name: &str| name == identifier;
    let snapshots = facts.snapshots.present()?;
    let snapshot = snapshots.iter().find(|one| is_it(&one.identifier) || is_it(&one.arn))?;
    Some(Blueprint::of_snapshot(snapshot, database.kind, now))
}

/// A recovery that read the database itself. An inspection's blueprint was made small, and is none of the database.
fn of_recovery(body: &[u8], identifier: &str) -> Option<Blueprint> {
    let record: Record = serde_json::from_slice(body).ok()?;
    let saw = record.purpose == Purpose::Recovery
        && record.blueprint.read_from == ReadFrom::Source
        && record.blueprint.identifier == identifier;
    saw.then_some(record.blueprint)
}

fn of_drill(body: &[u8], identifier: &str) -> Option<SourceFacts> {
    let record: restore::Record = serde_json::from_slice(body).ok()?;
    let source = record.source.filter(|_| record.plan.identifier == identifier)?;
    (!source.is_gone).then_some(source)
}

fn with_drill(bare: Blueprint, source: SourceFacts) -> Blueprint {
    let (known, mut settings) = (source.configuration, bare.settings);
    settings.security_groups = known.security_groups;
    settings.subnet_group = known.subnet_group.or(settings.subnet_group);
    settings.parameter_group = known.parameter_group.or(settings.parameter_group);
    settings.option_group = known.option_group.or(settings.option_group);
    settings.iam_auth = known.iam_auth;
    settings.log_exports = known.log_exports;
    settings.capacity = known.capacity;
    settings.storage_type = known.storage_type;
    settings.storage_gib = known.storage_gib;
    settings.encrypted = known.encrypted;
    settings.backup_retention_days = known.backup_retention_days;
    settings.deletion_protection = known.deletion_protection;
    settings.multi_az = known.multi_az;
    let member = |class| Member { identifier: bare.identifier.clone(), class, writer: true, ..Member::default() };
    let members = source.class.map(member).into_iter().collect();
    Blueprint { settings, members, database_name: source.database_name, arn: source.arn, ..bare }
}

/// Runs of a database with their keys: recoveries, which know more, before drills; each newest first
pub(crate) async fn runs_of<W: World>(
    function: &EmergencyRestore<W>,
    database: &str,
    visit: &Visit,
) -> Result<Vec<(String, String)>, Fault> {
    let stem: String = database.chars().take(NAME_IN_RUNS).collect();
    let is_its = |run: &str| ["recovery-", "drill-"].iter().any(|prefix| run.starts_with(&format!("{prefix}{stem}")));
    let store = function.world().store();
    let mut keys = visit.call(function, "s3:ListObjects", OPEN, store.list(OPEN, MOST_OPEN)).await?;
    let mut found: Vec<(String, String)> = Vec::new();
    for month in months_back(function.now()) {
        let prefix = format!("runs/closed/{month}/");
        keys.extend(visit.call(function, "s3:ListObjects", &prefix, store.list(&prefix, MOST_IN_A_MONTH)).await?);
    }
    found.extend(keys.into_iter().filter_map(|key| {
        let run = run_of(&key)?.to_owned();
        is_its(&run).then_some((run, key))
    }));
    // By the time in the name: twelve digits of a drill, fourteen of a recovery, of the same clock.
    found.sort_by(|(a, _), (b, _)| stamp(b).cmp(stamp(a)));
    let (recoveries, drills): (Vec<_>, Vec<_>) = found.into_iter().partition(|(run, _)| run.starts_with("recovery-"));
    Ok(recoveries.into_iter().take(MOST_READ).chain(drills.into_iter().take(MOST_READ)).collect())
}

fn stamp(run: &str) -> &str {
    run.rsplit('-').next().unwrap_or_default()
}

/// `2026/12`, `2026/11`, …; a month ahead too, for a run that was scheduled on its first minute
fn months_back(now: Timestamp) -> Vec<String> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first: Date = today.first_of_month();
    (-1..MONTHS_BACK)
        .filter_map(|back| first.checked_sub(back.months()).ok())
        .map(|month| month.strftime("%Y/%m").to_string())
        .collect()
}
