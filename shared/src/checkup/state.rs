//! `findings.json`: what was found before, since when, and what was told of it.
//!
//! What people were told is kept beside what was found, so that a mail that failed is told by the next run, and nothing is
//! told twice. What ended stays here until a mail told of it: if it comes back before, nothing has happened for the reader.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Severity, shared};
use super::telling::Tell;
use crate::database::{Sample, Sharing};
use crate::policy::{Accepted, Policy};

/// Days for which billed storage is remembered
const HISTORY_DAYS: i64 = 60;
/// Values of billed storage of one database; one a day, and some to spare
const MOST_SAMPLES: usize = 100;
/// Snapshots whose sharing is remembered; the answers that are oldest go first
const MOST_SHARING: usize = 20_000;
/// Findings that are remembered; the least bad go first
const MOST_FINDINGS: usize = 5_000;
/// For how long an end is remembered after it was told, so that a return can name it
const ENDED_HOURS: i64 = 7 * 24;

/// The document
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of this document
    pub version: u32,
    /// When the last whole check looked
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// Up to when a whole check has read the jobs of AWS Backup: the next one goes on from there. It stays behind where they
    /// could not be read.
    #[serde(default)]
    pub jobs_at: Option<Timestamp>,
    /// When the last digest went out
    #[serde(default)]
    pub digest_at: Option<Timestamp>,
    /// When the last weekly mail went out
    #[serde(default)]
    pub weekly_at: Option<Timestamp>,
    /// What is known, by id
    #[serde(default)]
    pub findings: BTreeMap<String, Known>,
    /// What ended, by id: what no mail has told yet, and for a while what one has
    #[serde(default)]
    pub ended: BTreeMap<String, Ended>,
    /// How bad what the policy accepts was when it was first accepted, by id
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<String, AcceptedAs>,
    /// Billed backup bytes by database, a value a day, oldest first
    #[serde(default)]
    pub history: BTreeMap<String, Vec<Sample>>,
    /// Who else may restore a snapshot, by ARN, as far as it was asked
    #[serde(default)]
    pub sharing: BTreeMap<String, AskedSharing>,
}

/// A finding that is known
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// As it was found last. The document is held several times over while a check runs, and thousands of findings are
    /// most of it; so the copies share them.
    #[serde(with = "shared")]
    pub finding: Arc<Finding>,
    /// When it was first found
    pub since: Timestamp,
    /// When it was found last
    pub seen_at: Timestamp,
    /// When a mail told of it last; none: not yet
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    /// How bad it was when a mail told of it; "worse" is measured by it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_as: Option<ToldAs>,
    /// Why the last check could not look at it; none where it did
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
    /// When it ended before it came back, where that was told
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_before: Option<Timestamp>,
}

/// How bad a finding was when a mail told of it
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ToldAs {
    /// Its severity
    pub severity: Severity,
    /// Its measure
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
}

/// An acceptance, and how bad the finding was when it was met first. Other words in the policy are another acceptance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AcceptedAs {
    /// How bad it was
    pub was: ToldAs,
    /// The policy's pattern
    pub finding: String,
    /// The policy's reason
    pub reason: String,
    /// The policy's last day
    pub until: Option<Date>,
}

impl AcceptedAs {
    pub(super) fn of(by: &Accepted, finding: &Finding) -> Self {
        let was = ToldAs { severity: finding.severity, measure: finding.measure };
        Self { was, finding: by.finding.clone(), reason: by.reason.clone(), until: by.until }
    }

    /// Whether it is still the same words of the policy
    pub(super) fn is_by(&self, by: &Accepted) -> bool {
        (&self.finding, &self.reason, self.until) == (&by.finding, &by.reason, by.until)
    }
}

/// A finding that ended
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// As it was known
    pub known: Known,
    /// When a check noticed the end
    pub at: Timestamp,
    /// How it ended
    pub how: Ending,
    /// When a mail told of the end; none: not yet
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
}

/// How a finding ended
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Its question was asked again, and all is well
    Fine,
    /// What it was about is gone, or the policy asks of it no more
    Gone,
    /// The policy does not name its database any more
    Unlisted,
}

/// An answer about sharing
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedSharing {
    /// When the snapshot was made: a name may be used again
    pub created_at: Option<Timestamp>,
    /// When it was asked
    pub asked_at: Timestamp,
    /// The answer
    pub sharing: Sharing,
}

