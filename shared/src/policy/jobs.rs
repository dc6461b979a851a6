//! Glue jobs, and how old snapshots are cleaned up.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use super::Database;
use super::checks::{self, Of};
use super::checkup::DAYS;
use super::fields::Fields;
use super::words;
use super::wrong::Wrong;
use crate::database::Kind;
use crate::verify::Check;

/// Most jobs that a policy may name: the poll reads the runs of each
pub const MOST_JOBS: usize = 100;
/// Most tables that a job may name: they travel in one request
pub const MOST_TABLES: usize = 200;
/// Most holidays that a job may name
const MOST_HOLIDAYS: usize = 400;
/// Longest run that a policy may allow: the longest timeout that Glue takes, seven days (Glue API, `Timeout`)
const LONGEST_MINUTES: i64 = 7 * 24 * 60;

/// A Glue job that writes to a database
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Job {
    /// The database's name in this policy
    pub database: Option<String>,
    /// The time of day, in the policy's zone, by which a run must have started
    pub start_by: Option<Time>,
    /// Days of the week on which it starts; every day when left out
    pub days: Vec<Weekday>,
    /// Dates, in the policy's zone, on which it does not start
    pub holidays: Vec<Date>,
    /// Minutes after which a run is far too long; judged by its earlier runs when left out
    pub longest_minutes: Option<i64>,
    /// Tables that it changes
    pub tables: Vec<String>,
    /// What is asked of the live tables after a run
    pub checks: Vec<Check>,
    /// What is done when those checks fail
    pub on_failure: OnFailure,
    /// How long backups of its tables are kept; as the database's `live` says when left out
    pub keep_backups: Option<KeepBackups>,
}

impl Job {
    /// Whether a run has to start on this date of the policy's zone
    pub fn starts_on(&self, date: Date) -> bool {
        let is_its_day = self.days.is_empty() || self.days.contains(&date.weekday());
        self.start_by.is_some() && is_its_day && !self.holidays.contains(&date)
    }
}

/// What is done when the checks after a run fail
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// A mail, with the commands to paste
    #[default]
    Tell,
    /// The tables that were backed up before the run are put back
    Restore,
}

impl OnFailure {
    /// Every word, as a policy writes it
    pub const WORDS: [&'static str; 2] = ["tell", "restore"];
}

/// How long backups of a job's tables are kept. The newest of a table is always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepBackups {
    /// The newest so many of each table are kept whatever their age; 3 when left out
    pub last: i64,
    /// Days that the others are kept; 14 when left out
    pub days: i64,
}

impl Default for KeepBackups {
    fn default() -> Self {
        Self { last: 3, days: 14 }
    }
}

/// Most deletions that a policy may allow one run
const MOST_DELETIONS: i64 = 5000;

/// How snapshots are cleaned up
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleanup {
    /// Say only what would be deleted; true when left out
    pub dry_run: bool,
    /// Days between a snapshot's mark and its deletion; 1 when left out
    pub grace_days: i64,
    /// Most deletions of one run; 20 when left out
    pub max_deletions: i64,
}

impl Default for Cleanup {
    fn default() -> Self {
        Self { dry_run: true, grace_days: 1, max_deletions: 20 }
    }
}

/// The name of a Glue job, 1 to 255 bytes (Glue API, `NameString`)
pub(super) fn job_name(text: &str) -> Result<(), Wrong> {
    words::line(text, "a Glue job's name", 255).map(|_| ())
}

/// What a job needs to know of the document that it stands in
#[derive(Clone, Copy)]
pub(super) struct In<'a> {
    /// Every name of a database, right or wrong
    pub(super) names: &'a [String],
    /// The databases that could be read
    pub(super) databases: &'a [(String, Database)],
    /// Zone of a `since` that is only a date
    pub(super) zone: &'a TimeZone,
}

