//! Who tells what. A claim is written down before a mail goes out, so that of several that look at once one tells; a claim that
//! got old, because its mail was lost or its process killed, is anybody's again.

use jiff::{SignedDuration, Timestamp};

use super::memory::{Issue, Kind, State};
use super::run::{Attempts, Run, attempts};

/// For how long a claim holds: longer than any invocation lasts, shorter than the poll's pause
pub const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// What a mail is about
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// Something is wrong
    Wrong(Kind),
    /// A failure that nobody was told of in time, and that is over
    Over,
    /// What was told is no more
    WellAgain,
}

/// A mail that is due: everything of one job on one occasion
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The job
    pub job: String,
    /// The occasion
    pub occasion: Occasion,
    /// What it tells, with the ids that the memory knows it by; newest first
    pub issues: Vec<(String, Issue)>,
}

/// The run that a letter of failures is about: the newest attempt that went wrong of the newest issue
pub fn failed_run<'a>(letter: &Letter, runs: &'a [Run]) -> Option<(Attempts<'a>, &'a Run)> {
    let (_, issue) = letter.issues.first()?;
    let is_its = |run: &Run| issue.runs.contains(&run.id);
    let whole = attempts(runs).into_iter().find(|whole| whole.runs.iter().any(|run| is_its(run)))?;
    let failed = whole.runs.iter().rev().find(|run| run.is_bad() && is_its(run)).copied()?;
    Some((whole, failed))
}

/// The mail that an issue still owes, if nobody is about to send it
fn owed(issue: &Issue, now: Timestamp) -> Option<Occasion> {
    // Of two that look at once one read its clock before the other claimed: a claim of the near future holds. One of a far
    // future is of a clock that is wrong, and holds nothing back.
    let is_held = |claimed: Option<Timestamp>| claimed.is_some_and(|at| now.duration_since(at).abs() < LEASE);
    match (&issue.told_at, &issue.ended) {
        _ if issue.told_at.is_none() && is_held(issue.claimed_at) => None,
        (None, None) => Some(Occasion::Wrong(issue.kind)),
        (None, Some(ended)) if ended.told_at.is_none() && issue.kind == Kind::Failed => {
            (!is_held(ended.claimed_at)).then_some(Occasion::Over)
        }
        (Some(_), Some(ended)) if ended.told_at.is_none() && is_news(issue) => {
            (!is_held(ended.claimed_at)).then_some(Occasion::WellAgain)
        }
        _ => None,
    }
}

/// A run that took too long and then failed is told as failed; a day that the policy took out is no news to its writer.
fn is_news(issue: &Issue) -> bool {
    let by_a_run = issue.ended.as_ref().is_some_and(|ended| ended.by.is_some());
    by_a_run || issue.kind == Kind::Gone
}

/// Claims every mail of these jobs that is due. To be written before any of them is sent.
pub fn claim(state: &mut State, now: Timestamp, jobs: &[&str]) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for job in jobs {
        let Some(memory) = state.jobs.get_mut(*job) else { continue };
        for (id, issue) in &mut memory.issues {
            let Some(occasion) = owed(issue, now) else { continue };
            match (&mut issue.ended, occasion) {
                (Some(ended), Occasion::Over | Occasion::WellAgain) => ended.claimed_at = Some(now),
                _ => issue.claimed_at = Some(now),
            }
            let about = (id.clone(), issue.clone());
            match letters.iter_mut().find(|letter| letter.job == *job && letter.occasion == occasion) {
                Some(letter) => letter.issues.push(about),
                None => letters.push(Letter { job: (*job).to_owned(), occasion, issues: vec![about] }),
            }
        }
    }
    for letter in &mut letters {
        letter.issues.sort_by_key(|(_, issue)| std::cmp::Reverse(issue.at));
    }
    letters
}

/// Notes that a mail went out
pub fn told(state: &mut State, now: Timestamp, letter: &Letter) {
    each(state, letter, |issue| match (letter.occasion, &mut issue.ended) {
        (Occasion::Wrong(_), _) => issue.told_at = Some(now),
        (Occasion::Over, Some(ended)) => {
            ended.told_at = Some(now);
            issue.told_at = Some(now);
        }
        (Occasion::WellAgain, Some(ended)) => ended.told_at = Some(now),
        (Occasion::Over | Occasion::WellAgain, None) => {}
    });
}

/// Gives a claim back at once, where the mail is known not to have gone out
pub fn release(state: &mut State, letter: &Letter) {
    each(state, letter, |issue| match (letter.occasion, &mut issue.ended) {
        (Occasion::Wrong(_), _) => issue.claimed_at = None,
        (Occasion::Over | Occasion::WellAgain, Some(ended)) => ended.claimed_at = None,
        (Occasion::Over | Occasion::WellAgain, None) => {}
    });
}

/// The issues of a letter as they are now. One that went meanwhile needs nothing.
fn each(state: &mut State, letter: &Letter, mut change: impl FnMut(&mut Issue)) {
    let Some(memory) = state.jobs.get_mut(&letter.job) else { return };
    for (id, was) in &letter.issues {
        if let Some(issue) = memory.issues.get_mut(id).filter(|issue| issue.found_at == was.found_at) {
            change(issue);
        }
    }
}
