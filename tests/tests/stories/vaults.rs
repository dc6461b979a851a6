//! Drills of AWS Backup's recovery points: restored by a job that makes a copy without our tags, in whatever network it is
//! told; jobs that fail, and processes that die around them.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, When};

use super::verdict;

const START: &str = "Backup:StartRestoreJob";

fn policy(name: &str) -> Value {
    json!({
        "backups": {"recovery_points": [{"vault": format!("vault-{name}"), "newest_hours": 26}]},
        "checks": [{"kind": "row_count", "table": "orders", "at_least": 3, "at_most": 3}],
        "drills": {"vault": {"source": "recovery_point"}},
    })
}

/// What the copy was made with is ours, and nothing of production's network, however its keys are spelled
#[track_caller]
#[expect(clippy::panic, reason = "a test says no by panicking")]
fn is_made_in_the_sandbox(story: &Story, run: &str) {
    let starts = story.calls(START);
    let [start] = starts.as_slice() else { panic!("{starts:#?}") };
    let told = start.parameters.get("Metadata").and_then(Value::as_object).unwrap_or_else(|| panic!("{start:#?}"));
    let value = |key: &str| {
        let mut found = told.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        let first = found.next().and_then(Value::as_str).unwrap_or_default();
        assert!(found.next().is_none(), "{key} is told twice: {told:?}");
        first.to_owned()
    };
    let identifier = value("dbClusterIdentifier") + &value("dbInstanceIdentifier");
    assert_eq!((identifier.as_str(), value("dbSubnetGroupName").as_str()), (run, "private"));
    assert!(value("vpcSecurityGroupIds").contains("sg-0a1b2c3d"), "{told:?}");
    assert!(!Value::Object(told.clone()).to_string().contains("production"), "production's own: {told:?}");
}

#[test]
fn a_recovery_point_is_restored_by_aws_backup_and_nothing_is_left() {
    let story = Story::aurora("vaulted", policy("vaulted"));
    story.seed_orders();
    let point = story.take_recovery_point();
    story.seed("DELETE FROM orders");
    let run = story.start("vault");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert!(story.servers_seen() > 0, "the copy's PostgreSQL was never seen");
    is_made_in_the_sandbox(&story, &run);
    assert_eq!(stack().restore_jobs(&point).len(), 1);
    // The copy came without tags, and became ours before anything else was done to it.
    assert_eq!(story.done("AddTagsToResource"), 1);
    assert_eq!((story.done("CreateDBInstance"), story.done("DeleteDBCluster")), (1, 1));
    assert!(story.mail().0.starts_with("[PASS] vaulted/vault: "), "{}", story.mail().0);
}

#[test]
fn an_instances_recovery_point_is_restored_by_aws_backup() {
    let story = Story::instance("receipts", "postgres", policy("receipts"));
    story.seed_orders();
    story.take_recovery_point();
    let run = story.start("vault");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    is_made_in_the_sandbox(&story, &run);
    assert_eq!((story.done("CreateDBInstance"), story.done("DeleteDBInstance")), (0, 1));
}

#[test]
fn a_restore_job_that_fails_is_judged_by_its_words_and_they_are_in_the_mail() {
    let table = [
        (
            "refusing",
            "Access denied to the snapshot (Service: AmazonRDS; Status Code: 403; Error Code: AccessDenied)",
            verdict("inconclusive", "permission"),
        ),
        (
            "useless",
            "Cannot restore from vpc backup (Service: AmazonRDS; Status Code: 400; Error Code: InvalidRestoreFault)",
            verdict("failed", "backup_unusable"),
        ),
    ];
    for (name, message, wanted) in table {
        let story = Story::aurora(name, policy(name));
        story.seed_orders();
        let point = story.take_recovery_point();
        stack().end_restore_job(&format!("drill-{name}-*"), "FAILED", message, false);
        story.start("vault");
        story.tick_to_the_end();
        assert_eq!(story.verdict(), wanted);
        story.promises_are_kept();
        let unfolded = story.mail().1.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unfolded.contains(message.split(" (").next().unwrap()), "{unfolded}");
        assert_eq!((story.done("CreateDBInstance"), story.done("AddTagsToResource")), (0, 0));
        assert_eq!(stack().restore_jobs(&point).len(), 1, "a job that failed is not asked for again");
    }
}

#[test]
fn a_recovery_point_that_does_not_restore_fails_the_drill_and_what_came_of_it_is_removed() {
    let story = Story::aurora("spoiled", policy("spoiled"));
    story.seed_orders();
    story.take_recovery_point();
    stack().damage("cluster", &story.source());
    story.start("vault");
    story.tick_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "backup_unusable"));
    story.promises_are_kept();
    assert_eq!(story.done("DeleteDBCluster"), 1, "the broken copy was there, and is not");
}

#[test]
fn a_restore_job_that_is_aborted_leaves_nothing_of_what_it_had_made() {
    let story = Story::aurora("halfway", policy("halfway"));
    story.seed_orders();
    story.take_recovery_point();
    stack().end_restore_job("drill-halfway-*", "ABORTED", "Stopped by an administrator", true);
    story.start("vault");
    story.tick_to_the_end();
    assert_eq!(story.verdict().0, "inconclusive");
    story.promises_are_kept();
    assert_eq!(story.done("DeleteDBCluster"), 1, "the copy was there, and is not");
}

#[test]
fn killed_around_the_start_of_the_restore_job_there_is_one_job_and_one_copy() {
    for (name, when) in [("orphan", When::After), ("unborn", When::Before)] {
        let story = Story::aurora(name, policy(name));
        story.seed_orders();
        let point = story.take_recovery_point();
        let request = story.request("vault");
        story.kill_at(START, when, Some(&request));
        story.pass_the_lease();
        // and again where the copy becomes ours
        story.kill_at("AddTagsToResource", when, None);
        story.pass_the_lease();
        story.drill_to_the_end();
        assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
        story.promises_are_kept();
        assert_eq!(stack().restore_jobs(&point).len(), 1, "{name}");
        assert_eq!((story.done("CreateDBInstance"), story.done("DeleteDBCluster")), (1, 1), "{name}");
    }
}
