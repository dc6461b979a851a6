//! Copies that cannot be torn down: loud, and found again.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{A_STEP, Story, minutes, until};

use super::verdict;

/// The mail hands out the commands that remove a copy by hand
fn hands_out_the_deletion(text: &str, run: &str) {
    let instance = format!("--db-instance-identifier {run}-1");
    let cluster = format!("--db-cluster-identifier {run}");
    for words in ["aws rds delete-db-instance", &instance, "aws rds delete-db-cluster", &cluster] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

fn deleting(record: &Value, state: Option<&str>) -> bool {
    let acts = record["acts"].as_object();
    let mut deletions = acts.into_iter().flatten().filter(|(name, _)| name.starts_with("delete-instance:"));
    deletions.any(|(_, act)| state.is_none_or(|state| act["state"] == state))
}

#[test]
fn a_tear_down_that_hangs_fails_the_drill_and_hands_out_the_commands() {
    let story = Story::aurora("stuck", json!({}));
    story.seed_orders();
    let run = story.start("weekly");
    story.tick_until("the instance is up", |record| record["phase"] == "opening" || record["phase"] == "checking");
    let pin = stack().pin("instance", &format!("{run}-1"), "deleting");
    // A pinned `deleting` is what the drill sees until it looks no more: somebody may have deleted it, or AWS hangs.
    story.tick_until("its removal was asked for", |record| deleting(record, None) || record["phase"] == "tearing_down");
    story.age(minutes(61));
    story.tick_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "left_behind"));
    let (subject, text) = story.mail();
    assert_eq!(subject, "[FAIL] stuck/weekly: the copy could not be removed");
    hands_out_the_deletion(&text, &run);
    assert!(story.metric("CopiesLeftBehind").is_some_and(|left| left >= 1.0));
    stack().unpin(pin);
    story.source_is_untouched();
}

#[test]
fn a_copy_that_may_not_be_deleted_fails_its_drill_and_is_swept_once_it_has_expired() {
    let story = Story::aurora("swept", json!({"drills": {"weekly": {}, "second": {}, "third": {}}}));
    story.seed_orders();
    let denied = "not authorized to perform: rds:DeleteDBInstance";
    let faults =
        ["DeleteDBInstance", "DeleteDBCluster"].map(|operation| story.refuse(operation, "AccessDenied", 403, denied));
    let run = story.start("weekly");
    let red = story.tick_until("its removal was refused", |record| deleting(record, Some("refused")));
    assert!(red.iter().any(|error| error.contains("AccessDenied")), "the invocation ends red: {red:?}");
    story.age(minutes(61));
    story.tick_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "left_behind"));
    let (subject, text) = story.mail();
    assert_eq!(subject, "[FAIL] swept/weekly: the copy could not be removed");
    hands_out_the_deletion(&text, &run);
    assert!(text.contains("AccessDenied") && text.contains("2 of 2 checks passed"), "{text}");
    let left = || story.copies().into_iter().filter(|copy| copy.identifier.starts_with(&run)).count();
    assert_eq!(left(), 2);

    // A day later: the permission is there, the copy's time is over, and two drills find no room. A sweep comes every quarter
    // of an hour, and whenever a quota is met; instances go with the first one, their cluster with the next.
    for fault in faults {
        stack().heal(fault);
    }
    for (kind, identifier) in [("db", format!("{run}-1")), ("cluster", run.clone())] {
        let name = story.cloud.arn("rds", &format!("{kind}:{identifier}"));
        let expired = [("Tags.Tag.1.Key", "lifeboat:expires-at"), ("Tags.Tag.1.Value", "2026-01-01T00:00:00Z")];
        drop(story.cloud.rds("AddTagsToResource", &[&[("ResourceName", name.as_str())][..], &expired].concat()).ok());
    }
    let no_room = json!({"kind": "error", "code": "DBClusterQuotaExceededFault", "http": 403, "message": "no room"});
    for (drill, remain) in [("second", 1), ("third", 0)] {
        story.fault("RestoreDBClusterToPointInTime", &no_room, 1);
        story.invoke(&story.request(drill));
        story.tick_to_the_end();
        until("the sweep has removed its part", A_STEP, || (left() <= remain).then_some(()));
    }
    let closed = story.closed_records();
    let passed = closed.iter().filter(|record| record["verdict"]["word"] == "passed").count();
    assert_eq!((closed.len(), passed), (3, 2));
    story.promises_are_kept();
}
