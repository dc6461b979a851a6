//! The lists in what backup-check tells: findings in full and in a line, what is resolved, what could not be looked at.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::command::{BACKUP_CHECK, invoke};
use super::facts::LONGEST_VALUE;
use super::letter::Letter;
use super::shell::Command;
use super::text::clean;
use crate::checkup::{Compared, Ended, Ending, Finding, Known, Mend, Mended, Severity, Standing};
use crate::moment;
use crate::policy::Policy;

/// Findings that a mail tells in full, the worst of all
const MOST_WHOLE: usize = 10;
/// Findings after them that get a line
const MOST_LINES: usize = 20;
/// Lines of evidence of a finding
const MOST_EVIDENCE: usize = 6;
/// Accepted findings that are named
const MOST_ACCEPTED: usize = 5;
/// Arguments and letters of a command that is handed out
const LONGEST_COMMAND: (usize, usize) = (40, 1500);
/// How what is about no single database is named
pub(super) const ACCOUNT: &str = "the account";

/// When a mail is written, and for whom
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    /// Id of the finding whose command is in the first lines already
    pub above: Option<&'a str>,
}

/// `1 finding`, `2 findings`
pub(super) fn number(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// A title with its full stop
pub(super) fn sentence(title: &str) -> String {
    if title.ends_with(['.', '!', '?', ':']) { title.to_owned() } else { format!("{title}.") }
}

pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Unjudged => "?",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
    }
}

/// The command of a finding, where one is given and nothing in it hides from a reader
pub(super) fn command(mend: &Mend) -> Option<Command> {
    let plain = |arg: &String| arg.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    let (most, longest) = LONGEST_COMMAND;
    let length: usize = mend.command.iter().map(String::len).sum();
    let fits = !mend.command.is_empty() && mend.command.len() <= most && length <= longest;
    let args: Vec<&str> = mend.command.iter().map(String::as_str).collect();
    (fits && mend.command.iter().all(plain)).then(|| Command::new(&args))
}

/// What to do now about the worst, for the third line
pub(super) fn to_do(known: Option<&Known>) -> (String, Option<Command>) {
    let Some(known) = known else { return ("Nothing.".to_owned(), None) };
    let words = clean(&known.finding.mend.words, LONGEST_VALUE);
    let words = if words.is_empty() { "Look at it below.".to_owned() } else { words };
    (words, command(&known.finding.mend))
}

/// Asks for all that is open; for one database alone where all is of one
pub(super) fn told_command(compared: &Compared) -> Option<Command> {
    let mut of = compared.found.iter().map(|(_, known)| known.finding.database.as_deref());
    let first = of.next()?;
    let all_of_one = first.filter(|_| of.all(|database| database == first));
    invoke(BACKUP_CHECK, &[("check", all_of_one.unwrap_or("*").into())])
}

/// Asks for everything
pub(super) fn whole_check() -> Option<Command> {
    invoke(BACKUP_CHECK, &[("check", "*".into())])
}

/// Groups by database, in the order in which each is met first: the worst finding's database first.
fn grouped<'a>(all: impl Iterator<Item = &'a Known>) -> Vec<(&'a str, Vec<&'a Known>)> {
    let mut groups: Vec<(&str, Vec<&Known>)> = Vec::new();
    for known in all {
        let name = known.finding.database.as_deref().unwrap_or(ACCOUNT);
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, group)) => group.push(known),
            None => groups.push((name, vec![known])),
        }
    }
    groups
}

/// A section of findings: the worst in full, some more in a line each, and how many are left.
pub(super) fn whole(letter: &mut Letter, heading: &str, all: &[&Known], when: When<'_>) {
    whole_up_to(letter, heading, all, when, (MOST_WHOLE, MOST_LINES));
}

pub(super) fn whole_up_to(
    letter: &mut Letter,
    heading: &str,
    all: &[&Known],
    when: When<'_>,
    (most_whole, most_lines): (usize, usize),
) {
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("{heading}: {}", all.len()));
    let (worst, rest) = all.split_at(most_whole.min(all.len()));
    for (name, group) in grouped(worst.iter().copied()) {
        letter.gap();
        letter.say("", &clean(name, LONGEST_VALUE));
        for known in group {
            in_full(letter, known, when);
        }
    }
    if rest.is_empty() {
        return;
    }
    letter.heading(&format!("{heading}, IN A LINE EACH: {}", rest.len()));
    lines(letter, rest, most_lines, when);
}

