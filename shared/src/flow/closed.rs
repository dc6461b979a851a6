//! Records of ended runs, newest first: the evidence that drills leave.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::fault::Fault;
use crate::ports::Store;
use crate::restore::Record;

/// Where records of runs under way lie
pub const OPEN: &str = "runs/open/";
/// Most open runs that are listed; more is an error. An account holds forty instances before it is asked for more.
pub const MOST_OPEN: usize = 2000;
/// Most keys of one month; more is an error
const MOST_IN_A_MONTH: usize = 10_000;

/// The run that a key of an open record names
pub fn run_of(key: &str) -> Option<&str> {
    key.strip_prefix(OPEN)?.strip_suffix(".json")
}

/// The run that a key of a closed record names
pub fn closed_run_of(key: &str) -> &str {
    key.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).unwrap_or_default()
}

/// A run's id without the time at its end: the same for every run of a drill
pub fn drill_of(run: &str) -> &str {
    run.rsplit_once('-').map_or(run, |(drill, _)| drill)
}

/// A closed record; none where it is gone, or where it cannot be read
pub async fn closed_record(store: &impl Store, key: &str) -> Result<Option<Record>, Fault> {
    let Some(stored) = store.read(key).await? else {
        return Ok(None);
    };
    let record = serde_json::from_slice(&stored.body);
    if let Err(error) = &record {
        tracing::warn!(key, error = %error, "a closed record cannot be read");
    }
    Ok(record.ok())
}

/// Keys of closed records of the last `months`, newest first by the time in their names. Months are listed until `most` keys
/// are found.
pub async fn closed_keys(
    store: &impl Store,
    now: Timestamp,
    months: i32,
    most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Fault> {
    let mut newest: Vec<(String, String)> = Vec::new();
    for month in months_back(now, months) {
        for key in store.list(&format!("runs/closed/{month}/"), MOST_IN_A_MONTH).await? {
            let run = closed_run_of(&key);
            if wanted(run) {
                newest.push((run.rsplit('-').next().unwrap_or_default().to_owned(), key));
            }
        }
        if newest.len() >= most {
            break;
        }
    }
    newest.sort();
    Ok(newest.into_iter().rev().take(most).map(|(_, key)| key).collect())
}

/// `2026/11`, `2026/10`, …; a month ahead too, for a drill that was scheduled on its first minute
fn months_back(now: Timestamp, months: i32) -> Vec<String> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let first: Date = today.first_of_month();
    (-1..months)
        .filter_map(|back| first.checked_sub(back.months()).ok())
        .map(|month| month.strftime("%Y/%m").to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_go_back_over_the_new_year_and_one_ahead() {
        let now = "2026-01-31T23:59:00Z".parse().unwrap();
        assert_eq!(months_back(now, 2), ["2026/02", "2026/01", "2025/12"]);
    }

    #[test]
    fn keys_name_their_runs_and_runs_their_drills() {
        assert_eq!(run_of("runs/open/drill-orders-202611221800.json"), Some("drill-orders-202611221800"));
        assert_eq!(run_of("runs/closed/2026/11/drill-orders-1.json"), None);
        let run = closed_run_of("runs/closed/2026/11/drill-orders-weekly-202611221800.json");
        assert_eq!((run, drill_of(run)), ("drill-orders-weekly-202611221800", "drill-orders-weekly"));
    }
}