impl Known {
    /// Whether a mail has told of it as bad as it is now
    pub fn is_told(&self) -> bool {
        self.standing() == super::Standing::Ongoing
    }

    pub(super) fn mark(&mut self, now: Timestamp) {
        self.told_at = Some(now);
        self.told_as = Some(ToldAs { severity: self.finding.severity, measure: self.finding.measure });
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            looked_at: None,
            jobs_at: None,
            digest_at: None,
            weekly_at: None,
            findings: BTreeMap::new(),
            ended: BTreeMap::new(),
            accepted: BTreeMap::new(),
            history: BTreeMap::new(),
            sharing: BTreeMap::new(),
        }
    }
}

impl State {
    /// The version that this code reads and writes
    pub const VERSION: u32 = 1;
    /// Key in the bucket
    pub const KEY: &'static str = "findings.json";

    /// Reads the document. One of a newer version is left alone; one that cannot be read is an error, as writing over it
    /// would tell every finding anew and hide what happened.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unreadable =
            |error: String| format!("{} cannot be read ({error}); repair it, or remove it to begin anew", Self::KEY);
        // The version comes first: a newer document may have any other shape.
        let version: Version = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if version.version != Self::VERSION {
            let (was, known) = (version.version, Self::VERSION);
            return Err(format!("{} is of version {was}, this code reads {known}; deploy the newer code", Self::KEY));
        }
        let mut state: Self = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        // Documents of before `told_as`: what was told is what was found last.
        for known in state.findings.values_mut().filter(|known| known.told_at.is_some() && known.told_as.is_none()) {
            known.told_as = Some(ToldAs { severity: known.finding.severity, measure: known.finding.measure });
        }
        Ok(state)
    }

    /// Marks what a mail told, after it went out. If it did not, this is not called, and the next run tells the same.
    pub fn told(&mut self, now: Timestamp, tell: Tell) {
        if tell == Tell::Nothing {
            return;
        }
        let at_once = tell == Tell::AtOnce;
        for known in self.findings.values_mut() {
            let untold = !known.is_told() && (!at_once || known.finding.severity == Severity::High);
            if untold {
                known.mark(now);
            } else if tell == Tell::Weekly {
                // The measure stays that of the last alarm: what grows a little every week gets worse in the end.
                known.told_at = Some(now);
                if let Some(told) = &mut known.told_as {
                    told.severity = known.finding.severity;
                }
            }
        }
        if at_once {
            return;
        }
        for ended in self.ended.values_mut().filter(|ended| ended.told_at.is_none()) {
            ended.told_at = Some(now);
        }
        self.digest_at = Some(now);
        if tell == Tell::Weekly {
            self.weekly_at = Some(now);
        }
    }

    /// Keeps the document within its bounds. Says how many findings had no room.
    pub(super) fn trim(&mut self, now: Timestamp, policy: &Policy) -> usize {
        let hours_ago = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        let oldest = hours_ago(HISTORY_DAYS * 24);
        let names: BTreeSet<&str> = policy.databases.iter().map(|(name, _)| name.as_str()).collect();
        self.history.retain(|name, _| names.contains(name.as_str()));
        for samples in self.history.values_mut() {
            samples.retain(|sample| sample.at >= oldest);
            samples.drain(..samples.len().saturating_sub(MOST_SAMPLES));
        }
        let remembered = hours_ago(ENDED_HOURS);
        self.ended.retain(|_, ended| ended.told_at.is_none_or(|at| at >= remembered));
        keep_first(&mut self.ended, MOST_FINDINGS, |ended| std::cmp::Reverse(ended.at));
        // What was accepted as the least is the most worth knowing.
        keep_first(&mut self.accepted, MOST_FINDINGS, |accepted| accepted.was.severity);
        keep_first(&mut self.sharing, MOST_SHARING, |asked| std::cmp::Reverse(asked.asked_at));
        keep_first(&mut self.findings, MOST_FINDINGS, |known| std::cmp::Reverse(known.finding.severity))
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Keeps so many, those first that come first by `order`; how many went
fn keep_first<T, O: Ord>(all: &mut BTreeMap<String, T>, most: usize, order: impl Fn(&T) -> O) -> usize {
    if all.len() <= most {
        return 0;
    }
    let mut sorted: Vec<(O, String)> = all.iter().map(|(id, one)| (order(one), id.clone())).collect();
    sorted.sort();
    let gone = sorted.split_off(most);
    for (_, id) in &gone {
        all.remove(id);
    }
    gone.len()
}
