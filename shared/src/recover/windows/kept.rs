//! The backups that are kept beside the window: snapshots, recovery points, what is left of databases that are gone.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{KeyLine, Listed, MOST_SHOWN, Part, Span, span};
use crate::database::backup_price::gib;
use crate::database::{RecoveryPoint, RetainedBackup, Seen, Snapshot, SnapshotKind};
use crate::lifecycle::taken_at;
use crate::recover::facts::{Facts, can_be_restored};
use crate::restore::is_continuous;

/// Bytes of a GiB
const GIB: i64 = 1 << 30;

/// A snapshot
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotLine {
    /// Identifier
    pub identifier: String,
    /// Who made it
    pub kind: SnapshotKind,
    /// AWS's status word: only `available` can be restored
    pub status: String,
    /// When its data was taken
    pub taken_at: Option<Timestamp>,
    /// How long ago
    pub age_seconds: Option<i64>,
    /// Size in GiB, where AWS says it
    pub gib: Option<f64>,
    /// Whether its key lets it be read
    pub encryption: KeyLine,
}

/// A vault with its points
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VaultLine {
    /// Its name
    pub vault: String,
    /// Its points of this database; known and none where the vault is not there
    pub points: Part<Option<Listed<PointLine>>>,
}

/// A recovery point
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointLine {
    /// ARN
    pub arn: String,
    /// AWS's status word
    pub status: String,
    /// Whether AWS Backup restores a point of this status
    pub can_be_restored: bool,
    /// When it was taken
    pub taken_at: Option<Timestamp>,
    /// How long ago
    pub age_seconds: Option<i64>,
    /// Whether it is a continuous backup, which is restored to its latest time
    pub continuous: bool,
    /// Size in GiB, where AWS says it
    pub gib: Option<f64>,
    /// Whether its key lets it be read
    pub encryption: KeyLine,
}

/// What RDS retains of a database that is gone
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetainedLine {
    /// Resource id: what a restore names
    pub resource_id: String,
    /// Engine and version
    pub engine: String,
    /// Any second of this can be restored; none where AWS says no window
    pub window: Option<Span>,
    /// When the database was made
    pub created_at: Option<Timestamp>,
    /// Whether its key lets it be read
    pub encryption: KeyLine,
}

fn age(at: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    at.map(|at| now.duration_since(at).max(SignedDuration::ZERO).as_secs())
}

fn head<T, U>(all: &[T], line: impl Fn(&T) -> U) -> Listed<U> {
    let newest = all.iter().take(MOST_SHOWN).map(line).collect();
    Listed { newest, more: all.len().saturating_sub(MOST_SHOWN) }
}

/// Automated snapshots, and the others but AWS Backup's: those are recovery points
pub(super) fn snapshots(facts: &Facts, now: Timestamp) -> (Part<Listed<SnapshotLine>>, Part<Listed<SnapshotLine>>) {
    let all = match &facts.snapshots {
        Seen::Unknown(why) => return (Part::Unknown(why.clone()), Part::Unknown(why.clone())),
        Seen::Absent => &[][..],
        Seen::Present(all) => all,
    };
    let mut sorted: Vec<&Snapshot> = all.iter().collect();
    sorted.sort_by_key(|snapshot| Reverse((taken_at(snapshot), snapshot.identifier.clone())));
    let sorted = sorted.into_iter().filter(|snapshot| snapshot.kind != SnapshotKind::AwsBackup);
    let (automated, manual): (Vec<&Snapshot>, Vec<&Snapshot>) =
        sorted.partition(|snapshot| snapshot.kind == SnapshotKind::Automated);
    let line = |snapshot: &&Snapshot| SnapshotLine {
        identifier: snapshot.identifier.clone(),
        kind: snapshot.kind,
        status: snapshot.status.clone(),
        taken_at: taken_at(snapshot),
        age_seconds: age(taken_at(snapshot), now),
        gib: gib(snapshot),
        encryption: KeyLine::of(facts, snapshot.encrypted, snapshot.details.kms_key.as_deref()),
    };
    (Part::Known(head(&automated, line)), Part::Known(head(&manual, line)))
}

pub(super) fn vaults(facts: &Facts, now: Timestamp) -> Vec<VaultLine> {
    let line = |point: &&RecoveryPoint| PointLine {
        arn: point.arn.clone(),
        status: point.status.clone(),
        can_be_restored: can_be_restored(point),
        taken_at: point.created_at,
        age_seconds: age(point.created_at, now),
        continuous: is_continuous(&point.arn),
        gib: gib_of(point.bytes),
        // One without encryption and one whose key AWS does not name look alike here.
        encryption: KeyLine::of(facts, true, point.kms_key.as_deref()),
    };
    let of = |points: &Seen<Vec<RecoveryPoint>>| match points {
        Seen::Unknown(why) => Part::Unknown(why.clone()),
        Seen::Absent => Part::Known(None),
        Seen::Present(points) => {
            let mut sorted: Vec<&RecoveryPoint> = points.iter().collect();
            sorted.sort_by_key(|point| Reverse((point.created_at, point.arn.clone())));
            Part::Known(Some(head(&sorted, line)))
        }
    };
    facts.vaults.iter().map(|(vault, points)| VaultLine { vault: vault.clone(), points: of(points) }).collect()
}

/// Sizes of points in GiB, to a tenth
#[expect(clippy::cast_precision_loss, reason = "a size of so many bytes is not told to the byte")]
fn gib_of(bytes: Option<i64>) -> Option<f64> {
    bytes.filter(|bytes| *bytes > 0).map(|bytes| (bytes as f64 / GIB as f64 * 10.0).round() / 10.0)
}

pub(super) fn retained(facts: &Facts, now: Timestamp) -> Part<Listed<RetainedLine>> {
    let all = match &facts.retained {
        Seen::Unknown(why) => return Part::Unknown(why.clone()),
        Seen::Absent => &[][..],
        Seen::Present(all) => all,
    };
    let mut sorted: Vec<&RetainedBackup> = all.iter().collect();
    sorted.sort_by_key(|backup| Reverse((backup.window.latest, backup.created_at, backup.resource_id.clone())));
    Part::Known(head(&sorted, |backup: &&RetainedBackup| RetainedLine {
        resource_id: backup.resource_id.clone(),
        engine: format!("{} {}", backup.engine.word(), backup.engine_version),
        window: span(backup.window, now),
        created_at: backup.created_at,
        encryption: KeyLine::of(facts, true, backup.kms_key.as_deref()),
    }))
}
