//! A snapshot before a change, and an export for the archive: what people ask snapshot-lifecycle for.

#![expect(clippy::panic, reason = "a test")]

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{A_STEP, Story, until};

/// The rule of these stories
fn pre_maintenance() -> Value {
    json!({"snapshots": {"patterns": ["pre-maintenance-*"], "keep_last": 1}})
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer:#}"))
}

/// Asks how far something is until it is at its end
fn until_it_is(story: &Story, request: &Value, end: &str) -> Value {
    until(&format!("{request} is {end}"), A_STEP, || {
        Some(story.lifecycle(request).ok()).filter(|now| now["status"] == end)
    })
}

#[test]
fn a_snapshot_before_maintenance_is_made_once_and_told_until_it_is_complete() {
    let story = Story::aurora("beforehand", pre_maintenance());
    story.seed_orders();
    let request = json!({"snapshot": "beforehand", "reason": "schema migration 42", "keep_days": 30});
    let made = story.lifecycle(&request).ok();
    let identifier = text(&made, "snapshot").to_owned();
    assert!(identifier.starts_with("pre-maintenance-beforehand-schema-migration-42-"), "{made:#}");
    assert_eq!((&made["made"], &made["status"]), (&json!(true), &json!("creating")));
    assert!(text(&made, "message").contains("Wait until it is available"), "{made:#}");

    let again = story.lifecycle(&request).ok();
    assert_eq!((&again["snapshot"], &again["made"]), (&made["snapshot"], &json!(false)));
    let status = json!({"snapshot_status": identifier});
    let told = until_it_is(&story, &status, "available");
    assert!(text(&told, "message").contains("It can be restored."), "{told:#}");
    let shown = story.cloud.rds("DescribeDBClusterSnapshots", &[("DBClusterSnapshotIdentifier", &identifier)]).ok();
    for tag in ["lifeboat:keep-until", "lifeboat:reason", "schema migration 42", "lifeboat:run"] {
        assert!(shown.text.contains(tag), "no {tag}: {}", shown.text);
    }
    assert_eq!(story.calls_here("CreateDBClusterSnapshot"), 1);

    let nothing = story.lifecycle(&json!({"snapshot_status": "pre-maintenance-none"})).ok();
    assert_eq!(nothing["status"], "not found");
    let wrong = story.lifecycle(&json!({"snapshot": "beforhand", "reason": "a change"})).red();
    assert!(wrong.contains("\"beforhand\"") && wrong.contains("Nearest: beforehand"), "{wrong}");
}

#[test]
fn a_script_waits_for_its_snapshot_and_stops_where_it_fails() {
    let story = Story::aurora("script", pre_maintenance());
    let waited = story.lifecycle_waits(&json!({"snapshot": "script", "reason": "release 7"}));
    let answer = waited.ok();
    assert_eq!(answer["status"], "available", "{}", waited.err);
    assert!(waited.err.contains("Waiting for pre-maintenance-script-release-7-"), "{}", waited.err);

    let pin = stack().pin("snapshot", "pre-maintenance-script-release-8-*", "failed");
    let failed = story.lifecycle_waits(&json!({"snapshot": "script", "reason": "release 8"}));
    stack().unpin(pin);
    assert_eq!(failed.code, Some(1), "{}{}", failed.out, failed.err);
    assert!(failed.err.contains("is failed. Do not begin the change."), "{}", failed.err);
}

#[test]
fn where_the_account_has_no_room_the_first_to_go_are_named() {
    let story = Story::aurora("crammed", pre_maintenance());
    story.seed_snapshots("pre-maintenance-crammed-{n}", 3, 1, &json!({}));
    story.seed_snapshots("somebody-elses-{n}", 2, 100, &json!({}));
    story.quota("ManualClusterSnapshots", 5);
    let refused = story.lifecycle(&json!({"snapshot": "crammed", "reason": "release"})).red();
    assert!(refused.contains("the account holds as many manual snapshots"), "{refused}");
    assert!(refused.contains("Do not begin the change"), "{refused}");
    let (first, second) = (refused.find("- pre-maintenance-crammed-2"), refused.find("- pre-maintenance-crammed-1"));
    assert!(first.is_some() && first < second, "the oldest goes first: {refused}");
    assert!(!refused.contains("crammed-0") && !refused.contains("somebody"), "{refused}");

    // A script does not go on either.
    let waits = story.lifecycle_waits(&json!({"snapshot": "crammed", "reason": "release"}));
    assert_eq!(waits.code, Some(1), "{}{}", waits.out, waits.err);
    assert_eq!(story.snapshots().iter().filter(|one| one.contains("release")).count(), 0);
}

#[test]
fn an_export_is_begun_once_and_told_until_it_is_complete_or_has_failed() {
    let story = Story::aurora("archive", pre_maintenance());
    story.take_snapshot("year-2026");
    let request = json!({"export": "year-2026", "bucket": story.bucket(), "prefix": "archive",
                         "kms_key_id": story.cloud.arn("kms", "key/archive"),
                         "role": "arn:aws:iam::123456789012:role/exports"});
    let begun = story.lifecycle(&request).ok();
    let task = text(&begun, "task").to_owned();
    assert_eq!((&begun["begun"], task.starts_with("export-year-2026-")), (&json!(true), true), "{begun:#}");
    assert!(text(&begun, "message").contains(&format!("s3://{}/archive/{task}/", story.bucket())), "{begun:#}");
    let told = until_it_is(&story, &json!({"export_status": task}), "COMPLETE");
    assert!(text(&told, "message").contains("is complete"), "{told:#}");
    assert!(story.cloud.keys(&story.bucket(), "archive/").contains(&format!("archive/{task}/_success")));

    // The same request, scheduled for the same time, is the same export, even when it is over.
    let mut yearly = request.clone();
    yearly["scheduled_time"] = json!("2026-01-01T00:00:00Z");
    stack().export_fails("export-year-2026-202601010000*", "the key was not there");
    let begun = story.lifecycle(&yearly).ok();
    let again = story.lifecycle(&yearly).ok();
    assert_eq!((&again["task"], &again["begun"]), (&begun["task"], &json!(false)));
    let failed = until_it_is(&story, &json!({"snapshot_status": begun["task"]}), "FAILED");
    let message = text(&failed, "message");
    assert!(message.contains("FAILED") && message.contains("the key was not there"), "{message}");
    assert_eq!(story.calls_here("StartExportTask"), 2);

    let nothing =
        story.lifecycle(&json!({"export": "year-2027", "bucket": "b", "kms_key_id": "k", "role": request["role"]}));
    assert!(nothing.red().contains("year-2027"), "{}", nothing.err);
}
