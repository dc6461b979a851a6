//! The functions as Lambdas, woken by EventBridge alone.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tests::stack::binary;
use tests::story::{Story, now, until};

use super::verdict;

const ENDS_WITHIN: Duration = Duration::from_mins(5);

#[test]
fn a_schedule_starts_the_drill_and_a_rule_ticks_it_to_its_end() {
    let story = Story::aurora("nightly", json!({}));
    story.seed_orders();
    let name = "restore-drill-nightly";
    let function =
        story.cloud.make_function(name, &binary("restore-drill"), &story.bucket(), &story.function_environment());
    // The Scheduler's placeholder for the scheduled time is not known to the local one: the time itself is in the input.
    let at = Timestamp::from_second(now().as_second() + 2).unwrap();
    let input = json!({"drill": "nightly/weekly", "scheduled_time": at.to_string()});
    story.cloud.schedule("nightly-weekly", at.to_string().trim_end_matches('Z'), &function, &input);
    // The stack's minute is a second long.
    story.cloud.every_minute("nightly-tick", &function);
    // What RDS tells of a copy is a tick like any other; here it is told in AWS's own sample, and once.
    let sample = include_str!("../../../events/restore-drill/tick-rds-instance-created-0005.json");
    let mut told = false;
    until("the drill has ended", ENDS_WITHIN, || {
        let open = story.open_records();
        if !told && !open.is_empty() {
            story.cloud.invoke(name, &serde_json::from_str(sample).unwrap());
            told = true;
        }
        story.pass_the_last_look(&open);
        (open.is_empty() && !story.closed_records().is_empty()).then_some(())
    });
    assert!(told, "the drill was never seen under way");
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert!(story.mail().0.starts_with("[PASS] nightly/weekly"));
    for operation in super::ONCE {
        assert_eq!(story.calls(operation).len(), 1, "{operation}");
    }
}
