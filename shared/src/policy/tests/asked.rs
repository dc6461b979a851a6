//! What a policy may ask, kind by kind.

use super::*;

/// Every kind of check with every key, of every kind of database
const CHECKS: &str = include_str!("checks.json");

fn database(name: &str) -> Database {
    Policy::parse(CHECKS).unwrap().database(name).unwrap().clone()
}

/// The one check of a database of this kind
fn check(kind: &str, check: &str) -> Check {
    let policy = Policy::parse(&one(kind, &format!(r#""checks": [{check}]"#))).unwrap();
    policy.database("a").unwrap().checks[0].clone()
}

fn since(text: &str, zone: &str) -> Option<String> {
    let checks = format!(r#""checks": [{{"kind": "grants_unchanged", "since": "{text}"}}]"#);
    let text = one("rds", &checks).replacen('{', &format!(r#"{{"timezone": "{zone}","#), 1);
    let policy = Policy::parse(&text).ok()?;
    policy.database("a")?.checks.first()?.since().map(|time| time.to_string())
}

#[test]
fn every_kind_can_be_asked_of_some_database() {
    let mut asked: BTreeSet<&str> = database("orders").checks.iter().map(Check::kind).collect();
    asked.extend(database("profiles").checks.iter().map(Check::kind));
    assert_eq!(asked, Check::KINDS.into());
}

#[test]
fn a_check_in_its_normal_form_is_read_as_itself() {
    for (name, kind) in [("orders", Kind::Aurora), ("profiles", Kind::Documentdb)] {
        let checks = database(name).checks;
        let normal = serde_json::to_value(&checks).unwrap();
        assert_eq!(read_checks(&normal, "checks", kind, &TimeZone::UTC).unwrap(), checks);
    }
}

#[test]
fn collections_and_fields_end_as_tables_and_columns() {
    let same = [
        (r#"{"kind": "freshness", "collection": "c", "field": "f", "within": "1h"}"#, "column"),
        (r#"{"kind": "unchanged", "collection": "c", "within_percent": 1}"#, "table"),
        (r#"{"kind": "indexes", "collection": "c"}"#, "table"),
        (r#"{"kind": "row_count", "collection": "c", "at_least": 1}"#, "table"),
    ];
    for (text, key) in same {
        let normal = serde_json::to_value(check("documentdb", text)).unwrap();
        assert!(normal.get(key).is_some() && normal.get("collection").is_none(), "{normal}");
        let sql = text.replace("collection", "table").replace("field", "column");
        assert_eq!(check("rds", &sql), check("documentdb", text));
    }
}

#[test]
fn a_date_begins_at_midnight_in_the_policys_zone() {
    let table = [
        ("2026-11-22", "UTC", Some("2026-11-22T00:00:00Z")),
        ("2026-11-22", "Asia/Tokyo", Some("2026-11-21T15:00:00Z")),
        // A day that begins at one o'clock
        ("2026-09-06", "America/Santiago", Some("2026-09-06T04:00:00Z")),
        ("2026-11-22T18:00:00+09:00", "UTC", Some("2026-11-22T09:00:00Z")),
        ("2026-11-22T18:00:00Z", "Asia/Tokyo", Some("2026-11-22T18:00:00Z")),
        ("2026-11-22T18:00:00", "UTC", None),
        ("2026-11-22 18:00", "UTC", None),
        ("22.11.2026", "UTC", None),
        ("20261122", "UTC", None),
        ("2026-02-30", "UTC", None),
        ("1999-12-31", "UTC", None),
        ("2100-01-01", "UTC", None),
        ("yesterday", "UTC", None),
    ];
    for (text, zone, want) in table {
        assert_eq!(since(text, zone).as_deref(), want, "{text} in {zone}");
    }
    let text = one("rds", r#""checks": [{"kind": "grants_unchanged", "since": "2026-11-22T18:00:00"}]"#);
    let told = mistakes(&text.replacen('{', r#"{"timezone": "Asia/Tokyo","#, 1));
    assert!(told[0].ends_with("Nearest: 2026-11-22T18:00:00+09:00"), "{told:?}");
}

#[test]
fn empty_lists_name_nothing() {
    let no_names = r#"{"kind": "indexes", "table": "t", "names": []}"#;
    assert_eq!(check("rds", no_names), check("rds", r#"{"kind": "indexes", "table": "t"}"#));
    assert_eq!(check("rds", r#"{"kind": "damage", "except": []}"#), check("rds", r#"{"kind": "damage"}"#));
}

#[test]
fn a_policy_names_no_more_checks_than_one_request_carries() {
    let many = |count: usize, check: &str| {
        let checks = vec![check; count].join(",");
        mistakes(&one("rds", &format!(r#""checks": [{checks}]"#)))
    };
    let short = r#"{"kind": "damage"}"#;
    assert_eq!(many(MOST_CHECKS, short), [""; 0]);
    assert_eq!(many(MOST_CHECKS + 1, short), ["databases.a.checks: is a list of 201. Allowed: at most 200"]);
    let long = format!(r#"{{"kind": "sql", "query": "SELECT {}", "expect": true}}"#, "1".repeat(19_000));
    assert!(many(8, &long)[0].starts_with("databases.a.checks: is 152"), "{:?}", many(8, &long));
}

#[test]
fn a_request_with_several_mistakes_is_told_all_of_them() {
    let checks = serde_json::json!([{"kind": "row_cont", "table": "a"}, {"kind": "tables"}, 7]);
    let told = read_checks(&checks, "checks", Kind::Rds, &TimeZone::UTC).unwrap_err();
    let paths: Vec<&str> = told.list().iter().map(|mistake| mistake.path.as_str()).collect();
    assert_eq!(paths, ["checks[0].kind", "checks[1].at_least", "checks[2]"]);
    assert!(read_checks(&serde_json::json!({}), "checks", Kind::Rds, &TimeZone::UTC).is_err());
}
