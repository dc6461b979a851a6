//! Ticks: every open run is taken as far as it goes. What woke the function up is not used; the records are.
//!
//! The policy is not read here: a record holds everything that its run needs, so a mistake in the policy stops no recovery.

use jiff::Timestamp;
use lifeboat::mail;
use lifeboat::ports::{Meter, Store};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::records::{MOST_OPEN, OPEN, is_mine, run_of};
use crate::run::{Progress, advance};
use crate::side_by_side::side_by_side;
use crate::{EmergencyRestore, Visit, World, status, words};

/// The function, as its sign of life names it
pub const NAME: &str = "emergency-restore";

/// One tick.
pub async fn tick<W: World>(function: &EmergencyRestore<W>, until: Timestamp) -> Result<Value, RunError> {
    let visit = Visit::begin(function);
    let keys = visit
        .call(function, "s3:ListObjects", OPEN, function.world().store().list(OPEN, MOST_OPEN))
        .await
        .map_err(|fault| RunError::unavailable(fault.to_string()))?;
    let runs: Vec<&str> = keys.iter().filter_map(|key| run_of(key)).filter(|run| is_mine(run)).collect();
    let visit_of = &visit;
    let each = runs.iter().map(|run| async move {
        let progress = Box::pin(advance(function, run, until, visit_of)).await;
        answer(function, run, &progress)
    });
    let answers = side_by_side(each.collect()).await;
    let beats = mail::heartbeat(NAME);
    let measured = visit.call(function, "cloudwatch:PutMetricData", NAME, function.world().meter().measure(&beats));
    if let Err(fault) = measured.await {
        visit.say("metrics", fault.to_string());
    }
    visit.end()?;
    let message = words::tick_message(&answers);
    Ok(json!({"message": message, "runs": answers, "time": visit.took(function)}))
}

/// One run in an answer
pub fn answer<W: World>(function: &EmergencyRestore<W>, run: &str, progress: &Progress) -> Value {
    match progress {
        Progress::Waits { record, because } => {
            let mut answer = status::fields(record, function.now());
            if let Value::Object(fields) = &mut answer {
                fields.insert("state".to_owned(), json!("under way"));
                fields.insert("waiting_for".to_owned(), json!(because));
            }
            answer
        }
        Progress::Filed { record } => {
            let mut answer = status::fields(record, function.now());
            if let Value::Object(fields) = &mut answer {
                fields.insert("state".to_owned(), json!("closed"));
            }
            answer
        }
        Progress::Skipped => json!({"run": run, "state": "somebody else is on it"}),
    }
}
