//! The mail of backup-check: what is new, worse or well again, and once a week how every database stands.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::checkup_lists::{self as lists, told_command, whole_check};
use super::checkup_standing as standing;
use super::facts::LONGEST_VALUE;
use super::letter::{Letter, Mail};
use super::text::clean;
use crate::checkup::{Compared, Ended, Known, Mended, Overview, Severity, Standing, Tell, World, overview};
use crate::moment;
use crate::policy::Policy;

/// Databases that one line of a mail names
const MOST_NAMED: usize = 3;

/// What a mail tells
pub(super) struct Told<'a> {
    /// New findings
    pub new: Vec<&'a Known>,
    /// Known ones that are worse
    pub worse: Vec<&'a Known>,
    /// Questions without an answer that no mail has told yet
    pub unanswered: Vec<&'a Known>,
    /// What ended
    pub resolved: Vec<&'a Ended>,
    /// What changed and waits for the digest
    pub waiting: usize,
}

impl<'a> Told<'a> {
    fn of(tell: Tell, compared: &'a Compared) -> Self {
        let fits = |known: &Known| match tell {
            Tell::Nothing => false,
            Tell::AtOnce => known.finding.severity == Severity::High,
            Tell::Digest | Tell::Weekly => true,
        };
        let changed: Vec<(Standing, &Known)> = compared
            .found
            .iter()
            .filter(|(stands, _)| *stands != Standing::Ongoing)
            .map(|(stands, known)| (*stands, known))
            .collect();
        let all = |wanted: Standing, answered: bool| {
            let of = |(stands, known): &(Standing, &'a Known)| {
                let is_answered = known.finding.severity != Severity::Unjudged;
                (*stands == wanted && is_answered == answered && fits(known)).then_some(*known)
            };
            changed.iter().filter_map(of).collect::<Vec<_>>()
        };
        let (new, worse) = (all(Standing::New, true), all(Standing::Worse, true));
        let unanswered = [all(Standing::New, false), all(Standing::Worse, false)].concat();
        let ends = matches!(tell, Tell::Digest | Tell::Weekly);
        let resolved: Vec<&Ended> = compared.resolved.iter().filter(|_| ends).collect();
        let told = new.len() + worse.len() + unanswered.len() + resolved.len();
        let waiting = (changed.len() + compared.resolved.len()).saturating_sub(told);
        Self { new, worse, unanswered, resolved, waiting }
    }

    /// The worst of what is new or worse; a question without an answer comes last
    fn worst(&self) -> Option<&'a Known> {
        // Of equals the first: the lists are sorted, and `max_by_key` would take the last.
        self.new
            .iter()
            .chain(&self.worse)
            .chain(&self.unanswered)
            .rev()
            .max_by_key(|known| known.finding.severity)
            .copied()
    }

    fn changes(&self) -> usize {
        self.new.len() + self.worse.len() + self.unanswered.len()
    }

    /// `Backups: 2 new, 1 worse, 1 resolved (orders, ledger and 2 more).`
    fn in_numbers(&self) -> String {
        format!("Backups: {} ({}).", self.numbers(), self.places())
    }

    fn numbers(&self) -> String {
        let all = [
            (self.new.len(), "new"),
            (self.worse.len(), "worse"),
            (self.unanswered.len(), "unanswered"),
            (self.resolved.len(), "resolved"),
        ];
        let said: Vec<String> =
            all.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
        said.join(", ")
    }

    /// Where it happened: `orders, ledger and 2 more`
    fn places(&self) -> String {
        let mut seen = BTreeSet::new();
        let known = self.new.iter().chain(&self.worse).chain(&self.unanswered).copied();
        let known = known.chain(self.resolved.iter().map(|ended| &ended.known));
        let named: Vec<&str> = known
            .map(|known| known.finding.database.as_deref().unwrap_or(lists::ACCOUNT))
            .filter(|name| seen.insert(*name))
            .collect();
        let more = named.len().saturating_sub(MOST_NAMED);
        let said: Vec<String> = named.iter().take(MOST_NAMED).map(|name| clean(name, 24)).collect();
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}{rest}", said.join(", "))
    }
}

/// The mail of a check; none where there is nothing to tell. What could not be mended makes no mail of its own: its finding
/// is told, and the run ends red.
pub fn checkup_mail(
    tell: Tell,
    compared: &Compared,
    policy: &Policy,
    world: &World,
    mended: &Mended,
    now: Timestamp,
) -> Option<Mail> {
    if tell == Tell::Nothing && mended.is_nothing() {
        return None;
    }
    let (told, zone) = (Told::of(tell, compared), policy.zone());
    let overviews = overview(now, policy, world);
    let (label, first) = first_lines(tell, compared, &told, &overviews, mended);
    let mut letter = Letter::opening(&first.happened, &first.at_risk, &first.to_do);
    if let Some(command) = &first.command {
        letter.command(command);
    }
    lists::mended(&mut letter, mended, !compared.found.is_empty());
    let when = lists::When { now, zone: &zone, above: first.about.as_deref() };
    lists::whole(&mut letter, "NEW", &told.new, when);
    lists::whole(&mut letter, "WORSE", &told.worse, when);
    if tell == Tell::Weekly {
        standing::databases(&mut letter, compared, &overviews, now);
    }
    if matches!(tell, Tell::Digest | Tell::Weekly) {
        lists::unanswered(&mut letter, compared.found.iter().map(|(_, known)| known), when);
        lists::resolved(&mut letter, &told.resolved, when);
        lists::still_open(&mut letter, compared, when);
    } else {
        others(&mut letter, &told, compared);
    }
    if let Some(command) = told_command(compared) {
        letter.gap();
        letter.say("", "All that is open, with its evidence and its commands:");
        letter.command(&command);
    }
    if compared.left_out > 0 {
        letter.gap();
        letter.say("", &format!("{} more were found than can be remembered; they are told again.", compared.left_out));
    }
    letter.gap();
    letter.say("Checked: ", &moment::both(now, &zone));
    if tell != Tell::AtOnce {
        lists::accepted(&mut letter, compared, policy, now);
    }
    Some(letter.sealed(label, &first.subject))
}

