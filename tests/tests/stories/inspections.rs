//! Inspections from their beginning to their end, by both functions: emergency-restore makes and warns, restore-drill's sweeper
//! ends and says so. Recoveries are nobody's to sweep.

use jiff::SignedDuration;
use serde_json::json;
use tests::stack::stack;
use tests::story::{A_STEP, Story, run_in, text, until};

const NEARLY_AN_HOUR: SignedDuration = SignedDuration::from_mins(59);
const JUST_OVER: SignedDuration = SignedDuration::from_secs(-1);

/// Ticks often enough that a mail which goes out with every tick would be seen
fn tick(story: &Story) {
    for _ in 0..3 {
        story.emergency(&json!({"tick": true})).ok();
    }
}

fn is_warned(story: &Story, run: &str, times: usize) {
    story.recover_until(run, "it is warned about", |record| record["told"].to_string().contains("ends_soon"));
    tick(story);
    let told = until("the warning", A_STEP, || {
        Some(story.mails_about("inspection ends in")).filter(|told| told.len() >= times)
    });
    assert_eq!(told.len(), times, "{told:#?}");
    let says_how = |mail: &str| mail.replace("'\\\n'", "").contains("\"extend\":\"4h\"");
    assert!(told.iter().all(|(_, mail)| says_how(mail)), "{told:#?}");
}

#[test]
fn an_inspection_is_warned_about_kept_longer_warned_about_anew_ended_and_told_and_nothing_is_left() {
    let story = Story::aurora("lookout", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 12) n");
    story.settled(3600);
    let kept = story.recover("latest");
    story.recover_to_the_end(&kept);
    let asked = json!({"database": "lookout", "to": "30m ago", "inspect_for": "8h"});
    let run = run_in(&story.emergency(&asked).ok());
    story.recover_to_the_end(&run);
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "12");
    let left = || story.everything_of(&run).len();
    assert_eq!(left(), 2);
    tick(&story);
    assert!(story.mails_about("inspection ends").is_empty(), "its end is far");

    story.ends_in(&run, NEARLY_AN_HOUR);
    is_warned(&story, &run, 1);
    // As the mail says
    story.emergency(&json!({"run": run, "extend": "4h"})).ok();
    tick(&story);
    assert_eq!(story.mails_about("inspection ends").len(), 1, "its end is far again");
    story.ends_in(&run, NEARLY_AN_HOUR);
    is_warned(&story, &run, 2);

    story.ends_in(&run, JUST_OVER);
    story.recover_until(&run, "it is filed", |_| story.open_records().is_empty());
    // Its instance goes with the first sweep, its cluster with the next; another one finds nothing.
    for (number, remain) in [(4, 1), (3, 0), (2, 0)] {
        story.sweep(number);
        until("the sweep has removed its part", A_STEP, || (left() <= remain).then_some(()));
    }
    let (subject, mail) = story.mail_about("inspection over");
    assert_eq!(subject, "[INFO] lookout: inspection over, its copy is being removed");
    assert!(mail.contains(&run) && mail.contains("inspect_for"), "{mail}");
    let remains: Vec<_> =
        stack().existing(&story.cloud.region).into_iter().filter(|it| it.identifier.contains(&run)).collect();
    assert!(remains.is_empty(), "{remains:?}");
    assert_eq!(story.everything_of(&kept).len(), 2, "a recovery stays");
    assert_eq!(story.sql_of(&kept, "SELECT count(*) FROM orders"), "12");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "12", "and so does the source");
}
