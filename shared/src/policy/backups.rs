//! What backups of a database there have to be, what its storage should be, and which manual snapshots are kept.

use serde_json::Value;

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;
use crate::database::Kind;

/// What backups there have to be. What is `None` is not checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backups {
    /// Days of automated backup retention: 1 to 35, for RDS instances 0 to 35 (0: none)
    pub retention_days: Option<i64>,
    /// Largest lag of the latest restorable time, in minutes
    pub restore_lag_minutes: Option<i64>,
    /// Largest age of the newest snapshot, in hours
    pub newest_snapshot_hours: Option<i64>,
    /// AWS Backup vaults that have to hold a recovery point
    pub recovery_points: Vec<RecoveryPoints>,
    /// Regions that have to hold a copy
    pub copies: Vec<Copies>,
}

/// A vault that has to hold a recent recovery point
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPoints {
    /// The vault's name
    pub vault: String,
    /// Largest age of its newest recovery point, in hours
    pub newest_hours: i64,
}

/// A region that has to hold a recent copy
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// The region
    pub region: String,
    /// Largest age of its newest copy, in hours
    pub newest_hours: i64,
}

/// What the storage should be
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Storage {
    /// Billed backup storage in GiB above which a finding is made
    pub billed_gib: Option<f64>,
    /// Growth in percent a week above which a finding is made
    pub growth_percent_per_week: Option<f64>,
}

/// Which manual snapshots are ours to thin out, and how many are kept
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    /// Patterns of the identifiers, with `*` and `?`
    pub patterns: Vec<String>,
    /// The newest ones that are never deleted, at least 1: the floor under every deletion
    pub keep_last: i64,
    /// Days for which every one is kept
    pub keep_days: Option<i64>,
    /// Weeks for which one a week is kept
    pub keep_weekly: Option<i64>,
    /// Months for which one a month is kept
    pub keep_monthly: Option<i64>,
    /// Where copies go
    pub copy_to: Option<CopyTo>,
}

/// Where copies of snapshots go
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyTo {
    /// The region
    pub region: String,
    /// KMS key of that region; an encrypted snapshot needs one
    pub kms_key_id: Option<String>,
    /// The newest copies that are never deleted, at least 1
    pub keep_last: i64,
}

/// Newest snapshots that are kept where the policy does not say
const KEEP_LAST: i64 = 3;
/// Largest age in hours that a policy may name: a year
const LONGEST_HOURS: i64 = 8784;

pub(super) fn backups(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Backups {
    let fewest_days = i64::from(kind != Some(Kind::Rds));
    Backups {
        retention_days: fields.whole("retention_days", fewest_days..=35),
        restore_lag_minutes: fields.whole("restore_lag_minutes", 1..=10_080),
        newest_snapshot_hours: fields.whole("newest_snapshot_hours", 1..=LONGEST_HOURS),
        recovery_points: fields.objects("recovery_points", |fields| {
            let vault = fields.text("vault", "a vault's name", |text| words::line(text, "a vault's name", 50));
            let vault = fields.need("vault", "the name of an AWS Backup vault", vault);
            let newest_hours = newest_hours(fields);
            Some(RecoveryPoints { vault: vault?, newest_hours: newest_hours? })
        }),
        copies: fields.objects("copies", |fields| {
            let region = region(fields);
            let newest_hours = newest_hours(fields);
            Some(Copies { region: region?, newest_hours: newest_hours? })
        }),
    }
}

fn newest_hours(fields: &mut Fields<'_, '_>) -> Option<i64> {
    let hours = fields.whole("newest_hours", 1..=LONGEST_HOURS);
    fields.need("newest_hours", "the largest age in hours", hours)
}

fn region(fields: &mut Fields<'_, '_>) -> Option<String> {
    let region = fields.text("region", words::REGION, words::region);
    fields.need("region", words::REGION, region)
}

pub(super) fn storage(fields: &mut Fields<'_, '_>) -> Storage {
    let billed_gib = fields.number("billed_gib", 0.0..=1_000_000_000.0);
    let growth_percent_per_week = fields.number("growth_percent_per_week", 0.0..=100_000.0);
    Storage { billed_gib, growth_percent_per_week }
}

pub(super) fn snapshots(fields: &mut Fields<'_, '_>) -> Option<Snapshots> {
    let patterns = fields.list("patterns", "patterns of snapshot identifiers", words::pattern);
    let patterns = fields.need("patterns", "a list of patterns, such as [\"manual-backup-*\"]", patterns);
    if fields.value("patterns").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        fields.wrong("patterns", "is an empty list", Wrong::allowed("at least one pattern"));
    }
    let keep_last = fields.whole("keep_last", 1..=1000).unwrap_or(KEEP_LAST);
    let keep_days = fields.whole("keep_days", 0..=3660);
    let keep_weekly = fields.whole("keep_weekly", 0..=520);
    let keep_monthly = fields.whole("keep_monthly", 0..=120);
    let copy_to = fields.object("copy_to", |fields| {
        let region = region(fields);
        let key = "a KMS key's id, ARN or alias";
        let kms_key_id = fields.text("kms_key_id", key, |text| words::line(text, key, 2048));
        let keep_last = fields.whole("keep_last", 1..=1000).unwrap_or(1);
        Some(CopyTo { region: region?, kms_key_id, keep_last })
    });
    Some(Snapshots { patterns: patterns?, keep_last, keep_days, keep_weekly, keep_monthly, copy_to })
}
