//! Whether what was found is what was expected.

use jiff::Timestamp;

use super::{Check, CheckAnswer, Found, Outcome, Reply, objects};
use crate::moment;

/// Judges one answer.
///
/// `restored_to` is the instant the copy stands for; `earlier` what the last passed drill found for the same question.
pub fn judge_check(
    check: &Check,
    reply: impl Into<Reply>,
    restored_to: Timestamp,
    earlier: Option<&Found>,
    millis: u64,
) -> CheckAnswer {
    let Reply { found, rows } = reply.into();
    let (outcome, said, expected) = compare(check, &found, restored_to, earlier);
    CheckAnswer { check: check.clone(), outcome, found: said, expected, value: Some(found), rows, millis }
}

impl CheckAnswer {
    /// A check that could not be asked
    pub fn not_asked(check: &Check, reason: &str) -> Self {
        Self {
            check: check.clone(),
            outcome: Outcome::NotAsked { reason: reason.to_owned() },
            found: "nothing".to_owned(),
            expected: expectation(check, None),
            value: None,
            rows: 0,
            millis: 0,
        }
    }
}

pub(super) type Judged = (Outcome, String, String);

fn compare(check: &Check, found: &Found, restored_to: Timestamp, earlier: Option<&Found>) -> Judged {
    let expected = expectation(check, earlier);
    let pass = |good: bool| if good { Outcome::Passed } else { Outcome::Failed };
    match (check, found) {
        (
            Check::RowCount { at_least, at_most, .. } | Check::CollectionCount { at_least, at_most, .. },
            Found::Count(rows),
        ) => {
            let good = at_least.is_none_or(|least| *rows >= least) && at_most.is_none_or(|most| *rows <= most);
            (pass(good), rows.to_string(), expected)
        }
        (Check::Tables { at_least, .. }, Found::Count(tables)) => {
            (pass(tables >= at_least), tables.to_string(), expected)
        }
        (_, Found::Missing(said)) => (Outcome::Failed, cut(said), expected),
        (Check::Orphans { .. }, Found::Count(orphans)) => (pass(*orphans == 0), format!("{orphans} orphans"), expected),
        (Check::ForeignKeys { .. }, Found::Keys { probed, broken, sampled }) => {
            foreign_keys(*probed, broken, *sampled, expected)
        }
        (Check::Freshness { within, .. }, Found::Newest(newest)) => freshness(within, *newest, restored_to, expected),
        (Check::Unchanged { within_percent, .. }, Found::Count(rows)) => {
            unchanged(*within_percent, *rows, count_of(earlier), expected)
        }
        (Check::SchemaUnchanged { .. } | Check::GrantsUnchanged { .. }, Found::Objects(now)) => {
            objects::unchanged(now, earlier, expected)
        }
        (Check::Indexes { names, .. }, Found::Objects(now)) => objects::indexes(names, now, earlier, expected),
        (Check::Damage { .. }, Found::Objects(now)) => objects::none_missing(now, earlier, expected),
        (Check::Damage { except }, Found::Damages { looked_for, found, left_out }) => {
            objects::damages(except, looked_for, found, left_out, expected)
        }
        (Check::Sql { expect, .. }, Found::Value(value)) => {
            let said = value.clone().map_or_else(|| "NULL".to_owned(), |value| cut(&value));
            (pass(same_value(expect, value.as_deref())), said, expected)
        }
        _ => (
            Outcome::NotAsked { reason: "the answer does not fit the question".to_owned() },
            "an answer of another kind".to_owned(),
            expected,
        ),
    }
}

/// The earlier count, where the earlier answer is one
fn count_of(earlier: Option<&Found>) -> Option<u64> {
    match earlier {
        Some(Found::Count(rows)) => Some(*rows),
        _ => None,
    }
}

fn foreign_keys(probed: u64, broken: &[(String, u64)], sampled: u64, expected: String) -> Judged {
    let of_sample = if sampled == 0 { String::new() } else { format!(", {sampled} of them sampled") };
    if probed == 0 {
        return (Outcome::Noted, "no foreign keys declared".to_owned(), expected);
    }
    if broken.is_empty() {
        let keys = if probed == 1 {
            format!("1 key, whole{of_sample}")
        } else {
            format!("{probed} keys, all whole{of_sample}")
        };
        return (Outcome::Passed, keys, expected);
    }
    let named: Vec<String> = broken.iter().take(3).map(|(key, rows)| format!("{key}: {rows}")).collect();
    let more = broken.len().saturating_sub(3);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    (
        Outcome::Failed,
        format!("{} of {probed} keys broken{of_sample} ({}{more})", broken.len(), named.join(", ")),
        expected,
    )
}

