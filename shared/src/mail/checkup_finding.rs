//! Findings in what backup-check tells: in full, with their evidence and their commands, or in a line each.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::command::{BACKUP_CHECK, invoke};
use super::facts::LONGEST_VALUE;
use super::letter::Letter;
use super::shell::Command;
use super::text::clean;
use crate::checkup::{Compared, Finding, Known, Mend, Mended, Severity, Standing};
use crate::moment;

/// Findings that a mail tells in full, the worst of all
const MOST_WHOLE: usize = 10;
/// Findings after them that get a line
pub(super) const MOST_LINES: usize = 20;
/// Lines of evidence of a finding
const MOST_EVIDENCE: usize = 6;
/// Arguments and letters of a command that is handed out
const LONGEST_COMMAND: (usize, usize) = (40, 1500);
/// How what is about no single database is named
pub(super) const ACCOUNT: &str = "the account";

/// What to do about what was just mended
const JUST_MENDED: &str = "Nothing: it was mended just now. The next check confirms it.";

/// When a mail is written, and for whom
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    /// Id of the finding whose command is in the first lines already
    pub above: Option<&'a str>,
    /// What was changed just now
    pub mended: Option<&'a Mended>,
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

/// The worst, the first of equals; what was mended just now comes last
pub(super) fn pressing<'a>(all: impl Iterator<Item = &'a Known>, mended: &Mended) -> Option<&'a Known> {
    all.min_by_key(|known| (mended.covers(&known.finding), std::cmp::Reverse(known.finding.severity)))
}

/// What to do now about the worst, for the third line
pub(super) fn to_do(known: Option<&Known>, mended: &Mended) -> (String, Option<Command>) {
    let Some(known) = known else { return ("Nothing.".to_owned(), None) };
    if mended.covers(&known.finding) {
        return (JUST_MENDED.to_owned(), None);
    }
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
pub(super) fn grouped<'a>(all: impl Iterator<Item = &'a Known>) -> Vec<(&'a str, Vec<&'a Known>)> {
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
pub(super) fn lines(letter: &mut Letter, all: &[&Known], most: usize, when: When<'_>) {
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

pub(super) fn more(letter: &mut Letter, all: usize, most: usize) {
    if all > most {
        letter.say("  ", &format!("and {} more", all - most));
    }
}

/// A finding with its evidence, why it matters and what to do
fn in_full(letter: &mut Letter, known: &Known, when: When<'_>) {
    let Finding { id, severity, title, evidence, why, mend, .. } = known.finding.as_ref();
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
    if when.mended.is_some_and(|mended| mended.covers(&known.finding)) {
        letter.say(&format!("{indent}Do: "), JUST_MENDED);
        return;
    }
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

pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}
