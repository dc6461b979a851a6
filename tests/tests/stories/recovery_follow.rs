//! Somebody follows a recovery, or waits for a snapshot: at a terminal of 80 columns, where they leave by Ctrl-C, and where there
//! is none.

#![expect(clippy::panic, reason = "a test")]

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::Story;

const RESTORE: &str = "emergency-restore";

/// Without white space: a terminal breaks what is longer than a line wherever that is
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The run in a command to look again, which has to be one that can be pasted
#[track_caller]
fn pasted(screen: &str, option: &str) -> Value {
    let whole = squeezed(screen);
    let after = whole.rsplit(&format!("{option}'")).next().and_then(|rest| rest.split('\'').next());
    let request = after.and_then(|request| serde_json::from_str(request).ok());
    request.unwrap_or_else(|| panic!("no command to look again:\n{screen}"))
}

#[test]
fn whoever_leaves_a_recovery_is_told_how_to_look_again_and_it_goes_on() {
    let story = Story::aurora("followed", json!({}));
    let seeded = story.seed_orders();
    // A recovery keeps a second away from the end of the window.
    story.until_restorable(seeded + jiff::SignedDuration::from_secs(2));
    let volume = stack().pin("cluster", "recovery-followed-*", "creating");
    let request = json!({"database": "followed", "to": seeded.to_string()});
    let left = story.at_a_terminal(RESTORE, "--follow", &request, Some("/4 restoring the volume  0:"));
    assert_eq!(left.code, 130, "as shells tell Ctrl-C:\n{}", left.screen);
    for part in ["followed is restored to ", "Ctrl-C ends only the watching", "goes on without you", "To look again:"] {
        assert!(squeezed(&left.screen).contains(&squeezed(part)), "no {part:?}:\n{}", left.screen);
    }
    assert!(left.widest_bar.is_some_and(|columns| columns <= 80), "{:?}:\n{}", left.widest_bar, left.screen);
    assert!(!left.screen.contains("called AWS"), "no log between the lines:\n{}", left.screen);
    let again = pasted(&left.screen, "--follow");
    let run = again["run"].as_str().unwrap().to_owned();
    assert_eq!(story.calls_here("RestoreDBClusterToPointInTime"), 1);

    // What was left goes on where nobody is at a terminal: plain lines, each once, and the answer beside them.
    stack().unpin(volume);
    let stayed = story.stays(RESTORE, "--follow", &again);
    let answer = stayed.ok();
    assert_eq!((&answer["run"], &answer["phase"]), (&json!(run), &json!("handed_over")), "{}", stayed.err);
    let lines: Vec<&str> = stayed.err.lines().collect();
    assert!(!stayed.err.contains('\u{1b}') && !stayed.err.contains('\r'), "plain: {:?}", stayed.err);
    for part in ["1/4 restoring the volume", "2/4 starting the writer", "IT CAN BE USED, at ", "handed over"] {
        assert_eq!(lines.iter().filter(|line| line.contains(part)).count(), 1, "once {part:?}:\n{}", stayed.err);
    }
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "3");
    assert_eq!(story.calls_here("RestoreDBClusterToPointInTime"), 1, "nobody began it twice");

    // The next one is expected to take as long, and at a terminal its answer is its message.
    let to_the_end = story.at_a_terminal(RESTORE, "--follow", &request, None);
    assert_eq!(to_the_end.code, 0, "{}", to_the_end.screen);
    let expected = format!("until it can be used, as {run} took.");
    for part in [expected.as_str(), "4/4 completing", "Nothing is being made any more.", "CUT OVER"] {
        assert!(squeezed(&to_the_end.screen).contains(&squeezed(part)), "no {part:?}:\n{}", to_the_end.screen);
    }
    assert!(to_the_end.widest_bar.is_some_and(|columns| columns <= 80), "{}", to_the_end.screen);
    assert!(!to_the_end.screen.contains("\"message\""), "{}", to_the_end.screen);
}

#[test]
fn whoever_leaves_a_snapshot_is_told_not_to_begin_and_how_to_go_on_waiting() {
    let story = Story::aurora("patience", json!({"snapshots": {"patterns": ["pre-maintenance-*"], "keep_last": 1}}));
    story.seed_orders();
    let pin = stack().pin("snapshot", "pre-maintenance-patience-*", "creating");
    let request = json!({"snapshot": "patience", "reason": "release 9"});
    let left = story.at_a_terminal("snapshot-lifecycle", "--wait", &request, Some("is creating  0:"));
    assert_eq!(left.code, 130, "{}", left.screen);
    for part in ["Do not begin the change.", "AWS goes on with pre-maintenance-patience-release-9-"] {
        assert!(squeezed(&left.screen).contains(&squeezed(part)), "no {part:?}:\n{}", left.screen);
    }
    stack().unpin(pin);
    let waited = story.stays("snapshot-lifecycle", "--wait", &pasted(&left.screen, "--wait"));
    assert_eq!(waited.ok()["status"], "available", "{}", waited.err);
    assert_eq!(story.calls_here("CreateDBClusterSnapshot"), 1, "the same one");
}