fn freshness(within: &str, newest: Option<Timestamp>, restored_to: Timestamp, expected: String) -> Judged {
    let Some(limit) = moment::span(within) else {
        let reason = format!("{within:?} is no span of time");
        return (Outcome::NotAsked { reason }, "nothing".to_owned(), expected);
    };
    let Some(newest) = newest else {
        return (Outcome::Failed, "no row with a time".to_owned(), expected);
    };
    let age = restored_to.duration_since(newest);
    let said = if age.is_negative() {
        format!("{}, after the restore point", moment::utc(newest))
    } else {
        format!("{}, {} before the restore point", moment::utc(newest), moment::duration(age))
    };
    (if age <= limit { Outcome::Passed } else { Outcome::Failed }, said, expected)
}

fn unchanged(within_percent: f64, rows: u64, earlier: Option<u64>, expected: String) -> Judged {
    let Some(earlier) = earlier else {
        return (Outcome::Noted, rows.to_string(), expected);
    };
    #[expect(clippy::cast_precision_loss, reason = "row counts above 2^53 would differ by less than a billionth")]
    let (before, after) = (earlier as f64, rows as f64);
    let good = (after - before).abs() <= before * within_percent / 100.0;
    let percent = if earlier == 0 { String::new() } else { format!(" ({:+.1} %)", (after - before) / before * 100.0) };
    (if good { Outcome::Passed } else { Outcome::Failed }, format!("{rows}{percent}"), expected)
}

/// Whether a database's text is the value the policy expects: `t` and `1` are true to a database that says so.
fn same_value(expect: &serde_json::Value, found: Option<&str>) -> bool {
    use serde_json::Value;
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
        (Value::Number(want), Some(text)) => {
            // `42` and `42.00` are one number to a reader, and two texts to a database.
            let same = |a: f64, b: f64| (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs());
            want.to_string() == text || matches!((want.as_f64(), text.parse::<f64>()), (Some(a), Ok(b)) if same(a, b))
        }
        (Value::String(want), Some(text)) => want == text,
        (Value::Array(_) | Value::Object(_), Some(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value == *expect)
        }
    }
}

/// What is expected, in words
fn expectation(check: &Check, earlier: Option<&Found>) -> String {
    match check {
        Check::RowCount { at_least, at_most, .. } | Check::CollectionCount { at_least, at_most, .. } => {
            match (at_least, at_most) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => "any number".to_owned(),
            }
        }
        Check::Freshness { within, .. } => format!("at most {within} before the restore point"),
        Check::Tables { at_least, .. } => format!("at least {at_least}"),
        Check::Orphans { .. } => "no orphans".to_owned(),
        Check::ForeignKeys { .. } => "every key whole".to_owned(),
        Check::SchemaUnchanged { .. } | Check::GrantsUnchanged { .. } => "as in the last passed drill".to_owned(),
        Check::Indexes { names, .. } if names.is_empty() => "as in the last passed drill".to_owned(),
        Check::Indexes { names, .. } => cut(&names.join(", ")),
        Check::Damage { .. } => "none".to_owned(),
        Check::Unchanged { within_percent, .. } => match count_of(earlier) {
            Some(earlier) => format!("{earlier} within {within_percent} %"),
            None => "the first count, nothing to compare with yet".to_owned(),
        },
        Check::Sql { expect, .. } => match expect {
            serde_json::Value::String(text) => cut(text),
            other => cut(&other.to_string()),
        },
    }
}

/// Longest value that a record or a mail repeats, in characters
const LONGEST_VALUE: usize = 120;