pub(super) fn job(fields: &mut Fields<'_, '_>, document: In<'_>) -> Job {
    let database = fields.text("database", "the name of a database of this policy", |text| {
        let known = document.names.iter().any(|name| name == text);
        if known { Ok(text.to_owned()) } else { Err(Wrong::one_of(text, document.names.iter().map(String::as_str))) }
    });
    let found = document.databases.iter().find(|(name, _)| Some(name) == database.as_ref());
    let kind = found.map(|(_, database)| database.kind);
    let allowed = "a time of day as \"07:30\"";
    let start_by = fields.text("start_by", allowed, |text| {
        let written = text.len() == 5 && text.chars().all(|c| c.is_ascii_digit() || c == ':');
        let time = written.then(|| Time::strptime("%H:%M", text).ok()).flatten();
        time.ok_or_else(|| Wrong::allowed(allowed))
    });
    let (days, holidays) = (days(fields), holidays(fields));
    let longest_minutes = fields.whole("longest_minutes", 1..=LONGEST_MINUTES);
    let what = "tables, as schema.table";
    let tables = fields.list("tables", what, |text| words::line(text, what, 255)).unwrap_or_default();
    at_most(fields, "tables", MOST_TABLES);
    let checks = checks::all(fields, Of { kind, zone: document.zone });
    if !checks.is_empty() && fields.value("database").is_none() {
        fields.wrong("checks", "is given", Wrong::allowed("checks beside database: it says where they are asked"));
    }
    let on_failure = on_failure(fields, kind, &tables);
    let keep_backups = fields.object("keep_backups", |fields| Some(keep_backups(fields)));
    Job { database, start_by, days, holidays, longest_minutes, tables, checks, on_failure, keep_backups }
}

fn days(fields: &mut Fields<'_, '_>) -> Vec<Weekday> {
    let words = DAYS.map(|(word, _)| word);
    let days = fields.list("days", "days of the week", |text| {
        let day = DAYS.iter().find(|(word, _)| *word == text).map(|(_, day)| *day);
        day.ok_or_else(|| Wrong::one_of(text, words))
    });
    if days.as_ref().is_some_and(Vec::is_empty) && is_empty_list(fields, "days") {
        fields.wrong("days", "is an empty list", Wrong::allowed("at least one day; left out, it is every day"));
    }
    goes_with_start_by(fields, "days");
    days.unwrap_or_default()
}

fn holidays(fields: &mut Fields<'_, '_>) -> Vec<Date> {
    let allowed = "dates such as \"2026-12-31\"";
    let holidays = fields.list("holidays", allowed, |text| {
        let written = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
        written.then(|| text.parse().ok()).flatten().ok_or_else(|| Wrong::allowed(allowed))
    });
    at_most(fields, "holidays", MOST_HOLIDAYS);
    goes_with_start_by(fields, "holidays");
    holidays.unwrap_or_default()
}

/// `days` and `holidays` say when a run is missed, which only `start_by` asks
fn goes_with_start_by(fields: &mut Fields<'_, '_>, key: &'static str) {
    if fields.value(key).is_some() && fields.value("start_by").is_none() {
        fields.wrong(key, "is given", Wrong::allowed("nothing without start_by, the time that a run is missed from"));
    }
}

fn is_empty_list(fields: &mut Fields<'_, '_>, key: &'static str) -> bool {
    fields.value(key).and_then(serde_json::Value::as_array).is_some_and(Vec::is_empty)
}

fn at_most(fields: &mut Fields<'_, '_>, key: &'static str, most: usize) {
    let given = fields.value(key).and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    if given > most {
        fields.wrong(key, format!("is a list of {given}"), Wrong::allowed(format!("at most {most}")));
    }
}

/// What cannot be put back is not promised: it takes tables that were backed up, and a database that speaks SQL.
fn on_failure(fields: &mut Fields<'_, '_>, kind: Option<Kind>, tables: &[String]) -> OnFailure {
    if fields.word("on_failure", &OnFailure::WORDS) != Some("restore") {
        return OnFailure::Tell;
    }
    let missing = match kind {
        _ if fields.value("database").is_none() => Some("database"),
        _ if tables.is_empty() => Some("tables"),
        Some(Kind::Documentdb) => {
            let wrong = Wrong::allowed("tell: tables of DocumentDB are not backed up one by one");
            fields.wrong("on_failure", "is \"restore\"", wrong);
            None
        }
        _ => None,
    };
    if let Some(missing) = missing {
        let allowed = format!("tell, or restore beside {missing}: it says what is put back");
        fields.wrong("on_failure", "is \"restore\"", Wrong::allowed(allowed));
    }
    OnFailure::Restore
}

fn keep_backups(fields: &mut Fields<'_, '_>) -> KeepBackups {
    let usual = KeepBackups::default();
    KeepBackups {
        last: fields.whole("last", 1..=100).unwrap_or(usual.last),
        days: fields.whole("days", 1..=366).unwrap_or(usual.days),
    }
}

pub(super) fn cleanup(fields: &mut Fields<'_, '_>) -> Cleanup {
    let usual = Cleanup::default();
    Cleanup {
        dry_run: fields.truth("dry_run").unwrap_or(usual.dry_run),
        grace_days: fields.whole("grace_days", 0..=365).unwrap_or(usual.grace_days),
        max_deletions: fields.whole("max_deletions", 0..=MOST_DELETIONS).unwrap_or(usual.max_deletions),
    }
}
