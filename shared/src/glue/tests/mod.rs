//! Situations of jobs.

mod events;
mod judging;
mod reading;
mod telling;
mod ways;

use jiff::Timestamp;

use super::*;
use crate::database::Seen;
use crate::policy::Policy;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A run of the 20th of November that began at `began` and, with an end, ended then: `"06:00:00"`
pub(super) fn run(id: &str, state: &str, began: &str, ended: Option<&str>) -> Run {
    let of_the_day = |time: &str| at(&if time.len() == 8 { format!("2026-11-20T{time}Z") } else { time.to_owned() });
    Run {
        id: id.to_owned(),
        state: RunState::of(state),
        attempt: 0,
        previous: None,
        started_at: Some(of_the_day(began)),
        ended_at: ended.map(of_the_day),
        worked_seconds: None,
        timeout_minutes: Some(120),
        error: None,
        trigger: None,
    }
}

pub(super) fn policy(job: &str) -> Policy {
    let text = format!(
        r#"{{"version": 1, "timezone": "Asia/Tokyo", "databases": {{"orders": {{"kind": "aurora", "identifier": "prod-orders"}}}},
            "jobs": {{"etl": {job}}}}}"#
    );
    Policy::parse(&text).unwrap()
}

pub(super) fn change(run: &str, state: &str, at_: &str) -> Change {
    Change {
        job: "etl".to_owned(),
        run: Some(run.to_owned()),
        state: Some(state.to_owned()),
        message: Some("it failed".to_owned()),
        at: Some(at(at_)),
    }
}

/// A look at the one job
pub(super) fn look(now: &str, policy: &Policy, runs: &[Run], change: Option<&Change>, before: &State) -> State {
    let runs = Seen::Present(runs.to_vec());
    judge(at(now), Some(policy), &[Look { job: "etl", runs: &runs, change }], before)
}

/// Ids of what is open, in order
pub(super) fn open(state: &State) -> Vec<String> {
    state.issues("etl").filter(|(_, issue)| issue.is_open()).map(|(id, _)| id.to_owned()).collect()
}
