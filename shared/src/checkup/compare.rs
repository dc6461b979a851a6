//! A sheet against what was known before.
//!
//! | answer now | known before | what becomes of it |
//! |---|---|---|
//! | found | no | new |
//! | found | yes | worse, or ongoing |
//! | could not be told | no | new, as a question that is open |
//! | could not be told | yes | stays as it was known, with the reason why nobody could look |
//! | fine | yes | resolved |
//! | silent | yes | stays as it was known, with the reason; a question that nobody could look at is resolved |
//! | none | yes | resolved as gone, if its list or its family was looked at (see [`looked_at`]), or if nobody asks any more (see
//! [`asked_no_more`]); otherwise it stays |
//!
//! *New* and *worse* are measured by what a mail has told, not by the run before: what no mail has told stays new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::finding::{Finding, Severity};
use super::mended::Mended;
use super::sheet::{Answer, Sheet};
use super::state::{AcceptedAs, Ended, Ending, Known, State, ToldAs};
use crate::lifecycle::pattern_means;
use crate::policy::{Accepted, Policy};

/// How much larger a measure has to be before a finding counts as worse
pub const WORSE_BY: f64 = 1.5;

/// Why nobody looked, where no answer says it
const NOT_ASKED: &str = "this check had no question about it";

/// The question whose answer "fine" says that a database was seen
const SEEN: &str = "exists";

type Families<'a> = BTreeMap<&'a str, Family<'a>>;

/// How a finding stands against what was told
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No mail has told of it
    New,
    /// A mail has told of it, and it is worse
    Worse,
    /// A mail has told of it, and it is as it was or better
    Ongoing,
}

/// A sheet against the document
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compared {
    /// All that is open, worst first, with how it stands: what was found now, and what is known and was not looked at. Of a
    /// check of one database it holds the others' too, as they were known.
    pub found: Vec<(Standing, Known)>,
    /// What ended and no mail has told yet, worst first
    pub resolved: Vec<Ended>,
    /// What was found and the policy accepts, with the policy's reason
    pub accepted: Vec<(Arc<Finding>, String)>,
    /// Findings that the document has no room for
    pub left_out: usize,
    /// The database that was checked alone
    pub only: Option<String>,
    /// The document as it is after this check, before anything is told
    pub next: State,
}

impl Compared {
    /// The same without what was mended just now: it is told, and counts as open no more
    #[must_use]
    pub fn without(&self, mended: &Mended) -> Self {
        let found = self.found.iter().filter(|(_, known)| !mended.covers(&known.finding)).cloned().collect();
        Self { found, ..self.clone() }
    }
}

impl Known {
    /// How it stands against what was told
    pub fn standing(&self) -> Standing {
        let Some(told) = self.told_as else { return Standing::New };
        if is_worse(&self.finding, told) { Standing::Worse } else { Standing::Ongoing }
    }
}

/// Whether a finding is worse than it was
fn is_worse(finding: &Finding, was: ToldAs) -> bool {
    let grew = match (was.measure, finding.measure) {
        (Some(was), Some(now)) if was > 0.0 => now >= was * WORSE_BY,
        (Some(_), Some(now)) => now > 0.0,
        _ => false,
    };
    finding.severity > was.severity || grew
}

/// How bad an accepted finding was when the policy's words were first met; from now on, where they are new
fn accepted_as(state: &mut State, id: &str, by: &Accepted, finding: &Finding) -> ToldAs {
    if let Some(known) = state.accepted.get(id).filter(|known| known.is_by(by)) {
        return known.was;
    }
    let new = AcceptedAs::of(by, finding);
    let was = new.was;
    state.accepted.insert(id.to_owned(), new);
    was
}

/// What is worse than what was accepted is told, with how to accept it as it is now
fn beyond(finding: &Finding, by: &Accepted, was: ToldAs) -> Finding {
    let mut finding = finding.clone();
    let bad = match was.severity {
        Severity::Unjudged => "when it could not be judged",
        Severity::Low => "as LOW",
        Severity::Medium => "as MEDIUM",
        Severity::High => "as HIGH",
    };
    let grew = if finding.severity > was.severity { "" } else { ", and much smaller" };
    let words = format!(
        "the policy accepted it {bad}{grew} ({}); to accept it as it is now, write another reason there",
        by.reason
    );
    finding.evidence.insert(0, words);
    finding
}

