//! What exactly is restored: a time inside the window, or a snapshot.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::SourceChoice;
use crate::database::{Snapshot, SnapshotKind, Window};
use crate::moment;

/// What is restored
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The state at a time, from automated backups
    Time {
        /// The time
        to: Timestamp,
    },
    /// A snapshot
    Snapshot {
        /// Its identifier, or its ARN where it is not in this account's own list
        identifier: String,
        /// When it was taken
        created_at: Option<Timestamp>,
        /// Its engine version: without it a restore takes the engine's default
        engine_version: String,
    },
}

impl Point {
    /// The instant that the copy stands for
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Time { to } => Some(*to),
            Self::Snapshot { created_at, .. } => *created_at,
        }
    }

    /// In words: `2026-11-22 17:00:00 UTC` or `snapshot rds:orders-2026-11-22`
    pub fn words(&self) -> String {
        match self {
            Self::Time { to } => moment::utc(*to),
            Self::Snapshot { identifier, .. } => format!("snapshot {identifier}"),
        }
    }
}

/// Why there is nothing to restore
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PointTrouble {
    /// AWS names no restorable time
    #[error("{identifier} has no restorable time: automated backups are off, or the first one is not complete yet")]
    NoWindow {
        /// The source
        identifier: String,
    },
    /// The time is before the window
    #[error("{asked} is outside the restorable window of {identifier}: {earliest} to {latest}")]
    OutsideWindow {
        /// The source
        identifier: String,
        /// The time asked for
        asked: String,
        /// Where the window begins
        earliest: String,
        /// Where it ends
        latest: String,
    },
    /// There is no such snapshot
    #[error("{identifier} has no {which} to restore; available snapshots: {available}")]
    NoSnapshot {
        /// The source
        identifier: String,
        /// `available snapshot`, or the one that was named
        which: String,
        /// The newest three, or `none`
        available: String,
    },
}

/// Chooses what to restore.
///
/// A point in time that is newer than the latest restorable one becomes that one: RPO then shows the lag, which is a fact
/// worth measuring and no reason to restore nothing. One that is older than the window is refused.
pub fn choose(
    choice: &SourceChoice,
    identifier: &str,
    scheduled: Timestamp,
    window: Window,
    snapshots: &[Snapshot],
) -> Result<Point, PointTrouble> {
    match choice {
        SourceChoice::PointInTime { lag_seconds } => in_window(identifier, scheduled, *lag_seconds, window),
        SourceChoice::LatestSnapshot => {
            newest(snapshots).map(point_of).ok_or_else(|| no_snapshot(identifier, "available snapshot", snapshots))
        }
        SourceChoice::Snapshot { identifier: named } => snapshots
            .iter()
            .find(|snapshot| {
                (snapshot.identifier == *named || snapshot.arn == *named) && snapshot.status == "available"
            })
            .map(point_of)
            .ok_or_else(|| no_snapshot(identifier, &format!("available snapshot named {named}"), snapshots)),
    }
}

fn in_window(identifier: &str, scheduled: Timestamp, lag_seconds: i64, window: Window) -> Result<Point, PointTrouble> {
    let Some(latest) = window.latest else {
        return Err(PointTrouble::NoWindow { identifier: identifier.to_owned() });
    };
    let asked = scheduled.saturating_sub(SignedDuration::from_secs(lag_seconds)).unwrap_or(latest);
    let to = asked.min(latest);
    if let Some(earliest) = window.earliest
        && to < earliest
    {
        return Err(PointTrouble::OutsideWindow {
            identifier: identifier.to_owned(),
            asked: moment::utc(to),
            earliest: moment::utc(earliest),
            latest: moment::utc(latest),
        });
    }
    // RDS keeps whole seconds; rounding down never asks for a time after the latest restorable one.
    let to = Timestamp::from_second(to.as_second()).unwrap_or(to);
    Ok(Point::Time { to })
}

/// AWS Backup's snapshots belong to a recovery point and are restored through AWS Backup
fn restorable(snapshot: &Snapshot) -> bool {
    snapshot.status == "available"
        && snapshot.created_at.is_some()
        && matches!(snapshot.kind, SnapshotKind::Automated | SnapshotKind::Manual)
}

fn newest(snapshots: &[Snapshot]) -> Option<&Snapshot> {
    snapshots
        .iter()
        .filter(|snapshot| restorable(snapshot))
        .max_by_key(|snapshot| (snapshot.created_at, snapshot.identifier.clone()))
}

fn point_of(snapshot: &Snapshot) -> Point {
    Point::Snapshot {
        identifier: snapshot.identifier.clone(),
        created_at: snapshot.created_at,
        engine_version: snapshot.engine_version.clone(),
    }
}

fn no_snapshot(identifier: &str, which: &str, snapshots: &[Snapshot]) -> PointTrouble {
    let mut all: Vec<&Snapshot> = snapshots.iter().filter(|snapshot| restorable(snapshot)).collect();
    all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.created_at));
    let named: Vec<&str> = all.iter().take(3).map(|snapshot| snapshot.identifier.as_str()).collect();
    let available = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
    PointTrouble::NoSnapshot { identifier: identifier.to_owned(), which: which.to_owned(), available }
}
