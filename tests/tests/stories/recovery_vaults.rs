//! Recoveries and inspections from recovery points: AWS Backup's job makes a copy that bears nobody's tags, the run adopts what
//! its job names, and everything that the job could not be told is given back.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, When, run_in, text};

const START: &str = "Backup:StartRestoreJob";
/// The act that makes the copy the run's own
const ADOPT: &str = "AddTagsToResource";

fn policy(name: &str) -> Value {
    json!({
        "backups": {"recovery_points": [{"vault": format!("vault-{name}"), "newest_hours": 26}]},
        "checks": [{"kind": "row_count", "table": "public.orders", "at_least": 30, "at_most": 30}],
    })
}

/// Thirty orders in the recovery point, none in the source; the point's ARN
fn wiped(story: &Story) -> String {
    story.sql("CREATE TABLE orders AS SELECT n, now() AS created_at FROM generate_series(1, 30) n");
    let point = story.take_recovery_point();
    story.wipe(&["orders"]);
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    point
}

/// Extended Support is said when something is made and never after, and AWS Backup has no word for it.
fn only_what_nobody_can_change_differs(record: &Value) {
    let all = record["differences"].as_array().into_iter().flatten();
    let differ: Vec<&str> = all.map(|one| text(one, "/field")).collect();
    assert_eq!(differ, ["Extended Support"], "{:#}", record["differences"]);
}

fn came_back(story: &Story, run: &str, record: &Value, members: &[&str]) {
    assert_eq!(story.sql_of(run, "SELECT count(*) FROM orders"), "30");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0", "the source is as it was");
    assert_eq!(text(record, "/verdict/word"), "passed", "{:#}", record["verdict"]);
    only_what_nobody_can_change_differs(record);
    let kind = if members.is_empty() { "instance" } else { "cluster" };
    story.is_the_same_but(kind, &story.source(), run, &["EngineLifecycleSupport"]);
    for (number, member) in (1..).zip(members) {
        story.is_the_same("instance", &format!("{}-{member}", story.source()), &format!("{run}-{number}"));
    }
}

#[test]
fn a_cluster_comes_back_from_a_recovery_point_with_its_rows_and_every_setting() {
    let story = Story::whole("crypt", "aurora-postgresql", policy("crypt"));
    let point = wiped(&story);
    // The name that the answer shows is the one that a request takes, and the newest has a command.
    let shown = story.emergency(&json!({"database": "crypt"})).ok();
    assert!(shown["databases"].to_string().contains(&point), "{shown:#}");
    assert!(text(&shown, "/message").contains("\"recovery_point\":\"latest\""), "{shown:#}");
    let dry = story.emergency(&json!({"database": "crypt", "recovery_point": point, "dry_run": true})).ok();
    assert!(text(&dry, "/message").contains("StartRestoreJob"), "{dry:#}");
    assert_eq!(stack().restore_jobs(&point).len(), 0, "a dry run starts nothing");
    let since = stack().call_count();
    let run = run_in(&story.emergency(&json!({"database": "crypt", "recovery_point": point})).ok());
    let record = story.recover_to_the_end(&run);
    came_back(&story, &run, &record, &["writer", "reader", "reports"]);
    assert_eq!(stack().restore_jobs(&point).len(), 1);
    for (operation, times) in [(ADOPT, 1), ("CreateDBInstance", 3), ("AddRoleToDBCluster", 2)] {
        assert_eq!(story.done_since(since, operation, &json!({})), times, "{operation}");
    }
    for operation in ["RestoreDBClusterToPointInTime", "RestoreDBClusterFromSnapshot"] {
        assert_eq!(story.done_since(since, operation, &json!({})), 0, "AWS Backup restores its points");
    }
    story.nothing_was_deleted();
    story.mails_fit();
    let (_, mail) = story.mail_about("complete, 1 setting differs");
    assert!(mail.contains("No command changes it") && mail.contains("recovery point") && mail.contains(&run), "{mail}");
}

