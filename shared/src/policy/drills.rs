//! The drills of a database.

use jiff::SignedDuration;

use super::backups::Backups;
use super::fields::Fields;
use super::sandbox::{self, Sandbox};
use super::words;
use super::wrong::Wrong;
use crate::database::Kind;

/// Longest lag that a drill may ask for: the longest retention of automated backups, 35 days (RDS API)
const LONGEST_LAG: SignedDuration = SignedDuration::from_hours(35 * 24);

/// One drill: what it restores, and how
#[derive(Debug, Clone, PartialEq)]
pub struct Drill {
    /// Which backup; a point in time when left out
    pub source: Source,
    /// How long before the scheduled time the point in time lies; the latest restorable time when left out
    pub restore_lag: Option<SignedDuration>,
    /// Another region to restore in; its snapshots or vaults hold the backup
    pub region: Option<String>,
    /// What differs from the database's sandbox
    pub sandbox: Sandbox,
    /// Days after which the last passed drill is too old; not checked when left out
    pub max_age_days: Option<i64>,
}

/// Which backup a drill restores
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// Native automated backups
    #[default]
    PointInTime,
    /// The newest available snapshot
    LatestSnapshot,
    /// A snapshot by its identifier or ARN
    Snapshot(String),
    /// The newest recovery point in the vaults that the policy names under `backups.recovery_points`
    RecoveryPoint,
}

impl Source {
    /// Every source, as policies and requests write it
    pub const WORDS: [&'static str; 4] = ["point_in_time", "latest_snapshot", "snapshot", "recovery_point"];

    /// The word of this source
    pub fn word(&self) -> &'static str {
        match self {
            Self::PointInTime => "point_in_time",
            Self::LatestSnapshot => "latest_snapshot",
            Self::Snapshot(_) => "snapshot",
            Self::RecoveryPoint => "recovery_point",
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Drill {
    let source = source(fields).unwrap_or_default();
    let restore_lag = fields.span("restore_lag", LONGEST_LAG);
    if restore_lag.is_some() && source != Source::PointInTime {
        let allowed = format!("nothing: a lag goes with point_in_time, not with {}", source.word());
        fields.wrong("restore_lag", "is given", Wrong::allowed(allowed));
    }
    let region = fields.text("region", words::REGION, words::region);
    let sandbox = fields.object("sandbox", |fields| Some(sandbox::read(fields, kind))).unwrap_or_default();
    let max_age_days = fields.whole("max_age_days", 1..=3660);
    Drill { source, restore_lag, region, sandbox, max_age_days }
}

/// Why a drill of some source cannot be, given where it restores and what vaults the database has
pub(crate) fn impossible(source: &Source, region: Option<&str>, vaults: usize) -> Option<Wrong> {
    let others = "latest_snapshot, snapshot or recovery_point";
    match (source, region) {
        (Source::PointInTime, Some(region)) => Some(Wrong::allowed(format!(
            "{others}: automated backups stay in their own region, and this drill restores in {region}"
        ))),
        (Source::RecoveryPoint, _) if vaults == 0 => Some(Wrong::allowed(
            "another source, or a vault under the database's backups.recovery_points: AWS Backup's points lie in vaults",
        )),
        _ => None,
    }
}

/// Notes the drills of a database that could never be
pub(super) fn all_possible(fields: &mut Fields<'_, '_>, backups: &Backups, drills: &[(String, Drill)]) {
    for (name, drill) in drills {
        let region = drill.region.as_deref();
        if let Some(wrong) = impossible(&drill.source, region, backups.recovery_points.len()) {
            fields.wrong(&format!("drills.{name}.source"), format!("is {}", drill.source.word()), wrong);
        }
    }
}

/// The keys `source` and `snapshot`, of a drill or a request. A snapshot's identifier alone says enough.
pub(crate) fn source(fields: &mut Fields<'_, '_>) -> Option<Source> {
    let word = fields.word("source", &Source::WORDS);
    let snapshot = fields.text("snapshot", words::SNAPSHOT, words::snapshot);
    match word {
        Some("snapshot") => Some(Source::Snapshot(fields.need("snapshot", words::SNAPSHOT, snapshot)?)),
        None if fields.value("source").is_none() => snapshot.map(Source::Snapshot),
        None => None,
        Some(word) => {
            if let Some(snapshot) = snapshot {
                let allowed =
                    format!("nothing: a snapshot's identifier goes with the source snapshot, not with {word}");
                fields.wrong("snapshot", format!("is {snapshot:?}"), Wrong::allowed(allowed));
            }
            match word {
                "latest_snapshot" => Some(Source::LatestSnapshot),
                "recovery_point" => Some(Source::RecoveryPoint),
                _ => Some(Source::PointInTime),
            }
        }
    }
}
