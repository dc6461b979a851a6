//! The plan of snapshots as an answer, and the mail after a run.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{BACKUP_CHECK, SNAPSHOT_LIFECYCLE, invoke, pin};
use super::facts::zone;
use super::letter::{Letter, Mail};
use super::lifecycle_table::{Section, copies, listed, money, named, table};
use super::metric::{Metric, Unit, count, dimension};
use super::shell::Command;
use super::text::clean;
use crate::lifecycle::{Hold, Line, Mode, Plan, What};
use crate::moment;

/// What a run did
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// ARNs of what was deleted
    pub deleted: BTreeSet<String>,
    /// Identifiers of what the last look before the call spared, and why
    pub spared: Vec<(String, String)>,
    /// Identifiers of what was to be deleted and was not, and why
    pub failed: Vec<(String, String)>,
    /// Identifiers of copies that were to be begun and were not, and why
    pub not_copied: Vec<(String, String)>,
    /// How many deletions the run left to the next one, because its time was over
    pub unfinished: usize,
}

/// The plan as an answer to a request: the same table, nothing left out but what is too much to read.
pub fn plan_message(plan: &Plan, timezone: &str) -> String {
    let zone = zone(timezone);
    let due = plan.due().count();
    let when = moment::both(plan.now, &zone);
    let says = match plan.mode {
        Mode::Preview => format!("{} would be due by then. Nothing is deleted.", snapshots(due)),
        Mode::DryRun => format!("{} would be deleted. Nothing is, as cleanup.dry_run is true.", snapshots(due)),
        Mode::Real => format!("The next run deletes {}, unless it finds a reason not to.", snapshots(due)),
    };
    let mut letter = Letter::default();
    letter.say("", &format!("Plan for {when}."));
    letter.say("", &says);
    for section in [Section::Due, Section::Held, Section::Marked, Section::Kept, Section::LeftAlone] {
        table(&mut letter, plan, section, &zone);
    }
    copies(&mut letter, plan, None);
    money(&mut letter, plan);
    letter.sealed("INFO", "").body
}

/// The mail after a run; none where there is nothing to tell. `timezone` is the policy's.
pub fn lifecycle_mail(plan: &Plan, done: &Done, timezone: &str) -> Option<Mail> {
    let zone = zone(timezone);
    let (label, told) = told(plan, done)?;
    let mut letter = Letter::opening(&told.happened, &told.at_risk, &told.to_do);
    if let Some(command) = &told.command {
        letter.command(command);
    }
    named(&mut letter, "NOT DELETED", &done.failed);
    named(&mut letter, "SPARED by the last look before the call", &done.spared);
    let is_gone = |line: &Line| done.deleted.contains(&line.snapshot.arn);
    if plan.mode == Mode::Real {
        listed(&mut letter, "DELETED", plan.lines().iter().filter(|line| is_gone(line)), &zone);
        if done.unfinished > 0 {
            letter.gap();
            letter.say("", &format!("{} left to the next run, as this one's time was over.", done.unfinished));
        }
    } else {
        table(&mut letter, plan, Section::Due, &zone);
        if plan.due().next().is_some() {
            letter.gap();
            letter.say("", "To let the next run delete them, set cleanup.dry_run to false in the policy.");
        }
    }
    for section in [Section::Held, Section::Marked] {
        // What took the place of a spared one was held by the limit.
        let lines = plan.lines().iter().filter(|line| section.holds(&line.what) && !is_gone(line));
        listed(&mut letter, section.heading(plan.mode), lines, &zone);
    }
    copies(&mut letter, plan, Some(done));
    let of = |section: Section| plan.lines().iter().filter(|line| section.holds(&line.what)).count();
    letter.gap();
    letter.say("", &format!("{} kept, {} left alone. The whole plan:", of(Section::Kept), of(Section::LeftAlone)));
    if let Some(command) = invoke(SNAPSHOT_LIFECYCLE, &[("plan", "*".into())]) {
        letter.command(&command);
    }
    money(&mut letter, plan);
    letter.gap();
    letter.say("Run: ", &moment::both(plan.now, &zone));
    Some(letter.sealed(label, &told.subject))
}

/// What the first lines and the subject say
struct Told {
    subject: String,
    happened: String,
    at_risk: String,
    to_do: String,
    command: Option<Command>,
}

