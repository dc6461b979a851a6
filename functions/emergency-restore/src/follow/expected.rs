//! How long a run will take: as long as the last recovery of the database did, or as the last drill of it.

use jiff::SignedDuration;
use lifeboat::moment;
use lifeboat::ports::Store;
use lifeboat::recover::{Phase, Record};
use lifeboat::restore;

use crate::remember::runs_of;
use crate::{EmergencyRestore, Visit, World};

/// What an earlier run took, from its request
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// That run
    run: String,
    /// Until it could be used
    pub(super) usable: SignedDuration,
    /// Until everything was made, where it was a recovery
    pub(super) complete: Option<SignedDuration>,
}

/// Looks for the newest recovery of the database that could be used, then for the newest drill whose copy came up
pub(super) async fn expected<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    visit: &Visit,
) -> Option<Expected> {
    let runs = runs_of(function, &record.database, visit).await.ok()?;
    for (run, key) in runs.into_iter().filter(|(run, _)| *run != record.run) {
        let read = visit.call(function, "s3:GetObject", &key, function.world().store().read(&key)).await;
        // What cannot be read tells nothing, and nothing depends on it.
        let Ok(Some(stored)) = read else { continue };
        let found = of_recovery(&stored.body, &record.database).or_else(|| of_drill(&stored.body, &record.database));
        if let Some((usable, complete)) = found.filter(|(usable, _)| usable.as_secs() > 0) {
            return Some(Expected { run, usable, complete });
        }
    }
    None
}

fn of_recovery(body: &[u8], database: &str) -> Option<(SignedDuration, Option<SignedDuration>)> {
    let record: Record = serde_json::from_slice(body).ok()?;
    let handed_over = record.phases.iter().find(|entry| entry.phase == Phase::HandedOver);
    let complete = handed_over.map(|entry| entry.at.duration_since(record.requested_at));
    (record.database == database).then(|| record.rto()).flatten().map(|usable| (usable, complete))
}

fn of_drill(body: &[u8], database: &str) -> Option<(SignedDuration, Option<SignedDuration>)> {
    let record: restore::Record = serde_json::from_slice(body).ok()?;
    let up = record.milestones.instance_up.filter(|_| record.plan.database == database)?;
    Some((up.duration_since(record.requested_at), None))
}

/// In words, for whoever begins to wait
pub(super) fn told(expected: Option<&Expected>, database: &str) -> String {
    match expected {
        Some(Expected { run, usable, .. }) => {
            format!("Expected: {} until it can be used, as {run} took.", moment::duration(*usable))
        }
        None => format!("Expected: not known, as {database} has no earlier recovery and no drill."),
    }
}
