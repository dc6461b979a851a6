//! Mails about jobs, as people read them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::glue::{JobFacts, job_mail};
use super::glue_others::job_message;
use super::letter::Mail;
use super::text::{COLUMNS, columns};
use crate::database::Seen;
use crate::glue::{BackedUp, Letter, Look, Moment, Run, RunState, State, TableBackup, WayBack, claim, judge, told};
use crate::policy::Policy;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy() -> Policy {
    let text = r#"{"version": 1, "timezone": "Asia/Tokyo",
        "databases": {"orders": {"kind": "aurora", "identifier": "prod-orders"}},
        "jobs": {"daily-etl": {"database": "orders", "start_by": "07:30",
            "tables": ["silver.tenant_status_history", "gold.revenue"]}, "bare": {}}}"#;
    Policy::parse(text).unwrap()
}

fn run(id: &str, state: &str, began: &str, ended: &str) -> Run {
    let time = |text: &str| (!text.is_empty()).then(|| at(text));
    Run {
        id: id.to_owned(),
        state: RunState::of(state),
        attempt: 0,
        previous: None,
        started_at: time(began),
        ended_at: time(ended),
        worked_seconds: None,
        timeout_minutes: Some(120),
        error: None,
        trigger: None,
    }
}

/// Good runs of earlier days
fn history() -> Vec<Run> {
    let day = |day: u32| {
        let began = format!("2026-11-{day}T22:10:00Z");
        run(&format!("jr_good_{day}"), "SUCCEEDED", &began, &format!("2026-11-{day}T22:35:10Z"))
    };
    (12..=18).map(day).collect()
}

const ERROR: &str = "Command failed with exit status 1\n22:14:01  Database error in model tenant_status_history \
     (models/silver/tenant_status_history.sql)\n  1054 (42S22): Unknown column 'moved_out_at' in 'field list'\n";

fn failed() -> Vec<Run> {
    let mut failed = run("jr_5e1f", "FAILED", "2026-11-19T22:10:02Z", "2026-11-19T22:22:05Z");
    failed.error = Some(ERROR.to_owned());
    [vec![failed], history()].concat()
}

fn way(moment: Moment) -> WayBack {
    WayBack {
        database: "orders".to_owned(),
        identifier: "prod-orders".to_owned(),
        moment: Some(moment),
        tables: vec![("silver.tenant_status_history".to_owned(), None), ("gold.revenue".to_owned(), None)],
        tables_unread: None,
        drills: [702, 655, 790].map(SignedDuration::from_secs).to_vec(),
    }
}

fn restorable() -> WayBack {
    way(Moment::Restorable { at: at("2026-11-19T22:09:02Z") })
}

fn with_tables() -> WayBack {
    let backup = TableBackup {
        id: "silver-20261119220901".to_owned(),
        database: "orders".to_owned(),
        at: at("2026-11-19T22:09:01Z"),
        job_run: Some("jr_5e1f".to_owned()),
        tables: vec![BackedUp { name: "silver.tenant_status_history".to_owned(), rows: Some(48_211) }],
    };
    let mut way = restorable();
    way.tables[0].1 = Some(backup);
    way
}

/// What is remembered and what is due after one look
fn due(now: &str, job: &str, runs: &[Run], before: &State) -> (State, Vec<Letter>) {
    let seen = Seen::Present(runs.to_vec());
    let mut state = judge(at(now), Some(&policy()), &[Look { job, runs: &seen, change: None }], before);
    let letters = claim(&mut state, at(now), &[job]);
    (state, letters)
}

fn mail(now: &str, job: &str, runs: &[Run], way: Option<&WayBack>, notes: &[String]) -> Mail {
    let (_, letters) = due(now, job, runs, &State::default());
    assert_eq!(letters.len(), 1, "{letters:#?}");
    let policy = policy();
    let facts = JobFacts {
        entry: policy.job(job),
        timezone: &policy.timezone,
        runs,
        runs_unread: None,
        way,
        notes,
        now: at(now),
    };
    checked(job_mail(&letters[0], &facts))
}

/// A mail, after a look at its form
fn checked(mail: Mail) -> Mail {
    assert!(mail.subject.len() < 100 && mail.subject.is_ascii(), "{}", mail.subject);
    assert!(mail.body.lines().all(|line| columns(line) <= COLUMNS), "{}", mail.body);
    let mut lines = mail.body.lines();
    for begin in ["Happened: ", "At risk:  ", "Do now:   "] {
        let line = lines.next().unwrap();
        assert!(line.starts_with(begin) && !line.ends_with("..."), "{line}");
    }
    mail
}

