//! What holds whatever was asked and whatever came.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::{NOW, check};

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", "(?s:.){0,200}"]
}

fn map() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(name(), prop_oneof!["[xy]{0,2}", Just(format!("{UNUSABLE} btree")), "(?s:.){0,100}"], 0..6)
}

fn found() -> impl Strategy<Value = Found> {
    let damage = (name(), name()).prop_map(|(object, what)| Damage { object, what });
    prop_oneof![
        (0_u64..4).prop_map(Found::Count),
        prop::option::of(-900_i64..900).prop_map(|ahead| {
            let now: jiff::Timestamp = NOW.parse().unwrap();
            Found::Newest(ahead.map(|minutes| now + jiff::SignedDuration::from_mins(minutes)))
        }),
        prop::option::of(name()).prop_map(Found::Value),
        name().prop_map(Found::Missing),
        (0_u64..4, vec((name(), 1_u64..9), 0..5), 0_u64..4).prop_map(|(probed, broken, sampled)| Found::Keys {
            probed,
            broken,
            sampled
        }),
        map().prop_map(Found::Objects),
        (vec(name(), 0..4), vec(damage, 0..5), vec(name(), 0..5))
            .prop_map(|(looked_for, found, left_out)| Found::Damages { looked_for, found, left_out }),
    ]
}

fn checks() -> Vec<Check> {
    [
        json!({"kind": "row_count", "table": "t", "at_least": 0}),
        json!({"kind": "freshness", "table": "t", "column": "c", "within": "1d"}),
        json!({"kind": "tables", "at_least": 1}),
        json!({"kind": "tables", "schema": "s", "at_least": 1}),
        json!({"kind": "orphans", "child": "a.b", "parent": "c.d"}),
        json!({"kind": "foreign_keys", "schema": "s"}),
        json!({"kind": "unchanged", "table": "t", "within_percent": 1000}),
        json!({"kind": "schema_unchanged"}),
        json!({"kind": "schema_unchanged", "schema": "s"}),
        json!({"kind": "grants_unchanged"}),
        json!({"kind": "indexes", "table": "t"}),
        json!({"kind": "indexes", "table": "t", "names": ["a"]}),
        json!({"kind": "collection_count", "collection": "c", "at_most": 9}),
        json!({"kind": "damage"}),
        json!({"kind": "damage", "except": ["a*"]}),
        json!({"kind": "sql", "query": "SELECT 1", "expect": "a"}),
    ]
    .into_iter()
    .map(check)
    .collect()
}

/// The forms in which a question may be answered well
fn fits(check: &Check, found: &Found) -> bool {
    match check.kind() {
        "row_count" | "tables" | "orphans" | "unchanged" | "collection_count" => matches!(found, Found::Count(_)),
        "freshness" => matches!(found, Found::Newest(_)),
        "foreign_keys" => matches!(found, Found::Keys { .. }),
        "schema_unchanged" | "grants_unchanged" | "indexes" => matches!(found, Found::Objects(_)),
        "damage" => matches!(found, Found::Objects(_) | Found::Damages { .. }),
        "sql" => matches!(found, Found::Value(_)),
        other => panic!("{other}"),
    }
}

fn judged(check: &Check, found: Found, earlier: Option<&Found>) -> CheckAnswer {
    judge_check(check, found, NOW.parse().unwrap(), earlier, 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_answer_of_another_kind_never_passes(found in found(), earlier in prop::option::of(found())) {
        for check in checks() {
            let outcome = judged(&check, found.clone(), earlier.as_ref()).outcome;
            if !fits(&check, &found) {
                prop_assert!(!matches!(outcome, Outcome::Passed | Outcome::Noted), "{:?} {:?} {:?}", check, found, outcome);
            }
            if check.compares() && earlier.as_ref().is_none_or(|earlier| !fits(&check, earlier)) && check.kind() != "damage" {
                prop_assert_ne!(outcome, Outcome::Passed, "{:?} passes against {:?}", check, earlier);
            }
        }
    }

    #[test]
    fn whatever_came_is_said_in_a_few_visible_words(found in found(), earlier in prop::option::of(found())) {
        for check in checks() {
            let answer = judged(&check, found.clone(), earlier.as_ref());
            for said in [&answer.found, &answer.expected] {
                prop_assert!(said.chars().count() < 1200 && !said.contains(invisible), "{:?}", said);
            }
        }
    }

    #[test]
    fn what_goes_missing_never_makes_a_failure_pass(
        (then, now) in (map(), map()), names in vec("[a-c]{1,2}", 0..3), which in any::<prop::sample::Index>(),
    ) {
        let mut listed = vec![
            check(json!({"kind": "schema_unchanged"})),
            check(json!({"kind": "damage"})),
            check(json!({"kind": "indexes", "table": "t"})),
        ];
        listed.push(Check::Indexes { table: "t".to_owned(), names: names.clone(), since: None });
        for check in listed {
            let expected: Vec<&String> = match &check {
                Check::Indexes { names, .. } if !names.is_empty() => names.iter().collect(),
                _ => then.keys().collect(),
            };
            if expected.is_empty() {
                continue;
            }
            let gone = which.get(&expected);
            let mut less = now.clone();
            less.remove(*gone);
            let before = Found::Objects(then.clone());
            let outcome = judged(&check, Found::Objects(less), Some(&before)).outcome;
            prop_assert_eq!(outcome, Outcome::Failed, "{:?} without {:?}", check, gone);
        }
    }

    #[test]
    fn an_exception_hides_only_what_it_names(objects in vec("[a-c*. ]{1,4}", 1..5), except in vec("[a-c. ]{1,4}[*]?", 0..3)) {
        let named = |object: &String| {
            except.iter().any(|known| known == object || known.strip_suffix('*').is_some_and(|head| object.starts_with(head)))
        };
        let found = objects.iter().map(|object| Damage { object: object.clone(), what: "broken".to_owned() }).collect();
        let damages = Found::Damages { looked_for: vec!["signs".to_owned()], found, left_out: vec![] };
        let outcome = judged(&Check::Damage { except: except.clone() }, damages, None).outcome;
        let want = if objects.iter().all(named) { Outcome::Passed } else { Outcome::Failed };
        prop_assert_eq!(outcome, want, "{:?} except {:?}", objects, except);
    }

    #[test]
    fn what_was_left_out_is_told(left_out in vec("[a-z]{3,9}", 1..6), looked in any::<bool>(), sick in any::<bool>()) {
        let looked_for = if looked { vec!["signs".to_owned()] } else { vec![] };
        let found = if sick { vec![Damage { object: "o".to_owned(), what: "broken".to_owned() }] } else { vec![] };
        let damages = Found::Damages { looked_for, found, left_out: left_out.clone() };
        let answer = judged(&Check::Damage { except: vec![] }, damages, None);
        let said = match &answer.outcome { Outcome::NotAsked { reason } => reason, _ => &answer.found };
        prop_assert!(left_out.iter().take(3).all(|left| said.contains(left)), "{}", said);
        prop_assert_eq!(answer.outcome == Outcome::Passed, looked && !sick);
    }
}
