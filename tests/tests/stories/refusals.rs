//! What refuses: the bucket, the topic, and restore-drill itself where a request makes no sense.

use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, minutes};

use super::verdict;

#[test]
fn a_bucket_that_refuses_begins_nothing_and_is_red() {
    let story = Story::aurora("bucket", json!({}));
    story.seed_orders();
    let fault = story.refuse("S3:PutObject", "AccessDenied", 403, "Access Denied");
    let error = story.invoke(&story.request("weekly")).red();
    for words in ["s3:PutObject", "AccessDenied", "runs/open/drill-bucket-"] {
        assert!(error.contains(words), "{words} in {error}");
    }
    assert!(story.changes().is_empty(), "{:?}", story.changes());
    assert!(story.open_records().is_empty() && story.mails().is_empty());
    // It works, and refuses again in the middle of a drill: no act without its record.
    stack().heal(fault);
    let run = story.start("weekly");
    let fault = story.refuse("S3:PutObject", "AccessDenied", 403, "Access Denied");
    story.cloud.until_available("cluster", &run);
    assert!(story.tick().red().contains("AccessDenied"));
    assert_eq!(story.calls("CreateDBInstance").len(), 0);
    stack().heal(fault);
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
}

#[test]
fn a_topic_that_refuses_is_red_and_the_mail_goes_out_when_it_is_back() {
    let story = Story::aurora("topic", json!({}));
    story.seed_orders();
    let fault = story.refuse("SNS:Publish", "AuthorizationError", 403, "not authorized to perform: SNS:Publish");
    story.start("weekly");
    let red = story
        .tick_until("the topic has refused", |record| record.pointer("/acts/mail/state") == Some(&json!("refused")));
    assert!(red.iter().any(|error| error.contains("AuthorizationError")), "{red:?}");
    story.nothing_is_left();
    assert!(story.mails().is_empty());
    stack().heal(fault);
    story.age(minutes(1));
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert_eq!(story.mails().len(), 1);
}

#[test]
fn a_request_that_makes_no_sense_is_told_what_would_and_nothing_is_made() {
    let story = Story::aurora("typos", json!({"drills": {"weekly": {}, "ancient": {"restore_lag": "30d"}}}));
    story.seed_orders();
    story.take_snapshot("before-migration");
    let table = [
        (json!({"drill": "typo"}), vec!["typo", "Nearest: typos"]),
        (json!({"drill": "typos/weakly"}), vec!["weakly", "Nearest: typos/weekly"]),
        (json!({"dril": "typos"}), vec!["dril", "Nearest: drill"]),
        (json!({"drill": "typos", "sorce": "latest_snapshot"}), vec!["sorce", "Nearest: source"]),
        (json!({"drill": "typos", "source": "latest_snapshots"}), vec!["latest_snapshots", "Nearest: latest_snapshot"]),
        (
            json!({"drill": "typos", "source": "snapshot", "snapshot": "before-migraton"}),
            vec!["before-migraton", "before-migration", "nothing was begun"],
        ),
        (json!({"drill": "typos", "scheduled_time": "yesterday"}), vec!["scheduled_time", "RFC 3339"]),
        (json!([]), vec!["{\"drill\": \"orders/weekly\"}"]),
    ];
    for (request, said) in table {
        let error = story.invoke(&request).red();
        for words in said {
            assert!(error.contains(words), "{request}: {words} in {error}");
        }
    }
    let error = story.invoke(&json!({"drill": "typos/ancient"})).red();
    let shown = story.cloud.rds("DescribeDBClusters", &[("DBClusterIdentifier", &story.source())]).ok();
    let earliest = shown.tag("EarliestRestorableTime").unwrap()[..10].to_owned();
    for words in ["outside the restorable window", "nothing was begun", &earliest] {
        assert!(error.contains(words), "{words} in {error}");
    }
    assert!(story.changes().is_empty(), "{:?}", story.changes());
    assert!(story.open_records().is_empty() && story.closed_records().is_empty() && story.mails().is_empty());
}
