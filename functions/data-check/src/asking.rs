//! All checks in one budget of time.

use std::time::Duration;

use jiff::Timestamp;
use lifeboat::sql::Session;
use lifeboat::verify::{Check, CheckAnswer, judge_check};
use tokio::time::Instant;

use crate::request::Question;

/// Kept back of an invocation's time: for ending the last query, closing the session and writing the answer
const KEPT_BACK: Duration = Duration::from_secs(15);

/// With less than this left no check is begun: the server cuts a query a moment before or after our own clock says so,
/// and a check begun in that moment would only be cut again
const LEAST: Duration = Duration::from_millis(100);

/// The time that all checks together may take: what was asked for, and no more than the invocation has left
pub(crate) fn budget(seconds: u32, deadline: Timestamp, now: Timestamp) -> Duration {
    let left = Duration::try_from(deadline.duration_since(now)).unwrap_or_default();
    left.saturating_sub(KEPT_BACK).min(Duration::from_secs(seconds.into()))
}

/// One answer for each check, in order. One that fails or takes all the time leaves the earlier answers as they are.
pub(crate) async fn ask_all<S: Session>(
    session: &mut S,
    question: &Question,
    opened: Timestamp,
    budget: Duration,
) -> Vec<CheckAnswer> {
    let started = Instant::now();
    let mut answers = Vec::with_capacity(question.checks.len());
    for check in &question.checks {
        let left = budget.saturating_sub(started.elapsed());
        answers.push(ask(session, question, check, opened, (left, budget)).await);
    }
    answers
}

async fn ask<S: Session>(
    session: &mut S,
    question: &Question,
    check: &Check,
    opened: Timestamp,
    (left, budget): (Duration, Duration),
) -> CheckAnswer {
    if left < LEAST {
        let reason = format!("the {} s for all checks were used up before its turn", budget.as_secs());
        return CheckAnswer::not_asked(check, &reason);
    }
    let asked = Instant::now();
    let found = session.ask(check, &question.zone, left).await;
    let millis = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
    match found {
        Ok(found) => {
            let restored_to = question.request.restored_to.unwrap_or(opened);
            judge_check(check, found, restored_to, question.earlier(check), millis)
        }
        Err(error) => CheckAnswer { millis, ..CheckAnswer::not_asked(check, &error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_ends_before_the_invocation_does() {
        let now: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        let table = [(900, 780, 780), (100, 780, 85), (10, 780, 0), (-5, 780, 0), (900, 5, 5)];
        for (left, asked, seconds) in table {
            let deadline = now + jiff::SignedDuration::from_secs(left);
            assert_eq!(budget(asked, deadline, now), Duration::from_secs(seconds), "{left} {asked}");
        }
    }
}
