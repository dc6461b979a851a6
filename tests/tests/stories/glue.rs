//! Jobs of Glue that fail: told once, by an event or by the poll, with a command that works.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tests::story::{EMERGENCY_RESTORE, Story, commands_in, now, requests_to, text};

const JOB: &str = "daily-etl";

#[test]
fn a_job_that_fails_is_one_mail_whose_command_emergency_restore_takes() {
    let story = Story::aurora("daybook", json!({}));
    story.guard(JOB, json!({"tables": ["public.orders"]}));
    story.listen_to_glue();
    story.seed_orders();
    story.settled(3600);
    let wiped = story.wipe(&["orders"]);
    story.until_restorable(wiped);
    let run = story.job_failed(JOB, None, true);
    let (subject, mail) = story.mail();
    assert!(subject.starts_with("[ALERT] daily-etl FAILED"), "{subject}");
    assert!(mail.contains("daybook (prod-daybook): public.orders"), "{mail}");
    story.reads(&commands_in(&mail));

    // Told again, and looked at again: nobody hears of it twice.
    for ran in story.glue_alert_at_once(&story.glue_event(JOB, &run), 10) {
        ran.ok();
    }
    story.glue_alert(&json!({"tick": true})).ok();
    assert_eq!(story.mails().len(), 1, "{:#?}", story.mails());

    // What the mail says to paste brings back what was there a minute before the run.
    let mut asked = requests_to(EMERGENCY_RESTORE, &mail);
    assert_eq!(asked.len(), 1, "{mail}");
    let to: Timestamp = text(&asked[0], "/to").parse().unwrap();
    let before = now().duration_since(to);
    assert!(before > SignedDuration::from_mins(1) && before < SignedDuration::from_mins(10), "{to}");
    asked[0]["dry_run"] = true.into();
    let planned = story.emergency(&asked[0]).ok();
    let planned = text(&planned, "/message");
    assert!(planned.contains("prod-daybook") && planned.contains(&to.to_string()[..10]), "{planned}");
}

#[test]
fn of_ten_that_are_told_at_once_one_tells() {
    let story = Story::aurora("chorus", json!({}));
    story.guard(JOB, json!({"tables": ["public.orders"]}));
    let run = story.job_failed(JOB, None, false);
    let ran = story.glue_alert_at_once(&story.glue_event(JOB, &run), 10);
    let told: usize = ran.iter().map(|ran| ran.ok()["mails"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!((told, story.mails().len()), (1, 1), "{:#?}", story.mails());
}

#[test]
fn what_no_event_tells_the_poll_finds_and_its_end() {
    let story = Story::aurora("stillness", json!({}));
    story.guard(JOB, json!({"tables": ["public.orders"]}));
    let run = story.job_failed(JOB, None, false);
    assert_eq!(story.mails().len(), 0, "nobody heard of it");
    story.glue_alert(&json!({"tick": true})).ok();
    story.glue_alert(&json!({"tick": true})).ok();
    let (subject, mail) = story.mail();
    assert!(subject.starts_with("[ALERT]") && mail.contains(&run), "{subject}\n{mail}");
    story.job_ran(JOB, "SUCCEEDED", 0);
    story.glue_alert(&json!({"tick": true})).ok();
    story.glue_alert(&json!({"tick": true})).ok();
    let resolved = story.mails_about("[RESOLVED]");
    assert_eq!((resolved.len(), story.mails().len()), (1, 2), "{:#?}", story.mails());
}
