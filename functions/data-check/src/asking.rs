//! All checks in one budget of time.

use std::time::Duration;

use jiff::Timestamp;
use lifeboat::sql::{AskError, Session};
use lifeboat::verify::{Baseline, Check, CheckAnswer, judge_against};
use tokio::time::{Instant, timeout};

use crate::request::Question;

/// Kept back of an invocation's time: for ending the last query, closing the session and writing the answer
const KEPT_BACK: Duration = Duration::from_secs(15);

/// With less than this left no check is begun: the server cuts a query a moment before or after our own clock says so,
/// and a check begun in that moment would only be cut again
const LEAST: Duration = Duration::from_millis(100);

/// The most that one check may take: one huge table must not cost all the others their turn
const SHARE: Duration = Duration::from_mins(5);

/// How much longer than it may a driver can take before it counts as lost. Its own clock and the server's end a query.
const GRACE: Duration = Duration::from_secs(5);

/// The time that all checks together may take: what was asked for, and no more than the invocation has left
pub fn budget(seconds: u32, deadline: Timestamp, now: Timestamp) -> Duration {
    let left = Duration::try_from(deadline.duration_since(now)).unwrap_or_default();
    left.saturating_sub(KEPT_BACK).min(Duration::from_secs(seconds.into()))
}

/// One answer for each check, in order. One that fails or takes all the time leaves the earlier answers as they are.
pub async fn ask_all<S: Session>(
    session: &mut S,
    question: &Question,
    baseline: &Baseline,
    opened: Timestamp,
    budget: Duration,
) -> Vec<CheckAnswer> {
    let started = Instant::now();
    let mut answers = Vec::with_capacity(question.checks.len());
    let mut stuck = false;
    for check in &question.checks {
        let left = budget.saturating_sub(started.elapsed());
        if stuck {
            answers.push(CheckAnswer::not_asked(check, "the database gave no answer to an earlier check"));
        } else if left < LEAST {
            let reason = format!("the {} s for all checks were used up before its turn", budget.as_secs());
            answers.push(CheckAnswer::not_asked(check, &reason));
        } else {
            let asked = ask(session, question, check, (baseline, opened), left).await;
            stuck = asked.is_none();
            answers.push(asked.unwrap_or_else(|| CheckAnswer::not_asked(check, "the database gave no answer at all")));
        }
    }
    answers
}

/// `None` where the session is stuck: what it would say next might belong to this question
async fn ask<S: Session>(
    session: &mut S,
    question: &Question,
    check: &Check,
    (baseline, opened): (&Baseline, Timestamp),
    left: Duration,
) -> Option<CheckAnswer> {
    let asked = Instant::now();
    let within = left.min(SHARE);
    let reply = timeout(within.saturating_add(GRACE), session.ask(check, &question.zone, within)).await.ok()?;
    let millis = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
    Some(match reply {
        Ok(reply) => {
            let restored_to = question.request.restored_to.unwrap_or(opened);
            judge_against(check, reply, restored_to, &baseline.earlier(check, restored_to), millis)
        }
        Err(error) => CheckAnswer { millis, ..CheckAnswer::not_asked(check, &in_words(&error, within < left)) },
    })
}

/// Why a check has no answer. With time left over, it was its own share that ended.
fn in_words(error: &AskError, had_more: bool) -> String {
    match error {
        AskError::TimeUp(_) if had_more => {
            format!("cut off after {} s, the most that one check may take", SHARE.as_secs())
        }
        _ => error.to_string(),
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
