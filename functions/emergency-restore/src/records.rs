//! Records in the bucket: found by the run's id alone, written only as the one that was read.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Store;
use lifeboat::recover::{Record, VERSION};
use lifeboat::restore::{ACT_LEASE, ActState, closed_key, open_key};
use lifeboat::run::RunError;

use crate::{EmergencyRestore, Visit, World};

/// Where records of runs under way lie
pub const OPEN: &str = "runs/open/";
/// Most open runs that can be listed; more is an error
pub const MOST_OPEN: usize = 2000;
/// This function's runs; drills are restore-drill's
pub const MINE: [&str; 2] = ["recovery-", "inspect-"];
/// The act of filing a record, by its name in it: whoever wins its write files the record, and nobody changes it meanwhile
pub const FILE: &str = "file";
/// How often a change that lost its race is tried on what is there now
pub const MOST_RACES: usize = 5;

/// A record as it was found
#[derive(Debug, Clone)]
pub struct Found {
    /// The record
    pub record: Record,
    /// Its `ETag` while it is open; none once it is filed
    pub etag: Option<String>,
}

/// How a conditional write ended
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is the record now; the new `ETag`
    Won(String),
    /// Somebody else was faster
    Lost,
}

/// The run that a key names
pub fn run_of(key: &str) -> Option<&str> {
    key.rsplit('/').next()?.strip_suffix(".json")
}

/// Whether a run is this function's
pub fn is_mine(run: &str) -> bool {
    MINE.iter().any(|prefix| run.starts_with(prefix))
}

/// The second that a run is named after
pub fn named_for(run: &str) -> Option<Timestamp> {
    let stamp = run.rsplit('-').next()?;
    let local = (stamp.len() == 14).then(|| DateTime::strptime("%Y%m%d%H%M%S", stamp).ok()).flatten()?;
    TimeZone::UTC.to_timestamp(local).ok()
}

/// Key of an ended run, from its id alone
pub fn filed_key(run: &str) -> Option<String> {
    named_for(run).map(|at| closed_key(run, at))
}

/// Whether somebody is filing it at this moment
pub fn is_being_filed(record: &Record, now: Timestamp) -> bool {
    let asked = record.acts.get(FILE);
    asked.is_some_and(|asked| asked.state == ActState::Asked && now.duration_since(asked.at) < ACT_LEASE)
}

/// Reads an open record; `None` where there is none
pub async fn open<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    visit: &Visit,
) -> Result<Option<(Record, String)>, RunError> {
    let key = open_key(run);
    read(function, &key, visit).await
}

/// Reads a filed record; `None` where there is none
pub async fn filed<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    visit: &Visit,
) -> Result<Option<Record>, RunError> {
    let Some(key) = filed_key(run) else { return Ok(None) };
    Ok(read(function, &key, visit).await?.map(|(record, _)| record))
}

/// Finds a run, open or filed. The open one counts: a cut-over opens a filed record again.
pub async fn find<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    visit: &Visit,
) -> Result<Option<Found>, RunError> {
    if let Some((record, etag)) = open(function, run, visit).await? {
        return Ok(Some(Found { record, etag: Some(etag) }));
    }
    Ok(filed(function, run, visit).await?.map(|record| Found { record, etag: None }))
}

async fn read<W: World>(
    function: &EmergencyRestore<W>,
    key: &str,
    visit: &Visit,
) -> Result<Option<(Record, String)>, RunError> {
    let stored = visit.call(function, "s3:GetObject", key, function.world().store().read(key)).await;
    let Some(stored) = stored.map_err(|fault| RunError::unavailable(fault.to_string()))? else { return Ok(None) };
    let record: Record = serde_json::from_slice(&stored.body)
        .map_err(|error| RunError::failed(format!("the record {key} cannot be read: {error}: left alone")))?;
    if record.version > VERSION {
        let version = record.version;
        let words = format!("the record {key} has version {version}, and this one knows {VERSION}: left alone");
        return Err(RunError::failed(words));
    }
    Ok(Some((record, stored.etag)))
}

/// Writes a record in place of the one that was found: an open one as it was read, a filed one by opening it again.
pub async fn write<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    etag: Option<&str>,
    visit: &Visit,
) -> Result<Written, Fault> {
    let (key, store) = (open_key(&record.run), function.world().store());
    let body = body(record)?;
    let written = match etag {
        Some(etag) => visit.call(function, "s3:PutObject", &key, store.replace(&key, body.clone(), etag)).await,
        None => visit.call(function, "s3:PutObject", &key, store.create(&key, body.clone())).await,
    };
    match written {
        Ok(etag) => Ok(Written::Won(etag)),
        // A record that is gone was filed by somebody else meanwhile.
        Err(fault) if matches!(fault.class, Class::Conflict | Class::NotFound) => Ok(Written::Lost),
        // The reply was lost: what lies there now says whether the write was.
        Err(fault) if fault.class == Class::Unknown => {
            match visit.call(function, "s3:GetObject", &key, store.read(&key)).await? {
                Some(stored) if stored.body == body => Ok(Written::Won(stored.etag)),
                _ => Err(fault),
            }
        }
        Err(fault) => Err(fault),
    }
}

/// A record as it is stored
pub fn body(record: &Record) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec_pretty(record)
        .map_err(|error| Fault::new(Class::Permanent, "lifeboat:Write", &record.run, "", &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_run_is_found_by_its_id_alone() {
        let key = filed_key("recovery-orders-20261130235959");
        assert_eq!(key.as_deref(), Some("runs/closed/2026/11/recovery-orders-20261130235959.json"));
        assert_eq!(filed_key("recovery-orders-2026113023"), None);
        assert_eq!(key.as_deref().and_then(run_of), Some("recovery-orders-20261130235959"));
    }
}