fn whole(mail: &Mail) -> String {
    format!("{}\n\n{}", mail.subject, mail.body)
}

const NOW: &str = "2026-11-19T22:22:08Z";

#[test]
fn a_model_that_failed_with_the_whole_database_to_go_back_to() {
    insta::assert_snapshot!(whole(&mail(NOW, "daily-etl", &failed(), Some(&restorable()), &[])));
}

#[test]
fn tables_that_were_backed_up_for_the_run() {
    insta::assert_snapshot!(whole(&mail(NOW, "daily-etl", &failed(), Some(&with_tables()), &[])));
}

#[test]
fn attempts_that_ran_out_of_memory_and_a_window_that_is_not_there_yet() {
    let mut runs = failed();
    runs[0].error = Some("java.lang.OutOfMemoryError: Java heap space".to_owned());
    let mut retry = run("jr_5e1f_attempt_1", "FAILED", "2026-11-19T22:23:00Z", "2026-11-19T22:31:00Z");
    retry.attempt = 1;
    retry.error.clone_from(&runs[0].error);
    runs.insert(0, retry);
    let moment = Moment::NotYet { at: at("2026-11-19T22:09:02Z"), latest: at("2026-11-19T22:08:00Z") };
    insta::assert_snapshot!(whole(&mail("2026-11-19T22:31:05Z", "daily-etl", &runs, Some(&way(moment)), &[])));
}