fn cut(value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= LONGEST_VALUE {
        return clean;
    }
    format!("{}… (cut)", clean.chars().take(LONGEST_VALUE).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(check: &serde_json::Value, found: Found, earlier: Option<u64>) -> (Outcome, String, String) {
        let check: Check = serde_json::from_value(check.clone()).unwrap();
        let at: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        let answer = judge_check(&check, found, at, earlier.map(Found::Count).as_ref(), 3);
        (answer.outcome, answer.found, answer.expected)
    }

    fn time(text: &str) -> Found {
        Found::Newest(Some(text.parse().unwrap()))
    }

    #[test]
    fn each_kind_is_judged_at_its_boundary() {
        use serde_json::json;
        let rows = json!({"kind": "row_count", "table": "users", "at_least": 10, "at_most": 20});
        let fresh = json!({"kind": "freshness", "table": "log", "column": "at", "within": "24h"});
        let tables = json!({"kind": "tables", "schema": "staging", "at_least": 81});
        let orphans = json!({"kind": "orphans", "child": "a.b", "parent": "c.d"});
        let keys = json!({"kind": "foreign_keys", "schema": "public"});
        let same = json!({"kind": "unchanged", "table": "users", "within_percent": 10});
        let table = [
            (&rows, Found::Count(9), None, Outcome::Failed),
            (&rows, Found::Count(10), None, Outcome::Passed),
            (&rows, Found::Count(20), None, Outcome::Passed),
            (&rows, Found::Count(21), None, Outcome::Failed),
            (&fresh, time("2026-11-21T18:00:00Z"), None, Outcome::Passed),
            (&fresh, time("2026-11-21T17:59:59Z"), None, Outcome::Failed),
            (&fresh, Found::Newest(None), None, Outcome::Failed),
            (&tables, Found::Count(80), None, Outcome::Failed),
            (&tables, Found::Count(81), None, Outcome::Passed),
            (&orphans, Found::Count(0), None, Outcome::Passed),
            (&orphans, Found::Count(1), None, Outcome::Failed),
            (&keys, Found::Keys { probed: 2, broken: vec![], sampled: 0 }, None, Outcome::Passed),
            (&keys, Found::Keys { probed: 0, broken: vec![], sampled: 0 }, None, Outcome::Noted),
            (&keys, Found::Keys { probed: 2, broken: vec![("fk on t".into(), 4)], sampled: 0 }, None, Outcome::Failed),
            (&keys, Found::Missing("no schema".to_owned()), None, Outcome::Failed),
            (&rows, Found::Missing("no table".to_owned()), None, Outcome::Failed),
            (&same, Found::Missing("no table".to_owned()), None, Outcome::Failed),
            (&same, Found::Count(90), Some(100), Outcome::Passed),
            (&same, Found::Count(89), Some(100), Outcome::Failed),
            (&same, Found::Count(111), Some(100), Outcome::Failed),
            (&same, Found::Count(111), None, Outcome::Noted),
            (&same, Found::Count(0), Some(0), Outcome::Passed),
            (&same, Found::Count(1), Some(0), Outcome::Failed),
        ];
        for (check, found, earlier, want) in table {
            assert_eq!(outcome(check, found.clone(), earlier).0, want, "{check} {found:?} {earlier:?}");
        }
    }

    #[test]
    fn a_query_is_compared_as_the_database_writes_its_values() {
        use serde_json::json;
        let table = [
            (json!(true), Some("t"), true),
            (json!(true), Some("1"), true),
            (json!(true), Some("f"), false),
            (json!(true), None, false),
            (json!(false), Some("0"), true),
            (json!(42), Some("42"), true),
            (json!(42), Some("42.0"), true),
            (json!(42), Some("43"), false),
            (json!("open"), Some("open"), true),
            (json!("open"), Some("Open"), false),
            (json!(null), None, true),
            (json!(null), Some(""), false),
            (json!({"a": 1}), Some("{\"a\":1}"), true),
        ];
        for (expect, found, good) in table {
            let check = json!({"kind": "sql", "query": "SELECT 1", "expect": expect});
            let want = if good { Outcome::Passed } else { Outcome::Failed };
            assert_eq!(outcome(&check, Found::Value(found.map(str::to_owned)), None).0, want, "{expect} {found:?}");
        }
    }

    #[test]
    fn an_answer_of_another_kind_is_no_answer() {
        let check = serde_json::json!({"kind": "orphans", "child": "a.b", "parent": "c.d"});
        assert!(matches!(outcome(&check, Found::Value(None), None).0, Outcome::NotAsked { .. }));
    }

    #[test]
    fn a_huge_value_is_cut_and_says_so() {
        let check = serde_json::json!({"kind": "sql", "query": "SELECT x", "expect": "y"});
        let (_, found, _) = outcome(&check, Found::Value(Some("z\n".repeat(500))), None);
        assert!(found.ends_with("… (cut)") && !found.contains('\n'), "{found}");
    }
}
