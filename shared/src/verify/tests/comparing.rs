//! What a comparing check is compared with, and what it says when that is nothing.

use jiff::Timestamp;
use serde_json::json;

use super::super::*;
use super::{NOW, check, objects};

const RUN: &str = "drill-orders-202611151800";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What a passed drill a week ago answered
fn last_week(checks: Vec<CheckAnswer>) -> Answers {
    Answers {
        version: 1,
        run: RUN.to_owned(),
        attempt: 1,
        endpoint: "copy:5432".to_owned(),
        database: "app".to_owned(),
        server_version: None,
        first_query_at: None,
        restored_to: Some(at("2026-11-15T17:00:00Z")),
        finished_at: at("2026-11-15T18:31:00Z"),
        trouble: None,
        checks,
    }
}

fn noted(check: &Check, found: Found) -> CheckAnswer {
    judge_check(check, found, at(NOW), None, 1)
}

fn baseline(answers: &Answers) -> Baseline {
    Baseline::read(RUN, "app", Some(&serde_json::to_vec(answers).unwrap()))
}

fn judged(check: &Check, found: Found, baseline: &Baseline) -> CheckAnswer {
    judge_against(check, found, at(NOW), &baseline.earlier(check, at(NOW)), 1)
}

#[test]
fn a_change_is_told_with_what_was_and_what_is() {
    let schema = check(json!({"kind": "schema_unchanged"}));
    let before = noted(&schema, objects(&[("column users.email", "text"), ("table users", "table")]));
    let baseline = baseline(&last_week(vec![before]));
    let same = judged(&schema, objects(&[("column users.email", "text"), ("table users", "table")]), &baseline);
    assert_eq!((same.outcome, same.found.as_str()), (Outcome::Passed, "2 objects, all as before"));
    let other = judged(&schema, objects(&[("column users.email", "int"), ("table x", "table")]), &baseline);
    assert_eq!(other.outcome, Outcome::Failed);
    assert_eq!(
        other.found,
        "1 gone, 1 changed, 1 new: table users is gone; column users.email was text, is int; table x is new"
    );
}

#[test]
fn nothing_yet_is_noted_and_what_is_lost_is_not_asked() {
    let schema = check(json!({"kind": "schema_unchanged", "schema": "app"}));
    let found = || objects(&[("table users", "table")]);
    let noted_with = |baseline: &Baseline, words: &str| {
        let answer = judged(&schema, found(), baseline);
        assert_eq!(answer.outcome, Outcome::Noted, "{answer:?}");
        assert!(answer.found.contains(words) && answer.value.is_some(), "{}", answer.found);
    };
    noted_with(&Baseline::First, "no drill has passed yet");
    noted_with(&baseline(&last_week(vec![])), "did not ask it");
    let elsewhere = check(json!({"kind": "schema_unchanged", "schema": "public"}));
    noted_with(&baseline(&last_week(vec![noted(&elsewhere, found())])), "did not ask it");
    let count = CheckAnswer { value: Some(Found::Count(3)), ..noted(&schema, found()) };
    noted_with(&baseline(&last_week(vec![count])), "in another form");
    let empty = CheckAnswer { value: None, ..noted(&schema, found()) };
    noted_with(&baseline(&last_week(vec![empty])), "kept nothing");

    let lost_with = |baseline: &Baseline, words: &str| {
        let answer = judged(&schema, found(), baseline);
        assert!(matches!(&answer.outcome, Outcome::NotAsked { reason } if reason.contains(words)), "{answer:?}");
        assert_eq!(answer.value, None);
    };
    lost_with(&Baseline::read(RUN, "app", None), "checks/drill-orders-202611151800.json");
    lost_with(&Baseline::read(RUN, "app", None), "is not in the bucket; bring it back, or give the check a \"since\"");
    lost_with(&Baseline::read(RUN, "app", Some(b"{")), "is not a document of answers");
    lost_with(&Baseline::read(RUN, "other", Some(&serde_json::to_vec(&last_week(vec![])).unwrap())), "\"app\"");
    lost_with(&Baseline::read("drill-x", "app", Some(&serde_json::to_vec(&last_week(vec![])).unwrap())), "another run");
    let trouble = Trouble { kind: TroubleKind::Login, message: "no".to_owned() };
    lost_with(&baseline(&Answers { trouble: Some(trouble), ..last_week(vec![]) }), "could not look");
    lost_with(&baseline(&Answers { version: 2, ..last_week(vec![]) }), "version 2");
    lost_with(&baseline(&last_week(vec![CheckAnswer::not_asked(&schema, "timed out")])), "did not pass it");
}