/// What a mail about what is severe leaves for later
fn others(letter: &mut Letter, told: &Told<'_>, compared: &Compared) {
    let open = compared.found.len().saturating_sub(told.changes());
    if open == 0 && told.waiting == 0 {
        return;
    }
    letter.gap();
    let findings = lists::number(open, "other finding is", "other findings are");
    let waiting = if told.waiting == 0 { "" } else { "; the next digest tells what changed" };
    letter.say("", &format!("{findings} open{waiting}."));
}

/// What the subject and the first lines say
struct First {
    subject: String,
    happened: String,
    at_risk: String,
    to_do: String,
    command: Option<super::shell::Command>,
    /// Id of the finding that the third line and the command are about
    about: Option<String>,
}

fn first_lines(
    tell: Tell,
    compared: &Compared,
    told: &Told<'_>,
    overviews: &[Overview],
    mended: &Mended,
) -> (&'static str, First) {
    let at_risk = at_risk(compared, told, overviews);
    let is_severe = |known: &Known| known.finding.severity == Severity::High;
    let worst = told.worst();
    if tell == Tell::Weekly && !worst.is_some_and(is_severe) {
        let severe = compared.found.iter().map(|(_, known)| known).find(|known| is_severe(known));
        let pressing = severe.or(worst).is_some_and(|known| known.finding.severity >= Severity::Medium);
        let unseen = standing::unseen(compared, overviews);
        let label = if pressing || unseen > 0 { "ALERT" } else { "INFO" };
        let first = severe.or(worst).or(compared.found.first().map(|(_, known)| known));
        let (to_do, command) = match first {
            None if unseen > 0 => ("See why they could not be read:".to_owned(), whole_check()),
            first => lists::to_do(first),
        };
        let about = first.map(|known| known.finding.id.clone());
        let said = standing::weekly(compared, overviews);
        let first = First {
            subject: format!("backups, weekly: {said}"),
            happened: format!("{}.", capital(&said)),
            at_risk,
            to_do,
            command,
            about,
        };
        return (label, first);
    }
    if let Some(known) = worst {
        let title = clean(&known.finding.title, LONGEST_VALUE);
        let label = if known.finding.severity >= Severity::Medium { "ALERT" } else { "INFO" };
        let more = told.changes() + told.resolved.len() - 1;
        let happened = if more == 0 { lists::sentence(&title) } else { told.in_numbers() };
        let (to_do, command) = lists::to_do(Some(known));
        let about = Some(known.finding.id.clone());
        let subject = if more == 0 { title } else { with_more(&title, more) };
        return (label, First { subject, happened, at_risk, to_do, command, about });
    }
    if let Some(ended) = told.resolved.first() {
        let title = clean(&ended.known.finding.title, LONGEST_VALUE);
        let more = told.resolved.len() - 1;
        let (subject, happened) = if more == 0 {
            (title.clone(), format!("Resolved: {}", lists::sentence(&title)))
        } else {
            (with_more(&title, more), told.in_numbers())
        };
        let severe = compared.found.iter().map(|(_, known)| known).find(|known| is_severe(known));
        let (to_do, command) = lists::to_do(severe);
        let about = severe.map(|known| known.finding.id.clone());
        return ("RESOLVED", First { subject, happened, at_risk, to_do, command, about });
    }
    let done = mended.raised.len() + mended.protected.len();
    let settings = lists::number(done, "setting was", "settings were");
    let to_do = "Nothing. The next check confirms it.".to_owned();
    let subject = format!("backups: {settings} mended, as the policy asks");
    (
        "INFO",
        First {
            subject,
            happened: format!("{settings} mended, as the policy asks."),
            at_risk,
            to_do,
            command: None,
            about: None,
        },
    )
}

/// A title, cut so that the number behind it is read as well
fn with_more(title: &str, more: usize) -> String {
    format!("{}, and {more} more", clean(title, 74))
}

/// Whether data is at risk, by all that is open and not only by what is new
fn at_risk(compared: &Compared, told: &Told<'_>, overviews: &[Overview]) -> String {
    let open = |severity| compared.found.iter().filter(|(_, known)| known.finding.severity == severity).count();
    let hidden = compared.found.iter().filter(|(_, known)| known.unseen.is_some()).count();
    let unanswered = open(Severity::Unjudged) + hidden + standing::unseen(compared, overviews);
    if told.worst().is_some_and(|known| known.finding.severity == Severity::High) {
        return "Yes: a restore would fail or lose too much, or data is exposed.".to_owned();
    }
    match (open(Severity::High), unanswered, open(Severity::Medium), open(Severity::Low)) {
        (0, 0, 0, 0) => "No: nothing that was looked at is wrong.".to_owned(),
        (0, 0, 0, _) => "No. It is about money or tidiness.".to_owned(),
        (0, 0, _, _) => "Not today, but less is safe than the policy asks for.".to_owned(),
        (0, _, _, _) => {
            format!("Not known: {} could not be looked at.", lists::number(unanswered, "thing", "things"))
        }
        (severe, ..) => {
            format!("Yes: {} still open.", lists::number(severe, "severe finding is", "severe findings are"))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}
