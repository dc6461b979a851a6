//! How far a snapshot is.

use lifeboat::database::{Seen, Snapshot};
use lifeboat::mail::status_message;
use lifeboat::ports::ReadSnapshots;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{SnapshotLifecycle, World, export, region_of};

/// The prefix of the tasks that exports are named after
const EXPORT: &str = "export-";

/// The answer to `{"snapshot_status": …}`; the task of an export is taken too.
pub async fn status<W: World>(function: &SnapshotLifecycle<W>, name: &str) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let seen = match function.world().databases(region_of(name)).snapshot(name).await {
        Ok(Some(snapshot)) => Seen::Present(snapshot),
        Ok(None) if name.starts_with(EXPORT) => return export::status(function, name).await,
        Ok(None) => Seen::Absent,
        Err(fault) => {
            let seen = Seen::Unknown(fault.to_string());
            return Err(RunError::unavailable(status_message(name, &seen, &policy.timezone)));
        }
    };
    let message = status_message(name, &seen, &policy.timezone);
    Ok(answer(name, seen.present(), &message))
}

/// A snapshot in an answer
pub(crate) fn answer(name: &str, snapshot: Option<&Snapshot>, message: &str) -> Value {
    json!({
        "message": message,
        "snapshot": snapshot.map_or(name, |snapshot| snapshot.identifier.as_str()),
        "status": snapshot.map_or("not found", |snapshot| snapshot.status.as_str()),
        "percent": snapshot.and_then(|snapshot| snapshot.details.percent),
        "arn": snapshot.map(|snapshot| snapshot.arn.as_str()),
        "created_at": snapshot.and_then(|snapshot| snapshot.created_at),
    })
}
