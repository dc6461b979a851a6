//! The plan of snapshots as a table, and the mail after a run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::command::{BACKUP_CHECK, SNAPSHOT_LIFECYCLE, invoke, pin};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::{Letter, Mail};
use super::metric::{Metric, Unit, count, dimension};
use super::shell::Command;
use super::text::{clean, columns};
use crate::database::backup_price::{gib, month};
use crate::database::price::PRICES_OF;
use crate::lifecycle::{Hold, Line, Mode, Plan, What, taken_at};
use crate::moment;

/// Snapshots of one section that are shown
const MOST_SHOWN: usize = 30;

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

/// The sections of a table
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Due,
    Held,
    Marked,
    Kept,
    LeftAlone,
}

impl Section {
    fn holds(self, what: &What) -> bool {
        match what {
            What::Due { .. } => self == Self::Due,
            What::Held { .. } => self == Self::Held,
            What::Marked { .. } => self == Self::Marked,
            What::Kept(_) => self == Self::Kept,
            What::LeftAlone(_) => self == Self::LeftAlone,
        }
    }

    fn heading(self, mode: Mode) -> &'static str {
        match (self, mode) {
            (Self::Due, Mode::Real) => "TO DELETE",
            (Self::Due, _) => "WOULD DELETE",
            (Self::Held, _) => "HELD, though no rule keeps them",
            (Self::Marked, _) => "MARKED, deleted when the grace period is over",
            (Self::Kept, _) => "KEPT",
            (Self::LeftAlone, _) => "LEFT ALONE",
        }
    }
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
    copies(&mut letter, plan, &Done::default());
    money(&mut letter);
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
    if plan.mode == Mode::Real {
        listed(&mut letter, "DELETED", plan.due().filter(|line| done.deleted.contains(&line.snapshot.arn)), &zone);
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
        table(&mut letter, plan, section, &zone);
    }
    copies(&mut letter, plan, done);
    let of = |section: Section| plan.lines().iter().filter(|line| section.holds(&line.what)).count();
    letter.gap();
    letter.say("", &format!("{} kept, {} left alone. The whole plan:", of(Section::Kept), of(Section::LeftAlone)));
    if let Some(command) = invoke(SNAPSHOT_LIFECYCLE, &[("plan", "*".into())]) {
        letter.command(&command);
    }
    money(&mut letter);
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
    if due + deleted + marked == 0 {
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

fn named(letter: &mut Letter, heading: &str, all: &[(String, String)]) {
    if !all.is_empty() {
        letter.heading(&format!("{heading}: {}", all.len()));
    }
    for (identifier, why) in all.iter().take(MOST_SHOWN) {
        letter.say("  - ", &clean(&format!("{identifier}: {why}"), LONGEST_VALUE));
    }
    let more = all.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        letter.say("  ", &format!("and {more} more"));
    }
}

fn table(letter: &mut Letter, plan: &Plan, section: Section, zone: &TimeZone) {
    let lines = plan.lines().iter().filter(|line| section.holds(&line.what));
    listed(letter, section.heading(plan.mode), lines, zone);
}

/// A section: what it comes to, then two lines for each snapshot, the first its identifier alone.
fn listed<'a>(letter: &mut Letter, heading: &str, lines: impl Iterator<Item = &'a Line>, zone: &TimeZone) {
    let lines: Vec<&Line> = lines.collect();
    if lines.is_empty() {
        return;
    }
    letter.heading(&format!("{heading}: {}{}", lines.len(), sum(&lines)));
    for line in lines.iter().take(MOST_SHOWN) {
        let snapshot = &line.snapshot;
        letter.say("  ", &clean(&snapshot.identifier, 80));
        let taken = taken_at(snapshot).map_or_else(|| "(no time) ".to_owned(), |at| date(at, zone));
        let size = gib(snapshot).map_or_else(|| "? GiB".to_owned(), |gib| format!("{gib:.0} GiB"));
        let money = month(snapshot).map_or_else(|| "$?".to_owned(), |month| format!("${month:.2}"));
        let first = format!("    {taken} {size:>9} {money:>8}  ");
        debug_assert!(columns(&first) < 38);
        letter.say(&first, &clean(&why(line, zone), LONGEST_VALUE));
    }
    let more = lines.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        letter.say("  ", &format!("and {more} more"));
    }
}

fn why(line: &Line, zone: &TimeZone) -> String {
    let database = line.database.as_ref().map_or_else(String::new, |name| format!("{}, ", clean(name, 24)));
    let why = line.what.why();
    let marked = match &line.what {
        What::Marked { since, due_at, .. } => {
            format!("marked {}, due {}: ", date(*since, zone), moment::utc(*due_at))
        }
        What::Due { since, .. } => format!("marked {}: ", date(*since, zone)),
        What::Held { .. } | What::Kept(_) | What::LeftAlone(_) => String::new(),
    };
    format!("{database}{marked}{why}")
}

fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

/// `, 240 GiB, at most about $5.04 a month`, and how many are not in it
fn sum(lines: &[&Line]) -> String {
    let known: Vec<(f64, f64)> =
        lines.iter().filter_map(|line| Some((gib(&line.snapshot)?, month(&line.snapshot)?))).collect();
    let unknown = lines.len() - known.len();
    if known.is_empty() {
        return ", of sizes that AWS does not say".to_owned();
    }
    let (size, money) = known.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let rest = if unknown == 0 { String::new() } else { format!(" ({unknown} of unknown size not counted)") };
    format!(", {size:.0} GiB, at most about ${money:.2} a month{rest}")
}

fn copies(letter: &mut Letter, plan: &Plan, done: &Done) {
    let copies = plan.copies();
    let number = copies.start.len() + copies.queued.len() + copies.under_way.len() + copies.there;
    if number + copies.refused.len() + done.not_copied.len() == 0 {
        return;
    }
    let (there, flying) = (copies.there, copies.under_way.len());
    let (start, queued) = (copies.start.len(), copies.queued.len());
    letter.heading(&format!("COPIES: {there} there, {flying} under way, {start} to begin, {queued} waiting"));
    for copy in &copies.under_way {
        let far = copy.percent.map_or_else(String::new, |percent| format!(", {percent} %"));
        letter.say("  - ", &clean(&format!("{} in {}: under way{far}", copy.target, copy.region), LONGEST_VALUE));
    }
    for missing in copies.refused.iter().take(MOST_SHOWN) {
        let of = missing.snapshot.as_ref().unwrap_or(&missing.database);
        letter.say("  - ", &clean(&format!("{of} to {}: {}", missing.region, missing.why), LONGEST_VALUE));
    }
    named(letter, "COPIES THAT AWS REFUSED", &done.not_copied);
}

fn money(letter: &mut Letter) {
    letter.gap();
    let text = format!(
        "Dollars are a month's at most, for the whole size (prices of {PRICES_OF}): AWS bills less for blocks that \
         did not change, and nothing for a cluster's snapshots within its retention."
    );
    letter.say("", &text);
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