/// Findings in a line each, by database
fn lines(letter: &mut Letter, all: &[&Known], most: usize, when: When<'_>) {
    for (name, group) in grouped(all.iter().take(most).copied()) {
        letter.say("  ", &clean(name, LONGEST_VALUE));
        for known in group {
            let since = date(known.since, when.zone);
            let title = clean(&known.finding.title, LONGEST_VALUE);
            letter.say(&format!("    {:<6}  ", word(known.finding.severity)), &format!("{title} (since {since})"));
        }
    }
    more(letter, all.len(), most);
}

fn more(letter: &mut Letter, all: usize, most: usize) {
    if all > most {
        letter.say("  ", &format!("and {} more", all - most));
    }
}

/// A finding with its evidence, why it matters and what to do
fn in_full(letter: &mut Letter, known: &Known, when: When<'_>) {
    let Finding { id, severity, title, evidence, why, mend, .. } = &known.finding;
    let indent = " ".repeat(10);
    letter.say(&format!("  {:<6}  ", word(*severity)), &clean(title, LONGEST_VALUE));
    for line in evidence.iter().take(MOST_EVIDENCE) {
        letter.say(&format!("{indent}- "), &clean(line, LONGEST_VALUE));
    }
    if evidence.len() > MOST_EVIDENCE {
        letter.say(&format!("{indent}- "), &format!("and {} more", evidence.len() - MOST_EVIDENCE));
    }
    if let Some(why) = Some(clean(why, LONGEST_VALUE)).filter(|why| !why.is_empty()) {
        letter.say(&indent, &why);
    }
    for note in notes(known, when) {
        letter.say(&indent, &note);
    }
    letter.say(&format!("{indent}id: "), &clean(id, LONGEST_VALUE));
    if when.above == Some(id) {
        letter.say(&format!("{indent}Do: "), "See the first lines.");
        return;
    }
    letter.say(&format!("{indent}Do: "), &clean(&mend.words, LONGEST_VALUE));
    match command(mend) {
        Some(command) => letter.command(&command),
        None if mend.command.is_empty() => {}
        None => letter.say(&indent, "(Its command is left out: a name in it is longer or stranger than AWS gives.)"),
    }
}

/// What is to be known of a finding beside itself
fn notes(known: &Known, when: When<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Standing::Worse, Some(told), Some(at)) = (known.standing(), known.told_as, known.told_at) {
        let was = if told.severity < known.finding.severity {
            format!("was {}", word(told.severity))
        } else {
            "was less".to_owned()
        };
        notes.push(format!("It {was} when a mail told of it on {}.", date(at, when.zone)));
    }
    if let Some(at) = known.ended_before {
        notes.push(format!("It is back: on {} it was well.", date(at, when.zone)));
    }
    if known.since < known.seen_at || known.since < when.now {
        let lasts = moment::duration(when.now.duration_since(known.since));
        notes.push(format!("Since {}: {lasts}.", moment::both(known.since, when.zone)));
    }
    if let Some(why) = &known.unseen {
        notes.push(format!("Could not be looked at now: {}", sentence(&clean(why, LONGEST_VALUE))));
    }
    notes
}

/// Questions without an answer, and known findings that could not be looked at again
pub(super) fn unanswered<'a>(letter: &mut Letter, all: impl Iterator<Item = &'a Known>, when: When<'_>) {
    let is_open = |known: &&Known| known.finding.severity == Severity::Unjudged || known.unseen.is_some();
    let all: Vec<&Known> = all.filter(is_open).collect();
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("COULD NOT BE LOOKED AT: {}", all.len()));
    for (name, group) in grouped(all.iter().take(MOST_LINES).copied()) {
        letter.say("  ", &clean(name, LONGEST_VALUE));
        for known in group {
            let title = clean(&known.finding.title, LONGEST_VALUE);
            if let Some(why) = &known.unseen {
                let severity = word(known.finding.severity);
                letter.say("    - ", &format!("{severity}, as last known: {title}"));
                letter.say("      why: ", &sentence(&clean(why, LONGEST_VALUE)));
            } else {
                letter.say("    - ", &format!("{title} (since {})", date(known.since, when.zone)));
                let why = known.finding.evidence.first().map_or("", String::as_str);
                letter.say("      why: ", &sentence(&clean(why, LONGEST_VALUE)));
            }
        }
    }
    more(letter, all.len(), MOST_LINES);
}

