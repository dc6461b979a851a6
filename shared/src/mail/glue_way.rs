//! The ways back to before a run, each with its whole command.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::command::{EMERGENCY_RESTORE, TABLE_BACKUP, invoke};
use super::facts::LONGEST_VALUE;
use super::glue::number;
use super::letter::Letter as Page;
use super::shell::Command;
use super::text::clean;
use crate::glue::{BackedUp, Moment, TableBackup, WayBack};
use crate::moment;

/// Most tables whose command a mail shows; more are many lines of the same
const MOST_TABLES: usize = 8;
/// Most past drills that say how long a restore takes
const MOST_DRILLS: usize = 3;

/// What to do now: the smallest way back that there is, with its command
pub(super) fn first_way(way: &WayBack) -> Option<(String, Command)> {
    if matches!(way.moment, Some(Moment::Gone { .. })) {
        return Some(("Bring it back as it was before the run:".to_owned(), whole(way)?));
    }
    let backed_up = way.tables.iter().find_map(|(table, backup)| Some((table, backup.as_ref()?)));
    if let Some((table, backup)) = backed_up {
        let words = "See the cause. If a table is broken, put it back, such as:".to_owned();
        return Some((words, of_table(way, table, backup)?));
    }
    match way.moment.as_ref()? {
        Moment::Restorable { .. } | Moment::NotYet { .. } => {
            Some(("See the cause. If data is broken, bring back what was before:".to_owned(), whole(way)?))
        }
        Moment::TooLate { snapshot: Some(_), .. } => {
            Some(("See the cause. If data is broken, there is an older snapshot:".to_owned(), whole(way)?))
        }
        _ => {
            let command = invoke(EMERGENCY_RESTORE, &[("database", way.database.as_str().into())])?;
            Some(("See the cause, and what can be restored:".to_owned(), command))
        }
    }
}

/// Puts one table back
fn of_table(way: &WayBack, table: &str, backup: &TableBackup) -> Option<Command> {
    let name = backed_up(table, backup).map_or(table, |found| found.name.as_str());
    let restore = serde_json::json!({"database": way.database, "table": name, "backup": backup.id});
    let fits = name.chars().count() <= 255 && backup.id.chars().count() <= 255;
    if fits { invoke(TABLE_BACKUP, &[("restore", restore)]) } else { None }
}

fn backed_up<'a>(table: &str, backup: &'a TableBackup) -> Option<&'a BackedUp> {
    let same = |name: &str| name == table || name.rsplit('.').next() == table.rsplit('.').next();
    backup.tables.iter().find(|it| it.name == table).or_else(|| backup.tables.iter().find(|it| same(&it.name)))
}

/// Brings the whole database back beside the one that is there. The instant is written out: "before job" would mean the newest
/// failed run on the day when this is pasted, and a retry may have begun after the first attempt had written.
fn whole(way: &WayBack) -> Option<Command> {
    let database = || ("database", way.database.as_str().into());
    match way.moment.as_ref()? {
        Moment::Gone { snapshot: Some((name, _)), retained: false, .. }
        | Moment::TooLate { snapshot: Some((name, _)), .. } => {
            invoke(EMERGENCY_RESTORE, &[database(), ("snapshot", name.as_str().into())])
        }
        Moment::TooLate { snapshot: None, .. } | Moment::Gone { snapshot: None, retained: false, .. } => {
            invoke(EMERGENCY_RESTORE, &[database()])
        }
        Moment::Restorable { at }
        | Moment::NotYet { at, .. }
        | Moment::Gone { at, .. }
        | Moment::NotKnown { at, .. } => invoke(EMERGENCY_RESTORE, &[database(), ("to", at.to_string().into())]),
    }
}

/// Every way back
pub(super) fn ways(page: &mut Page, way: &WayBack, zone: &TimeZone) {
    page.heading("WAYS BACK");
    tables(page, way, zone);
    page.gap();
    database(page, way, zone);
}