fn told(plan: &Plan, done: &Done) -> Option<(&'static str, Told)> {
    let say = |subject: String, happened: String, at_risk: &str, to_do: &str, command| Told {
        subject,
        happened,
        at_risk: at_risk.to_owned(),
        to_do: to_do.to_owned(),
        command,
    };
    let is_held = |by: fn(&Hold) -> bool| {
        plan.lines().iter().find(|line| matches!(&line.what, What::Held { by: hold, .. } if by(hold)))
    };
    if is_held(|by| matches!(by, Hold::Clock(_))).is_some() {
        let happened = "No snapshot was deleted: the clock is behind an earlier run's.".to_owned();
        let subject = "snapshots: nothing deleted, a clock is wrong".to_owned();
        let to_do = "If the time under HELD is wrong, make \"at\" null in lifecycle.json.";
        return Some(("ALERT", say(subject, happened, "No: nothing is deleted until the clocks agree.", to_do, None)));
    }
    let deleted = done.deleted.len();
    if !done.failed.is_empty() {
        let failed = done.failed.len();
        let happened = format!("{failed} of {} could not be deleted.", snapshots(failed + deleted));
        let subject = format!("snapshots: {failed} could not be deleted");
        let to_do = "Read the reasons below. The next run tries again.";
        return Some(("ALERT", say(subject, happened, "No. Snapshots that stay cost money.", to_do, None)));
    }
    let stale = is_held(|by| matches!(by, Hold::Stale(_)));
    if let Some(name) = stale.and_then(|line| line.database.as_deref()) {
        let short = clean(name, 24);
        let subject = format!("snapshots of {short}: none deleted, its newest backup is not fresh");
        let happened = format!("No snapshot of {short} is deleted: its backups are not fresh.");
        let command = invoke(BACKUP_CHECK, &[("check", name.into())]);
        let at_risk = "Perhaps: a restore would lose more than the policy allows.";
        let to_do = "See which backup is missing:";
        return Some(("ALERT", say(subject, happened, at_risk, to_do, command)));
    }
    let missing = plan.copies().refused.len() + done.not_copied.len();
    if missing > 0 {
        let number = if missing == 1 { "1 copy".to_owned() } else { format!("{missing} copies") };
        let subject = format!("snapshots: {number} to another region not made");
        let at_risk = "Only if this region is lost: then they are missing.";
        let happened = format!("{number} to another region could not be made.");
        return Some(("ALERT", say(subject, happened, at_risk, "Read under COPIES what is in the way.", None)));
    }
    let due = plan.due().count();
    let fresh = plan.lines().iter().filter(|line| matches!(line.what, What::Marked { since, .. } if since == plan.now));
    let marked = fresh.clone().count();
    // What stays shared is spared by every run; that alone is no news. A dry run says each day what it would do.
    let would = if plan.mode == Mode::Real { done.unfinished } else { due };
    if would + deleted + marked == 0 {
        return None;
    }
    let next = plan.due().chain(fresh).find(|line| !done.deleted.contains(&line.snapshot.arn));
    let command = next.and_then(|line| pin(&line.snapshot.arn));
    let to_do = if command.is_some() { "Nothing. To keep one for ever, pin it, such as:" } else { "Nothing." };
    let at_risk = "No. The newest of every database are always kept.";
    let (subject, happened) = if plan.mode == Mode::Real {
        let happened = format!("{} deleted, {marked} newly marked.", snapshots(deleted));
        (format!("snapshots: {deleted} deleted, {marked} newly marked"), happened)
    } else {
        let happened = format!("Dry run: {} would be deleted, {marked} newly marked.", snapshots(due));
        (format!("snapshots, dry run: {due} would be deleted, {marked} newly marked"), happened)
    };
    Some(("INFO", say(subject, happened, at_risk, to_do, command)))
}

fn snapshots(number: usize) -> String {
    if number == 1 { "1 snapshot".to_owned() } else { format!("{number} snapshots") }
}

/// `SnapshotsDeleted` of every database in the plan
pub fn lifecycle_metrics(plan: &Plan, done: &Done) -> Vec<Metric> {
    let mut deleted: BTreeMap<&str, usize> = BTreeMap::new();
    for line in plan.lines() {
        if let Some(database) = &line.database {
            *deleted.entry(database).or_default() += usize::from(done.deleted.contains(&line.snapshot.arn));
        }
    }
    let metric = |(database, number)| Metric {
        name: "SnapshotsDeleted",
        dimension: Some(("Database", dimension(database))),
        value: count(number),
        unit: Unit::Count,
    };
    deleted.into_iter().map(metric).collect()
}
