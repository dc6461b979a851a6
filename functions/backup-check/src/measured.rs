//! Billed backup storage: read once a day or as the policy says, as CloudWatch charges for it, and remembered.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::checkup::Unknown;
use lifeboat::database::{Kind, Sample, Series};
use lifeboat::policy::Database;
use lifeboat::ports::Measured;

use crate::World;
use crate::reading::known;
use crate::scope::Scope;

/// Billed backup bytes of a cluster, several values a day whose sum is the day's (Aurora and DocumentDB user guides)
const METRIC: &str = "TotalBackupStorageBilled";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Days that are read at once: two weeks, so that the first check can tell how fast it grows. A value comes late and only
/// once a day, so less than two days would find none.
const DAYS_READ: i32 = 15;
/// Days that are remembered
const DAYS_KEPT: i32 = 60;

/// Billed bytes by cluster, or why they are not known; `None` where nobody asked
pub type Billed = Option<Result<BTreeMap<String, Vec<Sample>>, Unknown>>;
/// Billed bytes of earlier days, by the database's name in the policy
pub type History = BTreeMap<String, Vec<Sample>>;

/// Reads what is due. Only whole days count: the sum of a day that is not over is too small.
pub async fn read<W: World>(world: &W, scope: &Scope<'_>, history: &History, now: Timestamp) -> Billed {
    let series: Vec<Series> = scope.databases().into_iter().filter_map(|(_, database)| series(database)).collect();
    if series.is_empty() || !is_due(scope, history, now) {
        return None;
    }
    let today = begin_of_day(now);
    let since = today.saturating_sub(DAY * DAYS_READ).unwrap_or(today);
    let sums = known(world.measured().daily_sums(&series, since, today).await);
    Some(sums.map(|sums| sums.into_iter().map(|(series, samples)| (series.cluster, samples)).collect()))
}

/// Whether the newest day that is known has been over for as long as the policy says
fn is_due(scope: &Scope<'_>, history: &History, now: Timestamp) -> bool {
    let every = SignedDuration::from_hours(scope.policy.checkup.metrics_every_hours);
    let clusters = scope.databases().into_iter().filter(|(_, database)| series(database).is_some());
    let newest = clusters.filter_map(|(name, _)| history.get(name)?.last()).map(|sample| sample.at).max();
    newest.and_then(|at| at.checked_add(DAY).ok()?.checked_add(every).ok()).is_none_or(|due| now >= due)
}

/// What is remembered from now on, of databases that the policy still has
pub fn remember(scope: &Scope<'_>, history: &History, billed: &Billed, now: Timestamp) -> History {
    let oldest = now.saturating_sub(DAY * DAYS_KEPT).unwrap_or(now);
    let mut kept = History::new();
    for (name, database) in &scope.policy.databases {
        let mut days: BTreeMap<Timestamp, f64> = BTreeMap::new();
        days.extend(history.get(name).into_iter().flatten().map(|sample| (sample.at, sample.value)));
        if let Some(Ok(billed)) = billed {
            let read = billed.get(&database.identifier).into_iter().flatten();
            days.extend(read.map(|sample| (sample.at, sample.value)));
        }
        let samples: Vec<Sample> =
            days.into_iter().filter(|(at, _)| *at >= oldest).map(|(at, value)| Sample { at, value }).collect();
        if !samples.is_empty() {
            kept.insert(name.clone(), samples);
        }
    }
    kept
}

/// RDS instances have no such metric.
fn series(database: &Database) -> Option<Series> {
    let namespace = match database.kind {
        Kind::Aurora => "AWS/RDS",
        Kind::Documentdb => "AWS/DocDB",
        Kind::Rds => return None,
    };
    Some(Series { namespace: namespace.to_owned(), metric: METRIC.to_owned(), cluster: database.identifier.clone() })
}

fn begin_of_day(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(DAY.as_secs())).unwrap_or(now)
}
