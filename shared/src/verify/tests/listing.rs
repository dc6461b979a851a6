//! Indexes and signs of damage.

use serde_json::json;

use super::super::*;
use super::{NOW, check, objects};

fn judged(check: &Check, found: Found, earlier: Option<&Found>) -> CheckAnswer {
    judge_check(check, found, NOW.parse().unwrap(), earlier, 1)
}

fn damages(looked_for: &[&str], found: &[(&str, &str)], left_out: &[&str]) -> Found {
    let words = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    let found = found.iter().map(|(object, what)| Damage { object: (*object).to_owned(), what: (*what).to_owned() });
    Found::Damages { looked_for: words(looked_for), found: found.collect(), left_out: words(left_out) }
}

#[test]
fn an_index_that_is_missing_or_unusable_fails() {
    let named = check(json!({"kind": "indexes", "table": "t", "names": ["a", "b"]}));
    let table = [
        (objects(&[("a", "btree"), ("b", "btree")]), Outcome::Passed, "2 objects, among them all that are named"),
        (objects(&[("a", "btree"), ("b", "btree"), ("c", "hash")]), Outcome::Passed, "3 objects, among them"),
        (objects(&[("a", "btree")]), Outcome::Failed, "b is missing"),
        (objects(&[]), Outcome::Failed, "a is missing; b is missing"),
        (objects(&[("a", "INVALID btree"), ("b", "btree")]), Outcome::Failed, "a cannot be used"),
        (objects(&[("a", "btree"), ("b", "btree"), ("c", "INVALID")]), Outcome::Failed, "c cannot be used"),
    ];
    for (found, outcome, said) in table {
        let answer = judged(&named, found, None);
        assert_eq!(answer.outcome, outcome, "{answer:?}");
        assert!(answer.found.starts_with(said), "{}", answer.found);
    }
    let all = check(json!({"kind": "indexes", "table": "t"}));
    let before = objects(&[("a", "btree")]);
    assert_eq!(judged(&all, before.clone(), Some(&before)).outcome, Outcome::Passed);
    assert_eq!(judged(&all, objects(&[]), Some(&before)).outcome, Outcome::Failed);
    assert_eq!(judged(&all, before.clone(), None).outcome, Outcome::Noted);
    assert_eq!(judged(&all, objects(&[]), Some(&objects(&[]))).outcome, Outcome::Noted);
}

#[test]
fn a_sign_of_damage_fails_unless_the_policy_names_it() {
    let plain = check(json!({"kind": "damage"}));
    let clean = judged(&plain, damages(&["invalid indexes", "empty unlogged tables"], &[], &[]), None);
    assert_eq!(
        (clean.outcome, clean.found.as_str()),
        (Outcome::Passed, "no invalid indexes, no empty unlogged tables")
    );
    let sick = || damages(&["invalid indexes"], &[("public.users_idx", "invalid index")], &["toast of t: too large"]);
    let answer = judged(&plain, sick(), None);
    assert_eq!(answer.outcome, Outcome::Failed);
    assert_eq!(answer.found, "public.users_idx: invalid index; not looked at: toast of t: too large");
    let table = [
        ("public.users_idx", Outcome::Passed),
        ("public.users*", Outcome::Passed),
        ("public.users", Outcome::Failed),
        ("public.users_idx2", Outcome::Failed),
        ("users_idx", Outcome::Failed),
        ("users*", Outcome::Failed),
        ("PUBLIC.USERS_IDX", Outcome::Failed),
        ("*", Outcome::Noted),
    ];
    for (except, outcome) in table {
        let accepting = check(json!({"kind": "damage", "except": [except]}));
        assert_eq!(judged(&accepting, sick(), None).outcome, outcome, "{except}");
    }
    let accepting = check(json!({"kind": "damage", "except": ["public.users*"]}));
    let said = judged(&accepting, sick(), None).found;
    assert_eq!(said, "no invalid indexes but 1 that the policy excepts; not looked at: toast of t: too large");
}

#[test]
fn damage_that_could_not_be_looked_for_is_not_asked() {
    let plain = check(json!({"kind": "damage"}));
    let answer = judged(&plain, damages(&[], &[], &["indexes: permission denied"]), None);
    assert_eq!(
        answer.outcome,
        Outcome::NotAsked { reason: "nothing could be looked at: indexes: permission denied".to_owned() }
    );
    assert_eq!(judged(&plain, damages(&[], &[], &[]), None).outcome, Outcome::Noted);
}

#[test]
fn collections_that_went_missing_are_damage_unless_named() {
    let plain = check(json!({"kind": "damage"}));
    let before = objects(&[("collection app.a", ""), ("collection app.b", "")]);
    let now = || objects(&[("collection app.a", ""), ("collection app.c", "")]);
    let answer = judged(&plain, now(), Some(&before));
    assert_eq!((answer.outcome, answer.found.as_str()), (Outcome::Failed, "collection app.b is gone"));
    let accepting = check(json!({"kind": "damage", "except": ["collection app.b"]}));
    assert_eq!(judged(&accepting, now(), Some(&before)).outcome, Outcome::Passed);
    let all = check(json!({"kind": "damage", "except": ["*"]}));
    assert_eq!(judged(&all, now(), Some(&before)).outcome, Outcome::Noted);
    assert_eq!(judged(&plain, now(), None).outcome, Outcome::Noted);
}

#[test]
fn a_sample_says_that_it_is_one() {
    let keys = check(json!({"kind": "foreign_keys", "schema": "public"}));
    let said = |probed, sampled, broken: &[(&str, u64)]| {
        let broken = broken.iter().map(|(key, rows)| ((*key).to_owned(), *rows)).collect();
        judged(&keys, Found::Keys { probed, broken, sampled }, None).found
    };
    assert_eq!(said(12, 0, &[]), "12 keys, all whole");
    assert_eq!(said(12, 3, &[]), "12 keys, all whole, 3 of them sampled: not every row was looked at");
    assert_eq!(said(1, 1, &[]), "1 key, whole, sampled: not every row was looked at");
    assert_eq!(
        said(2, 1, &[("fk on a\nb", 4)]),
        "1 of 2 keys broken (fk on a b: 4), 1 of them sampled: not every row was looked at"
    );
}

#[test]
fn the_default_questions_look_for_damage_and_count_tables() {
    let kinds = |named: &[Check]| with_defaults(named).iter().map(Check::kind).collect::<Vec<_>>();
    assert_eq!(kinds(&[]), ["tables", "damage"]);
    let rows = check(json!({"kind": "row_count", "table": "t", "at_least": 1}));
    let damage = check(json!({"kind": "damage", "except": ["a"]}));
    assert_eq!(kinds(std::slice::from_ref(&rows)), ["row_count", "damage"]);
    assert_eq!(with_defaults(&[damage.clone(), rows.clone()]), [damage.clone(), rows.clone()]);
    // What is accepted as damage alone asks nothing of the data.
    assert_eq!(kinds(std::slice::from_ref(&damage)), ["tables", "damage"]);
    assert!(knows_no_more(&with_defaults(&[damage])) && knows_no_more(&with_defaults(&[])));
    assert!(!knows_no_more(&with_defaults(&[rows])));
}
