//! What exactly is restored: a time inside the window, a snapshot, or a recovery point.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::SourceChoice;
use crate::database::{RecoveryPoint, RestoreMetadata, Snapshot, SnapshotKind, Window};
use crate::lifecycle::taken_at;
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
        /// When its data was taken; for a copy that is before it was made
        created_at: Option<Timestamp>,
        /// Its engine version: without it a restore takes the engine's default
        engine_version: String,
    },
    /// A recovery point of AWS Backup
    RecoveryPoint {
        /// ARN
        arn: String,
        /// Vault that holds it
        vault: String,
        /// `Aurora`, `RDS`, `DocumentDB`
        resource_type: String,
        /// When it was taken; not known of a continuous one, which is restored to its latest time
        created_at: Option<Timestamp>,
        /// KMS key of the point
        kms_key: Option<String>,
        /// What AWS Backup says that a restore of it needs
        metadata: RestoreMetadata,
    },
}

impl Point {
    /// The instant that the copy stands for
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Time { to } => Some(*to),
            Self::Snapshot { created_at, .. } | Self::RecoveryPoint { created_at, .. } => *created_at,
        }
    }

    /// In words: `2026-11-22 17:00:00 UTC`, `snapshot rds:orders-2026-11-22`, `recovery point arn:… of vault prod`
    pub fn words(&self) -> String {
        match self {
            Self::Time { to } => moment::utc(*to),
            Self::Snapshot { identifier, .. } => format!("snapshot {identifier}"),
            Self::RecoveryPoint { arn, vault, .. } => format!("recovery point {arn} of vault {vault}"),
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
    /// No recovery point can be restored
    #[error("{identifier} has no recovery point to restore in {vaults}; others: {others}")]
    NoRecoveryPoint {
        /// The source
        identifier: String,
        /// The vaults that were looked through
        vaults: String,
        /// The newest three that cannot be restored, each with its status, or `none`
        others: String,
    },
}

/// Chooses a time or a snapshot.
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
        SourceChoice::LatestSnapshot | SourceChoice::Snapshot { .. } => {
            choose_snapshot(choice, identifier, snapshots).map(point_of)
        }
        SourceChoice::RecoveryPoint { vaults } => Err(no_recovery_point(identifier, vaults, &[])),
    }
}

/// Chooses a snapshot: the newest that can be restored, or the one that is named.
pub(crate) fn choose_snapshot<'a>(
    choice: &SourceChoice,
    identifier: &str,
    snapshots: &'a [Snapshot],
) -> Result<&'a Snapshot, PointTrouble> {
    let SourceChoice::Snapshot { identifier: named } = choice else {
        return newest(snapshots).ok_or_else(|| no_snapshot(identifier, "available snapshot", snapshots));
    };
    let is_named = |snapshot: &&Snapshot| {
        (snapshot.identifier == *named || snapshot.arn == *named) && snapshot.status == "available"
    };
    let no_such = || no_snapshot(identifier, &format!("available snapshot named {named}"), snapshots);
    snapshots.iter().find(is_named).ok_or_else(no_such)
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
pub(crate) fn restorable(snapshot: &Snapshot) -> bool {
    snapshot.status == "available"
        && snapshot.created_at.is_some()
        && matches!(snapshot.kind, SnapshotKind::Automated | SnapshotKind::Manual)
}

fn newest(snapshots: &[Snapshot]) -> Option<&Snapshot> {
    snapshots
        .iter()
        .filter(|snapshot| restorable(snapshot))
        .max_by_key(|snapshot| (taken_at(snapshot), snapshot.created_at, snapshot.identifier.clone()))
}

pub(crate) fn point_of(snapshot: &Snapshot) -> Point {
    Point::Snapshot {
        identifier: snapshot.identifier.clone(),
        created_at: taken_at(snapshot),
        engine_version: snapshot.engine_version.clone(),
    }
}

/// Whether a snapshot in another region is a copy of one that was taken where the database lives. A database of the same
/// name may live in the other region too, and has snapshots of its own there.
pub(crate) fn came_from(snapshot: &Snapshot, region: &str, home: Option<&str>) -> bool {
    let copied_from = snapshot.details.copied_from.as_deref().and_then(region_of);
    match (copied_from, home) {
        (Some(from), Some(home)) => from == home,
        (Some(from), None) => from != region,
        (None, _) => false,
    }
}

/// The region that an ARN names
pub(crate) fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

fn no_snapshot(identifier: &str, which: &str, snapshots: &[Snapshot]) -> PointTrouble {
    let mut all: Vec<&Snapshot> = snapshots.iter().filter(|snapshot| restorable(snapshot)).collect();
    all.sort_by_key(|snapshot| std::cmp::Reverse(taken_at(snapshot)));
    let named: Vec<&str> = all.iter().take(3).map(|snapshot| snapshot.identifier.as_str()).collect();
    let available = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
    PointTrouble::NoSnapshot { identifier: identifier.to_owned(), which: which.to_owned(), available }
}

/// The newest recovery point of a database that AWS Backup can restore. The list was asked for by the database's ARN; that
/// is not relied on, because what is restored is named by the point alone.
pub fn newest_recovery_point<'a>(points: &'a [RecoveryPoint], of: &str) -> Option<&'a RecoveryPoint> {
    points
        .iter()
        .filter(|point| point.resource_arn.is_empty() || point.resource_arn.eq_ignore_ascii_case(of))
        .filter(|point| matches!(point.status.as_str(), "COMPLETED" | "AVAILABLE"))
        .max_by_key(|point| (point.created_at, point.arn.clone()))
}

/// Whether a recovery point is a continuous backup, which is restored to a time (AWS Backup guide, "Continuous backups")
pub(crate) fn is_continuous(arn: &str) -> bool {
    arn.contains(":recovery-point:continuous:")
}

pub(crate) fn point_of_vault(point: &RecoveryPoint, metadata: RestoreMetadata) -> Point {
    Point::RecoveryPoint {
        arn: point.arn.clone(),
        vault: point.vault.clone(),
        resource_type: point.resource_type.clone(),
        created_at: point.created_at.filter(|_| !is_continuous(&point.arn)),
        kms_key: point.kms_key.clone(),
        metadata,
    }
}

pub(crate) fn no_recovery_point(identifier: &str, vaults: &[String], points: &[RecoveryPoint]) -> PointTrouble {
    let mut all: Vec<&RecoveryPoint> = points.iter().collect();
    all.sort_by_key(|point| std::cmp::Reverse(point.created_at));
    let named: Vec<String> = all.iter().take(3).map(|point| format!("{} ({})", point.arn, point.status)).collect();
    let others = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
    let vaults = format!("the vault {}", vaults.join(", "));
    PointTrouble::NoRecoveryPoint { identifier: identifier.to_owned(), vaults, others }
}
