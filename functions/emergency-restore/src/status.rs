//! Where a run stands: phase by phase, with elapsed times, from its record alone.

use jiff::{SignedDuration, Timestamp};
use lifeboat::policy::{Mistakes, nearest};
use lifeboat::ports::Store;
use lifeboat::recover::Record;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::records::{self, Found, MOST_OPEN, OPEN, is_mine, run_of};
use crate::{EmergencyRestore, Visit, World, words};

/// The answer about one run
pub async fn status<W: World>(function: &EmergencyRestore<W>, run: &str) -> Result<Value, RunError> {
    let visit = Visit::begin(function);
    let found = known(function, run, &visit).await?;
    visit.end()?;
    Ok(of(function, &found.record, found.etag.is_some()))
}

/// The answer about a record
pub fn of<W: World>(function: &EmergencyRestore<W>, record: &Record, is_open: bool) -> Value {
    let now = function.now();
    let mut answer = fields(record, now);
    if let Value::Object(fields) = &mut answer {
        fields.insert("message".to_owned(), json!(words::status(record, now)));
        fields.insert("state".to_owned(), json!(if is_open { "open" } else { "closed" }));
    }
    answer
}

/// A run that a request names
pub async fn known<W: World>(function: &EmergencyRestore<W>, run: &str, visit: &Visit) -> Result<Found, RunError> {
    if let Some(found) = records::find(function, run, visit).await? {
        return Ok(found);
    }
    let listed = visit.call(function, "s3:ListObjects", OPEN, function.world().store().list(OPEN, MOST_OPEN)).await;
    // Could not look is not "none".
    let keys = listed.map_err(|fault| {
        RunError::unavailable(format!("{run} is not known, and what is under way could not be listed: {fault}"))
    })?;
    let open: Vec<&str> = keys.iter().filter_map(|key| run_of(key)).filter(|run| is_mine(run)).collect();
    let allowed = match open.as_slice() {
        [] => "the id of a run; none is under way".to_owned(),
        some => {
            format!("the id of a run; under way are {}", some.iter().copied().take(10).collect::<Vec<_>>().join(", "))
        }
    };
    let near = nearest(run, open.iter().copied());
    Err(RunError::bad_request(
        Mistakes::one("run", format!("names {run:?}, which is not known"), allowed, near).to_string(),
    ))
}

/// The fields of a record that answers show
pub fn fields(record: &Record, now: Timestamp) -> Value {
    words::fields(record, now)
}

/// Each phase with the time that it took so far
pub fn phases(record: &Record, now: Timestamp) -> Vec<(lifeboat::recover::Phase, Timestamp, SignedDuration)> {
    let ends = record.phases.iter().skip(1).map(|entry| entry.at).chain([now]);
    let each = record.phases.iter().zip(ends);
    each.map(|(entry, end)| (entry.phase, entry.at, end.duration_since(entry.at))).collect()
}
