//! `--wait`: takes a snapshot and stays until it is complete, so that a script goes on only then.

use std::time::Duration;

use jiff::SignedDuration;
use lifeboat::moment;
use lifeboat::request::{LifecycleEvent, lifecycle_event};
use lifeboat::run::{Progress, RunError};
use serde_json::Value;

use crate::{SnapshotLifecycle, World, status, take};

/// As it is typed
pub const OPTION: &str = "--wait";
/// Between two looks
const LOOKS_EVERY: Duration = Duration::from_secs(10);
/// The longest wait; the first snapshot of many terabytes takes hours
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(12);
/// For so long a snapshot that was asked for may not be in the lists yet
const APPEARS: SignedDuration = SignedDuration::from_mins(2);
/// Looks in a row that may fail before the wait is given up
const MOST_FAILED_LOOKS: usize = 30;

/// Stays with a request for a snapshot, or with a snapshot that is being made.
pub async fn wait<W: World>(
    function: &SnapshotLifecycle<W>,
    request: Value,
    progress: &mut Progress,
) -> Result<Value, RunError> {
    let event = lifecycle_event(&request).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    progress.on_leaving(
        "Left before AWS had answered: the snapshot may have been begun. Do not begin the change. The same command again takes \
         no second one, and waits.",
    );
    let snapshot = match event {
        LifecycleEvent::Take(request) => {
            let answer = take::take(function, &request).await?;
            answer.get("snapshot").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        LifecycleEvent::Status { snapshot } => snapshot,
        _ => {
            let allowed = "Allowed: {\"snapshot\": \"orders\", \"reason\": …} or {\"snapshot_status\": \"<id>\"}";
            return Err(RunError::bad_request(format!("{OPTION} stays with a snapshot. {allowed}")));
        }
    };
    let command = progress.command(crate::tell::NAME);
    let again = format!("{command} {OPTION} '{{\"snapshot_status\": \"{snapshot}\"}}'");
    progress.say(&format!("Waiting for {snapshot}.\nCtrl-C ends only the waiting. To look again:\n  {again}"));
    progress.on_leaving(&format!(
        "AWS goes on with {snapshot}.\nWhether it is complete is not known. Do not begin the change. To go on \
         waiting:\n  {again}"
    ));
    let began = function.now();
    let mut failed = 0;
    loop {
        let waited = function.now().duration_since(began);
        match status::status(function, &snapshot).await {
            Ok(answer) => {
                failed = 0;
                let word = answer.get("status").and_then(Value::as_str).unwrap_or_default();
                let percent = answer.get("percent").and_then(Value::as_i64).and_then(|far| i32::try_from(far).ok());
                match word {
                    "available" => {
                        progress.far(Some(100), "the snapshot is complete");
                        return Ok(answer);
                    }
                    // What was asked for just now may not be in the lists yet.
                    "not found" if waited < APPEARS => progress.far(None, "the snapshot does not appear yet"),
                    "failed" | "not found" | "deleting" => {
                        return Err(RunError::failed(format!("{snapshot} is {word}. Do not begin the change.")));
                    }
                    // Its name was said; here it would leave no columns for the bar.
                    _ => progress.far(percent, &format!("the snapshot is {word}")),
                }
            }
            Err(error) if failed < MOST_FAILED_LOOKS && error.kind == "Unavailable" => {
                failed += 1;
                progress.far(None, "could not look; looking again");
            }
            Err(error) => return Err(error),
        }
        if waited >= LONGEST_WAIT {
            let waited = moment::duration(waited);
            return Err(RunError::failed(format!(
                "{snapshot} is not complete after {waited}. Do not begin the change. To go on waiting:\n  {again}"
            )));
        }
        function.world().rest(LOOKS_EVERY).await;
    }
}
