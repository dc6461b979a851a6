//! The plan of snapshots as a table.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts::LONGEST_VALUE;
use super::letter::Letter;
use super::lifecycle::Done;
use super::lifecycle_left::pasted;
use super::text::{clean, columns};
use crate::database::backup_price::{gib, month};
use crate::database::price::PRICES_OF;
use crate::lifecycle::{Line, Mode, Plan, What, taken_at};
use crate::moment;

/// Snapshots of one section that are shown
const MOST_SHOWN: usize = 30;

/// The sections of a table
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// The time has come
    Due,
    /// Its time has come, and something holds it back
    Held,
    /// Waiting for the grace period to be over
    Marked,
    /// A rule keeps it
    Kept,
    /// Not ours to thin out
    LeftAlone,
}

impl Section {
    /// Whether a line belongs here
    pub(super) fn holds(self, what: &What) -> bool {
        match what {
            What::Due { .. } => self == Self::Due,
            What::Held { .. } => self == Self::Held,
            What::Marked { .. } => self == Self::Marked,
            What::Kept(_) => self == Self::Kept,
            What::LeftAlone(_) => self == Self::LeftAlone,
        }
    }

    /// The heading over a section
    pub(super) fn heading(self, mode: Mode) -> &'static str {
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

pub(super) fn named(letter: &mut Letter, heading: &str, all: &[(String, String)]) {
    if !all.is_empty() {
        letter.heading(&format!("{heading}: {}", all.len()));
    }
    for (identifier, why) in all.iter().take(MOST_SHOWN) {
        // A fault names its resource itself.
        let why = why.replacen(&format!(" for {identifier}: "), ": ", 1);
        letter.say("  - ", &clean(&format!("{identifier}: {why}"), LONGEST_VALUE));
    }
    let more = all.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        letter.say("  ", &format!("and {more} more"));
    }
}

pub(super) fn table(letter: &mut Letter, plan: &Plan, section: Section, zone: &TimeZone) {
    let lines = plan.lines().iter().filter(|line| section.holds(&line.what));
    listed(letter, section.heading(plan.mode), lines, zone);
}

/// A section: what it comes to, then two lines for each snapshot, the first its identifier alone.
pub(super) fn listed<'a>(letter: &mut Letter, heading: &str, lines: impl Iterator<Item = &'a Line>, zone: &TimeZone) {
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

///
/// Without `done` nothing was tried yet.
pub(super) fn copies(letter: &mut Letter, plan: &Plan, done: Option<&Done>) {
    let copies = plan.copies();
    let not_copied = done.map_or(&[][..], |done| &done.not_copied);
    let number = copies.start.len() + copies.queued.len() + copies.under_way.len() + copies.there;
    let missing = copies.refused.len() + not_copied.len();
    if number + missing == 0 {
        return;
    }
    let (there, flying) = (copies.there, copies.under_way.len());
    let (start, queued) = (copies.start.len().saturating_sub(not_copied.len()), copies.queued.len());
    let begun = if done.is_some() { "begun" } else { "to begin" };
    let rest = if missing == 0 { String::new() } else { format!(", {missing} not made") };
    letter.heading(&format!("COPIES: {there} there, {flying} under way, {start} {begun}, {queued} waiting{rest}"));
    for copy in &copies.under_way {
        let far = copy.percent.map_or_else(String::new, |percent| format!(", {percent} %"));
        letter.say("  - ", &clean(&format!("{} in {}: under way{far}", copy.target, copy.region), LONGEST_VALUE));
    }
    for missing in copies.refused.iter().take(MOST_SHOWN) {
        let of = missing.snapshot.as_ref().unwrap_or(&missing.database);
        letter.say("  - ", &clean(&format!("{of} to {}: {}", missing.region, missing.why), LONGEST_VALUE));
        if let Some(command) = pasted(&missing.command) {
            letter.command(&command);
        }
    }
    named(letter, "COPIES THAT AWS REFUSED", not_copied);
}

pub(super) fn money(letter: &mut Letter, plan: &Plan) {
    // Of Aurora's snapshots AWS does not say the size, so there may be none to explain.
    if plan.lines().iter().all(|line| month(&line.snapshot).is_none()) {
        return;
    }
    letter.gap();
    let text = format!(
        "Dollars are a month's at most, for the whole size (prices of {PRICES_OF}): AWS bills less for blocks that \
         did not change, and nothing for a cluster's snapshots within its retention."
    );
    letter.say("", &text);
}
