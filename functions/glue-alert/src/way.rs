//! What can be restored, for the mail about a failure. Nothing here makes anything red: what could not be looked at stands in
//! the mail with its reason, and the mail goes out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Kind, RetainedBackup, Seen, Snapshot, Window};
use lifeboat::fault::Fault;
use lifeboat::flow::{closed_keys, closed_record};
use lifeboat::glue::{
    Letter, MOST_BACKUPS, Moment, Run, Seek, TableBackup, WayBack, backup_prefix, failed_run, moment_before, of_tables,
};
use lifeboat::policy::{Database, Job, Policy};
use lifeboat::ports::{Databases, Store};
use lifeboat::restore::SourceChoice;
use lifeboat::verify::VerdictWord;

use crate::World;
use crate::look::side_by_side;

/// Newest lists of table backups that are read: three weeks of daily ones, and some to spare
const MOST_READ: usize = 50;
/// Newest drills that are read for how long a restore takes
const MOST_DRILLS: usize = 6;
/// How many months back drills are looked for
const MONTHS: i32 = 4;
/// Characters of a database's name by which its drills are looked for: longer ones are cut in the names of runs
const NAME_IN_RUNS: usize = 20;

/// The way back to before the run of a letter; none where the policy names no database for its job
pub async fn way_back<W: World>(
    world: &W,
    policy: Option<&Policy>,
    letter: &Letter,
    runs: &[Run],
    now: Timestamp,
) -> Option<WayBack> {
    let policy = policy?;
    let job = policy.job(&letter.job)?;
    let name = job.database.as_deref()?;
    let database = policy.database(name)?;
    let whole = failed_run(letter, runs).map(|(whole, _)| (whole.ids(), whole.began()));
    let (ids, began) = whole.unwrap_or_default();
    let (moment, backups, drills) =
        tokio::join!(moment(world, database, began), backups(world, name, job), drills(world, name, now));
    let (backups, tables_unread) = match backups {
        Ok(backups) => (backups, None),
        Err(fault) => (Vec::new(), Some(fault.to_string())),
    };
    Some(WayBack {
        database: name.to_owned(),
        identifier: database.identifier.clone(),
        moment,
        tables: picked(job, &ids, began.unwrap_or(now), &backups),
        tables_unread,
        drills,
    })
}

fn picked(
    job: &Job,
    runs: &BTreeSet<String>,
    began: Timestamp,
    backups: &[TableBackup],
) -> Vec<(String, Option<TableBackup>)> {
    of_tables(&Seek { runs, began, tables: &job.tables }, backups)
}

/// The moment before the run, by what RDS says. Snapshots are read only where the window does not reach.
async fn moment<W: World>(world: &W, database: &Database, began: Option<Timestamp>) -> Option<Moment> {
    let began = began?;
    let (databases, identifier) = (world.databases(), database.identifier.as_str());
    let clustered = database.kind.is_clustered();
    let window = window(databases, identifier, clustered).await;
    let moment = moment_before(began, &window, &Seen::Absent, &Seen::Absent);
    if !matches!(moment, Moment::TooLate { .. } | Moment::Gone { .. }) {
        return Some(moment);
    }
    // DocumentDB keeps no automated backups of a cluster that was deleted (DocumentDB API: `DeleteDBCluster`).
    let keeps = window.is_absent() && database.kind != Kind::Documentdb;
    let retained = async { if keeps { databases.retained(identifier, clustered).await } else { Ok(Vec::new()) } };
    let (snapshots, retained) = tokio::join!(databases.snapshots(identifier, clustered), retained);
    let snapshots: Seen<Vec<Snapshot>> = seen(identifier, snapshots.map(Some));
    let retained: Seen<Vec<RetainedBackup>> = seen(identifier, retained.map(Some));
    Some(moment_before(began, &window, &snapshots, &retained))
}

async fn window(databases: &impl Databases, identifier: &str, clustered: bool) -> Seen<Window> {
    if clustered {
        let read = databases.cluster(identifier).await;
        return seen(identifier, read.map(|found| found.map(|cluster| cluster.window)));
    }
    let (instance, backup) = tokio::join!(databases.instance(identifier), databases.instance_window(identifier));
    let latest = match seen(identifier, instance) {
        Seen::Present(instance) => instance.latest_restorable,
        Seen::Absent => return Seen::Absent,
        Seen::Unknown(why) => return Seen::Unknown(why),
    };
    match seen(identifier, backup.map(Some)) {
        Seen::Present(backup) => Seen::Present(Window { earliest: backup.earliest, latest: latest.or(backup.latest) }),
        Seen::Absent => Seen::Present(Window { earliest: None, latest }),
        Seen::Unknown(why) => Seen::Unknown(why),
    }
}

/// The newest backups of tables, by the time in their names
async fn backups<W: World>(world: &W, database: &str, job: &Job) -> Result<Vec<TableBackup>, Fault> {
    if job.tables.is_empty() {
        return Ok(Vec::new());
    }
    let store = world.store();
    let keys = store.list(&backup_prefix(database), MOST_BACKUPS).await?;
    let newest: Vec<String> =
        keys.into_iter().filter(|key| key.strip_suffix(".json").is_some()).rev().take(MOST_READ).collect();
    let mut backups = Vec::new();
    for (key, read) in newest.iter().zip(side_by_side(newest.iter().map(|key| store.read(key)).collect()).await) {
        // One that went since it was listed is no backup any more.
        let Some(stored) = read? else { continue };
        match serde_json::from_slice::<TableBackup>(&stored.body) {
            Ok(backup) if backup.database == database => backups.push(backup),
            Ok(_) => {}
            Err(error) => tracing::warn!(key, error = %error, "a list of a table backup cannot be read"),
        }
    }
    Ok(backups)
}

/// What the newest passed drills from automated backups took until they answered, newest first. Only drills that are on record
/// say how long it takes, and none of them may hold up the mail.
async fn drills<W: World>(world: &W, database: &str, now: Timestamp) -> Vec<SignedDuration> {
    let store = world.store();
    let begin: String = "drill-".chars().chain(database.chars().take(NAME_IN_RUNS)).collect();
    let keys = match closed_keys(store, now, MONTHS, MOST_DRILLS, |run| run.starts_with(&begin)).await {
        Ok(keys) => keys,
        Err(fault) => {
            tracing::warn!(database, error = %fault, "drills on record could not be listed");
            return Vec::new();
        }
    };
    let records = side_by_side(keys.iter().map(|key| closed_record(store, key)).collect()).await;
    let records = records.into_iter().filter_map(|read| read.ok().flatten());
    let of_it = records.filter(|record| record.plan.database == database && record.plan.region.is_none());
    let from_window = of_it.filter(|record| matches!(record.plan.source, SourceChoice::PointInTime { .. }));
    let passed = from_window.filter(|it| it.verdict.as_ref().is_some_and(|it| it.word == VerdictWord::Passed));
    passed.filter_map(|record| record.rto()).collect()
}

fn seen<T>(of: &str, read: Result<Option<T>, Fault>) -> Seen<T> {
    match read {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            tracing::warn!(of, error = %fault, class = ?fault.class, "could not be looked at");
            Seen::Unknown(fault.to_string())
        }
    }
}
