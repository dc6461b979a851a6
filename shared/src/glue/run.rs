//! A run of a job, and the attempts that are one run for people.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// Longest chain of attempts that is followed; Glue retries ten times at most (Glue API, `MaxRetries`)
const MOST_ATTEMPTS: usize = 20;

/// How soon after a failure a run that names it is a retry
const SOON: SignedDuration = SignedDuration::from_hours(6);

/// How a run stands, in Glue's words (Glue API, `JobRunState`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// `WAITING`: for resources; nothing of it has run
    Waiting,
    /// `STARTING`
    Starting,
    /// `RUNNING`
    Running,
    /// `STOPPING`
    Stopping,
    /// `SUCCEEDED`
    Succeeded,
    /// `FAILED`
    Failed,
    /// `TIMEOUT`
    TimedOut,
    /// `STOPPED`: by somebody, in the middle of its work
    Stopped,
    /// `ERROR`: by a fault of Glue's; no event tells of it
    Error,
    /// `EXPIRED`: it waited too long and never ran; no event tells of it
    Expired,
    /// A word that this version does not know
    Other(String),
}

/// Every state that Glue documents, by its word
const WORDS: [(&str, RunState); 10] = [
    ("WAITING", RunState::Waiting),
    ("STARTING", RunState::Starting),
    ("RUNNING", RunState::Running),
    ("STOPPING", RunState::Stopping),
    ("SUCCEEDED", RunState::Succeeded),
    ("FAILED", RunState::Failed),
    ("TIMEOUT", RunState::TimedOut),
    ("STOPPED", RunState::Stopped),
    ("ERROR", RunState::Error),
    ("EXPIRED", RunState::Expired),
];

impl RunState {
    /// A state by Glue's word
    pub fn of(word: &str) -> Self {
        let known = WORDS.iter().find(|(known, _)| *known == word).map(|(_, state)| state.clone());
        known.unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Glue's word
    pub fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            known => WORDS.iter().find(|(_, state)| state == known).map_or("", |(word, _)| word),
        }
    }

    /// Ended without success, as far as the word alone says
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Stopped | Self::Error | Self::Expired)
    }
}

/// A run as Glue tells it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id
    pub id: String,
    /// How it stands
    pub state: RunState,
    /// Which attempt it is: 0 for the first
    pub attempt: u32,
    /// The attempt before it, where Glue names one
    pub previous: Option<String>,
    /// When it began; none where it never did
    pub started_at: Option<Timestamp>,
    /// When it ended
    pub ended_at: Option<Timestamp>,
    /// For how long it used its workers, where Glue says so
    pub worked_seconds: Option<u64>,
    /// After how many minutes Glue ends it
    pub timeout_minutes: Option<u64>,
    /// Glue's own words about what went wrong
    pub error: Option<String>,
    /// Which trigger started it, where one did
    pub trigger: Option<String>,
}

impl Run {
    /// Whether it is over. A state of a later Glue counts as one once it has an end.
    pub fn is_over(&self) -> bool {
        match &self.state {
            RunState::Other(_) => self.ended_at.is_some(),
            state => *state == RunState::Succeeded || state.is_failure(),
        }
    }

    /// Whether it succeeded
    pub fn is_good(&self) -> bool {
        self.state == RunState::Succeeded
    }

    /// Whether it is over and nothing says that it succeeded
    pub fn is_bad(&self) -> bool {
        self.is_over() && !self.is_good()
    }

    /// Whether nothing of it ever ran, so that it cannot have written anything
    pub fn never_ran(&self) -> bool {
        self.is_bad() && (self.state == RunState::Expired || self.started_at.is_none())
    }

    /// From its begin to its end, or to now while it is under way
    pub fn took(&self, now: Timestamp) -> Option<SignedDuration> {
        let began = self.started_at?;
        let end = if self.is_over() { self.ended_at } else { Some(now) };
        let whole = end.map(|end| end.duration_since(began)).filter(|took| !took.is_negative());
        let worked = || Some(SignedDuration::from_secs(i64::try_from(self.worked_seconds.filter(|s| *s > 0)?).ok()?));
        whole.or_else(worked)
    }
}

/// A run's id without the ending of a retry: `jr_1_attempt_2` belongs to `jr_1`
pub fn root_of(id: &str) -> &str {
    match id.rsplit_once("_attempt_") {
        Some((root, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => root,
        _ => id,
    }
}

/// What people call one run: a run and what Glue, or somebody, retried of it. Oldest first, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts<'a> {
    /// The attempts
    pub runs: Vec<&'a Run>,
}

impl<'a> Attempts<'a> {
    /// The newest attempt
    pub fn newest(&self) -> Option<&'a Run> {
        self.runs.last().copied()
    }

    /// When the first attempt began: from then on tables may have been written
    pub fn began(&self) -> Option<Timestamp> {
        self.runs.iter().filter_map(|run| run.started_at).min()
    }

    /// The id of the first attempt, by which the whole is known
    pub fn root(&self) -> &'a str {
        self.runs.first().map_or("", |run| root_of(&run.id))
    }

    /// Ids of all attempts
    pub fn ids(&self) -> BTreeSet<String> {
        self.runs.iter().map(|run| run.id.clone()).collect()
    }

    /// The newest attempt that went wrong, unless a later one succeeded. One that is still under way proves nothing yet.
    pub fn failure(&self) -> Option<&'a Run> {
        let good = self.runs.iter().any(|run| run.is_good());
        if good { None } else { self.runs.iter().rev().find(|run| run.is_bad()).copied() }
    }
}

/// Puts the attempts of each run together; the run that began last comes first.
///
/// A retry carries the id of what it retries at the front of its own, or names it. What it names counts only where that is
/// known to have failed: nothing else is ever retried, and a wrong guess would hide one failure behind another.
pub fn attempts(runs: &[Run]) -> Vec<Attempts<'_>> {
    let by_id: BTreeMap<&str, &Run> = runs.iter().map(|run| (run.id.as_str(), run)).collect();
    let mut groups: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in by_id.values() {
        groups.entry(first_of(run, &by_id)).or_default().push(run);
    }
    let mut all: Vec<Attempts<'_>> = groups
        .into_values()
        .map(|mut runs| {
            runs.sort_by_key(|run| (run.started_at, run.attempt, run.id.as_str()));
            Attempts { runs }
        })
        .collect();
    all.sort_by_key(|group| std::cmp::Reverse((group.began(), group.root().to_owned())));
    all
}

/// The id of the first attempt of a run
fn first_of<'a>(run: &'a Run, by_id: &BTreeMap<&'a str, &'a Run>) -> &'a str {
    let mut first = run;
    for _ in 0..MOST_ATTEMPTS {
        let named = first.previous.as_deref().and_then(|id| by_id.get(id)).copied();
        match named.filter(|earlier| earlier.is_bad() && earlier.id != run.id && soon_after(earlier, first)) {
            Some(earlier) => first = earlier,
            None => break,
        }
    }
    root_of(&first.id)
}

/// What somebody starts again the next day is a run of its own, which is told when it fails too
fn soon_after(earlier: &Run, later: &Run) -> bool {
    let ended = earlier.ended_at.or(earlier.started_at);
    match (ended, later.started_at) {
        (Some(ended), Some(began)) => began.duration_since(ended) <= SOON,
        _ => true,
    }
}
