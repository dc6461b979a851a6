//! What can be restored of what a run may have written: the database as it was just before, and tables that were backed up
//! for it. From facts; where there are none it says so.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::Deserialize;

use crate::database::{RetainedBackup, Seen, Snapshot, SnapshotKind, Window};
use crate::moment::before_run;

/// Most table backups of a database that are listed, and most that are read
pub const MOST_BACKUPS: usize = 1000;
/// How long before a run its tables may have been backed up, where a backup names no run
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// Where `table-backup` lists what it has of a database
pub fn backup_prefix(database: &str) -> String {
    format!("tables/{database}/")
}

/// One backup of some tables, as its list says. Fields of a later version are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TableBackup {
    /// Its id
    pub id: String,
    /// The database's name in the policy
    pub database: String,
    /// When it was taken
    pub at: Timestamp,
    /// The job run that it was taken for, where it says so
    #[serde(default)]
    pub job_run: Option<String>,
    /// What is in it
    #[serde(default)]
    pub tables: Vec<BackedUp>,
}

/// One table of a backup
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BackedUp {
    /// Its name, as schema.table
    pub name: String,
    /// Rows
    #[serde(default)]
    pub rows: Option<u64>,
}

/// From when on the whole database is wanted back, and whether that can be
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// Any second of the window: this one
    Restorable {
        /// The instant
        at: Timestamp,
    },
    /// Backups do not reach to it yet
    NotYet {
        /// The instant
        at: Timestamp,
        /// How far they reach
        latest: Timestamp,
    },
    /// The window begins later
    TooLate {
        /// The instant
        at: Timestamp,
        /// Where the window begins; none where there are no automated backups
        earliest: Option<Timestamp>,
        /// The newest snapshot from before it
        snapshot: Option<(String, Timestamp)>,
    },
    /// The database is gone
    Gone {
        /// The instant
        at: Timestamp,
        /// Whether what RDS retained of it reaches the instant
        retained: bool,
        /// The newest snapshot from before it
        snapshot: Option<(String, Timestamp)>,
    },
    /// Could not be told
    NotKnown {
        /// The instant
        at: Timestamp,
        /// Why
        why: String,
    },
}

/// What there is to go back with
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The database's name in the policy
    pub database: String,
    /// Its identifier in AWS
    pub identifier: String,
    /// The database as it was before the run; none where the run has no begin to go back before
    pub moment: Option<Moment>,
    /// Each table of the policy with its backup
    pub tables: Vec<(String, Option<TableBackup>)>,
    /// Why backups of tables could not be read
    pub tables_unread: Option<String>,
    /// What past drills of this database took until they answered, newest first
    pub drills: Vec<SignedDuration>,
}

/// What is sought: a way to before a run
#[derive(Debug, Clone, Copy)]
pub struct Seek<'a> {
    /// The ids of its attempts
    pub runs: &'a BTreeSet<String>,
    /// When the first of them began
    pub began: Timestamp,
    /// Tables that it writes, by the policy
    pub tables: &'a [String],
}

/// The newest backup of each table from before a run: one that was taken for it goes first
pub fn of_tables(seek: &Seek<'_>, all: &[TableBackup]) -> Vec<(String, Option<TableBackup>)> {
    let is_for = |backup: &TableBackup| backup.job_run.as_ref().is_some_and(|run| seek.runs.contains(run));
    let is_before = |backup: &TableBackup| {
        backup.at <= seek.began && seek.began.duration_since(backup.at) <= BEFORE && backup.job_run.is_none()
    };
    let found = |table: &String| {
        let has = |backup: &&TableBackup| backup.tables.iter().any(|it| same_table(&it.name, table));
        let fitting = all.iter().filter(has).filter(|backup| is_for(backup) || is_before(backup));
        // Of a run that backs up before each attempt the first is wanted: the later ones hold what the first one wrote.
        let key = |backup: &&TableBackup| {
            let age = backup.at.as_millisecond();
            (is_for(backup), if is_for(backup) { -age } else { age })
        };
        fitting.max_by_key(key).cloned()
    };
    seek.tables.iter().map(|table| (table.clone(), found(table))).collect()
}

/// `silver.orders` and `orders` may be one table: a policy need not name the schema
fn same_table(backed_up: &str, wanted: &str) -> bool {
    let bare = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    backed_up == wanted || ((!backed_up.contains('.') || !wanted.contains('.')) && bare(backed_up) == bare(wanted))
}

/// The latest instant before a run at which the database can be restored, in whole seconds
pub fn moment_before(
    began: Timestamp,
    window: &Seen<Window>,
    snapshots: &Seen<Vec<Snapshot>>,
    retained: &Seen<Vec<RetainedBackup>>,
) -> Moment {
    let at = before_run(began);
    let at = at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor)).unwrap_or(at);
    let snapshot = || newest_before(at, snapshots);
    match window {
        Seen::Unknown(why) => Moment::NotKnown { at, why: why.clone() },
        Seen::Absent => {
            let backups = retained.present().into_iter().flatten();
            let reaches = |window: Window| is_inside(at, window) == Some(true);
            let retained = backups.into_iter().any(|backup| reaches(backup.window));
            Moment::Gone { at, retained, snapshot: snapshot() }
        }
        Seen::Present(Window { earliest, latest: Some(latest) }) => match earliest {
            Some(earliest) if at < *earliest => Moment::TooLate { at, earliest: Some(*earliest), snapshot: snapshot() },
            _ if at > *latest => Moment::NotYet { at, latest: *latest },
            _ => Moment::Restorable { at },
        },
        Seen::Present(Window { latest: None, .. }) => Moment::TooLate { at, earliest: None, snapshot: snapshot() },
    }
}

fn is_inside(at: Timestamp, window: Window) -> Option<bool> {
    Some(window.earliest.is_none_or(|earliest| earliest <= at) && at <= window.latest?)
}

/// The newest usable snapshot that was taken before. AWS Backup's are restored by AWS Backup alone.
fn newest_before(at: Timestamp, snapshots: &Seen<Vec<Snapshot>>) -> Option<(String, Timestamp)> {
    let ours = |snapshot: &&Snapshot| matches!(snapshot.kind, SnapshotKind::Automated | SnapshotKind::Manual);
    let all = snapshots.present()?.iter().filter(ours).filter(|snapshot| snapshot.status == "available");
    let taken = all.filter_map(|snapshot| Some((snapshot.created_at?, &snapshot.identifier)));
    let (taken, identifier) = taken.filter(|(taken, _)| *taken <= at).max()?;
    Some((identifier.clone(), taken))
}
