//! Requests: a record is born, and the run goes as far as it can at once.

use jiff::Timestamp;
use lifeboat::fault::Class;
use lifeboat::ports::Store;
use lifeboat::request::{Planned, StartDrill, plans};
use lifeboat::restore::{Purpose, Record, Resolved, closed_key, drill_id, open_key, resolve};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::run::{Progress, advance};
use crate::{Grounds, RestoreDrill, Troubles, World, source};

/// Starts what a request names. All of it is planned before any of it is begun: a request with a mistake begins nothing.
pub async fn start<W: World>(
    drill: &RestoreDrill<W>,
    request: &StartDrill,
    until: Timestamp,
) -> Result<Value, RunError> {
    let policy = drill.policy().await?;
    let plans = plans(&policy, request).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    let scheduled = request.scheduled_time.unwrap_or_else(|| drill.now());
    if request.scheduled_time.is_none() {
        refuse_the_impossible(drill, &plans.ready, scheduled).await?;
    }
    let mut troubles = Troubles::default();
    if !plans.refused.is_empty() {
        troubles.say("request", plans.refused.to_string());
    }
    let mut answers = Vec::new();
    let grounds = Grounds::of(&policy);
    for planned in plans.ready {
        answers.push(begin(drill, &grounds, planned, scheduled, until, &mut troubles).await);
    }
    troubles.end()?;
    Ok(json!({"message": message(&answers), "runs": answers}))
}

/// Somebody who asks by hand is told at once that there is nothing to restore; a schedule gets a record, a verdict and a mail.
async fn refuse_the_impossible<W: World>(
    drill: &RestoreDrill<W>,
    planned: &[Planned],
    scheduled: Timestamp,
) -> Result<(), RunError> {
    let mut wrong = Vec::new();
    for Planned { plan, .. } in planned {
        let seen = source::source(drill, plan, &mut Troubles::default()).await;
        // What cannot be told now is the run's own business: it waits, and says so in its verdict.
        if let Resolved::Nothing { verdict, .. } = resolve(plan, scheduled, &seen) {
            wrong.push(format!("{}: {}", plan.database, verdict.reason));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(RunError::bad_request(format!("nothing was begun:\n{}", wrong.join("\n"))))
    }
}

async fn begin<W: World>(
    drill: &RestoreDrill<W>,
    grounds: &Grounds,
    planned: Planned,
    scheduled: Timestamp,
    until: Timestamp,
    troubles: &mut Troubles,
) -> Value {
    let run = drill_id(&planned.plan.database, planned.run_name.as_deref(), scheduled);
    let record = Record::born(run, Purpose::Drill, planned.plan, scheduled, drill.now());
    take_up(drill, grounds, record, until, troubles).await
}

/// Writes a run's first record, unless it is there already, and takes the run as far as it goes
pub(crate) async fn take_up<W: World>(
    drill: &RestoreDrill<W>,
    grounds: &Grounds,
    record: Record,
    until: Timestamp,
    troubles: &mut Troubles,
) -> Value {
    let (run, scheduled) = (record.run.clone(), record.scheduled_for);
    let store = drill.world().store();
    match store.read(&closed_key(&run, scheduled)).await {
        Ok(None) => {}
        Ok(Some(stored)) => return ended(&run, &stored.body),
        Err(fault) => {
            troubles.say(&run, fault.to_string());
            return json!({"run": run, "state": "not begun", "reason": fault.to_string()});
        }
    }
    let body = match serde_json::to_vec_pretty(&record) {
        Ok(body) => body,
        Err(error) => {
            troubles.say(&run, format!("its record cannot be written: {error}"));
            return json!({"run": run, "state": "not begun", "reason": error.to_string()});
        }
    };
    match store.create(&open_key(&run), body).await {
        Ok(_) => tracing::info!(run, "a run begins"),
        Err(fault) if fault.class == Class::Conflict => {
            tracing::info!(run, "the request came again: the run is under way");
        }
        // The reply was lost: looking tells whether the record was.
        Err(fault) if fault.class == Class::Unknown && matches!(store.read(&open_key(&run)).await, Ok(Some(_))) => {
            tracing::warn!(run, error = %fault, "a run begins, and the reply to its first record was lost");
        }
        Err(fault) => {
            troubles.say(&run, fault.to_string());
            return json!({"run": run, "state": "not begun", "reason": fault.to_string()});
        }
    }
    let progress = advance(drill, &run, grounds, until, troubles).await;
    answer(&run, &progress)
}

fn ended(run: &str, body: &[u8]) -> Value {
    let record: Option<Record> = serde_json::from_slice(body).ok();
    let verdict = record.and_then(|record| record.verdict);
    json!({"run": run, "state": "closed", "verdict": verdict, "reason": "this request was made before, and its run has ended"})
}

/// One run in an answer
pub fn answer(run: &str, progress: &Progress) -> Value {
    let state = progress.word();
    match progress {
        Progress::Waits { record, because } => json!({
            "run": run, "state": state, "phase": record.phase, "since": record.phases.last().map(|entry| entry.at),
            "waiting_for": because, "verdict": record.verdict,
        }),
        Progress::Closed { record } => json!({"run": run, "state": state, "verdict": record.verdict}),
        Progress::Skipped => json!({"run": run, "state": state}),
    }
}

/// The answer in a few lines that a person can act on
pub fn message(answers: &[Value]) -> String {
    let line = |answer: &Value| {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let verdict = answer.pointer("/verdict/word").and_then(Value::as_str).unwrap_or_default();
        let details = [text("phase"), text("waiting_for"), verdict.to_owned(), text("reason")];
        let details: Vec<&str> = details.iter().map(String::as_str).filter(|detail| !detail.is_empty()).collect();
        let details = if details.is_empty() { String::new() } else { format!(": {}", details.join(", ")) };
        format!("{} is {}{details}", text("run"), text("state"))
    };
    let lines: Vec<String> = answers.iter().map(line).collect();
    if lines.is_empty() { "no drill is under way".to_owned() } else { lines.join("\n") }
}
