//! Whether the newest backup of a database is fresh: only then may older snapshots go.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::CLOCKS;
use crate::moment;
use crate::policy::Backups;

/// Largest age of the newest backup in hours, where the policy names no limit: a day, and the length of a backup window
pub const USUAL_HOURS: i64 = 26;

/// The newest backups that RDS itself made of a database; what is `None` is not known
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NewestBackup {
    /// `LatestRestorableTime`
    pub restorable: Option<Timestamp>,
    /// Time of the newest automated snapshot that is available
    pub automated: Option<Timestamp>,
}

/// Why the newest backup counts as stale; `None` when it is fresh.
///
/// Every limit that the policy names has to hold. Where it names none, one of the two has to be younger than
/// [`USUAL_HOURS`]. A backup from the future proves that a clock is wrong, and nothing else.
pub fn stale(now: Timestamp, limits: &Backups, newest: Option<&NewestBackup>) -> Option<String> {
    let newest = newest.copied().unwrap_or_default();
    let restorable = ("latest restorable time", newest.restorable);
    let automated = ("newest automated snapshot", newest.automated);
    let of_lag = limits.restore_lag_minutes.map(SignedDuration::from_mins);
    let of_age = limits.newest_snapshot_hours.map(SignedDuration::from_hours);
    if of_lag.is_none() && of_age.is_none() {
        let usual = SignedDuration::from_hours(USUAL_HOURS);
        let [first, second] = [restorable, automated].map(|fact| beyond(now, usual, fact));
        return first.and_then(|first| second.map(|second| format!("{first}; {second}")));
    }
    let lag = of_lag.and_then(|limit| beyond(now, limit, restorable));
    let age = of_age.and_then(|limit| beyond(now, limit, automated));
    lag.or(age)
}

fn beyond(now: Timestamp, limit: SignedDuration, (what, at): (&str, Option<Timestamp>)) -> Option<String> {
    let Some(at) = at else {
        return Some(format!("the {what} is not known"));
    };
    let age = now.duration_since(at);
    if age < -CLOCKS {
        return Some(format!("the {what}, {}, lies in the future: a clock is wrong", moment::utc(at)));
    }
    (age > limit)
        .then(|| format!("the {what} is {} old, and {} are allowed", moment::duration(age), moment::duration(limit)))
}
