//! `jobs.json`: what is wrong with jobs, since when, and what was told of it.
//!
//! Who tells something writes down first that it is about to. Of several that look at once one wins that write and tells; if
//! its mail is lost, the claim gets old and the next one tells.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// For how long what ended, or what a late event may still name, is remembered
const REMEMBERED: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Most issues of one job that are remembered; the oldest go first
const MOST_ISSUES: usize = 200;
/// Most jobs that are remembered; those that the policy does not name go first
const MOST_JOBS: usize = 500;

/// The document
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Version of this document
    pub version: u32,
    /// Which invocation wrote it: after a lost reply, whoever wrote it knows its own text again
    #[serde(default)]
    pub written_by: Option<String>,
    /// Jobs, by name
    #[serde(default)]
    pub jobs: BTreeMap<String, JobMemory>,
}

/// What is remembered of a job
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMemory {
    /// When it was first looked at: what was over and well again before then is nobody's news
    pub since: Timestamp,
    /// What is or was wrong, by its id
    #[serde(default)]
    pub issues: BTreeMap<String, Issue>,
}

/// What can be wrong with a job
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A run ended without success
    Failed,
    /// No run started in time
    Missed,
    /// A run takes far too long
    Long,
    /// Glue has no such job
    Gone,
}

/// Something that is wrong with a job, or was
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What
    pub kind: Kind,
    /// The runs that it is about, all attempts
    #[serde(default)]
    pub runs: BTreeSet<String>,
    /// When it happened: a run's end, the time by which one had to start
    pub at: Timestamp,
    /// When it was noticed
    pub found_at: Timestamp,
    /// When somebody was about to tell it
    #[serde(default)]
    pub claimed_at: Option<Timestamp>,
    /// When a mail told it
    #[serde(default)]
    pub told_at: Option<Timestamp>,
    /// Since when it is no more
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// The end of an issue
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When it was noticed
    pub at: Timestamp,
    /// The run that ended it, where one did
    #[serde(default)]
    pub by: Option<String>,
    /// When somebody was about to tell it
    #[serde(default)]
    pub claimed_at: Option<Timestamp>,
    /// When a mail told it
    #[serde(default)]
    pub told_at: Option<Timestamp>,
}

impl Issue {
    /// Something that was just noticed
    pub(super) fn new(kind: Kind, at: Timestamp, now: Timestamp) -> Self {
        Self { kind, runs: BTreeSet::new(), at, found_at: now, claimed_at: None, told_at: None, ended: None }
    }

    /// Whether it is still so
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Ends it, unless it has ended
    pub(super) fn end(&mut self, now: Timestamp, by: Option<&str>) {
        if self.ended.is_none() {
            let by = by.map(str::to_owned);
            self.ended = Some(Ended { at: now, by, claimed_at: None, told_at: None });
        }
    }

    fn last_touched(&self) -> Timestamp {
        let end = self.ended.as_ref().map(|ended| ended.told_at.unwrap_or(ended.at));
        [Some(self.found_at), self.told_at, end].into_iter().flatten().max().unwrap_or(self.found_at)
    }
}

impl Default for State {
    fn default() -> Self {
        Self { version: Self::VERSION, written_by: None, jobs: BTreeMap::new() }
    }
}

impl State {
    /// The version that this code reads and writes
    pub const VERSION: u32 = 1;
    /// Key in the bucket
    pub const KEY: &'static str = "jobs.json";

    /// Reads the document. One of a newer version is left alone; one that cannot be read is an error, as writing over it
    /// would tell everything anew.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unreadable =
            |error: String| format!("{} cannot be read ({error}); repair it, or remove it to begin anew", Self::KEY);
        let version: Version = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if version.version != Self::VERSION {
            let (was, known) = (version.version, Self::VERSION);
            return Err(format!("{} is of version {was}, this code reads {known}; deploy the newer code", Self::KEY));
        }
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))
    }

    /// The issues of a job
    pub fn issues(&self, job: &str) -> impl Iterator<Item = (&str, &Issue)> {
        let issues = self.jobs.get(job).map(|memory| &memory.issues);
        issues.into_iter().flatten().map(|(id, issue)| (id.as_str(), issue))
    }

    /// How many issues of a job are open
    pub fn open(&self, job: &str) -> usize {
        self.issues(job).filter(|(_, issue)| issue.is_open()).count()
    }

    /// Keeps the document within its bounds. What is open and told stays as long as its job is named by the policy.
    pub(super) fn trim(&mut self, now: Timestamp, named: impl Fn(&str) -> bool) {
        let oldest = now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        for (job, memory) in &mut self.jobs {
            let is_named = named(job);
            memory.issues.retain(|_, issue| (issue.is_open() && is_named) || issue.last_touched() >= oldest);
            let over = memory.issues.len().saturating_sub(MOST_ISSUES);
            if over > 0 {
                let mut by_age: Vec<(bool, Timestamp, String)> = memory
                    .issues
                    .iter()
                    .map(|(id, issue)| (issue.is_open(), issue.last_touched(), id.clone()))
                    .collect();
                by_age.sort();
                for (_, _, id) in by_age.iter().take(over) {
                    memory.issues.remove(id);
                }
            }
        }
        self.jobs.retain(|job, memory| named(job) || !memory.issues.is_empty());
        let over = self.jobs.len().saturating_sub(MOST_JOBS);
        let strangers: Vec<String> = self.jobs.keys().filter(|job| !named(job)).take(over).cloned().collect();
        for job in strangers {
            self.jobs.remove(&job);
        }
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}
