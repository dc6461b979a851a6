//! Many at once: each act is done by one of them.

use serde_json::json;
use tests::story::Story;

use super::{ONCE, verdict};

const MANY: usize = 10;

#[test]
fn ten_ticks_at_once_make_every_call_once() {
    let story = Story::aurora("crowd", json!({}));
    story.seed_orders();
    story.start("weekly");
    let red = story.tick_at_once_to_the_end(MANY);
    assert!(red.is_empty(), "{red:#?}");
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    for operation in ONCE {
        assert_eq!(story.calls(operation).len(), 1, "{operation}");
    }
}

#[test]
fn ten_identical_requests_at_once_make_one_drill() {
    let story = Story::aurora("echoes", json!({}));
    story.seed_orders();
    let answers: Vec<_> = story.invoke_at_once(&story.request("weekly"), MANY).iter().map(|ran| ran.ok()).collect();
    let runs: Vec<_> = answers.iter().filter_map(|answer| answer.pointer("/runs/0/run")).collect();
    assert!(runs.len() == MANY && runs.iter().all(|run| *run == runs[0]), "{answers:?}");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    for operation in ONCE {
        assert_eq!(story.calls(operation).len(), 1, "{operation}");
    }
}