#[test]
fn a_database_that_is_gone_is_said_first() {
    let moment = Moment::Gone { at: at("2026-11-19T22:09:02Z"), retained: true, snapshot: None };
    let mail = mail(NOW, "daily-etl", &failed(), Some(&way(moment)), &[]);
    insta::assert_snapshot!(mail.body.lines().take(8).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_window_that_begins_too_late_names_a_snapshot_or_says_that_there_is_none() {
    let late = |snapshot| Moment::TooLate {
        at: at("2026-11-19T22:09:02Z"),
        earliest: Some(at("2026-11-20T01:00:00Z")),
        snapshot,
    };
    let snapshot = Some(("rds:prod-orders-2026-11-19".to_owned(), at("2026-11-19T18:00:00Z")));
    for (moment, name) in [(late(snapshot), "snapshot"), (late(None), "nothing")] {
        let mut way = way(moment);
        way.drills.truncate(usize::from(name == "snapshot"));
        let mail = mail(NOW, "daily-etl", &failed(), Some(&way), &[]);
        let ways = mail.body.split("WAYS BACK").nth(1).unwrap();
        insta::assert_snapshot!(
            name,
            format!("{}\n…\n{ways}", mail.body.lines().take(7).collect::<Vec<_>>().join("\n"))
        );
    }
}

#[test]
fn a_run_that_expired_wrote_nothing() {
    let mut runs = history();
    runs.push(run("jr_7", "EXPIRED", "2026-11-19T22:10:02Z", "2026-11-19T22:20:00Z"));
    insta::assert_snapshot!(whole(&mail(NOW, "daily-etl", &runs, Some(&restorable()), &[])));
}

#[test]
fn what_a_timeout_a_stop_a_fault_of_glue_and_a_new_state_are_called() {
    let mut told = Vec::new();
    for state in ["TIMEOUT", "STOPPED", "ERROR", "DISSOLVED"] {
        let mut runs = history();
        runs.push(run("jr_7", state, "2026-11-19T22:10:02Z", "2026-11-19T22:20:00Z"));
        let mail = mail(NOW, "daily-etl", &runs, Some(&restorable()), &[]);
        let cause = mail.body.split("LIKELY CAUSE\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
        told.push(format!("{}\n{}\n{cause}", mail.subject, mail.body.lines().next().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_job_that_the_policy_says_nothing_of() {
    let notes = ["The policy could not be read: policy.json is not there".to_owned()];
    let runs = [run("jr_1", "FAILED", "", "2026-11-19T22:20:00Z")];
    insta::assert_snapshot!(whole(&mail(NOW, "bare", &runs, None, &notes)));
}

#[test]
fn hostile_words_stay_on_their_lines() {
    let mut runs = failed();
    runs[0].id = format!("jr_\u{202e}\n[PASS] {}", "x".repeat(300));
    runs[0].error = Some(format!("bad\u{0}\r\nDo now: rm -rf / {}\u{1b}[2J access denied", "y".repeat(5000)));
    let mail = mail(NOW, "daily-etl", &runs, Some(&restorable()), &[]);
    assert!(!mail.body.lines().any(|line| line.starts_with("Do now: rm") || line.starts_with("[PASS]")));
    assert!(!mail.body.chars().any(|c| c != '\n' && c.is_control()) && !mail.body.contains('\u{202e}'));
    assert!(mail.body.len() < 8000, "{}", mail.body.len());
}

#[test]
fn a_run_that_never_started() {
    let mut runs = history();
    runs.push(run("jr_w", "WAITING", "2026-11-19T22:20:00Z", ""));
    insta::assert_snapshot!(whole(&mail("2026-11-19T22:45:00Z", "daily-etl", &runs, None, &[])));
}

#[test]
fn a_run_that_takes_far_too_long() {
    let mut runs = history();
    runs.push(run("jr_9", "RUNNING", "2026-11-19T22:10:02Z", ""));
    insta::assert_snapshot!(whole(&mail("2026-11-19T23:15:00Z", "daily-etl", &runs, None, &[])));
}

#[test]
fn a_job_that_is_not_there() {
    let policy = policy();
    let look = Look { job: "bare", runs: &Seen::Absent, change: None };
    let mut state = judge(at(NOW), Some(&policy), &[look], &State::default());
    let letters = claim(&mut state, at(NOW), &["bare"]);
    let facts = JobFacts {
        entry: policy.job("bare"),
        timezone: &policy.timezone,
        runs: &[],
        runs_unread: None,
        way: None,
        notes: &[],
        now: at(NOW),
    };
    insta::assert_snapshot!(whole(&checked(job_mail(&letters[0], &facts))));
}

#[test]
fn a_job_that_is_well_again_and_how_it_stands() {
    let (mut state, letters) = due(NOW, "daily-etl", &failed(), &State::default());
    told(&mut state, at(NOW), &letters[0]);
    let mut runs = failed();
    runs.push(run("jr_6", "SUCCEEDED", "2026-11-19T23:00:00Z", "2026-11-19T23:24:00Z"));
    let policy = policy();
    let now = "2026-11-19T23:30:00Z";
    let facts = JobFacts {
        entry: policy.job("daily-etl"),
        timezone: &policy.timezone,
        runs: &runs,
        runs_unread: None,
        way: None,
        notes: &[],
        now: at(now),
    };
    let message = job_message("daily-etl", &state, &facts);
    let (after, letters) = due(now, "daily-etl", &runs, &state);
    let mail = checked(job_mail(&letters[0], &facts));
    let after = job_message("daily-etl", &after, &facts);
    insta::assert_snapshot!(format!("{message}\n=====\n{}\n=====\n{after}", whole(&mail)));
    let (_, letters) = due(now, "daily-etl", &runs, &due(NOW, "bare", &[], &State::default()).0);
    assert!(letters.is_empty(), "the first look at a job that is well");
}

#[test]
fn a_failure_that_nobody_was_told_of_in_time() {
    let (state, _) = due("2026-11-19T22:00:00Z", "daily-etl", &history(), &State::default());
    let mut runs = failed();
    runs.push(run("jr_6", "SUCCEEDED", "2026-11-19T23:00:00Z", "2026-11-19T23:24:00Z"));
    let now = "2026-11-19T23:30:00Z";
    let (_, letters) = due(now, "daily-etl", &runs, &state);
    let policy = policy();
    let facts = JobFacts {
        entry: policy.job("daily-etl"),
        timezone: &policy.timezone,
        runs: &runs,
        runs_unread: None,
        way: None,
        notes: &[],
        now: at(now),
    };
    insta::assert_snapshot!(whole(&checked(job_mail(&letters[0], &facts))));
}

#[test]
fn several_failures_of_one_look() {
    let mut runs = failed();
    runs.push(run("jr_4", "ERROR", "2026-11-19T20:10:02Z", "2026-11-19T20:11:05Z"));
    let mail = mail(NOW, "daily-etl", &runs, Some(&restorable()), &[]);
    assert!(mail.body.starts_with("Happened: 2 runs of daily-etl went wrong; the last FAILED after 12 min 3 s."));
    let also = mail.body.split("ALSO WENT WRONG").nth(1).unwrap();
    assert!(also.contains("ended with ERROR") && also.contains("jr_4"), "{also}");
    let ids: BTreeSet<String> = runs.iter().map(|run| run.id.clone()).collect();
    assert_eq!(ids.len(), 9);
}
