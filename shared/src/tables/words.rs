//! What people read of table backups.

use jiff::tz::TimeZone;

use super::{Entry, Sweep, TableName};
use crate::moment;

/// Most lines that a list names
const MOST_LINES: usize = 200;

/// What a backup came to
pub fn backed_up(database: &str, backup: &str, entries: &[Entry], again: bool) -> String {
    let lines: Vec<&Entry> = entries.iter().filter(|entry| entry.backup == backup).collect();
    let rows: u64 = lines.iter().map(|entry| entry.details.rows).sum();
    let verb = if again { "was made before for the same job run" } else { "is made" };
    let mut words = vec![format!(
        "Backup {backup} of {database} {verb}: {} of {}, one moment for all of them.",
        counted(lines.len(), "table"),
        counted(usize::try_from(rows).unwrap_or(usize::MAX), "row"),
    )];
    for entry in &lines {
        words.push(format!("- {}: {}", entry.source, counted(usize::try_from(entry.details.rows).unwrap_or(0), "row")));
        words.extend(entry.details.carried_not.iter().map(|what| format!("  not in the copy: {what}")));
    }
    if let Some(first) = lines.first() {
        words.push("To put a table back:".to_owned());
        words.push(format!("  {}", restore_request(database, &first.source, backup)));
    }
    words.join("\n")
}

/// What a restore did
pub fn restored(database: &str, entry: &Entry, notes: &[String]) -> String {
    let mut words = vec![format!(
        "{} of {database} is as it was in backup {}: {}.",
        entry.source,
        entry.backup,
        counted(usize::try_from(entry.details.rows).unwrap_or(0), "row")
    )];
    let aside = entry.details.restore.as_ref().and_then(|restore| restore.aside.as_ref());
    words.push(match aside {
        Some(aside) => {
            format!("The table that stood there is kept as {}.", TableName::new(&entry.source.schema, aside))
        }
        None => "No table stood there.".to_owned(),
    });
    words.extend(notes.iter().map(|note| format!("- {note}")));
    words.push("To take this back:".to_owned());
    words.push(format!(
        "  {}",
        serde_json::json!({"restore": {"database": database, "table": entry.source, "undo": true}})
    ));
    words.join("\n")
}

/// What an undo did. `kept` is where the restored table is now.
pub fn undone(database: &str, entry: &Entry, kept: Option<&str>, notes: &[String]) -> String {
    let mut words = vec![format!(
        "The restore of {} of {database} is taken back: what stood there before stands there again.",
        entry.source
    )];
    words.extend(kept.map(|kept| {
        format!("The table that the restore had brought is kept as {}.", TableName::new(&entry.source.schema, kept))
    }));
    words.extend(notes.iter().map(|note| format!("- {note}")));
    words.join("\n")
}

/// What there is
pub fn listed(database: &str, entries: &[Entry], zone: &TimeZone) -> String {
    let there: Vec<&Entry> = entries.iter().filter(|entry| entry.state.can_be_restored()).collect();
    if there.is_empty() {
        return format!("There is no backup of a table of {database}.");
    }
    let mut words = vec![format!("{} of tables of {database}, the newest first:", counted(there.len(), "copy"))];
    for entry in there.iter().take(MOST_LINES) {
        let why = entry.details.reason.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
        words.push(format!(
            "- {} in {} ({}, {}{why})",
            entry.source,
            entry.backup,
            moment::both(entry.at, zone),
            counted(usize::try_from(entry.details.rows).unwrap_or(0), "row"),
        ));
    }
    if there.len() > MOST_LINES {
        words.push(format!("and {} more", there.len() - MOST_LINES));
    }
    if let Some(first) = there.first() {
        words.push("To put a table back:".to_owned());
        words.push(format!("  {}", restore_request(database, &first.source, &first.backup)));
    }
    words.join("\n")
}

/// What a clean-up did
pub fn cleaned_up(database: &str, sweep: &Sweep) -> String {
    let mut words =
        vec![format!("{} dropped of {database}; {} kept.", counted(sweep.doomed.len(), "table"), sweep.kept.len())];
    words.extend(sweep.doomed.iter().take(MOST_LINES).map(|doomed| {
        let what = if doomed.is_aside() { "put aside by a restore" } else { "backup" };
        format!("- dropped {} ({what} of {})", doomed.table(), doomed.source())
    }));
    let kept = sweep.kept.iter().take(MOST_LINES);
    words.extend(kept.map(|kept| format!("- kept {} of {}: {}", kept.source, kept.backup, kept.why)));
    words.join("\n")
}

/// A request to paste
fn restore_request(database: &str, source: &TableName, backup: &str) -> String {
    serde_json::json!({"restore": {"database": database, "table": source, "backup": backup}}).to_string()
}

fn counted(number: usize, thing: &str) -> String {
    match (number, thing) {
        (1, thing) => format!("1 {thing}"),
        (_, "copy") => format!("{number} copies"),
        _ => format!("{number} {thing}s"),
    }
}