#[test]
fn what_is_lost_hides_no_failure() {
    let lost = Baseline::lost(RUN, "is not in the bucket");
    let indexes = check(json!({"kind": "indexes", "table": "t"}));
    assert_eq!(judged(&indexes, objects(&[("i", "INVALID btree")]), &lost).outcome, Outcome::Failed);
    let unchanged = check(json!({"kind": "unchanged", "table": "t", "within_percent": 5}));
    assert_eq!(judged(&unchanged, Found::Missing("no table t".to_owned()), &lost).outcome, Outcome::Failed);
    assert!(matches!(judged(&unchanged, Found::Count(5), &lost).outcome, Outcome::NotAsked { .. }));
    let named = check(json!({"kind": "indexes", "table": "t", "names": ["i"]}));
    assert_eq!(judged(&named, objects(&[("i", "btree")]), &lost).outcome, Outcome::Passed);
}

#[test]
fn since_parts_what_was_before_a_meant_change_from_what_came_after() {
    // The earlier drill stood for 2026-11-15 17:00, this copy stands for 2026-11-22 18:00.
    let table = [
        ("2026-11-01T00:00:00Z", Outcome::Failed),
        ("2026-11-15T17:00:00Z", Outcome::Failed),
        ("2026-11-15T17:00:01Z", Outcome::Noted),
        ("2026-11-22T18:00:00Z", Outcome::Noted),
        // Not in effect yet: a year written wrong switches nothing off
        ("2026-11-22T18:00:01Z", Outcome::Failed),
        ("2062-11-20T00:00:00Z", Outcome::Failed),
    ];
    for (since, want) in table {
        let schema = check(json!({"kind": "schema_unchanged", "since": since}));
        let baseline = baseline(&last_week(vec![noted(&schema, objects(&[("table a", "")]))]));
        assert_eq!(judged(&schema, objects(&[("table b", "")]), &baseline).outcome, want, "{since}");
    }
    // A copy of before the change is not compared with a drill of after it.
    let schema = check(json!({"kind": "schema_unchanged", "since": "2026-11-15T00:00:00Z"}));
    let baseline = baseline(&last_week(vec![noted(&schema, objects(&[("table a", "")]))]));
    let old = at("2026-10-01T00:00:00Z");
    assert!(matches!(baseline.earlier(&schema, old), Earlier::Nothing(why) if why.contains("is of before")));
    // Answers from before this time was kept are taken to stand for the time of their end.
    let mut older = last_week(vec![noted(&schema, objects(&[("table a", "")]))]);
    older.restored_to = None;
    assert!(matches!(self::baseline(&older).earlier(&schema, at(NOW)), Earlier::Found(_)));
}

#[test]
fn since_is_the_way_on_when_the_earlier_answers_are_gone_for_good() {
    let with = |since: Option<&str>| check(json!({"kind": "schema_unchanged", "since": since}));
    let lost = Baseline::lost(RUN, "is not in the bucket");
    let table = [
        (None, false),
        (Some("2026-11-15T18:00:00Z"), false),
        (Some("2026-11-16T00:00:00Z"), true),
        (Some("2030-01-01T00:00:00Z"), false),
    ];
    for (since, begins_anew) in table {
        let check = with(since);
        let earlier = lost.earlier(&check, at(NOW));
        assert_eq!(matches!(earlier, Earlier::Nothing(_)), begins_anew, "{since:?}: {earlier:?}");
        assert_eq!(matches!(earlier, Earlier::Lost(_)), !begins_anew, "{since:?}: {earlier:?}");
    }
    for run in ["drill-orders-20261115", "validation-0a1b", "x", "drill-orders-202613451800", "a-20261115180000"] {
        let lost = Baseline::lost(run, "is not in the bucket");
        let earlier = lost.earlier(&with(Some("2026-11-16T00:00:00Z")), at(NOW));
        assert_eq!(matches!(earlier, Earlier::Nothing(_)), run.starts_with("a-"), "{run}");
    }
}

#[test]
fn nothing_seen_then_and_now_proves_nothing() {
    for kind in ["schema_unchanged", "grants_unchanged"] {
        let check = check(json!({"kind": kind}));
        let baseline = baseline(&last_week(vec![noted(&check, objects(&[]))]));
        assert_eq!(judged(&check, objects(&[]), &baseline).outcome, Outcome::Noted);
        assert_eq!(judged(&check, objects(&[("a", "")]), &baseline).outcome, Outcome::Failed);
    }
}

#[test]
fn a_schema_that_is_missing_fails_even_if_it_was_missing_before() {
    let schema = check(json!({"kind": "schema_unchanged", "schema": "app"}));
    let gone = || Found::Missing("there is no schema \"app\"".to_owned());
    let answer = judge_check(&schema, gone(), at(NOW), Some(&gone()), 1);
    assert_eq!((answer.outcome, answer.found.as_str()), (Outcome::Failed, "there is no schema \"app\""));
}
