//! The mail of backup-check: what is new, worse or well again, and once a week how every database stands.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::checkup_costs;
use super::checkup_finding::{ACCOUNT, When, number, pressing, told_command, whole};
use super::checkup_first::first_lines;
use super::checkup_lists as lists;
use super::checkup_standing as standing;
use super::letter::{Letter, Mail};
use super::text::clean;
use crate::checkup::{Compared, Ended, Known, Mended, Severity, Standing, Tell, World, costs, overview};
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

    /// The worst of what is new or worse and was not mended just now; a question without an answer comes last
    pub(super) fn worst(&self, mended: &Mended) -> Option<&'a Known> {
        pressing(self.changed(), mended)
    }

    /// How bad the worst is of what was not mended just now
    pub(super) fn severity(&self, mended: &Mended) -> Option<Severity> {
        self.changed().filter(|known| !mended.covers(&known.finding)).map(|known| known.finding.severity).max()
    }

    /// How many questions, about how many databases, could not be answered for one and the same reason, where that is all that
    /// is told
    pub(super) fn one_reason(&self) -> Option<(usize, String)> {
        let reason = |known: &Known| known.finding.evidence.first().cloned();
        let first = self.unanswered.first().and_then(|known| reason(known))?;
        let alone = self.new.is_empty() && self.worse.is_empty() && self.resolved.is_empty();
        let all =
            self.unanswered.len() >= 3 && self.unanswered.iter().all(|known| reason(known).as_ref() == Some(&first));
        let of = self.unanswered.iter().map(|known| known.finding.database.as_deref());
        let databases = of.collect::<BTreeSet<_>>().len();
        (alone && all).then(|| (self.unanswered.len(), number(databases, "database", "databases")))
    }

    fn changed(&self) -> impl Iterator<Item = &'a Known> {
        self.new.iter().chain(&self.worse).chain(&self.unanswered).copied()
    }

    /// How many are new or worse
    pub(super) fn changes(&self) -> usize {
        self.new.len() + self.worse.len() + self.unanswered.len()
    }

    /// `Backups: 2 new, 1 worse, 1 resolved (orders, ledger and 2 more).`
    pub(super) fn in_numbers(&self) -> String {
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
        let known = self.changed().chain(self.resolved.iter().map(|ended| &ended.known));
        let named: Vec<&str> = known
            .map(|known| known.finding.database.as_deref().unwrap_or(ACCOUNT))
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
    // What was mended just now is told among what is new, and is open no more.
    let without = (!mended.is_nothing()).then(|| compared.without(mended));
    let open = without.as_ref().unwrap_or(compared);
    let (label, first) = first_lines(tell, open, &told, &overviews, mended);
    let mut letter = Letter::opening(&first.happened, &first.at_risk, &first.to_do);
    if let Some(command) = &first.command {
        letter.command(command);
    }
    lists::mended(&mut letter, mended, !compared.found.is_empty());
    let when = When { now, zone: &zone, above: first.about.as_deref(), mended: Some(mended) };
    whole(&mut letter, "NEW", &told.new, when);
    whole(&mut letter, "WORSE", &told.worse, when);
    if tell == Tell::Weekly {
        let costs = costs(now, policy, world);
        standing::databases(&mut letter, open, (&overviews, &costs), now);
        checkup_costs::section(&mut letter, &costs, policy);
    }
    if matches!(tell, Tell::Digest | Tell::Weekly) {
        lists::unanswered(&mut letter, compared.found.iter().map(|(_, known)| known), when);
        lists::resolved(&mut letter, &told.resolved, when);
        lists::still_open(&mut letter, open, when);
    } else {
        others(&mut letter, &told, open, mended);
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
fn others(letter: &mut Letter, told: &Told<'_>, compared: &Compared, mended: &Mended) {
    let told_open = told.changed().filter(|known| !mended.covers(&known.finding)).count();
    let open = compared.found.len().saturating_sub(told_open);
    if open == 0 && told.waiting == 0 {
        return;
    }
    letter.gap();
    let findings = number(open, "other finding is", "other findings are");
    let waiting = if told.waiting == 0 { "" } else { "; the next digest tells what changed" };
    letter.say("", &format!("{findings} open{waiting}."));
}