#[test]
fn an_instance_and_documents_come_back_from_recovery_points_with_every_setting() {
    let mut own = policy("strongbox");
    let story = Story::whole("strongbox", "postgres", own.clone());
    wiped(&story);
    let run = run_in(&story.emergency(&json!({"database": "strongbox", "recovery_point": "latest"})).ok());
    let record = story.recover_to_the_end(&run);
    came_back(&story, &run, &record, &[]);
    story.nothing_was_deleted();

    // Nobody listens behind documents: their data is not asked.
    own["backups"]["recovery_points"][0]["vault"] = json!("vault-folios");
    own["checks"] = json!([]);
    own["sandbox"] = json!({"subnet_group": "private", "security_groups": ["sg-0a1b2c3d"]});
    own["drills"] = json!({});
    let story = Story::whole("folios", "docdb", own);
    story.take_recovery_point();
    let run = run_in(&story.emergency(&json!({"database": "folios", "recovery_point": "latest"})).ok());
    let record = story.recover_to_the_end(&run);
    // DocumentDB's own API has no word for this one (ModifyDBCluster), so nobody can give it back.
    let all = record["differences"].as_array().into_iter().flatten();
    let differ: Vec<&str> = all.map(|one| text(one, "/field")).collect();
    assert_eq!(differ, ["tags go to snapshots"], "{:#}", record["differences"]);
    story.is_the_same_but("cluster", &story.source(), &run, &["CopyTagsToSnapshot"]);
    for (number, member) in (1..).zip(["writer", "reader", "reports"]) {
        story.is_the_same_but(
            "instance",
            &format!("{}-{member}", story.source()),
            &format!("{run}-{number}"),
            &["CopyTagsToSnapshot"],
        );
    }
    story.nothing_was_deleted();
}

#[test]
fn an_inspection_of_a_recovery_point_is_small_and_has_an_end() {
    let story = Story::whole("casket", "aurora-postgresql", policy("casket"));
    let point = wiped(&story);
    let request = json!({"database": "casket", "recovery_point": point, "inspect_for": "8h"});
    let run = run_in(&story.emergency(&request).ok());
    assert!(run.starts_with("inspect-casket-"), "{run}");
    let record = story.recover_to_the_end(&run);
    assert_eq!(text(&record, "/verdict/word"), "passed", "{record:#}");
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "30");
    assert_eq!(story.everything_of(&run).len(), 2, "a cluster and one instance");
    let ends = text(&record, "/expires_at").to_owned();
    for (kind, name) in [("cluster", run.clone()), ("instance", format!("{run}-1"))] {
        let tags = story.listed(kind, &name, "Value");
        assert!(tags.contains(&"inspection".to_owned()) && tags.contains(&run), "{name}: {tags:?}");
        assert!(tags.contains(&ends), "{name}: {ends} in {tags:?}");
    }
    story.nothing_was_deleted();
}

#[test]
fn killed_around_the_job_and_the_adoption_there_is_one_job_and_one_copy() {
    for (name, when, is_inspection) in
        [("mummy", When::After, false), ("wraith", When::Before, false), ("ghoul", When::After, true)]
    {
        let story = Story::whole(name, "aurora-postgresql", policy(name));
        let point = wiped(&story);
        let mut request = json!({"database": name, "recovery_point": point, "scheduled_time": "2026-02-04T10:15:00Z"});
        if is_inspection {
            request["inspect_for"] = json!("8h");
        }
        let since = stack().call_count();
        // Whoever gets no answer asks again; once there is a record, ticks go on with it.
        story.kill_emergency_at(START, &json!({}), when, Some(&request));
        story.kill_emergency_at(ADOPT, &json!({}), when, None);
        let purpose = if is_inspection { "inspect" } else { "recovery" };
        let run = format!("{purpose}-{name}-20260204101500");
        let record = story.recover_to_the_end(&run);
        assert_eq!(text(&record, "/verdict/word"), "passed", "{record:#}");
        assert_eq!(stack().restore_jobs(&point).len(), 1, "{name}");
        let members = if is_inspection { 1 } else { 3 };
        assert_eq!(story.done_since(since, "CreateDBInstance", &json!({})), members, "{name}");
        if !is_inspection {
            came_back(&story, &run, &record, &["writer", "reader", "reports"]);
        }
        story.nothing_was_deleted();
    }
}

#[test]
fn a_job_that_fails_is_told_with_its_words_and_what_it_made_stays() {
    let story = Story::aurora("dust", policy("dust"));
    wiped(&story);
    let message = "Cannot restore from vpc backup (Service: AmazonRDS; Status Code: 400)";
    stack().end_restore_job("recovery-dust-*", "FAILED", message, true);
    let run = run_in(&story.emergency(&json!({"database": "dust", "recovery_point": "latest"})).ok());
    let (record, _) = story.recover_through(&run, "it is stuck", |record| {
        text(record, "/phase") == "stuck" && record["told"].to_string().contains("stuck")
    });
    assert!(record["notes"].to_string().contains("Cannot restore from vpc backup"), "{:#}", record["notes"]);
    let (_, mail) = story.mail_about("recovery stuck");
    let unfolded = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unfolded.contains("Cannot restore from vpc backup"), "{mail}");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    story.nothing_was_deleted();
}