fn tables(page: &mut Page, way: &WayBack, zone: &TimeZone) {
    if let Some(why) = &way.tables_unread {
        page.say("", &format!("Backups of its tables could not be read: {}", clean(why, LONGEST_VALUE)));
        return;
    }
    let found = || way.tables.iter().filter_map(|(table, backup)| Some((table, backup.as_ref()?)));
    if found().next().is_none() {
        let none =
            if way.tables.is_empty() { "The policy names none of its tables" } else { "No backup of its tables" };
        page.say("", &format!("{none}: single tables cannot be put back from a backup of their own."));
        return;
    }
    page.say("", "Single tables, each in one step, the broken one kept aside. How long it takes is not measured yet.");
    for (table, backup) in found().take(MOST_TABLES) {
        let rows = backed_up(table, backup).and_then(|found| found.rows);
        let rows = rows.map_or_else(String::new, |rows| {
            format!(", {}", number(usize::try_from(rows).unwrap_or(usize::MAX), "row", "rows"))
        });
        let whose = if backup.job_run.is_some() { "taken for this run" } else { "taken before this run" };
        page.say("- ", &format!("{}{rows}, {whose}: {}", clean(table, 130), moment::both(backup.at, zone)));
        if let Some(command) = of_table(way, table, backup) {
            page.command(&command);
        }
    }
    let more = found().count().saturating_sub(MOST_TABLES);
    if more > 0 {
        page.say("- ", &format!("and {more} more, by the same request with their names"));
    }
    let without: Vec<String> =
        way.tables.iter().filter(|(_, backup)| backup.is_none()).map(|(table, _)| clean(table, 130)).collect();
    if !without.is_empty() {
        let listed = without.iter().take(MOST_TABLES).cloned().collect::<Vec<_>>().join(", ");
        page.say("- ", &format!("no backup of {}: {listed}", number(without.len(), "table", "tables")));
    }
}

fn database(page: &mut Page, way: &WayBack, zone: &TimeZone) {
    let name = clean(&way.database, 63);
    let time = |at: Timestamp| moment::both(at, zone);
    let Some(moment) = &way.moment else {
        page.say("", "When the run began is not known, so neither is the time to go back to. What can be restored:");
        if let Some(command) = invoke(EMERGENCY_RESTORE, &[("database", way.database.as_str().into())]) {
            page.command(&command);
        }
        return;
    };
    let beside = "into a copy beside it, which changes nothing";
    let says = match moment {
        Moment::Restorable { at } => {
            format!("The whole of {name} as it was at {}, a minute before the run began, {beside}:", time(*at))
        }
        Moment::NotYet { at, latest } => format!(
            "The whole of {name} as it was at {}, a minute before the run began, {beside}. Backups reach only to {} \
             yet: this works once they have passed it, usually within 5 minutes:",
            time(*at),
            time(*latest)
        ),
        Moment::TooLate { at, earliest, snapshot } => {
            let window = match earliest {
                Some(earliest) => format!("the restorable window begins at {} only", time(*earliest)),
                None => "it has no automated backups".to_owned(),
            };
            format!("{name} cannot be restored to {}: {window}. {}", time(*at), by_snapshot(snapshot.as_ref(), zone))
        }
        Moment::Gone { at, retained: true, .. } => {
            format!("{name} is gone. What RDS retained of it reaches {}, a minute before the run began:", time(*at))
        }
        Moment::Gone { snapshot, .. } => {
            format!("{name} is gone, with its automated backups. {}", by_snapshot(snapshot.as_ref(), zone))
        }
        Moment::NotKnown { at, why } => format!(
            "The whole of {name} as it was at {}, a minute before the run began, {beside}. Whether backups reach it \
             could not be told ({}):",
            time(*at),
            clean(why, LONGEST_VALUE)
        ),
    };
    page.say("", &says);
    if let Some(command) = whole(way) {
        page.command(&command);
    }
    let only_shows =
        matches!(moment, Moment::TooLate { snapshot: None, .. } | Moment::Gone { snapshot: None, retained: false, .. });
    if !only_shows {
        page.say("", &expected(&way.drills));
    }
}

fn by_snapshot(snapshot: Option<&(String, Timestamp)>, zone: &TimeZone) -> String {
    match snapshot {
        Some((name, taken)) => {
            let (name, taken) = (clean(name, 130), moment::both(*taken, zone));
            format!("The newest snapshot from before is {name}, of {taken}; what came after it is not in it:")
        }
        None => "No snapshot from before is known here. What can be restored, AWS Backup's points too:".to_owned(),
    }
}

/// How long a restore takes, from drills that were measured
fn expected(drills: &[SignedDuration]) -> String {
    let newest = || drills.iter().take(MOST_DRILLS);
    match (newest().min(), newest().max()) {
        (Some(least), Some(most)) if newest().count() > 1 => format!(
            "The last {} drills of it took {} to {} until they answered.",
            newest().count(),
            moment::duration(*least),
            moment::duration(*most)
        ),
        (Some(one), _) => format!("The last drill of it took {} until it answered.", moment::duration(*one)),
        (None, _) => "How long that takes is not known: no drill of it is on record.".to_owned(),
    }
}
