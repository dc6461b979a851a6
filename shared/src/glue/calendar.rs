//! By when a run has to have started: times of day in the policy's zone, weekdays and holidays.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::run::{Run, RunState};
use crate::policy::Job;

/// Days back whose missed start is still told: a poll that could not look for so long makes up for it
const DAYS_BACK: i64 = 1;
/// How long before its time a run may start and still be that day's. Half a day: a run of the evening before is not this
/// morning's, one of just after midnight is.
const EARLIEST: SignedDuration = SignedDuration::from_hours(12);

/// A run that had to start
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The date in the policy's zone
    pub date: Date,
    /// By when it had to start
    pub by: Timestamp,
    /// Whether one has started since half a day before then: the first that did
    pub started: Option<String>,
}

/// The starts that were due by now, of today and of the day before, each with the run that was it.
///
/// Where clocks jump over the time of day, it is the moment after the jump; where they show it twice, the first.
pub fn missed(now: Timestamp, job: &Job, zone: &TimeZone, runs: &[Run]) -> Vec<Missed> {
    let Some(time) = job.start_by else { return Vec::new() };
    let today = now.to_zoned(zone.clone()).date();
    let dates = (0..=DAYS_BACK).rev().filter_map(|back| today.checked_sub(back.days()).ok());
    let due = dates.filter(|date| job.starts_on(*date)).filter_map(|date| {
        let by = date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp();
        (by <= now).then_some((date, by))
    });
    due.map(|(date, by)| Missed { date, by, started: started(runs, by) }).collect()
}

/// The first run that began since half a day before a time. One that waits for resources has not begun.
pub(super) fn started(runs: &[Run], by: Timestamp) -> Option<String> {
    let since = by.saturating_sub(EARLIEST).unwrap_or(by);
    let began = runs.iter().filter(|run| run.state != RunState::Waiting && !run.never_ran());
    let began = began.filter_map(|run| Some((run.started_at?, run)));
    began.filter(|(at, _)| *at >= since).min_by_key(|(at, _)| *at).map(|(_, run)| run.id.clone())
}
