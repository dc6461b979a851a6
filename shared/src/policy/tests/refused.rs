//! What a policy may not say, and what is said about it.

use super::*;

/// Each text is refused with exactly one mistake, which starts so
fn refused(table: &[(&str, &str, &str)]) {
    for (kind, rest, wanted) in table {
        let told = mistakes(&one(kind, rest));
        assert_eq!(told.len(), 1, "{rest}: {told:#?}");
        assert!(told[0].starts_with(&format!("databases.a.{wanted}")), "{rest}: {}", told[0]);
    }
}

#[test]
fn sandboxes_that_cannot_be() {
    refused(&[
        ("aurora", r#""sandbox": {"security_groups": ["default"]}"#, r#"sandbox.security_groups[0]: is "default""#),
        ("aurora", r#""sandbox": {"security_groups": "sg-1"}"#, "sandbox.security_groups: is \"sg-1\""),
        ("aurora", r#""sandbox": {"acu": [2, 1]}"#, "sandbox.acu: is a list of 2"),
        ("aurora", r#""sandbox": {"acu": [0.3, 1]}"#, "sandbox.acu"),
        ("aurora", r#""sandbox": {"acu": [0.5, 300]}"#, "sandbox.acu"),
        ("aurora", r#""sandbox": {"acu": [0, 0.5]}"#, "sandbox.acu"),
        ("aurora", r#""sandbox": {"acu": [1]}"#, "sandbox.acu"),
        ("rds", r#""sandbox": {"acu": [0.5, 1]}"#, "sandbox.acu"),
        ("rds", r#""sandbox": {"instance_class": "db.serverless"}"#, "sandbox.instance_class"),
        ("rds", r#""sandbox": {"instance_class": "t4g.micro"}"#, "sandbox.instance_class: is \"t4g.micro\". Allowed"),
        ("aurora", r#""sandbox": {"deadline_minutes": 9}"#, "sandbox.deadline_minutes: is 9"),
        ("aurora", r#""sandbox": {"deadline_minutes": 120.5}"#, "sandbox.deadline_minutes: is 120.5"),
        ("aurora", r#""sandbox": {"expires_hours": 169}"#, "sandbox.expires_hours: is 169"),
        ("aurora", r#""sandbox": {"expires_hours": 1}"#, "sandbox.expires_hours: is 1. Allowed: hours that hold"),
        ("aurora", r#""sandbox": {"deadline_minutes": 121, "expires_hours": 2}"#, "sandbox.expires_hours: is 2"),
        (
            "aurora",
            r#""drills": {"weekly": {"sandbox": {"expires_hours": 1}}}"#,
            "drills.weekly.sandbox.expires_hours: is 1. Allowed: hours that hold",
        ),
    ]);
}

#[test]
fn logins_that_lead_nowhere() {
    refused(&[
        ("aurora", r#""sandbox": {"login": {"method": "iam", "database": "app"}}"#, "sandbox.login.user: is missing"),
        ("aurora", r#""sandbox": {"login": {"method": "managed_secret"}}"#, "sandbox.login.database: is missing"),
        ("aurora", r#""sandbox": {"login": {"database": "app"}}"#, "sandbox.login.method: is missing"),
        (
            "aurora",
            r#""sandbox": {"login": {"method": "managed_secret", "user": "x", "database": "app"}}"#,
            "sandbox.login.user: is \"x\"",
        ),
        (
            "aurora",
            r#""sandbox": {"login": {"method": "managed-secret", "database": "app"}}"#,
            "sandbox.login.method: is \"managed-secret\". Allowed: one of managed_secret, iam. Nearest: managed_secret",
        ),
    ]);
}

#[test]
fn checks_that_ask_nothing_or_too_much() {
    let table = [
        (r#"{"kind": "row_count", "table": "t"}"#, "at_least: is missing, and so is at_most"),
        (r#"{"kind": "row_count", "table": "t", "at_least": 5, "at_most": 4}"#, "at_most: is 4"),
        (r#"{"kind": "row_count", "table": "t", "at_least": -1}"#, "at_least: is -1"),
        (r#"{"kind": "row_count", "table": " ", "at_least": 1}"#, "table: is \" \""),
        (r#"{"kind": "orphans", "child": "user_id", "parent": "users.id"}"#, "child: is \"user_id\""),
        (r#"{"kind": "orphans", "child": "a.b.c.d", "parent": "users.id"}"#, "child: is"),
        (r#"{"kind": "freshness", "table": "t", "column": "c", "within": "a day"}"#, "within: is \"a day\""),
        (r#"{"kind": "freshness", "table": "t", "column": "c", "within": "0s"}"#, "within: is \"0s\""),
        (r#"{"kind": "tables", "at_least": 0}"#, "at_least: is 0"),
        (r#"{"kind": "unchanged", "table": "t", "within_percent": 1001}"#, "within_percent: is 1001"),
        (r#"{"kind": "sql", "query": "SELECT 1", "expect": [1]}"#, "expect: is a list of 1"),
        (r#"{"kind": "sql", "query": "SELECT 1"}"#, "expect: is missing"),
        (r#"{"kind": "foreign_keys"}"#, "schema: is missing"),
        (r#"{"kind": "rowcount", "table": "t"}"#, "kind: is \"rowcount\""),
        (r#"{"kind": "indexes"}"#, "table: is missing. Allowed: a table, as schema.table or table"),
        (r#"{"kind": "indexes", "collection": "c", "table": "t"}"#, "collection: is an unknown key"),
        (r#"{"kind": "indexes", "table": "t", "names": [" "]}"#, "names[0]: is \" \""),
        (r#"{"kind": "indexes", "table": "t", "names": "a"}"#, "names: is \"a\""),
        (r#"{"kind": "indexes", "table": "t", "names": ["a"], "since": "2026-11-22"}"#, "since: is given"),
        (r#"{"kind": "damage", "except": [""]}"#, "except[0]: is \"\""),
        (r#"{"kind": "damage", "except": ["a*b"]}"#, "except[0]: is \"a*b\""),
        (r#"{"kind": "damage", "except": ["**"]}"#, "except[0]: is \"**\""),
        (r#"{"kind": "damage", "since": "2026-11-22"}"#, "since: is an unknown key"),
        (r#"{"kind": "schema_unchanged", "since": "soon"}"#, "since: is \"soon\". Allowed: a date such as"),
        (r#"{"kind": "schema_unchanged", "since": 20261122}"#, "since: is 20261122"),
        (r#"{"kind": "grants_unchanged", "schema": "public"}"#, "schema: is an unknown key"),
        ("{}", "kind: is missing"),
        (r#"{"kind": "tables", "at_least": 1, "table": "t"}"#, "table: is an unknown key"),
    ];
    for (check, wanted) in table {
        refused(&[("rds", &format!(r#""checks": [{check}]"#), &format!("checks[0].{wanted}"))]);
    }
}

#[test]
fn each_engine_is_asked_what_it_can_answer_and_the_reason_is_told() {
    let mistake = |kind: &str, check: &str| {
        let told = mistakes(&one(kind, &format!(r#""checks": [{check}]"#)));
        assert_eq!(told.len(), 1, "{check}: {told:#?}");
        told[0].clone()
    };
    let sql = mistake("documentdb", r#"{"kind": "sql", "query": "SELECT 1", "expect": true}"#);
    assert!(
        sql.starts_with("databases.a.checks[0].kind: is \"sql\"") && sql.ends_with("DocumentDB speaks no SQL"),
        "{sql}"
    );
    assert!(sql.contains("collection_count") && !sql.contains("foreign_keys,"), "{sql}");
    let keys = mistake("documentdb", r#"{"kind": "foreign_keys", "schema": "app"}"#);
    assert!(keys.ends_with("ask orphans, which names both sides"), "{keys}");
    let count = r#"{"kind": "collection_count", "collection": "c", "at_least": 1}"#;
    for kind in ["aurora", "rds"] {
        let told = mistake(kind, count);
        assert!(told.ends_with("tables have rows: ask row_count. Nearest: row_count"), "{told}");
    }
}

#[test]
fn documentdb_names_a_collection_once() {
    let table = [
        (
            r#"{"kind": "row_count", "at_least": 1}"#,
            "collection: is missing. Allowed: a collection, as database.collection",
        ),
        (
            r#"{"kind": "row_count", "collection": "c", "table": "c", "at_least": 1}"#,
            "table: is given beside collection. Allowed: one of the two",
        ),
        (r#"{"kind": "freshness", "collection": "c", "within": "1h"}"#, "field: is missing"),
        (r#"{"kind": "freshness", "collection": "c", "field": 7, "within": "1h"}"#, "field: is 7"),
        (r#"{"kind": "collection_count", "table": "c", "at_least": 1}"#, "collection: is missing"),
        (r#"{"kind": "collection_count", "collection": "c"}"#, "at_least: is missing, and so is at_most"),
        (r#"{"kind": "unchanged", "colection": "c", "within_percent": 1}"#, "collection: is missing"),
    ];
    for (check, wanted) in table {
        let told = mistakes(&one("documentdb", &format!(r#""checks": [{check}]"#)));
        assert!(told[0].starts_with(&format!("databases.a.checks[0].{wanted}")), "{check}: {told:#?}");
    }
}

#[test]
fn drills_that_contradict_themselves() {
    refused(&[
        ("rds", r#""drills": {"Weekly": {}}"#, "drills.Weekly: is no name that Lifeboat takes"),
        ("rds", r#""drills": {"w": {"source": "snapshot"}}"#, "drills.w.snapshot: is missing"),
        ("rds", r#""drills": {"w": {"source": "latest_snapshot", "snapshot": "x"}}"#, "drills.w.snapshot: is \"x\""),
        (
            "rds",
            r#""drills": {"w": {"source": "latest_snapshot", "restore_lag": "1h"}}"#,
            "drills.w.restore_lag: is given",
        ),
        ("rds", r#""drills": {"w": {"restore_lag": "36d"}}"#, "drills.w.restore_lag: is \"36d\""),
        ("rds", r#""drills": {"w": {"region": "usa"}}"#, "drills.w.region: is \"usa\""),
        ("rds", r#""drills": {"w": {"max_age_days": 0}}"#, "drills.w.max_age_days: is 0"),
        ("rds", r#""drills": {"w": {"sandbox": {"subnet": "dr"}}}"#, "drills.w.sandbox.subnet: is an unknown key"),
        (
            "rds",
            r#""drills": {"w": {"region": "us-west-2"}}"#,
            "drills.w.source: is point_in_time. Allowed: latest_snapshot, snapshot or recovery_point: automated backups stay",
        ),
        (
            "rds",
            r#""drills": {"w": {"source": "recovery_point"}}"#,
            "drills.w.source: is recovery_point. Allowed: another source, or a vault under",
        ),
        (
            "rds",
            r#""sandbox": {"restore_role": "restore"}"#,
            "sandbox.restore_role: is \"restore\". Allowed: the ARN of an IAM role",
        ),
        ("rds", r#""drills": [{}]"#, "drills: is a list of 1"),
        ("rds", r#""drills": {"w": "weekly"}"#, "drills.w: is \"weekly\". Allowed: an object"),
    ]);
}

#[test]
fn backups_and_snapshots_out_of_range() {
    assert_eq!(mistakes(&one("rds", r#""backups": {"retention_days": 0}"#)), [""; 0]);
    refused(&[
        (
            "aurora",
            r#""backups": {"retention_days": 0}"#,
            "backups.retention_days: is 0. Allowed: a whole number from 1 to 35",
        ),
        ("rds", r#""backups": {"retention_days": 36}"#, "backups.retention_days: is 36"),
        ("rds", r#""backups": {"copies": [{"region": "us-west-2"}]}"#, "backups.copies[0].newest_hours: is missing"),
        (
            "rds",
            r#""backups": {"recovery_points": [{"newest_hours": 1}]}"#,
            "backups.recovery_points[0].vault: is missing",
        ),
        ("rds", r#""storage": {"billed_gib": -1}"#, "storage.billed_gib: is -1"),
        ("rds", r#""snapshots": {"patterns": []}"#, "snapshots.patterns: is an empty list"),
        ("rds", r#""snapshots": {"patterns": ["*"]}"#, "snapshots.patterns[0]: is \"*\""),
        ("rds", r#""snapshots": {"patterns": ["a-*"], "keep_last": 0}"#, "snapshots.keep_last: is 0"),
        ("rds", r#""snapshots": {}"#, "snapshots.patterns: is missing"),
    ]);
}

#[test]
fn two_entries_for_one_database_are_refused() {
    let text = r#"{"version": 1, "databases": {"a": {"kind": "rds", "identifier": "Prod-A"}, "b": {"kind": "rds", "identifier": "prod-a"}}}"#;
    assert_eq!(
        mistakes(text),
        ["databases.b.identifier: is \"prod-a\", as that of a. Allowed: an identifier that no other database has"]
    );
}

#[test]
fn two_drills_whose_runs_would_have_one_name_are_refused() {
    let text = r#"{"version": 1, "databases": {
        "a": {"kind": "rds", "identifier": "prod-a", "drills": {"daily": {}, "b": {}}},
        "a-b": {"kind": "rds", "identifier": "prod-b", "drills": {"weekly": {}}}}}"#;
    let told = mistakes(text);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("databases.a.drills.b: would name its runs drill-a-b-…"), "{told:?}");
}

#[test]
fn a_policy_that_protects_nothing_is_refused() {
    for text in [r#"{"version": 1}"#, r#"{"version": 1, "databases": {}}"#] {
        assert_eq!(mistakes(text), ["databases: names nothing. Allowed: at least one database by name"]);
    }
    assert_eq!(mistakes(r#"{"version": 1, "databases": {"a": null}}"#).len(), 1);
    assert_eq!(mistakes("[]"), ["(the whole document): is a list of 0. Allowed: an object"]);
    assert!(mistakes("")[0].contains("cannot be read as JSON"));
}
