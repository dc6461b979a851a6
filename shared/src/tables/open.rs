//! Failures of jobs that are still open, as `glue-alert` remembers them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Entry;

/// How long after a backup without a job run a failure may have happened that it was made for
const BEFORE: SignedDuration = SignedDuration::from_hours(48);

/// Failures that are still open
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenFailures {
    runs: BTreeSet<String>,
    at: Vec<Timestamp>,
}

#[derive(Deserialize)]
struct Remembered {
    #[serde(default)]
    jobs: std::collections::BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    issues: std::collections::BTreeMap<String, Issue>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    runs: BTreeSet<String>,
    at: Timestamp,
    #[serde(default)]
    ended: Option<serde_json::Value>,
}

impl OpenFailures {
    /// Where they are remembered in the bucket
    pub const KEY: &'static str = "jobs.json";

    /// Reads what is remembered. What cannot be read is an error: nothing is dropped that may still be needed.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        let remembered: Remembered = serde_json::from_slice(body)
            .map_err(|error| format!("{} cannot be read ({error}), and it says which failures are open", Self::KEY))?;
        let issues = remembered.jobs.into_values().flat_map(|job| job.issues.into_values());
        let mut open = Self::default();
        for issue in issues.filter(|issue| issue.ended.is_none()) {
            open.runs.extend(issue.runs);
            open.at.push(issue.at);
        }
        Ok(open)
    }

    /// Failures of these runs
    pub fn of_runs<const N: usize>(runs: [&str; N]) -> Self {
        Self { runs: runs.map(str::to_owned).into(), at: Vec::new() }
    }

    /// Whether one of them may have to be repaired with this copy
    pub fn refer_to(&self, entry: &Entry) -> bool {
        match &entry.details.job_run {
            Some(run) => self.runs.contains(run),
            None => self.at.iter().any(|at| *at >= entry.at && at.duration_since(entry.at) <= BEFORE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::State;
    use crate::tables::entry::tests::entry;

    #[test]
    fn an_open_failure_refers_to_the_backup_of_its_run_and_to_those_made_shortly_before() {
        let body = br#"{"version": 1, "jobs": {"daily-etl": {"since": "2026-01-01T00:00:00Z", "issues": {
            "a": {"kind": "failed", "runs": ["jr_1"], "at": "2026-11-20T07:00:00Z", "found_at": "2026-11-20T07:00:00Z"},
            "b": {"kind": "failed", "runs": ["jr_2"], "at": "2026-11-10T07:00:00Z", "found_at": "2026-11-10T07:00:00Z",
                  "ended": {"at": "2026-11-11T07:00:00Z"}}}}}}"#;
        let open = OpenFailures::parse(body).unwrap();
        let of = |at: &str, run: Option<&str>| {
            let mut entry = entry("a", at, State::Whole);
            entry.details.job_run = run.map(str::to_owned);
            open.refer_to(&entry)
        };
        assert!(of("2026-10-01T00:00:00Z", Some("jr_1")) && !of("2026-11-20T00:00:00Z", Some("jr_2")));
        assert!(of("2026-11-20T06:00:00Z", None) && !of("2026-11-20T08:00:00Z", None));
        assert!(!of("2026-11-10T06:00:00Z", None), "that failure is over");
        assert!(OpenFailures::parse(b"{").is_err());
    }
}