/// Compares. `only` is the database that was checked alone: what is about others, or about none, stays as it is.
pub fn compare(now: Timestamp, policy: &Policy, sheet: &Sheet, state: &State, only: Option<&str>) -> Compared {
    let mut next = state.clone();
    let today = now.to_zoned(policy.zone()).date();
    let in_scope = |finding: &Finding| only.is_none_or(|name| finding.database.as_deref() == Some(name));
    let mut accepted = Vec::new();
    for (id, answer) in sheet.answers() {
        match answer {
            Answer::Found(finding) if in_scope(finding) => match accepted_by(policy, id, today) {
                Some(by) => {
                    let was = accepted_as(&mut next, id, by, finding);
                    if is_worse(finding, was) {
                        meet(&mut next, now, id, &Arc::new(beyond(finding, by, was)));
                    } else {
                        accepted.push((Arc::clone(finding), by.reason.clone()));
                        forget(&mut next, id);
                    }
                }
                None => meet(&mut next, now, id, finding),
            },
            Answer::Fine if next.findings.get(id).is_some_and(|known| in_scope(&known.finding)) => {
                end(&mut next, now, id, Ending::Fine);
            }
            // The question was open only because nobody could look; somebody did, over all of the time since.
            Answer::Silent(_)
                if next.findings.get(id).is_some_and(|known| was_open(known) && in_scope(&known.finding)) =>
            {
                end(&mut next, now, id, Ending::Fine);
            }
            Answer::Silent(why) => {
                if let Some(known) = next.findings.get_mut(id).filter(|known| in_scope(&known.finding)) {
                    known.unseen = Some(why.clone());
                }
            }
            Answer::Found(_) | Answer::Fine => {}
        }
    }
    let families = families(sheet);
    let is_over = |finding: &Finding| looked_at(&families, sheet, finding) || asked_no_more(&families, sheet, finding);
    for (id, known) in &state.findings {
        if !in_scope(&known.finding) || sheet.answer(id).is_some() {
            continue;
        }
        let unlisted = known.finding.database.as_deref().is_some_and(|name| policy.database(name).is_none());
        if accepted_by(policy, id, today).is_some() {
            forget(&mut next, id);
        } else if unlisted {
            end(&mut next, now, id, Ending::Unlisted);
        } else if only.is_none() && is_over(&known.finding) {
            end(&mut next, now, id, Ending::Gone);
        } else if let Some(known) = next.findings.get_mut(id) {
            known.unseen = Some(NOT_ASKED.to_owned());
        }
    }
    if only.is_none() {
        next.looked_at = Some(now);
    }
    // Kept while it is well, too: what comes back worse was not accepted as that.
    next.accepted.retain(|id, known| accepted_by(policy, id, today).is_some_and(|by| known.is_by(by)));
    let left_out = next.trim(now, policy);
    accepted.sort_by(|(a, _), (b, _)| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    let (found, resolved) = (open(&next), untold_ends(&next));
    Compared { found, resolved, accepted, left_out, only: only.map(str::to_owned), next }
}

/// All that is open, worst first
fn open(state: &State) -> Vec<(Standing, Known)> {
    let mut found: Vec<(Standing, Known)> =
        state.findings.values().map(|known| (known.standing(), known.clone())).collect();
    found.sort_by(|(stands, a), (other, b)| {
        let worst_first = b.finding.severity.cmp(&a.finding.severity);
        worst_first.then_with(|| stands.cmp(other)).then_with(|| a.finding.id.cmp(&b.finding.id))
    });
    found
}

fn untold_ends(state: &State) -> Vec<Ended> {
    let mut ended: Vec<Ended> = state.ended.values().filter(|ended| ended.told_at.is_none()).cloned().collect();
    ended.sort_by(|a, b| {
        let (a, b) = (&a.known.finding, &b.known.finding);
        b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id))
    });
    ended
}

/// The policy's word that accepts a finding today; its last day is among them
pub(crate) fn accepted_by<'a>(policy: &'a Policy, id: &str, today: Date) -> Option<&'a Accepted> {
    let holds = |accepted: &&Accepted| {
        accepted.until.is_none_or(|until| today <= until) && pattern_means(&accepted.finding, id)
    };
    policy.checkup.accept.iter().find(holds)
}

/// What is accepted is not known: when the acceptance ends, it is new
fn forget(state: &mut State, id: &str) {
    state.findings.remove(id);
    state.ended.remove(id);
}

