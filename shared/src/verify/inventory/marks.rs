//! What in an inventory is worth a look.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::age::{dated, fits};
use super::duplicates::groups;
use super::{BackupTables, Inventory, SchemaFacts, TableFacts};
use crate::moment;
use crate::verify::words::{LONGEST_NAME, plain, some_of};

/// Why something is marked
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// A schema without tables
    Empty,
    /// A name with a dot, a blank at an end or a character that cannot be seen: it is easily taken for another
    OddName,
    /// A backup table that is older than it should be
    OldBackup,
    /// A backup table whose age nothing tells
    BackupOfUnknownAge,
    /// A schema that nobody has written since the last inventory
    Unwritten,
    /// Schemas with nearly the same tables
    Duplicate,
}

/// One thing that is worth a look
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Why
    pub marked: Marked,
    /// The schema, or the first of several
    pub schema: String,
    /// The table, where it is about one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// In words
    pub why: String,
}

/// Whether a schema was written between two inventories
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Something shows it
    Yes,
    /// Everything shows that it was not
    No,
    /// Nothing shows either: no counters, counters that began anew, or no earlier inventory
    CannotTell,
}

/// Everything that is worth a look, sorted by kind. `earlier` is an inventory of the same place.
pub fn marks(now: &Inventory, earlier: Option<&Inventory>, backups: &BackupTables, zone: &TimeZone) -> Vec<Mark> {
    let mut marks = Vec::new();
    for schema in &now.schemas {
        let mut mark = |marked, table: Option<&TableFacts>, why: String| {
            let table = table.map(|table| table.name.clone());
            marks.push(Mark { marked, schema: schema.name.clone(), table, why });
        };
        let shown = plain(&schema.name, LONGEST_NAME);
        if schema.tables.is_empty() {
            mark(Marked::Empty, None, format!("schema {shown} has no tables"));
        }
        if let Some(odd) = odd(&schema.name) {
            mark(Marked::OddName, None, format!("the name of schema \"{shown}\" has {odd}"));
        }
        for table in &schema.tables {
            let name = format!("{shown}.{}", plain(&table.name, LONGEST_NAME));
            if let Some(odd) = odd(&table.name) {
                mark(Marked::OddName, Some(table), format!("the name of table \"{name}\" has {odd}"));
            }
            if let Some((marked, why)) = old(table, now, backups, zone) {
                mark(marked, Some(table), format!("backup table {name} {why}"));
            }
        }
        if let Some(earlier) = earlier.filter(|earlier| written(schema, Some(earlier)) == Written::No) {
            let since = moment::utc(earlier.taken_at);
            mark(Marked::Unwritten, None, format!("nobody has written to schema {shown} since {since}"));
        }
    }
    marks.extend(groups(&now.schemas).into_iter().filter_map(|names| {
        let (first, others) = names.split_first()?;
        let others = some_of(others.iter().map(|name| plain(name, LONGEST_NAME)))?;
        let why = format!("schema {} has nearly the same tables as {others}", plain(first, LONGEST_NAME));
        Some(Mark { marked: Marked::Duplicate, schema: (*first).to_owned(), table: None, why })
    }));
    marks.sort_by_key(|mark| mark.marked);
    marks
}

fn odd(name: &str) -> Option<&'static str> {
    match () {
        () if name.contains(crate::verify::invisible) => Some("a character that cannot be seen"),
        () if name != name.trim() => Some("a blank at its beginning or end"),
        () if name.contains('.') => Some("a dot in it"),
        () => None,
    }
}

/// Whether a table is a backup past its age. A date in its name that lies ahead tells nothing of it.
fn old(table: &TableFacts, now: &Inventory, backups: &BackupTables, zone: &TimeZone) -> Option<(Marked, String)> {
    backups.patterns.iter().find(|pattern| fits(pattern, &table.name))?;
    let named = dated(&table.name, zone).filter(|at| *at <= now.taken_at).map(|at| (at, "its name says"));
    let Some((at, by)) = named.or_else(|| table.last_change.map(|at| (at, "its last change says"))) else {
        let why = "tells nothing of its age: no date in its name, and no last change is known".to_owned();
        return Some((Marked::BackupOfUnknownAge, why));
    };
    let age = now.taken_at.duration_since(at);
    let days = age.as_hours() / 24;
    (days > i64::from(backups.max_age_days))
        .then(|| (Marked::OldBackup, format!("is {days} days old, as {by}; {} are allowed", backups.max_age_days)))
}

/// Whether a schema was written since an earlier inventory. To say no, every table must be there as it was, and each must
/// have a counter or a time that says so: row estimates alone stand still for weeks.
pub fn written(now: &SchemaFacts, earlier: Option<&Inventory>) -> Written {
    let then = earlier.and_then(|earlier| earlier.schemas.iter().find(|schema| schema.name == now.name));
    let Some(then) = then else { return Written::CannotTell };
    if now.tables.is_empty() && then.tables.is_empty() {
        return Written::CannotTell;
    }
    let mut before: BTreeMap<&str, &TableFacts> =
        then.tables.iter().map(|table| (table.name.as_str(), table)).collect();
    let tables = now.tables.iter().map(|table| {
        let was = before.remove(table.name.as_str());
        was.map_or(Written::Yes, |was| table_written(was, table))
    });
    let tables: Vec<Written> = tables.collect();
    match () {
        () if !before.is_empty() || tables.contains(&Written::Yes) => Written::Yes,
        () if tables.contains(&Written::CannotTell) => Written::CannotTell,
        () => Written::No,
    }
}

fn table_written(then: &TableFacts, now: &TableFacts) -> Written {
    let differs = |then: Option<u64>, now: Option<u64>| then.is_some() && now.is_some() && then != now;
    match ((then.writes, now.writes), (then.last_change, now.last_change)) {
        (_, (Some(then), Some(now))) if now > then => Written::Yes,
        ((Some(then), Some(now)), _) if now > then => Written::Yes,
        // The counter began anew: what was written before that is not known.
        ((Some(then), Some(now)), _) if now < then => Written::CannotTell,
        _ if differs(then.rows, now.rows) || differs(then.bytes, now.bytes) => Written::Yes,
        ((Some(_), Some(_)), _) | (_, (Some(_), Some(_))) => Written::No,
        _ => Written::CannotTell,
    }
}
