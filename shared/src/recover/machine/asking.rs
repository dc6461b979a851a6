//! Questioning the data of a recovery: the drill's checks, as soon as the writer answers. Nothing they say ends it.

use jiff::Timestamp;

use super::{Observed, Task};
use crate::database::{SecretState, Seen};
use crate::recover::record::{Questions, Record};
use crate::restore::{ACT_LEASE, ActState, Asked, CHECK_LIMIT, MAX_ATTEMPTS, without_bulk};
use crate::verify::{Because, CheckRequest, Login, Verdict, of_answers};

/// Name of the act in the record
const ASK: &str = "ask";
/// Seconds that all checks together may take: a Lambda's fifteen minutes, less two
const SECONDS: u32 = 780;
/// How long after the database can be used a managed secret may take to become active
const SECRET_LIMIT: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

pub(super) fn question(
    now: Timestamp,
    next: &mut Record,
    seen: &Observed,
    tasks: &mut Vec<Task>,
    because: &mut Vec<String>,
) {
    let (Some(usable_at), None) = (next.copy.usable_at, &next.verdict) else { return };
    let Questions::Ask { checks, login, database } = next.questions.clone() else {
        if let Questions::Cannot { why } = &next.questions {
            next.verdict = Some(Verdict::inconclusive(Because::NotAsked, why.clone()));
        }
        return;
    };
    let attempts = next.acts.get(ASK).map_or(0, |asked| asked.attempt);
    if let Seen::Present(answers) = &seen.answers
        && answers.run == next.run
        && (1..=attempts).contains(&answers.attempt)
    {
        next.verdict = Some(of_answers(&checks, answers));
        next.answers = Some(without_bulk(answers));
        return;
    }
    let ready = match &login {
        Login::Iam { .. } => true,
        Login::ManagedSecret { .. } => is_active(seen),
    };
    if !ready {
        if now.duration_since(usable_at) >= SECRET_LIMIT {
            let why = "the master secret did not become active";
            next.verdict = Some(Verdict::inconclusive(Because::NotAsked, why));
        }
        because.push("the master secret is being made".to_owned());
        return;
    }
    let due = match next.acts.get(ASK) {
        None => true,
        Some(asked) => match &asked.state {
            ActState::Asked => now.duration_since(asked.at) >= ACT_LEASE,
            ActState::Done { at } => now.duration_since(*at) >= CHECK_LIMIT,
            ActState::Refused { at, .. } => now.duration_since(*at) >= crate::restore::RETRY_AFTER,
        },
    };
    if !due {
        because.push("the data is being checked".to_owned());
        return;
    }
    let (Some(endpoint), Some(port)) = (next.copy.endpoint.clone(), next.copy.port) else { return };
    if attempts >= MAX_ATTEMPTS {
        let why = "the data check was asked and gave no answer";
        next.verdict = Some(Verdict::inconclusive(Because::NotAsked, why));
        return;
    }
    let login = match login {
        Login::ManagedSecret { .. } => Login::ManagedSecret { secret_arn: next.copy.secret_arn.clone() },
        iam @ Login::Iam { .. } => iam,
    };
    let attempt = attempts.saturating_add(1);
    next.acts.insert(ASK.to_owned(), Asked { at: now, attempt, state: ActState::Asked });
    tasks.push(Task::Ask(Box::new(CheckRequest {
        run: next.run.clone(),
        attempt,
        engine: next.blueprint.engine.clone(),
        endpoint,
        port,
        database,
        login,
        checks,
        restored_to: next.point.instant(),
        timezone: Some(next.timezone.clone()),
        compare_with: None,
        seconds: SECONDS,
    })));
}

fn is_active(seen: &Observed) -> bool {
    let of_cluster = seen.cluster.present().and_then(|cluster| cluster.secret.as_ref());
    let of_instance = seen.members.values().filter_map(Seen::present).find_map(|instance| instance.secret.as_ref());
    of_cluster.or(of_instance).is_some_and(|secret| secret.state == SecretState::Active)
}