/// A finding, or a question that could not be answered, meets what is known of it.
fn meet(state: &mut State, now: Timestamp, id: &str, finding: &Arc<Finding>) {
    let mut finding = Arc::clone(finding);
    // A measure that is no number would be read back as none.
    if finding.measure.is_some_and(|measure| !measure.is_finite()) {
        Arc::make_mut(&mut finding).measure = None;
    }
    let before = state.findings.remove(id).or_else(|| {
        // It came back before a mail told of its end: for the reader it was never away.
        let untold = state.ended.get(id).is_some_and(|ended| ended.told_at.is_none());
        untold.then(|| state.ended.remove(id)).flatten().map(|ended| ended.known)
    });
    let open_question = finding.severity == Severity::Unjudged;
    let fresh = |finding, ended_before| Known {
        finding,
        since: now,
        seen_at: now,
        told_at: None,
        told_as: None,
        unseen: None,
        ended_before,
    };
    let known = match before {
        Some(known) if open_question && known.finding.severity != Severity::Unjudged => {
            let why = finding.evidence.first().unwrap_or(&finding.title).clone();
            Known { unseen: Some(why), ..known }
        }
        // What nobody could look at yesterday, and is wrong today, was not known before.
        Some(known) if !open_question && known.finding.severity == Severity::Unjudged => fresh(finding, None),
        Some(known) => Known { finding, seen_at: now, unseen: None, ..known },
        None => fresh(finding, state.ended.remove(id).map(|ended| ended.at)),
    };
    state.findings.insert(id.to_owned(), known);
}

/// Whether nothing is known but that nobody could look
fn was_open(known: &Known) -> bool {
    known.finding.severity == Severity::Unjudged
}

/// A finding ends. What nobody was told of goes without a word, unless it was severe.
fn end(state: &mut State, now: Timestamp, id: &str, how: Ending) {
    let Some(known) = state.findings.remove(id) else { return };
    if known.told_at.is_some() || known.finding.severity == Severity::High {
        state.ended.insert(id.to_owned(), Ended { known, at: now, how, told_at: None });
    }
}

/// What a sheet says of one family of questions: those whose ids begin alike
#[derive(Default)]
struct Family<'a> {
    /// Whether any of its questions has a certain answer
    is_certain: bool,
    /// Whether any could not be answered
    is_open: bool,
    /// Whether one that is about no single database could not be answered
    is_open_of_all: bool,
    /// The databases about which one could not be answered
    open_of: BTreeSet<&'a str>,
}

impl Family<'_> {
    /// Whether what was found may hide behind a question that could not be answered
    fn may_hide(&self, finding: &Finding) -> bool {
        match finding.database.as_deref() {
            None => self.is_open,
            Some(name) => self.is_open_of_all || self.open_of.contains(name),
        }
    }
}

fn families(sheet: &Sheet) -> Families<'_> {
    let mut families = Families::new();
    for (id, answer) in sheet.answers() {
        let family = families.entry(family(id)).or_default();
        match answer {
            Answer::Found(finding) if finding.severity == Severity::Unjudged => {
                family.is_open = true;
                match finding.database.as_deref() {
                    Some(name) => drop(family.open_of.insert(name)),
                    None => family.is_open_of_all = true,
                }
            }
            Answer::Found(_) | Answer::Fine => family.is_certain = true,
            Answer::Silent(_) => {}
        }
    }
    families
}

/// Whether a check that has no answer for a finding looked where it would have been found: then what it was about is gone.
///
/// The nearest id above it says so, where it is on the sheet: `sharing/orders` is the list that `sharing/orders/manual-1`
/// would be in, and only a list that is fine was read to its end. Otherwise its family does, the part of an id before the
/// first slash: it was looked at when any of its questions has a certain answer, and `sheet.fine("<family>/")` says so of one
/// that found nothing. While any question of the family about the same database, or about none, could not be answered,
/// nothing of it counts as gone: the answer may hide there.
fn looked_at(families: &Families<'_>, sheet: &Sheet, finding: &Finding) -> bool {
    let Some(family) = families.get(family(&finding.id)) else { return false };
    if family.may_hide(finding) {
        return false;
    }
    match above(&finding.id).find_map(|id| sheet.answer(id)) {
        Some(list) => *list == Answer::Fine,
        None => family.is_certain,
    }
}

/// Whether the policy has stopped to ask: no question of the family is on the sheet, though the database (or, where it is
/// about no single one, any) was looked at. What could not be read is on the sheet as a question without an answer, so what
/// is missing altogether was asked by nobody.
fn asked_no_more(families: &Families<'_>, sheet: &Sheet, finding: &Finding) -> bool {
    let was_seen = |name: &str| sheet.answer(&format!("{SEEN}/{name}")).is_some_and(|one| *one == Answer::Fine);
    let any_seen = || sheet.answers().any(|(id, one)| family(id) == SEEN && *one == Answer::Fine);
    !families.contains_key(family(&finding.id)) && finding.database.as_deref().map_or_else(any_seen, was_seen)
}

/// The ids above one, the nearest first: `a/b` and `a` of `a/b/c`
fn above(id: &str) -> impl Iterator<Item = &str> {
    id.rmatch_indices('/').filter_map(|(at, _)| id.get(..at))
}

fn family(id: &str) -> &str {
    id.split('/').next().unwrap_or_default()
}
