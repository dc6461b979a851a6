//! Glue jobs, and how old snapshots are cleaned up.

use jiff::civil::Time;

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;

/// A Glue job that writes to a database
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The database's name in this policy
    pub database: Option<String>,
    /// The time of day, in the policy's zone, by which a run must have started
    pub start_by: Option<Time>,
    /// Tables that it changes
    pub tables: Vec<String>,
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

pub(super) fn job(fields: &mut Fields<'_, '_>, databases: &[String]) -> Job {
    let database = fields.text("database", "the name of a database of this policy", |text| {
        let known = databases.iter().any(|name| name == text);
        if known { Ok(text.to_owned()) } else { Err(Wrong::one_of(text, databases.iter().map(String::as_str))) }
    });
    let allowed = "a time of day as \"07:30\"";
    let start_by = fields.text("start_by", allowed, |text| {
        let written = text.len() == 5 && text.chars().all(|c| c.is_ascii_digit() || c == ':');
        let time = written.then(|| Time::strptime("%H:%M", text).ok()).flatten();
        time.ok_or_else(|| Wrong::allowed(allowed))
    });
    let what = "tables, as schema.table";
    let tables = fields.list("tables", what, |text| words::line(text, what, 255)).unwrap_or_default();
    Job { database, start_by, tables }
}

pub(super) fn cleanup(fields: &mut Fields<'_, '_>) -> Cleanup {
    let usual = Cleanup::default();
    Cleanup {
        dry_run: fields.truth("dry_run").unwrap_or(usual.dry_run),
        grace_days: fields.whole("grace_days", 0..=365).unwrap_or(usual.grace_days),
        max_deletions: fields.whole("max_deletions", 0..=MOST_DELETIONS).unwrap_or(usual.max_deletions),
    }
}
