//! Inspections: small copies to investigate in, with a login of their own and an end.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tests::stack::stack;
use tests::story::{A_STEP, Story, now, run_in, text, until};

#[test]
fn an_inspection_is_small_lets_its_asker_in_and_ends_when_its_time_is_over() {
    let story = Story::whole("garret", "aurora-postgresql", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 21) n");
    story.settled(3600);
    story.wipe(&["orders"]);
    let before = story.described("cluster", &story.source()).ok();
    let begun = story.emergency(&json!({"database": "garret", "to": "30m ago", "inspect_for": "8h"})).ok();
    let run = run_in(&begun);
    assert!(run.starts_with("inspect-garret-"), "{run}");
    let record = story.recover_to_the_end(&run);
    assert_eq!(text(&record, "/verdict/word"), "passed", "{record:#}");
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "21");
    // Small, by itself, told apart by its tags
    let shown = story.described("cluster", &run).ok();
    let members: Vec<&str> = shown.text.matches("<IsClusterWriter>").collect();
    assert_eq!(members.len(), 1, "one instance: {}", shown.text);
    let tags = story.listed("cluster", &run, "Value");
    assert!(tags.contains(&"inspection".to_owned()) && tags.contains(&run), "{tags:?}");
    assert_ne!(shown.tag("SecretArn"), before.tag("SecretArn"), "a login of its own");
    let stands = story.emergency(&json!({"run": run})).ok();
    let message = text(&stands, "/message");
    assert!(message.contains("psql") && message.contains("get-secret-value"), "{message}");
    let ends: Timestamp = text(&stands, "/expires_at").parse().unwrap();
    let left = ends.duration_since(now());
    assert!(left > SignedDuration::from_hours(7) && left <= SignedDuration::from_hours(8), "{left:?}");
    assert!(tags.contains(&ends.to_string()), "{ends} in {tags:?}");

    // It is nothing to cut over to.
    let refused = story.emergency(&json!({"run": run, "cut_over": {"swap_names": true}})).red();
    assert!(refused.contains("inspection"), "{refused}");
    // Kept longer: all that the sweeper goes by
    story.emergency(&json!({"run": run, "extend": "12h"})).ok();
    let later: Timestamp = text(&story.run_record(&run), "/expires_at").parse().unwrap();
    assert!(later > ends);
    for (kind, name) in [("cluster", run.clone()), ("instance", format!("{run}-1"))] {
        assert!(story.listed(kind, &name, "Value").contains(&later.to_string()), "{name}");
    }
    let shorter = story.emergency(&json!({"run": run, "extend": "1h"})).red();
    assert!(shorter.contains("later than"), "{shorter}");
    story.nothing_was_deleted();
    story.mails_fit();

    // An hour before its end people are told; after it the sweeper of restore-drill removes it, and the source stays.
    story.ends_in(&run, SignedDuration::from_mins(59));
    story.recover_until(&run, "it is warned about", |record| record["told"].to_string().contains("ends_soon"));
    let (_, mail) = story.mail_about("inspection ends in");
    assert!(mail.contains("extend"), "{mail}");
    story.ends_in(&run, SignedDuration::from_secs(-1));
    let end = story.recover_until(&run, "it is filed", |_| story.open_records().is_empty());
    assert_eq!(text(&end, "/phase"), "handed_over");
    let left = || story.everything_of(&run).len();
    assert_eq!(left(), 2);
    // Instances go with the first sweep, their cluster with the next.
    for remain in [1, 0] {
        story.sweep(remain);
        until("the sweep has removed its part", A_STEP, || (left() <= remain).then_some(()));
    }
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0", "the source is there");
}

#[test]
fn a_recovery_never_ends_and_is_never_swept() {
    let story = Story::aurora("keepsake", json!({}));
    let run = story.recover("latest");
    story.recover_to_the_end(&run);
    let extended = story.emergency(&json!({"run": run, "extend": "4h"})).red();
    assert!(extended.contains("it stays until somebody removes it"), "{extended}");
    assert!(!story.listed("cluster", &run, "Key").contains(&"lifeboat:expires-at".to_owned()));
    let since = stack().call_count();
    story.sweep(0);
    let of_run = |call: &&tests::stack::Call| call.parameters.to_string().contains(&run);
    assert_eq!(story.changing_calls(since).iter().filter(of_run).count(), 0);
    assert_eq!(story.everything_of(&run).len(), 2);
}
