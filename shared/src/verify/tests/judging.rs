//! Whether each answer is judged rightly, at its boundaries.

use jiff::Timestamp;
use serde_json::json;

use super::super::*;

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
        (&fresh, time("2026-11-22T18:10:00Z"), None, Outcome::Passed),
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
        (json!(42), Some("Infinity"), false),
        (json!(42), Some("NaN"), false),
        (json!(9_007_199_254_740_993_u64), Some("9007199254740992"), false),
        (json!(0.1), Some("0.10"), true),
        (json!({"a": 1}), Some("{\"a\":1}"), true),
    ];
    for (expect, found, good) in table {
        let check = json!({"kind": "sql", "query": "SELECT 1", "expect": expect});
        let want = if good { Outcome::Passed } else { Outcome::Failed };
        assert_eq!(outcome(&check, Found::Value(found.map(str::to_owned)), None).0, want, "{expect} {found:?}");
    }
}

#[test]
fn a_newest_row_of_after_the_restore_point_proves_nothing() {
    let fresh = json!({"kind": "freshness", "table": "log", "column": "at", "within": "24h"});
    for newest in ["2026-11-22T18:10:01Z", "2026-11-23T03:00:00Z", "2038-01-01T00:00:00Z"] {
        let check: Check = serde_json::from_value(fresh.clone()).unwrap();
        let answer = judge_check(&check, time(newest), "2026-11-22T18:00:00Z".parse().unwrap(), None, 3);
        assert!(
            matches!(&answer.outcome, Outcome::NotAsked { reason } if reason.contains("another time zone")),
            "{answer:?}"
        );
        // It would be taken for the RPO.
        assert_eq!(answer.value, None);
    }
    let said = outcome(&fresh, time("2026-11-22T18:00:30Z"), None).1;
    assert_eq!(said, "2026-11-22 18:00:30 UTC, 30 s after the restore point");
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
