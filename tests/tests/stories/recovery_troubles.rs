//! What stands in the way of a recovery: it waits for people, or says why it cannot go on. Nothing is ever made worse.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, run_in, text};

fn stuck(record: &Value) -> bool {
    text(record, "/phase") == "stuck"
}

#[test]
fn a_name_that_somebody_else_has_is_left_alone() {
    let story = Story::aurora("squat", json!({}));
    story.settled(600);
    let run = "recovery-squat-20260204101500";
    let theirs = [
        ("DBClusterIdentifier", run),
        ("Engine", "aurora-postgresql"),
        ("MasterUsername", "app"),
        ("MasterUserPassword", "correct-horse-9"),
    ];
    drop(story.cloud.rds("CreateDBCluster", &theirs).ok());
    story.cloud.until_available("cluster", run);
    let before = story.described("cluster", run).ok().tag("DbClusterResourceId").unwrap().to_owned();
    let since = stack().call_count();
    let wish = json!({"database": "squat", "to": "5m ago", "scheduled_time": "2026-02-04T10:15:00Z"});
    story.emergency(&wish).ok();
    let (record, _) = story.recover_through(run, "it is stuck", stuck);
    assert!(record["notes"].to_string().contains("taken by something that is not this recovery's"), "{record:#}");
    let (subject, mail) = story.mail_about("stuck");
    assert!(subject.starts_with("[ALERT]") && mail.contains("taken by something"), "{subject}\n{mail}");
    assert_eq!(story.changing_calls(since).len(), 0, "nothing was done to it");
    assert_eq!(story.described("cluster", run).ok().tag("DbClusterResourceId"), Some(before.as_str()));
    // Another one has another name.
    let next = story.recover("5m ago");
    story.recover_to_the_end(&next);
}

#[test]
fn a_window_that_moves_on_while_it_is_asked_is_told_with_the_way_out() {
    let story = Story::aurora("drift", json!({}));
    story.settled(7200);
    // The request was fine a moment ago; RDS's own window has moved on when it comes to the restore.
    let outside = json!({"kind": "error", "code": "InvalidParameterValue", "http": 400,
        "message": "The specified time is not in the restorable window"});
    stack().fault_in(&story.cloud.region, "RestoreDBClusterToPointInTime", &json!({}), 1, &outside);
    // Requests of one second are one run: this one has its own.
    let wish = json!({"database": "drift", "to": "100m ago", "scheduled_time": "2026-02-04T10:15:00Z"});
    let begun = story.emergency(&wish).ok();
    let run = run_in(&begun);
    let (record, _) = story.recover_through(&run, "it is stuck", stuck);
    assert!(record["notes"].to_string().contains("restorable window"), "{record:#}");
    assert!(story.mail_about("stuck").0.starts_with("[ALERT]"));
    // And one that lies outside from the beginning is refused with what can be restored.
    stack().window("cluster", &story.source(), 3600, 60);
    let refused = story.emergency(&json!({"database": "drift", "to": "100m ago"})).red();
    assert!(refused.contains("which no backup reaches") && refused.contains("from "), "{refused}");
    story.recover_to_the_end(&story.recover("30m ago"));
    story.nothing_was_deleted();
}

#[test]
fn a_quota_is_waited_for_until_somebody_makes_room() {
    let story = Story::whole("crowded", "aurora-postgresql", json!({"checks": []}));
    stack().quota(&story.cloud.region, "DBClusters", 1);
    let begun = story.emergency(&json!({"database": "crowded", "to": "latest"})).ok();
    let run = run_in(&begun);
    assert!(text(&begun, "/message").contains("Trouble with the first step"), "{begun:#}");
    let refused = |record: &Value| text(record, "/acts/restore/failure/class") == "quota";
    let record = story.run_record(&run);
    assert!(refused(&record), "{record:#}");
    assert_eq!(text(&record, "/phase"), "restoring", "it waits");
    stack().quota(&story.cloud.region, "DBClusters", 40);
    story.age_recoveries(SignedDuration::from_mins(6));
    let record = story.recover_to_the_end(&run);
    assert_eq!(record["differences"], json!([]));
}

#[test]
fn readers_without_room_hold_nothing_up() {
    let story = Story::whole("narrow", "aurora-postgresql", json!({"checks": []}));
    let full = stack().no_capacity("recovery-narrow-*-3", -1);
    let run = story.recover("latest");
    // The writer answers, and people hear of it, while the reader waits for room.
    let usable = |record: &Value| record["told"].to_string().contains("usable");
    let (record, _) = story.recover_through(&run, "it can be used", usable);
    assert!(!record["copy"]["usable_at"].is_null() && text(&record, "/phase") == "completing", "{record:#}");
    let (_, mail) = story.mail_about("can be used");
    assert!(mail.contains(&format!("{run}-3")), "what is still to come: {mail}");
    stack().heal(full);
    story.age_recoveries(SignedDuration::from_mins(6));
    let record = story.recover_to_the_end(&run);
    assert_eq!(record["differences"], json!([]));
}

#[test]
fn a_source_that_disappears_midway_changes_nothing() {
    let story = Story::whole("vanish", "aurora-postgresql", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 8) n");
    story.settled(600);
    let run = story.recover("5m ago");
    story.lose_source(true);
    let record = story.recover_to_the_end(&run);
    assert_eq!(text(&record, "/verdict/word"), "passed", "{record:#}");
    assert_eq!(record["differences"], json!([]));
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "8");
    story.nothing_was_deleted();
}

#[test]
fn a_key_that_is_disabled_midway_leaves_a_copy_that_people_are_told_of() {
    let story = Story::whole("latchkey", "aurora-postgresql", json!({"checks": []}));
    let key = story.described("cluster", &story.source()).ok().tag("KmsKeyId").unwrap().to_owned();
    let pin = stack().pin("cluster", "recovery-latchkey-*", "creating");
    let run = story.recover("latest");
    stack().key_state(&key, "Disabled", None);
    stack().unpin(pin);
    stack().pin("cluster", &run, "inaccessible-encryption-credentials");
    let (record, _) = story.recover_through(&run, "it is stuck", stuck);
    assert!(record["notes"].to_string().contains("broken"), "{record:#}");
    assert!(story.mail_about("stuck").0.starts_with("[ALERT]"));
    story.nothing_was_deleted();
}

#[test]
fn a_copy_whose_backup_is_damaged_is_told_and_stays() {
    let story = Story::aurora("rotten", json!({}));
    story.settled(600);
    stack().damage("cluster", &story.source());
    let run = story.recover("5m ago");
    let (record, _) = story.recover_through(&run, "it is stuck", stuck);
    assert!(record["notes"].to_string().contains("broken"), "{record:#}");
    let there = stack().existing(&story.cloud.region);
    assert!(there.iter().any(|thing| thing.identifier == run), "people may want to look at it");
    story.nothing_was_deleted();
}
