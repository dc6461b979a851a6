//! Drills of good backups, and of one whose data is wrong.

use std::time::Duration;

use serde_json::json;
use tests::story::{A_STEP, Story, now, until, whole_second_after};

use super::verdict;

#[test]
fn a_good_backup_passes_is_told_and_leaves_nothing() {
    let story = Story::aurora(
        "orders",
        json!({
            "backups": {"restore_lag_minutes": 15},
            "checks": [
                {"kind": "row_count", "table": "public.orders", "at_least": 3, "at_most": 3},
                {"kind": "freshness", "table": "orders", "column": "created_at", "within": "1h"},
                {"kind": "tables", "schema": "public", "at_least": 2},
                {"kind": "orphans", "child": "payouts.order_n", "parent": "orders.n"},
                {"kind": "sql", "query": "SELECT sum(n) = 6 FROM orders", "expect": true},
            ],
        }),
    );
    story.seed(
        "CREATE TABLE orders AS SELECT n, now() AS created_at FROM generate_series(1, 3) n; \
         CREATE TABLE payouts (order_n int); INSERT INTO payouts VALUES (2)",
    );
    let run = story.start("weekly");
    assert!(run.starts_with("drill-orders-20"), "{run}");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert!(story.servers_seen() > 0, "the copy's PostgreSQL was never seen");

    let (subject, text) = story.mail();
    assert!(subject.starts_with("[PASS] orders/weekly: 6 of 6 checks passed, RTO "), "{subject}");
    let said = [
        "At risk:  None found",
        "from the request to the first answered query",
        "RPO\n",
        "The latest restorable time was",
        "The newest row that a check saw is",
    ];
    for words in said {
        assert!(text.contains(words), "{words} in {text}");
    }
    for (metric, wanted) in
        [("DrillPassed", 0.9..=1.1), ("CopiesLeftBehind", -0.1..=0.1), ("DrillSeconds", 0.5..=120.0)]
    {
        let told = story.metric(metric).unwrap_or_else(|| panic!("no {metric}"));
        assert!(wanted.contains(&told), "{metric} is {told}");
    }
    assert!(story.metric("RecoveryPointLagSeconds").is_some() && story.metric("DrillAgeHours").is_some());
    for operation in super::ONCE {
        assert_eq!(story.calls(operation).len(), 1, "{operation}");
    }
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "3");
    // The same request once more: it finds its drill ended, and begins nothing.
    let scheduled = story.record()["scheduled_for"].clone();
    let again = story.invoke(&json!({"drill": "orders/weekly", "scheduled_time": scheduled})).ok();
    assert!(again["message"].as_str().unwrap().contains("made before"), "{again}");
    assert_eq!(story.calls("RestoreDBClusterToPointInTime").len(), 1);
}

#[test]
fn an_rds_instance_is_drilled_from_a_point_in_time() {
    let story = Story::instance("ledger", "postgres", json!({}));
    story.seed_orders();
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert_eq!(story.done("RestoreDBInstanceToPointInTime"), 1);
    let of_instance =
        ["CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance"].map(|operation| story.done(operation));
    assert_eq!(of_instance, [0, 1, 1]);
}

#[test]
fn snapshots_are_drilled_the_newest_and_one_by_name() {
    let checks = json!([{"kind": "row_count", "table": "orders", "at_least": 1, "at_most": 3}]);
    let story = Story::aurora("parcels", json!({"checks": checks}));
    story.seed_orders();
    story.take_snapshot("before-migration");
    story.seed("DELETE FROM orders WHERE n > 1");
    story.take_snapshot("after-migration");
    story.start("snapshot");
    // Somebody asks by hand meanwhile, with no scheduled time: the run's name comes from the minute.
    let by_hand = json!({"drill": "parcels", "source": "snapshot", "snapshot": "before-migration"});
    let answer = story.invoke(&by_hand).ok();
    assert!(answer["message"].as_str().unwrap().contains("under way"), "{answer}");
    story.drill_to_the_end();
    story.promises_are_kept();
    let closed = story.closed_records();
    let text = |record: &serde_json::Value, path: &str| {
        record.pointer(path).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    let paths = ["/point/snapshot/identifier", "/verdict/word", "/answers/checks/0/found"];
    let mut found: Vec<_> = closed.iter().map(|record| paths.map(|path| text(record, path))).collect();
    found.sort_unstable();
    let found: Vec<Vec<&str>> = found.iter().map(|one| one.iter().map(String::as_str).collect()).collect();
    assert_eq!(found, [["after-migration", "passed", "1"], ["before-migration", "passed", "3"]]);
}

#[test]
fn the_restore_time_is_honoured_to_the_second() {
    let checks = json!([{"kind": "row_count", "table": "orders", "at_least": 1, "at_most": 1}]);
    let story = Story::aurora("clocks", json!({"checks": checks, "drills": {"weekly": {"restore_lag": "10s"}}}));
    let between = story.seed("CREATE TABLE orders AS SELECT 1 AS n");
    until("the restore time has passed", A_STEP, || (now() > between).then_some(()));
    story.sql("INSERT INTO orders VALUES (2)");
    story.until_restorable(whole_second_after(now()));
    let scheduled = between + Duration::from_secs(10);
    story.invoke(&json!({"drill": "clocks/weekly", "scheduled_time": scheduled.to_string()})).ok();
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    let record = story.record();
    assert_eq!(record.pointer("/point/time/to").and_then(|to| to.as_str()), Some(between.to_string().as_str()));
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "2");
    story.promises_are_kept();
}

#[test]
fn wrong_data_fails_and_the_mail_says_what_was_expected_and_what_was_found() {
    let checks = json!([
        {"kind": "row_count", "table": "public.orders", "at_least": 3},
        {"kind": "tables", "schema": "public", "at_least": 1},
    ]);
    let story = Story::aurora("claims", json!({"checks": checks}));
    story.seed_orders();
    story.seed("DELETE FROM orders WHERE n > 1");
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "checks_failed"));
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert_eq!(subject, "[FAIL] claims/weekly: 1 of 3 checks failed");
    for words in ["At risk:  Likely", "WRONG      rows in public.orders", "expected at least 3; found 1"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert_eq!(story.metric("DrillPassed"), Some(0.0));
}
