//! Which snapshots the policy's numbers keep.
//!
//! - `keep_last`: the newest ones, always.
//! - `keep_days`: every one made within so many times 24 hours.
//! - `keep_weekly`, `keep_monthly`: the **newest** of each of the last so many ISO weeks and months, in the policy's zone.
//!   A week or a month counts **only if it has a snapshot**: snapshots before maintenance come seldom, and counting empty
//!   weeks would let the last of them age out. So these two do not depend on the clock at all.
//! - `lifeboat:keep-until` keeps until its time; one that cannot be read keeps too. `lifeboat:keep` keeps for ever.
//!
//! The kept ones are the union, so a larger number never keeps less.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::tags::{self, KEEP, KEEP_UNTIL, TAKEN_AT};
use crate::database::Snapshot;
use crate::moment;
use crate::policy::{CopyTo, Snapshots};
use crate::restore::PURPOSE;

/// Value of the purpose tag on copies
pub(super) const COPY: &str = "snapshot-copy";

/// The numbers
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest ones; at least one, whatever is said here
    pub last: i64,
    /// Days
    pub days: i64,
    /// Weeks
    pub weekly: i64,
    /// Months
    pub monthly: i64,
}

impl From<&Snapshots> for Keep {
    fn from(rules: &Snapshots) -> Self {
        let number = |number: Option<i64>| number.unwrap_or_default();
        Self {
            last: rules.keep_last,
            days: number(rules.keep_days),
            weekly: number(rules.keep_weekly),
            monthly: number(rules.keep_monthly),
        }
    }
}

impl From<&CopyTo> for Keep {
    fn from(rules: &CopyTo) -> Self {
        Self { last: rules.keep_last, days: 0, weekly: 0, monthly: 0 }
    }
}

/// Why a snapshot is kept
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// One of the newest; the number counts from 1
    Newest(usize),
    /// Made within so many days
    Days(i64),
    /// The newest of its week: `2026-W47`
    Week(String),
    /// The newest of its month: `2026-11`
    Month(String),
    /// Its tag says until when
    Until(Timestamp),
    /// Its tag says until when, in words that are no time
    UntilUnreadable,
    /// Pinned
    Pinned,
}

impl Reason {
    /// In words
    pub fn words(&self) -> String {
        match self {
            Self::Newest(1) => "the newest".to_owned(),
            Self::Newest(rank) => format!("number {rank} of the newest"),
            Self::Days(days) => format!("made within {days} days"),
            Self::Week(week) => format!("the newest of week {week}"),
            Self::Month(month) => format!("the newest of month {month}"),
            Self::Until(until) => format!("its tag keeps it until {}", moment::utc(*until)),
            Self::UntilUnreadable => format!("its tag {KEEP_UNTIL} is no time in RFC 3339, so it is kept"),
            Self::Pinned => format!("pinned by its tag {KEEP}"),
        }
    }
}

/// What the numbers say of one snapshot
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// At least one rule keeps it
    Kept {
        /// Which rules
        reasons: Vec<Reason>,
    },
    /// No rule keeps it
    Dropped {
        /// In words
        reason: String,
    },
}

/// When the data of a snapshot was taken: for a copy that is before it was made. Never later than its time of creation.
pub fn taken_at(snapshot: &Snapshot) -> Option<Timestamp> {
    let created = snapshot.created_at?;
    let is_copy = snapshot.tags.get(PURPOSE).is_some_and(|purpose| purpose == COPY);
    let tagged = || snapshot.tags.get(TAKEN_AT).filter(|_| is_copy).and_then(|at| at.parse().ok());
    Some(snapshot.details.original_created_at.or_else(tagged).filter(|at| *at <= created).unwrap_or(created))
}

/// The fate of each, in the order given. All are of one database, are there once and have a time of creation.
pub fn keep(now: Timestamp, numbers: &Keep, zone: &TimeZone, snapshots: &[&Snapshot]) -> Vec<Fate> {
    let mut newest: Vec<usize> = (0..snapshots.len()).collect();
    newest.sort_by_key(|index| Reverse(snapshots.get(*index).map(|snapshot| (taken_at(snapshot), &snapshot.arn))));
    let mut kept: BTreeMap<usize, Vec<Reason>> = BTreeMap::new();
    let (mut weeks, mut months) = (BTreeSet::new(), BTreeSet::new());
    for (rank, index) in newest.iter().enumerate() {
        let Some(snapshot) = snapshots.get(*index) else { continue };
        let reasons = kept.entry(*index).or_default();
        if rank < size(numbers.last.max(1)) {
            reasons.push(Reason::Newest(rank + 1));
        }
        let age = snapshot.created_at.map(|at| now.duration_since(at));
        if numbers.days > 0 && age.is_none_or(|age| age <= days(numbers.days)) {
            reasons.push(Reason::Days(numbers.days));
        }
        let date = taken_at(snapshot).map(|at| at.to_zoned(zone.clone()).date());
        if let Some(date) = date {
            let iso = date.iso_week_date();
            let week = format!("{}-W{:02}", iso.year(), iso.week());
            if weeks.len() < size(numbers.weekly) && weeks.insert(week.clone()) {
                reasons.push(Reason::Week(week));
            }
            let month = date.strftime("%Y-%m").to_string();
            if months.len() < size(numbers.monthly) && months.insert(month.clone()) {
                reasons.push(Reason::Month(month));
            }
        }
        reasons.extend(tagged(now, snapshot));
    }
    let fate = |index| match kept.remove(&index).unwrap_or_default() {
        reasons if reasons.is_empty() => Fate::Dropped { reason: dropped(numbers) },
        reasons => Fate::Kept { reasons },
    };
    (0..snapshots.len()).map(fate).collect()
}

/// What its own tags say for it
pub(crate) fn tagged(now: Timestamp, snapshot: &Snapshot) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for until in tags::all(&snapshot.tags, KEEP_UNTIL) {
        match until.trim().parse::<Timestamp>() {
            Ok(until) if until > now => reasons.push(Reason::Until(until)),
            Ok(_) => {}
            Err(_) => reasons.push(Reason::UntilUnreadable),
        }
    }
    if tags::all(&snapshot.tags, KEEP).next().is_some() {
        reasons.push(Reason::Pinned);
    }
    reasons
}

/// Why no rule keeps it
fn dropped(numbers: &Keep) -> String {
    let mut words = vec![format!("not among the newest {}", numbers.last.max(1))];
    if numbers.days > 0 {
        words.push(format!("older than {} days", numbers.days));
    }
    if numbers.weekly > 0 {
        words.push(format!("not the newest of one of the last {} weeks that have one", numbers.weekly));
    }
    if numbers.monthly > 0 {
        words.push(format!("not the newest of one of the last {} months that have one", numbers.monthly));
    }
    words.join(", ")
}

pub(super) fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

pub(super) fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number.saturating_mul(24))
}
