//! Exports of snapshots to S3.

use lifeboat::database::Export;
use lifeboat::fault::Class;
use lifeboat::lifecycle::export as exported;
use lifeboat::mail::{export_message, export_status_message};
use lifeboat::ports::{MakeSnapshots, ReadSnapshots};
use lifeboat::request::ExportSnapshot;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::look::is_open;
use crate::{SnapshotLifecycle, World, region_of};

/// The answer to `{"export": …}`
pub async fn export<W: World>(function: &SnapshotLifecycle<W>, request: &ExportSnapshot) -> Result<Value, RunError> {
    let databases = function.world().databases(region_of(&request.snapshot));
    let nothing = |why: String| RunError::unavailable(format!("nothing was exported: {why}"));
    let snapshot = databases.snapshot(&request.snapshot).await.map_err(|fault| nothing(fault.to_string()))?;
    let Some(snapshot) = snapshot else {
        let message = format!("export: names {:?}. Allowed: a snapshot that is there", request.snapshot);
        return Err(RunError::bad_request(message));
    };
    let mut act =
        exported(function.now(), request, &snapshot).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    let known = databases.exports(None).await.map_err(|fault| nothing(fault.to_string()))?;
    // A request that comes again a minute later has another name; the export that it began is still the same.
    let same = |one: &&Export| {
        let again = request.scheduled_time.is_none()
            && one.source_arn == act.source_arn
            && one.bucket.as_ref().is_none_or(|bucket| *bucket == act.bucket)
            && is_open(&one.status);
        one.task == act.task || again
    };
    if let Some(before) = known.iter().find(same) {
        act.task.clone_from(&before.task);
        return Ok(json!({
            "message": export_message(&act), "task": act.task, "snapshot": snapshot.identifier, "status": before.status,
            "begun": false,
        }));
    }
    let begun = match databases.export(&act).await {
        Ok(()) => true,
        Err(fault) if fault.class == Class::AlreadyExists => false,
        Err(fault) if fault.class == Class::Unknown => match databases.exports(Some(&act.task)).await {
            Ok(found) if !found.is_empty() => true,
            _ => {
                let again = "whether the export was begun could not be told; ask again: the same request makes one";
                return Err(RunError::unavailable(format!("{again}: {fault}")));
            }
        },
        Err(fault) => return Err(RunError::failed(format!("nothing was exported: {fault}"))),
    };
    Ok(json!({
        "message": export_message(&act), "task": act.task, "snapshot": snapshot.identifier, "status": "STARTING",
        "begun": begun,
    }))
}

/// The answer to `{"export_status": …}`
pub async fn status<W: World>(function: &SnapshotLifecycle<W>, task: &str) -> Result<Value, RunError> {
    let found = function.world().databases(None).exports(Some(task)).await;
    let found = match found {
        Ok(found) => found,
        Err(fault) if fault.class == Class::NotFound => Vec::new(),
        Err(fault) => {
            return Err(RunError::unavailable(format!("how far the export {task} is could not be told: {fault}")));
        }
    };
    let export = found.iter().find(|one| one.task == task);
    Ok(json!({
        "message": export_status_message(task, export), "task": task,
        "status": export.map_or("not found", |one| one.status.as_str()),
        "percent": export.and_then(|one| one.percent), "failure": export.and_then(|one| one.failure.as_deref()),
        "warning": export.and_then(|one| one.warning.as_deref()), "size_gib": export.and_then(|one| one.gib),
    }))
}
