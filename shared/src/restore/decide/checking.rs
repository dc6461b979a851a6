//! `opening` and `checking`: let `data-check` in, ask, and wait for the answer.

use jiff::Timestamp;

use super::making::{Look, look};
use super::standing::{Standing, after, ask, get_made, gone, standing};
use super::{
    CHECK_LIMIT, Decision, MAX_ATTEMPTS, NOT_YET_VISIBLE, Observed, RETRY_AFTER, conclude, step, wait,
    wait_until_deadline,
};
use crate::database::{Dialect, ManagedSecret, SecretState, Seen};
use crate::restore::Act;
use crate::restore::progress::Phase;
use crate::restore::record::{Record, without_bulk};
use crate::restore::status::Health;
use crate::verify::{Answers, Because, CheckRequest, Login, TroubleKind, Verdict, of_answers};

/// Minutes of the deadline that are kept for writing the answer and reading it
const READING_MINUTES: i64 = 2;

/// Whether the copy is still the run's own, and the managed secret as AWS tells of it
fn still_there(record: &Record, seen: &Observed) -> Result<Option<ManagedSecret>, Missing> {
    let (secret, health) = if record.plan.kind.is_clustered() {
        match look(record, &seen.cluster) {
            Look::Here(cluster, health) => (cluster.secret.clone(), health),
            Look::Unknown(why) => return Err(Missing::Unknown(why.to_owned())),
            Look::Absent | Look::Foreign => return Err(Missing::Gone),
        }
    } else {
        match look(record, &seen.instance) {
            Look::Here(instance, health) => (instance.secret.clone(), health),
            Look::Unknown(why) => return Err(Missing::Unknown(why.to_owned())),
            Look::Absent | Look::Foreign => return Err(Missing::Gone),
        }
    };
    match health {
        Health::Deleting | Health::Stopped => Err(Missing::Gone),
        Health::Available | Health::Moving | Health::Broken(_) => Ok(secret),
    }
}

enum Missing {
    Gone,
    Unknown(String),
}

pub(super) fn opening(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let secret = match still_there(record, seen) {
        Ok(secret) => secret,
        Err(Missing::Gone) => return conclude(now, record, gone("the copy")),
        Err(Missing::Unknown(why)) => {
            return wait_until_deadline(now, record, &format!("the copy could not be read: {why}"));
        }
    };
    if matches!(record.plan.login, Login::Iam { .. }) {
        let mut next = record.clone();
        next.enter(Phase::Checking, now);
        return step(next, "IAM authentication needs no opening");
    }
    match secret {
        Some(ManagedSecret { arn, state: SecretState::Active }) => {
            let mut next = record.clone();
            next.copy.secret_arn = Some(arn);
            next.enter(Phase::Checking, now);
            step(next, "the master secret is active")
        }
        Some(ManagedSecret { state: SecretState::Impaired, .. }) => {
            let reason = "RDS could not make the copy's master secret (impaired)";
            conclude(now, record, Verdict::inconclusive(Because::Permission, reason))
        }
        Some(_) => wait_until_deadline(now, record, "the master secret is being made"),
        None => open(now, record),
    }
}

fn open(now: Timestamp, record: &Record) -> Decision {
    let act =
        Act::ManageSecret { identifier: record.copy.identifier.clone(), clustered: record.plan.kind.is_clustered() };
    let what = "the copy's master secret";
    match standing(now, record, "open") {
        // Unlike a missing cluster, a missing secret has a harmless cure: asking again.
        Standing::Done { at } if now >= after(at, NOT_YET_VISIBLE) => {
            ask(now, record, act, format!("{what} did not appear: asking again"))
        }
        _ => get_made(now, record, act, what),
    }
}

pub(super) fn checking(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    if let Seen::Present(answers) = &seen.answers
        && belongs(record, answers)
    {
        let attempts = record.acts.get("ask").map_or(0, |asked| asked.attempt);
        if !may_pass(answers) || attempts >= MAX_ATTEMPTS || now >= record.deadline() {
            return answered(now, record, answers);
        }
        if answers.attempt >= attempts && now < after(answers.finished_at, RETRY_AFTER) {
            return wait(record, "the data check had trouble that may pass");
        }
        if answers.attempt >= attempts {
            let because = format!("the data check had trouble that may pass ({}): asking again", words(answers));
            return request(record, now)
                .map_or_else(|| nothing_to_ask(now, record), |act| ask(now, record, act, because));
        }
    }
    match still_there(record, seen) {
        Err(Missing::Gone) => return conclude(now, record, gone("the copy")),
        Err(Missing::Unknown(why)) => {
            return wait_until_deadline(now, record, &format!("the copy could not be read: {why}"));
        }
        Ok(_) => {}
    }
    let Some(act) = request(record, now) else {
        return nothing_to_ask(now, record);
    };
    match standing(now, record, "ask") {
        Standing::Done { at } if now < after(at, CHECK_LIMIT) => {
            // The data check has its own end, inside the deadline: what it cannot ask in time it says.
            if now < record.deadline() { wait(record, "the data is being checked") } else { no_answer(now, record) }
        }
        Standing::Done { .. } => {
            let attempts = record.acts.get("ask").map_or(0, |asked| asked.attempt);
            if attempts < MAX_ATTEMPTS && now < record.deadline() {
                return ask(now, record, act, "no answer came from the data check: asking again");
            }
            no_answer(now, record)
        }
        _ => get_made(now, record, act, "the data check"),
    }
}

