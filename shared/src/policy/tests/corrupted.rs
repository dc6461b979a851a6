//! The example with one thing wrong, at every place; and documents of any kind.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// Where a value is in a document
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

fn path(steps: &[Step]) -> String {
    let written = |(at, step): (usize, &Step)| match step {
        Step::Key(key) if at == 0 => key.clone(),
        Step::Key(key) => format!(".{key}"),
        Step::Item(at) => format!("[{at}]"),
    };
    steps.iter().enumerate().map(written).collect()
}

/// Every place of a document, the whole first
fn places(value: &Value, here: &[Step]) -> Vec<Vec<Step>> {
    let below = |step: Step, value: &Value| places(value, &[here, &[step]].concat());
    let mut all = vec![here.to_vec()];
    match value {
        Value::Object(map) => all.extend(map.iter().flat_map(|(key, value)| below(Step::Key(key.clone()), value))),
        Value::Array(items) => all.extend(items.iter().enumerate().flat_map(|(at, item)| below(Step::Item(at), item))),
        _ => {}
    }
    all
}

fn at<'a>(value: &'a mut Value, steps: &[Step]) -> &'a mut Value {
    steps.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key.as_str()],
        Step::Item(at) => &mut value[*at],
    })
}

fn example() -> Value {
    serde_json::from_str(EXAMPLE).unwrap()
}

/// The example, and the policy with every kind of check
fn documents() -> [Value; 2] {
    [example(), serde_json::from_str(include_str!("checks.json")).unwrap()]
}

fn paths(value: &Value) -> Vec<String> {
    let refused = Policy::parse(&value.to_string()).err().unwrap_or_default();
    refused.list().iter().map(|mistake| mistake.path.clone()).collect()
}

/// Names are the writer's own; of these, a Glue job may have nearly any
fn is_job_name(steps: &[Step]) -> bool {
    steps.len() == 2 && steps.first() == Some(&Step::Key("jobs".to_owned()))
}

#[test]
fn every_key_written_wrong_is_refused_at_its_place() {
    let mut renamed_keys = 0;
    for document in documents() {
        for steps in places(&document, &[]) {
            let Some((Step::Key(key), parent)) = steps.split_last() else { continue };
            let wrong = format!("{key}_x");
            let mut corrupted = document.clone();
            let map = at(&mut corrupted, parent).as_object_mut().unwrap();
            let renamed: Map<String, Value> =
                map.iter().map(|(k, v)| (if k == key { wrong.clone() } else { k.clone() }, v.clone())).collect();
            *map = renamed;
            let told = paths(&corrupted);
            let place = path(&[parent, &[Step::Key(wrong)]].concat());
            assert_eq!(told.contains(&place), !is_job_name(&steps), "{place}: {told:?}");
            renamed_keys += 1;
        }
    }
    assert!(renamed_keys > 150, "{renamed_keys}");
}

#[test]
fn every_value_of_a_wrong_type_is_refused_at_its_place() {
    for document in documents() {
        for steps in places(&document, &[]) {
            let mut corrupted = document.clone();
            let value = at(&mut corrupted, &steps).clone();
            let anything = path(&steps).ends_with(".expect");
            // An item of `acu` is told as a mistake of the pair.
            let place = path(&steps).replace("acu[0]", "acu").replace("acu[1]", "acu");
            for other in [json!(true), json!(7.25), json!("  "), json!([{}]), json!({"x": 1})] {
                let same = std::mem::discriminant(&value) == std::mem::discriminant(&other);
                if same || anything && !(other.is_array() || other.is_object()) {
                    continue;
                }
                *at(&mut corrupted, &steps) = other.clone();
                let told = paths(&corrupted);
                assert!(told.contains(&place), "{place} as {other}: {told:?}");
            }
        }
    }
}

#[test]
fn null_and_a_key_left_out_are_the_same_to_the_reader() {
    for steps in places(&example(), &[]) {
        let Some((Step::Key(key), parent)) = steps.split_last() else { continue };
        let (mut null, mut without) = (example(), example());
        *at(&mut null, &steps) = Value::Null;
        at(&mut without, parent).as_object_mut().unwrap().shift_remove(key);
        let (null, without) = (Policy::parse(&null.to_string()), Policy::parse(&without.to_string()));
        if steps.len() > 3 {
            assert_eq!(null, without, "{}", path(&steps));
        }
        assert_eq!(null.is_ok(), without.is_ok(), "{}", path(&steps));
    }
}

/// JSON of any shape, in words that the policy knows and in others
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "version",
        "databases",
        "kind",
        "rds",
        "identifier",
        "drills",
        "sandbox",
        "checks",
        "acu",
        "jobs",
        "drill",
        "tick",
        "source",
        "detail-type",
        "1h",
    ];
    let word = prop_oneof![proptest::sample::select(words.to_vec()).prop_map(str::to_owned), ".{0,8}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((word.clone(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", value in any_json()) {
        prop_assert!(Policy::parse(&text).is_err());
        if let Err(mistakes) = Policy::parse(&value.to_string()) {
            prop_assert!(!mistakes.is_empty() && !mistakes.to_string().is_empty());
        }
    }

    #[test]
    fn no_value_put_anywhere_into_the_example_makes_the_reader_panic(place in any::<prop::sample::Index>(), value in any_json()) {
        let mut document = example();
        let places: Vec<Vec<Step>> = places(&document, &[]);
        *at(&mut document, place.get(&places).as_slice()) = value;
        let _ = Policy::parse(&document.to_string());
    }

    #[test]
    fn no_value_makes_the_reader_of_requests_panic(value in any_json()) {
        if let Err(mistakes) = crate::request::drill_event(&value) {
            prop_assert!(!mistakes.is_empty());
        }
    }

    #[test]
    fn every_accepted_name_comes_back_as_written_and_in_order(
        names in btree_set("[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,8}){0,2}", 1..6).prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle(),
        drills in btree_set("[a-z][a-z0-9]{8,20}", 0..4).prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let drills_object: Map<String, Value> = drills.iter().map(|name| (name.clone(), json!({}))).collect();
        let databases: Map<String, Value> = names.iter().map(|name| {
            (name.clone(), json!({"kind": "rds", "identifier": format!("Prod-{name}"), "drills": drills_object}))
        }).collect();
        let text = json!({"version": 1, "databases": databases}).to_string();
        let policy = Policy::parse(&text).unwrap();
        prop_assert_eq!(policy.databases.iter().map(|(name, _)| name).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
        for (_, database) in &policy.databases {
            prop_assert_eq!(database.drills.iter().map(|(name, _)| name).collect::<Vec<_>>(), drills.iter().collect::<Vec<_>>());
        }
        prop_assert_eq!(policy.protected(), names.iter().map(|name| format!("prod-{name}")).collect());
    }
}
