//! Decisions: from what is remembered and what is seen to the next record and the acts, each with its reason.
//!
//! One call takes a run one step. A step that changes nothing and asks for nothing means: wait for the next tick. Progress
//! is always looked for before a limit is: a run whose copy came up while nobody ticked is not timed out for it.

mod checking;
mod closed;
mod making;
mod planned;
mod standing;
mod tearing_down;
mod validating;
mod vault;

use jiff::{SignedDuration, Timestamp};

use super::progress::{ActState, Failure, Phase};
use super::record::Record;
use super::{Act, Leftover, Purpose, Source};
use crate::database::{Cluster, Event, Instance, RestoreJob, RestoreTest, Seen};
use crate::fault::{Class, Fault};
use crate::verify::{Answers, Because, Verdict, VerdictWord};

/// How long an announced act belongs to whoever announced it: the 60 s that a call may take, and a margin. After it, an act
/// whose effect is not to be seen is asked for again.
pub const ACT_LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How long after an accepted act its effect may stay invisible: AWS's lists are eventually consistent.
pub const NOT_YET_VISIBLE: SignedDuration = SignedDuration::from_mins(5);

/// Pause before a refused act is asked for again
pub const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// Pause before AWS is asked for capacity again
pub const CAPACITY_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// How often a lost or capacity-starved act is asked for, at most
pub const MAX_ATTEMPTS: u32 = 3;

/// How long a data check may take: a Lambda's fifteen minutes and one to write
pub const CHECK_LIMIT: SignedDuration = SignedDuration::from_mins(16);

/// How long tear-down may take before the drill fails for what it leaves behind
pub const TEAR_DOWN_LIMIT: SignedDuration = SignedDuration::from_mins(60);

/// How long tear-down waits for a restore job of AWS Backup that has not ended: what it makes is found by nobody else
pub const LATE_JOB_LIMIT: SignedDuration = SignedDuration::from_hours(12);

/// How long telling is tried before the record is filed without it
pub const TELL_LIMIT: SignedDuration = SignedDuration::from_hours(24);

/// How long AWS Backup's answer is tried before people are told without it
pub const ANSWER_LIMIT: SignedDuration = SignedDuration::from_mins(60);

/// What was seen of the world for one step
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The source; looked at while planning only
    pub source: Option<Source>,
    /// The restore job of AWS Backup that makes the copy
    pub job: Seen<RestoreJob>,
    /// The restore test that a validation answers
    pub test: Seen<RestoreTest>,
    /// The copy's cluster; `Absent` for an RDS instance
    pub cluster: Seen<Cluster>,
    /// The copy's instance
    pub instance: Seen<Instance>,
    /// What the data check wrote
    pub answers: Seen<Answers>,
    /// What RDS noted about the copy; looked at once, when tear-down begins
    pub events: Vec<Event>,
    /// What is left of this and of earlier runs; looked at once the copy is gone
    pub leftovers: Option<Vec<Leftover>>,
}

impl Observed {
    /// Nothing was seen: every field says so
    pub fn nothing() -> Self {
        Self {
            source: None,
            job: Seen::Absent,
            test: Seen::Absent,
            cluster: Seen::Absent,
            instance: Seen::Absent,
            answers: Seen::Absent,
            events: Vec::new(),
            leftovers: None,
        }
    }
}

/// What to do next
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The record to write before anything is done
    pub next: Record,
    /// What to do then, in order
    pub acts: Vec<Act>,
    /// Why, in a few words, for the log
    pub because: String,
}

impl Decision {
    /// Whether there is nothing to do before the next tick
    pub fn waits(&self, record: &Record) -> bool {
        self.acts.is_empty() && self.next == *record
    }
}

/// Decides the next step of a run.
pub fn decide(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    if let Some(decision) = validating::over(now, record, seen) {
        return decision;
    }
    match record.phase {
        Phase::Planned if record.purpose == Purpose::Validation => validating::planned(now, record, seen),
        Phase::Planned => planned::decide(now, record, seen),
        Phase::Restoring => making::restoring(now, record, seen),
        Phase::Attaching => making::attaching(now, record, seen),
        Phase::Opening => checking::opening(now, record, seen),
        Phase::Checking => checking::checking(now, record, seen),
        Phase::TearingDown => tearing_down::decide(now, record, seen),
        Phase::Closed => validating::answer(now, record, seen).unwrap_or_else(|| closed::decide(now, record)),
    }
}

/// Whether nothing of the run's copy is to be seen any more: then leftovers are looked for
pub fn copy_is_gone(record: &Record, seen: &Observed) -> bool {
    tearing_down::is_gone(record, seen)
}

/// Whether AWS Backup still waits for the run's answer: then what became of its test is looked at
pub fn owes_an_answer(record: &Record) -> bool {
    validating::is_owed(record)
}

/// Writes what came of an act into the record. A lost reply stays "asked, not known".
pub fn outcome(record: &mut Record, act: &str, result: Result<(), &Fault>, now: Timestamp) {
    let deleting = act.starts_with("delete-");
    let Some(asked) = record.acts.get_mut(act) else {
        return;
    };
    asked.state = match result {
        Ok(()) => ActState::Done { at: now },
        Err(fault) if deleting && fault.class == Class::NotFound => ActState::Done { at: now },
        Err(fault) if fault.class == Class::Unknown => ActState::Asked,
        Err(fault) => {
            ActState::Refused { at: now, failure: Failure { class: fault.class, message: fault.to_string() } }
        }
    };
}

fn wait(record: &Record, because: impl Into<String>) -> Decision {
    Decision { next: record.clone(), acts: Vec::new(), because: because.into() }
}

fn step(next: Record, because: impl Into<String>) -> Decision {
    Decision { next, acts: Vec::new(), because: because.into() }
}

/// Waits, unless the run's deadline has passed: then it ends as inconclusive, saying what it was waiting for.
fn wait_until_deadline(now: Timestamp, record: &Record, waiting_for: &str) -> Decision {
    if now < record.deadline() {
        return wait(record, waiting_for);
    }
    let limit = crate::moment::duration(SignedDuration::from_mins(record.plan.deadline_minutes));
    let reason = format!("the deadline of {limit} passed while waiting: {waiting_for}");
    conclude(now, record, Verdict::inconclusive(Because::Deadline, reason))
}

/// Gives the run its verdict and begins to take the copy down.
fn conclude(now: Timestamp, record: &Record, verdict: Verdict) -> Decision {
    let because = format!("{}: {}", verdict.word.label(), verdict.reason);
    let mut next = record.clone();
    next.verdict.get_or_insert(verdict);
    next.enter(Phase::TearingDown, now);
    step(next, because)
}

/// Fails a run for what it leaves behind, keeping the verdict it had in the reason.
fn fail_for_leftovers(record: &mut Record, left: &str) {
    let before = record.verdict.take();
    let before = match before {
        Some(verdict) if verdict.because == Because::LeftBehind => return record.verdict = Some(verdict),
        Some(verdict) => match verdict.word {
            VerdictWord::Passed => format!("; the data was good ({})", verdict.reason),
            _ => format!("; before that: {}", verdict.reason),
        },
        None => String::new(),
    };
    record.verdict = Some(Verdict::failed(Because::LeftBehind, format!("{left}{before}")));
}
