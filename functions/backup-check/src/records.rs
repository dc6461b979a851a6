//! What the records tell: drills that ended, and runs under way.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::checkup::{DrillFacts, RunFacts, Unknown};
use lifeboat::fault::Fault;
use lifeboat::flow::{MOST_OPEN, OPEN, closed_keys, closed_record, closed_run_of, drill_of, run_of};
use lifeboat::ports::Store;
use lifeboat::recover;
use lifeboat::restore::{Purpose, Record, prefix_of};
use lifeboat::verify::VerdictWord;

use crate::World;
use crate::reading::{all, beyond, known};
use crate::scope::Scope;

/// Months of closed records that are looked through where no drill of the policy has a largest age
const MONTHS_BACK: i32 = 3;
/// Most months, whatever the largest age: ten years, the most that a policy may name
const MOST_MONTHS: i32 = 122;
/// Most keys of closed records that are listed: two hundred drills a week for a year
const MOST_CLOSED: usize = 10_000;
/// Most records of one drill that are read in search of its last passed one
const MOST_LOOKED_BACK: usize = 10;
/// Most drills whose records one check reads: mostly one record each
pub const MOST_DRILLS: usize = 2000;

/// The newest drills that ended: of each drill back to the last that passed, newest first.
pub async fn drills<W: World>(world: &W, scope: &Scope<'_>, now: Timestamp) -> Result<Vec<DrillFacts>, Unknown> {
    let store = world.store();
    let of = scope.only.map(|only| only.chars().take(20).collect::<String>()).unwrap_or_default();
    let prefix = format!("{}{of}", prefix_of(Purpose::Drill));
    let is_ours = |run: &str| run.starts_with(&prefix);
    // Newest first within each drill too
    let keys = known(closed_keys(store, now, months(scope), MOST_CLOSED, is_ours).await)?;
    let mut drills: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys {
        drills.entry(drill_of(closed_run_of(&key)).to_owned()).or_default().push(key);
    }
    if drills.len() > MOST_DRILLS {
        return beyond(MOST_DRILLS, "drills with records");
    }
    let read = drills.into_values().map(|keys| back_to_the_last_passed(store, keys));
    let mut found = Vec::new();
    for records in all(read.collect()).await {
        found.extend(known(records)?.iter().filter_map(|record| facts(scope, record)));
    }
    found.sort_by(|a, b| b.requested_at.cmp(&a.requested_at).then_with(|| a.run.cmp(&b.run)));
    Ok(found)
}

/// As many months as the largest age that the policy names
fn months(scope: &Scope<'_>) -> i32 {
    let drills = scope.databases().into_iter().flat_map(|(_, database)| &database.drills);
    let days = drills.filter_map(|(_, drill)| drill.max_age_days).max().unwrap_or_default();
    let months = i32::try_from(days / 28 + 2).unwrap_or(MOST_MONTHS);
    months.clamp(MONTHS_BACK, MOST_MONTHS)
}

async fn back_to_the_last_passed(store: &impl Store, keys: Vec<String>) -> Result<Vec<Record>, Fault> {
    let mut found = Vec::new();
    for key in keys.into_iter().take(MOST_LOOKED_BACK) {
        let Some(record) = closed_record(store, &key).await? else { continue };
        let passed = record.verdict.as_ref().is_some_and(|verdict| verdict.word == VerdictWord::Passed);
        found.push(record);
        if passed {
            break;
        }
    }
    Ok(found)
}

fn facts(scope: &Scope<'_>, record: &Record) -> Option<DrillFacts> {
    let verdict = record.verdict.as_ref()?;
    let database = &record.plan.database;
    let is_looked_at = scope.only.is_none_or(|only| only == database);
    if record.purpose != Purpose::Drill || !is_looked_at {
        return None;
    }
    Some(DrillFacts {
        run: record.run.clone(),
        database: database.clone(),
        drill: record.plan.drill.clone().unwrap_or_default(),
        requested_at: record.requested_at,
        verdict: verdict.word,
        reason: verdict.reason.lines().next().unwrap_or_default().to_owned(),
        left_behind: record.leftovers.len(),
    })
}

/// Runs under way, oldest first: drills, recoveries and inspections. One that cannot be read leaves all of them unknown, as
/// it may be the one that has been under way for too long.
pub async fn open_runs<W: World>(world: &W, scope: &Scope<'_>) -> Result<Vec<RunFacts>, Unknown> {
    let store = world.store();
    let keys = known(store.list(OPEN, MOST_OPEN).await)?;
    let reads = keys.into_iter().map(|key| async move {
        let stored = known(store.read(&key).await)?;
        // Closed meanwhile
        let Some(stored) = stored else { return Ok(None) };
        let run = open_run(&key, &stored.body);
        run.map(Some).map_err(|error| Unknown { why: format!("the open record {key} cannot be read: {error}") })
    });
    let mut runs = Vec::new();
    for run in all(reads.collect()).await {
        let Some(run) = run? else { continue };
        if scope.only.is_none_or(|only| only == run.database) {
            runs.push(run);
        }
    }
    runs.sort_by(|a, b| (a.requested_at, &a.run).cmp(&(b.requested_at, &b.run)));
    Ok(runs)
}

/// A run under way. Drills have records of one shape, recoveries and inspections of another; the run's name tells which.
fn open_run(key: &str, body: &[u8]) -> Result<RunFacts, serde_json::Error> {
    let recovered = [Purpose::Recovery, Purpose::Inspection].map(prefix_of);
    if run_of(key).is_some_and(|run| recovered.iter().any(|prefix| run.starts_with(prefix))) {
        let record: recover::Record = serde_json::from_slice(body)?;
        let phase = record.phase.words().to_owned();
        let (run, database, requested_at) = (record.run, record.database, record.requested_at);
        return Ok(RunFacts { run, database, requested_at, phase });
    }
    let record: Record = serde_json::from_slice(body)?;
    let phase = record.phase.words().to_owned();
    Ok(RunFacts { run: record.run, database: record.plan.database, requested_at: record.requested_at, phase })
}

/// How long before the last look jobs of AWS Backup are asked for: one that began before it may have ended after it. Jobs
/// start within eight hours where a plan does not say otherwise.
pub const JOBS_BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// AWS Backup lists jobs of about so long
const JOBS_LISTED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Since when jobs are asked for: [`JOBS_BEFORE`] before the time up to which they are known, or before now where they never
/// were read
pub fn jobs_since(known_to: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let known_to = known_to.unwrap_or(now).min(now);
    let oldest = now.saturating_sub(JOBS_LISTED).unwrap_or(known_to);
    known_to.saturating_sub(JOBS_BEFORE).unwrap_or(known_to).max(oldest)
}
