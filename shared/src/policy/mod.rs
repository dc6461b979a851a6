//! The policy: the one document that says which databases are protected and how.
//!
//! The reader collects every mistake and accepts nothing that has one: unknown keys, wrong types, values out of range and
//! contradictions are all told at once, each with its path and the nearest right value. JSON `null` counts as left out, and
//! the order of `databases` and `drills` is the document's: a database's *first* drill is the one written first.

mod backups;
mod checks;
mod checkup;
mod document;
mod drills;
mod fields;
mod jobs;
mod live;
mod mistake;
mod sandbox;
#[cfg(test)]
mod tests;
mod words;
mod wrong;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

pub use backups::{Backups, Copies, CopyTo, RecoveryPoints, Snapshots, Storage};
pub use checks::{MOST_CHECKS, read_checks};
pub use checkup::{Accepted, Checkup, Prices, Remediate};
pub use drills::{Drill, Source};
pub use jobs::{Cleanup, Job, KeepBackups, MOST_JOBS, MOST_TABLES, OnFailure};
pub use live::Live;
pub use mistake::{Mistake, Mistakes, nearest};
pub use sandbox::{DEADLINE_MINUTES, EXPIRES_HOURS, Login, Method, Sandbox};

pub(crate) use drills::{impossible as impossible_drill, source as read_source};
pub(crate) use fields::{Fields, read_object};
pub(crate) use words::{line as read_line, snapshot as read_snapshot};
pub(crate) use wrong::{Wrong, found};

use crate::database::Kind;
use crate::moment;
use crate::verify::Check;

/// The version of the document that this code reads
pub const VERSION: i64 = 1;

/// The policy, valid as a whole
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// IANA name of the zone of human times and mails; `UTC` when left out
    pub timezone: String,
    /// What is protected, by name, in the document's order
    pub databases: Vec<(String, Database)>,
    /// Glue jobs, by name
    pub jobs: Vec<(String, Job)>,
    /// How snapshots are cleaned up
    pub cleanup: Cleanup,
    /// How backups are checked
    pub checkup: Checkup,
}

/// One protected database
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    /// What it is
    pub kind: Kind,
    /// Its identifier in AWS, in lower case as RDS stores it
    pub identifier: String,
    /// What backups there have to be
    pub backups: Backups,
    /// What its storage should be
    pub storage: Storage,
    /// Where and how its copies live
    pub sandbox: Sandbox,
    /// What is asked of every copy
    pub checks: Vec<Check>,
    /// Its drills by name, in the document's order: the first is the one written first
    pub drills: Vec<(String, Drill)>,
    /// Which of its manual snapshots are ours to thin out; none when left out
    pub snapshots: Option<Snapshots>,
    /// Where the live database is, for backups of its tables; none when left out
    pub live: Option<Live>,
}

impl Policy {
    /// Reads a policy. Refuses it with all of its mistakes.
    pub fn parse(text: &str) -> Result<Self, Mistakes> {
        let value = document::document(text)?;
        let mut mistakes = Mistakes::default();
        let policy = read_object(&value, "", &mut mistakes, read);
        mistakes.or(policy)
    }

    /// A database by its name
    pub fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|(known, _)| known == name).map(|(_, database)| database)
    }

    /// A Glue job by its name
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|(known, _)| known == name).map(|(_, job)| job)
    }

    /// The identifiers of everything protected, in lower case: nothing of such a name is ever destroyed
    pub fn protected(&self) -> BTreeSet<String> {
        self.databases.iter().map(|(_, database)| database.identifier.clone()).collect()
    }

    /// The regions besides the function's own that drills restore in
    pub fn drill_regions(&self) -> BTreeSet<String> {
        let drills = self.databases.iter().flat_map(|(_, database)| &database.drills);
        drills.filter_map(|(_, drill)| drill.region.clone()).collect()
    }

    /// The zone of human times and mails
    pub fn zone(&self) -> TimeZone {
        moment::zone(&self.timezone).unwrap_or(TimeZone::UTC)
    }
}

impl Database {
    /// A drill by its name
    pub fn drill(&self, name: &str) -> Option<&Drill> {
        self.drills.iter().find(|(known, _)| known == name).map(|(_, drill)| drill)
    }
}