/// What ended, and how long it lasted
pub(super) fn resolved(letter: &mut Letter, all: &[&Ended], when: When<'_>) {
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("RESOLVED: {}", all.len()));
    for ended in all.iter().take(MOST_LINES) {
        let Finding { title, severity, database, .. } = &ended.known.finding;
        let name = clean(database.as_deref().unwrap_or(ACCOUNT), 63);
        let lasted = moment::duration(ended.at.duration_since(ended.known.since));
        let how = match ended.how {
            Ending::Fine if *severity == Severity::Unjudged => "It could be looked at again, and is well",
            Ending::Fine => "All is well again",
            Ending::Gone => "What it was about is gone",
            Ending::Unlisted => "The policy does not name its database any more",
        };
        letter.say("  - ", &format!("{name}: {}", clean(title, LONGEST_VALUE)));
        let at = moment::both(ended.at, when.zone);
        let untold = if ended.known.told_at.is_none() { ", and ended before a mail could tell of it" } else { "" };
        letter.say("    ", &format!("{how} since {at}. It lasted {lasted}{untold}."));
    }
    more(letter, all.len(), MOST_LINES);
}

/// What mails have told and is still as it was
pub(super) fn still_open(letter: &mut Letter, compared: &Compared, when: When<'_>) {
    let is_known = |(stands, known): &&(Standing, Known)| {
        *stands == Standing::Ongoing && known.finding.severity != Severity::Unjudged && known.unseen.is_none()
    };
    let all: Vec<&Known> = compared.found.iter().filter(is_known).map(|(_, known)| known).collect();
    if !all.is_empty() {
        letter.heading(&format!("STILL OPEN: {}", all.len()));
        lines(letter, &all, MOST_LINES, when);
    }
}

/// What was changed, and what could not be
pub(super) fn mended(letter: &mut Letter, mended: &Mended, is_found: bool) {
    let done = mended.raised.len() + mended.protected.len();
    if done > 0 {
        letter.heading(&format!("MENDED, as the policy asks: {done}"));
    }
    let of = |name: &str, identifier: &str, clustered: bool| {
        let what = if clustered { "cluster" } else { "instance" };
        format!("{} ({what} {})", clean(name, 63), clean(identifier, 63))
    };
    for one in mended.raised.iter().take(MOST_LINES) {
        let of = of(&one.database, &one.identifier, one.clustered);
        letter.say("  - ", &format!("{of}: retention raised from {} to {} days", one.from_days, one.to_days));
    }
    for one in mended.protected.iter().take(MOST_LINES) {
        letter.say("  - ", &format!("{}: protected from deletion", of(&one.database, &one.identifier, one.clustered)));
    }
    if done > 0 && is_found {
        letter.say("  ", "What is found below was found before; the next check confirms the change.");
    }
    if mended.failed.is_empty() {
        return;
    }
    letter.heading(&format!("COULD NOT BE MENDED: {}", mended.failed.len()));
    for (identifier, why) in mended.failed.iter().take(MOST_LINES) {
        letter.say("  - ", &clean(&format!("{identifier}: {why}"), LONGEST_VALUE));
    }
    more(letter, mended.failed.len(), MOST_LINES);
}

/// The last line: what the policy accepts
pub(super) fn accepted(letter: &mut Letter, compared: &Compared, policy: &Policy, now: Timestamp) {
    let all = &compared.accepted;
    if all.is_empty() {
        return;
    }
    let today = now.to_zoned(policy.zone()).date();
    let said: Vec<String> = all
        .iter()
        .take(MOST_ACCEPTED)
        .map(|(finding, reason)| {
            let until = crate::checkup::accepted_by(policy, &finding.id, today).and_then(|by| by.until);
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            format!("{}{until}: {}", clean(&finding.id, 80), clean(reason, 80))
        })
        .collect();
    let more = all.len().saturating_sub(MOST_ACCEPTED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    letter.say("", &format!("Accepted by the policy: {} ({}{rest})", all.len(), said.join("; ")));
}

pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}
