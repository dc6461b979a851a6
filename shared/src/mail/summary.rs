//! One run in a line: what the page of all drills knows of each.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::tally::tally;
use crate::restore::{Purpose, Record};
use crate::verify::{Because, VerdictWord};

/// One run in a line
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Run id
    pub run: String,
    /// What it was for
    pub purpose: Purpose,
    /// The database's name in the policy
    pub database: String,
    /// `orders/weekly`, or `orders`
    pub title: String,
    /// When it was asked for
    pub requested_at: Timestamp,
    /// The instant that the copy stood for
    pub restored_to: Option<Timestamp>,
    /// The verdict's word; none while the run is under way
    pub word: Option<VerdictWord>,
    /// What the verdict rests on
    pub because: Option<Because>,
    /// Seconds from the request to the first answered query
    pub rto_seconds: Option<i64>,
    /// Seconds that the restorable time lagged behind the request
    pub lag_seconds: Option<i64>,
    /// Checks that passed
    pub checks_passed: usize,
    /// Checks that were asked for
    pub checks_asked: usize,
    /// Whether the policy named no checks
    pub checks_are_implicit: bool,
    /// How much was left behind
    pub leftovers: usize,
    /// The policy's zone
    pub timezone: String,
}

impl Summary {
    /// The summary of a record
    pub fn of(record: &Record) -> Self {
        let tally = tally(record);
        Self {
            run: record.run.clone(),
            purpose: record.purpose,
            database: record.plan.database.clone(),
            title: record.title(),
            requested_at: record.requested_at,
            restored_to: record.restored_to(),
            word: record.verdict.as_ref().map(|verdict| verdict.word),
            because: record.verdict.as_ref().map(|verdict| verdict.because),
            rto_seconds: record.rto().map(|rto| rto.as_secs()),
            lag_seconds: record.restorable_lag().map(|lag| lag.as_secs()),
            checks_passed: tally.passed,
            checks_asked: tally.asked,
            checks_are_implicit: record.plan.checks_are_implicit,
            leftovers: record.leftovers.len(),
            timezone: record.plan.timezone.clone(),
        }
    }

    /// RTO
    pub fn rto(&self) -> Option<SignedDuration> {
        self.rto_seconds.map(SignedDuration::from_secs)
    }
}