fn no_answer(now: Timestamp, record: &Record) -> Decision {
    let reason = "the data check was asked and did not answer in time";
    conclude(now, record, Verdict::inconclusive(Because::NotAsked, reason))
}

fn nothing_to_ask(now: Timestamp, record: &Record) -> Decision {
    let reason = "the record does not say where the copy can be reached";
    conclude(now, record, Verdict::inconclusive(Because::Other, reason))
}

/// An answer counts only if it is of this run, of an asking of ours, and of this copy's own endpoint.
fn belongs(record: &Record, answers: &Answers) -> bool {
    let attempts = record.acts.get("ask").map_or(0, |asked| asked.attempt);
    answers.run == record.run
        && (1..=attempts).contains(&answers.attempt)
        && endpoint(record).is_some_and(|(host, port)| answers.endpoint == format!("{host}:{port}"))
}

/// Networks, logins and name servers need a moment after a copy has come up.
fn may_pass(answers: &Answers) -> bool {
    answers
        .trouble
        .as_ref()
        .is_some_and(|trouble| matches!(trouble.kind, TroubleKind::Network | TroubleKind::Login | TroubleKind::Other))
}

fn words(answers: &Answers) -> &str {
    answers.trouble.as_ref().map_or("no trouble", |trouble| trouble.message.as_str())
}

fn answered(now: Timestamp, record: &Record, answers: &Answers) -> Decision {
    let mut next = record.clone();
    next.milestones.first_query = answers.first_query_at;
    next.milestones.checks_done = Some(answers.finished_at);
    next.answers = Some(without_bulk(answers));
    if let Some(trouble) = answers.trouble.as_ref().filter(|trouble| trouble.kind == TroubleKind::Unsupported) {
        let reason = format!("{}, and its data was not read: {}", came_up(record), trouble.message);
        return conclude(now, &next, Verdict::inconclusive(Because::NotAsked, reason));
    }
    conclude(now, &next, of_answers(&record.plan.checks, answers))
}

/// What is known of a copy whose data nobody can read: no more than AWS says
fn came_up(record: &Record) -> String {
    let parts = if record.plan.kind.is_clustered() { "cluster and instance" } else { "the instance" };
    format!("AWS says that {parts} of the copy came up")
}

fn endpoint(record: &Record) -> Option<(&str, u16)> {
    Some((record.copy.endpoint.as_deref()?, record.copy.port?))
}

/// The policy's database, else the source's first one, else the one that every server of the engine has
fn connect_to(record: &Record) -> Option<String> {
    let source = record.source.as_ref()?;
    let every = match source.engine.dialect()? {
        Dialect::Postgres => "postgres",
        Dialect::Mysql => "mysql",
        Dialect::Mongo => "admin",
    };
    let named = record.plan.connect_to.clone().or_else(|| source.database_name.clone());
    Some(named.unwrap_or_else(|| every.to_owned()))
}

fn request(record: &Record, now: Timestamp) -> Option<Act> {
    let (host, port) = endpoint(record)?;
    let login = match &record.plan.login {
        Login::ManagedSecret { .. } => Login::ManagedSecret { secret_arn: record.copy.secret_arn.clone() },
        iam @ Login::Iam { .. } => iam.clone(),
    };
    let left = record.deadline().duration_since(now).as_mins().saturating_sub(READING_MINUTES).clamp(1, 13);
    Some(Act::Ask(Box::new(CheckRequest {
        run: record.run.clone(),
        attempt: record.acts.get("ask").map_or(0, |asked| asked.attempt).saturating_add(1),
        engine: record.source.as_ref()?.engine.clone(),
        endpoint: host.to_owned(),
        port,
        database: connect_to(record)?,
        login,
        checks: record.plan.checks.clone(),
        restored_to: record.restored_to(),
        timezone: Some(record.plan.timezone.clone()),
        compare_with: record.compare_with.clone(),
        seconds: u32::try_from(left.saturating_mul(60)).unwrap_or(60),
    })))
}
