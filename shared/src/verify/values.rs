//! Answers that are one value: counts, times, what a query of the policy's own answers; and foreign keys.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::judge::Judged;
use super::words::{LONGEST_NAME, LONGEST_VALUE, MOST_NAMED, plain};
use super::{Earlier, Found, Outcome};
use crate::moment;

/// How far behind the restore point the newest row may lie: clocks differ, and a snapshot's time is that of its beginning.
/// It is less than any two time zones differ by.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn pass(good: bool) -> Outcome {
    if good { Outcome::Passed } else { Outcome::Failed }
}

pub(super) fn foreign_keys(probed: u64, broken: &[(String, u64)], sampled: u64, expected: String) -> Judged {
    if probed == 0 {
        return (Outcome::Noted, "no foreign keys declared".to_owned(), expected);
    }
    let of_sample = match sampled {
        0 => String::new(),
        _ if sampled >= probed => ", sampled: not every row was looked at".to_owned(),
        _ => format!(", {sampled} of them sampled: not every row was looked at"),
    };
    if broken.is_empty() {
        let keys = if probed == 1 { "1 key, whole".to_owned() } else { format!("{probed} keys, all whole") };
        return (Outcome::Passed, format!("{keys}{of_sample}"), expected);
    }
    let named = broken.iter().take(MOST_NAMED).map(|(key, rows)| format!("{}: {rows}", plain(key, LONGEST_NAME)));
    let named: Vec<String> = named.collect();
    let more = broken.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    (
        Outcome::Failed,
        format!("{} of {probed} keys broken ({}{more}){of_sample}", broken.len(), named.join(", ")),
        expected,
    )
}

/// The age of the newest row. One that lies clearly behind the restore point says nothing about freshness: its column holds
/// times to come or is of another zone, or the copy is not of the time that it should be.
pub(super) fn freshness(within: &str, newest: Option<Timestamp>, restored_to: Timestamp, expected: String) -> Judged {
    let Some(limit) = moment::span(within) else {
        let reason = format!("{within:?} is no span of time");
        return (Outcome::NotAsked { reason }, "nothing".to_owned(), expected);
    };
    let Some(newest) = newest else {
        return (Outcome::Failed, "no row with a time".to_owned(), expected);
    };
    let (age, at) = (restored_to.duration_since(newest), moment::utc(newest));
    if age < -AHEAD {
        let ahead = moment::duration(-age);
        let reason = format!(
            "the newest row is of {at}, {ahead} after the restore point: the column is of another time zone than the \
             policy's, or holds times to come (ask with sql instead), or the copy is of another time than it should be"
        );
        return (Outcome::NotAsked { reason }, format!("{at}, {ahead} after the restore point"), expected);
    }
    let said = if age.is_negative() {
        format!("{at}, {} after the restore point", moment::duration(-age))
    } else {
        format!("{at}, {} before the restore point", moment::duration(age))
    };
    (pass(age <= limit), said, expected)
}

/// The earlier count, where the earlier answer is one
pub(super) fn count_of(earlier: &Earlier<'_>) -> Option<u64> {
    match earlier {
        Earlier::Found(Found::Count(rows)) => Some(*rows),
        _ => None,
    }
}

pub(super) fn unchanged(within_percent: f64, rows: u64, earlier: &Earlier<'_>, expected: String) -> Judged {
    let before = match earlier {
        Earlier::Found(Found::Count(before)) => *before,
        Earlier::Found(_) => {
            let why = "the last passed drill answered in another form, nothing to compare with yet";
            return (Outcome::Noted, format!("{rows}; {why}"), expected);
        }
        Earlier::Nothing(why) => {
            return (Outcome::Noted, format!("{rows}; {}", plain(why, 2 * LONGEST_VALUE)), expected);
        }
        Earlier::Lost(why) => return (Outcome::NotAsked { reason: why.clone() }, rows.to_string(), expected),
    };
    #[expect(clippy::cast_precision_loss, reason = "row counts above 2^53 would differ by less than a billionth")]
    let (then, now) = (before as f64, rows as f64);
    let good = (now - then).abs() <= then * within_percent / 100.0;
    let percent = if before == 0 { String::new() } else { format!(" ({:+.1} %)", (now - then) / then * 100.0) };
    (pass(good), format!("{rows}{percent}"), expected)
}

/// Whether a database's text is the value the policy expects: `t` and `1` are true to a database that says so.
pub(super) fn same_value(expect: &Value, found: Option<&str>) -> bool {
    match (expect, found) {
        (Value::Null, None) => true,
        (Value::Null, Some(_)) | (_, None) => false,
        (Value::Bool(want), Some(text)) => {
            let text = text.to_ascii_lowercase();
            let says = match text.as_str() {
                "t" | "true" | "1" => Some(true),
                "f" | "false" | "0" => Some(false),
                _ => None,
            };
            says == Some(*want)
        }
        (Value::Number(want), Some(text)) => same_number(&want.to_string(), text),
        (Value::String(want), Some(text)) => want == text,
        (Value::Array(_) | Value::Object(_), Some(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value == *expect)
        }
    }
}

/// `42` and `42.00` are one number to a reader, and two texts to a database. Whole numbers are compared to the last digit;
/// `Infinity` and `NaN` are no number that a policy expects.
fn same_number(want: &str, found: &str) -> bool {
    if let (Ok(want), Ok(found)) = (want.parse::<i128>(), found.parse::<i128>()) {
        return want == found;
    }
    let same = |a: f64, b: f64| (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs());
    match (want.parse::<f64>(), found.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.is_finite() && b.is_finite() && same(a, b),
        _ => false,
    }
}
