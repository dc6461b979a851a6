//! The process dies, by signal 9, at each of its calls in turn; the next one goes on.

use serde_json::json;
use tests::story::{Story, When};

use super::verdict;

/// Every call that changes something, in the order of a drill
const ACTS: [&str; 13] = [
    "S3:PutObject runs/open/*",
    "RestoreDBClusterToPointInTime",
    "CreateDBInstance",
    "ModifyDBCluster",
    "Lambda:Invoke",
    "DeleteDBInstance",
    "DeleteDBCluster",
    "S3:PutObject reports/drill-*",
    "SNS:Publish",
    "CloudWatch:PutMetricData",
    "S3:PutObject runs/closed/*",
    "S3:PutObject reports/index.html",
    "S3:DeleteObject runs/open/*",
];

fn killed_at_every_act(name: &'static str, when: When) -> Story {
    let story = Story::aurora(name, json!({}));
    story.seed_orders();
    let request = story.request("weekly");
    for act in ACTS {
        // EventBridge asks again when the function dies over a request; once there is a record, ticks go on with it.
        let born = !story.open_records().is_empty();
        story.kill_at(act, when, (!born).then_some(&request));
        if act == "Lambda:Invoke" && when == When::After {
            // Its answer is how one knows that it was asked. One that takes longer than the lease is asked for twice, which
            // does no harm: it reads.
            story.until_answered();
        }
        story.pass_the_lease();
    }
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    let acts = ACTS.into_iter().filter(|act| !act.contains(':') || act.starts_with("Lambda"));
    for act in acts {
        assert_eq!(story.done(act), 1, "{act}");
    }
    story
}

#[test]
fn killed_after_each_act_the_drill_passes_and_every_act_was_done_once() {
    let story = killed_at_every_act("reaper", When::After);
    // Whether a mail went out cannot be looked up: the one whose answer was lost is sent again.
    assert_eq!(story.mails().len(), 2);
}

#[test]
fn killed_before_each_act_the_drill_passes_and_every_act_was_done_once() {
    let story = killed_at_every_act("undone", When::Before);
    assert_eq!(story.mails().len(), 1);
}

#[test]
fn a_reply_that_is_lost_once_costs_nothing() {
    let story = Story::aurora("dropped", json!({}));
    story.seed_orders();
    // The act is done and the connection cut. The SDK may ask again by itself, and is told that it was done, or it may not:
    // then looking tells. Nothing is wrong either way, so no invocation ends red.
    let acts =
        ["RestoreDBClusterToPointInTime", "CreateDBInstance", "ModifyDBCluster", "DeleteDBInstance", "DeleteDBCluster"];
    for act in acts {
        story.fault(act, &json!({"kind": "drop_after"}), 1);
    }
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    // To have the same secret managed twice changes nothing; everything else is done once.
    for act in acts.into_iter().filter(|act| *act != "ModifyDBCluster") {
        assert_eq!(story.done(act), 1, "{act}");
    }
}
