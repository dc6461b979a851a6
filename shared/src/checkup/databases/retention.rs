//! Whether automated backups are kept, and how far back they reach.

use jiff::SignedDuration;

use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{NEW, Protected, Subject, Told, unknown};
use crate::lifecycle::CLOCKS;
use crate::moment;

const AUTOMATED: &str = "automated-backups";
const RETENTION: &str = "retention";
const DEPTH: &str = "window-depth";

/// A window moves on with each day's backup, and a new database has its first one within a day
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// The questions that are due for a database, by its policy alone
pub(super) fn due(of: &Protected<'_>) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let retention =
        of.entry.backups.retention_days.map(|_| (RETENTION, "keeps backups for as long as the policy asks"));
    let always = [(AUTOMATED, "has automated backups"), (DEPTH, "can be restored as far back as it should")];
    retention.into_iter().chain(always)
}

/// Asks them. False when there are no automated backups, so that nothing more is to be asked of them.
pub(super) fn ask(of: &Protected<'_>, subject: &Subject<'_>, sheet: &mut Sheet) -> bool {
    let actual = i64::from(subject.configuration.backup_retention_days);
    let wanted = of.entry.backups.retention_days;
    let theirs = subject.upkeep.kept_by_aws_backup;
    if actual < 1 && !theirs {
        match wanted {
            Some(0) => of.fine(sheet, AUTOMATED),
            _ => of.found(sheet, AUTOMATED, off(of)),
        }
        return false;
    }
    of.fine(sheet, AUTOMATED);
    if let Some(wanted) = wanted {
        if actual >= wanted {
            of.fine(sheet, RETENTION);
        } else if theirs {
            of.unknown(sheet, RETENTION, &in_the_plan(of, actual, wanted), &unknown(AWS_BACKUP_OWNS));
        } else {
            of.found(sheet, RETENTION, too_short(of, actual, wanted));
        }
    }
    if of.is_new(subject) && of.window(subject).is_ok_and(|window| window.earliest.is_none()) {
        sheet.silent(of.id(DEPTH), NEW);
        return true;
    }
    match depth(of, subject, actual) {
        Ok(None) => of.fine(sheet, DEPTH),
        Ok(Some(told)) => of.found(sheet, DEPTH, told),
        Err(why) => {
            of.unknown(sheet, DEPTH, &format!("how far back {} can be restored could not be told", of.name), &why);
        }
    }
    true
}

const AWS_BACKUP_OWNS: &str = "AWS Backup owns the automated backups, so its plan says how long they are kept: look at \
    delete_after_days of the plan's continuous rule; window-depth tells what can be restored";

fn in_the_plan(of: &Protected<'_>, actual: i64, wanted: i64) -> String {
    let name = of.name;
    format!("AWS Backup keeps the automated backups of {name}; RDS says {}, the policy asks for {wanted}", days(actual))
}

fn off(of: &Protected<'_>) -> Told {
    let (name, identifier) = (of.name, of.identifier());
    let wanted = of.entry.backups.retention_days.unwrap_or(7).max(1).to_string();
    let restart = if of.clustered() { "" } else { " AWS restarts an instance whose backups are turned on." };
    Told {
        severity: Severity::High,
        title: format!("{name} has no automated backups"),
        evidence: vec![format!("the backup retention of {identifier} is 0 days")],
        why: "No point in time can be restored, and nothing is backed up unless somebody does it.",
        mend: of.modify(format!("Turn automated backups on.{restart}"), &["--backup-retention-period", &wanted]),
        measure: None,
    }
}

fn too_short(of: &Protected<'_>, actual: i64, wanted: i64) -> Told {
    let name = of.name;
    Told {
        severity: Severity::Medium,
        title: format!("{name} keeps automated backups for {}; the policy asks for {wanted}", days(actual)),
        evidence: vec![format!("the backup retention of {} is {}", of.identifier(), days(actual))],
        why: "Damage that is noticed later than that cannot be undone by going back in time.",
        mend: of.modify(
            "Raise the retention; the window then grows by a day each day.",
            &["--backup-retention-period", &wanted.to_string()],
        ),
        measure: Some(approximate(wanted - actual)),
    }
}

/// What is wrong with the depth of the window, if anything
fn depth(of: &Protected<'_>, subject: &Subject<'_>, actual: i64) -> Result<Option<Told>, Unknown> {
    let theirs = subject.upkeep.kept_by_aws_backup;
    // A retention that is lower than the policy's is a finding of its own; here the window is held to what is set.
    let wanted = match of.entry.backups.retention_days {
        Some(wanted) if theirs => wanted,
        Some(wanted) => wanted.min(actual),
        None => actual,
    };
    let window = of.window(subject)?;
    let none = || unknown("AWS names no earliest restorable time; there is none before the first backup is complete");
    let earliest = window.earliest.ok_or_else(none)?;
    let now = of.asking.now;
    let reach = now.duration_since(earliest);
    if reach < -CLOCKS {
        return Err(unknown("the earliest restorable time lies in the future: a clock is wrong"));
    }
    let full = SignedDuration::from_hours(24 * wanted);
    if reach >= full - SLACK {
        return Ok(None);
    }
    let Some(created) = subject.created_at else {
        return Err(unknown(format!(
            "the window reaches back {} and should reach {}; AWS does not say when the database was made, so it may be new",
            moment::duration(reach),
            days(wanted)
        )));
    };
    // A database that is younger than its retention can be restored to (almost) its first hour, and no further.
    if earliest.duration_since(created) <= SLACK {
        return Ok(None);
    }
    let zone = of.asking.policy.zone();
    let name = of.name;
    Ok(Some(Told {
        severity: Severity::Medium,
        title: format!("{name} can be restored {} back; {} are asked for", moment::duration(reach), days(wanted)),
        evidence: vec![
            format!("the earliest restorable time is {}", moment::both(earliest, &zone)),
            format!("the database was made {}", moment::both(created, &zone)),
            format!("its retention is {}", days(actual)),
        ],
        why: "A retention that is set is not a backup that exists: a restore can go no further back than this.",
        mend: Mend::say(
            "If the retention was raised lately, the window grows by a day each day and nothing is to be done; \
             otherwise look for days on which no backup was made.",
        ),
        measure: Some((full - reach).as_secs_f64() / 3600.0),
    }))
}

fn days(number: i64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{number} days") }
}

/// Exact for every number of days that a policy can name
fn approximate(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap_or(i32::MAX))
}