fn read(fields: &mut Fields<'_, '_>) -> Option<Policy> {
    let allowed = format!("the number {VERSION}");
    let version = fields.by("version", |value| {
        (value.as_i64() == Some(VERSION)).then_some(VERSION).ok_or_else(|| Wrong::allowed(allowed.as_str()))
    });
    let version = fields.need("version", &allowed, version);
    let timezone = fields.text("timezone", words::ZONE, words::zone);
    let zone = timezone.as_deref().and_then(moment::zone).unwrap_or(TimeZone::UTC);
    let databases = fields.named("databases", words::name, |fields| database(fields, &zone));
    let given = fields.value("databases").and_then(serde_json::Value::as_object).into_iter().flatten();
    let names: Vec<String> = given.filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()).collect();
    if names.is_empty() {
        fields.wrong("databases", "names nothing", Wrong::allowed("at least one database by name"));
    }
    one_identifier_each(fields, &databases);
    one_run_id_each(fields, &databases);
    let document = jobs::In { names: &names, databases: &databases, zone: &zone };
    let jobs = fields.named("jobs", jobs::job_name, |fields| Some(jobs::job(fields, document)));
    if jobs.len() > MOST_JOBS {
        fields.wrong("jobs", format!("names {}", jobs.len()), Wrong::allowed(format!("at most {MOST_JOBS} jobs")));
    }
    let cleanup = fields.object("cleanup", |fields| Some(jobs::cleanup(fields))).unwrap_or_default();
    let checkup = fields.object("checkup", |fields| Some(checkup::read(fields))).unwrap_or_default();
    version?;
    Some(Policy { timezone: timezone.unwrap_or_else(|| "UTC".to_owned()), databases, jobs, cleanup, checkup })
}

fn database(fields: &mut Fields<'_, '_>, zone: &TimeZone) -> Option<Database> {
    let kind = fields.word("kind", &Kind::WORDS);
    let kind = fields.need("kind", "one of aurora, rds, documentdb", kind).and_then(Kind::from_word);
    let identifier = fields.text("identifier", words::IDENTIFIER, words::identifier);
    let identifier = fields.need("identifier", words::IDENTIFIER, identifier);
    let backups = fields.object("backups", |fields| Some(backups::backups(fields, kind))).unwrap_or_default();
    let storage = fields.object("storage", |fields| Some(backups::storage(fields))).unwrap_or_default();
    let sandbox = fields.object("sandbox", |fields| Some(sandbox::read(fields, kind))).unwrap_or_default();
    let checks = checks::all(fields, checks::Of { kind, zone });
    let drills = fields.named("drills", words::name, |fields| Some(drills::read(fields, kind)));
    let snapshots = fields.object("snapshots", backups::snapshots);
    let live = fields.object("live", |fields| live::live(fields, kind));
    copies_outlive_their_runs(fields, &sandbox, &drills);
    drills::all_possible(fields, &backups, &drills);
    Some(Database { kind: kind?, identifier: identifier?, backups, storage, sandbox, checks, drills, snapshots, live })
}

/// A copy must not be swept while its run may still be under way
fn copies_outlive_their_runs(fields: &mut Fields<'_, '_>, sandbox: &Sandbox, drills: &[(String, Drill)]) {
    if let Some(wrong) = sandbox.too_short() {
        fields.wrong("sandbox.expires_hours", format!("is {}", sandbox.expires_hours()), wrong);
        return;
    }
    for (name, drill) in drills {
        let changed = sandbox.changed_by(&drill.sandbox);
        if let Some(wrong) = changed.too_short() {
            fields.wrong(
                &format!("drills.{name}.sandbox.expires_hours"),
                format!("is {}", changed.expires_hours()),
                wrong,
            );
        }
    }
}

/// Two entries for one database would drill it twice and contradict each other
fn one_identifier_each(fields: &mut Fields<'_, '_>, databases: &[(String, Database)]) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, database) in databases {
        let other = *taken.entry(&database.identifier).or_insert(name);
        if other != name {
            let was = format!("is {:?}, as that of {other}", database.identifier);
            fields.wrong(
                &format!("databases.{name}.identifier"),
                was,
                Wrong::allowed("an identifier that no other database has"),
            );
        }
    }
}

/// `orders` with a second drill `daily` and `orders-daily` would both make `drill-orders-daily-…`
fn one_run_id_each(fields: &mut Fields<'_, '_>, databases: &[(String, Database)]) {
    let mut taken: BTreeSet<String> = databases.iter().map(|(name, _)| name.clone()).collect();
    for (name, database) in databases {
        for (drill, _) in database.drills.iter().skip(1) {
            if !taken.insert(format!("{name}-{drill}")) {
                let was = format!("would name its runs drill-{name}-{drill}-…, as another drill does");
                fields.wrong(
                    &format!("databases.{name}.drills.{drill}"),
                    was,
                    Wrong::allowed("another name for the drill"),
                );
            }
        }
    }
}
