//! Collections and fields with names that nobody should give them.

use bson::{Document, doc};
use lifeboat::sql::{Name, NameError};
use lifeboat::verify::Found;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tests::mongo_double::{Collection, Data, Double};

use crate::world::{ask, date, finds, open, shop_double};

/// As a policy would have to write one part
fn written(part: &str) -> String {
    Name::of_parts([part.to_owned()]).quoted()
}

/// Asks everything that takes a name of a collection and a field of these names
async fn answers(double: &Double, collection: &str, field: &str) {
    let mut document = Document::new();
    document.insert("_id", 1);
    document.insert(field, date("2026-11-22T18:00:00Z"));
    let own = Collection::of([document]).index("by it", doc! { field: 1 });
    double.change(|data| data.put("app", collection, own));
    let (c, f) = (written(collection), written(field));
    let mut session = open(double).await;
    let at = Found::Newest(Some("2026-11-22T18:00:00Z".parse().unwrap()));
    let asked = [
        (json!({"kind": "collection_count", "collection": format!("app.{c}")}), Found::Count(1)),
        (json!({"kind": "row_count", "table": c}), Found::Count(1)),
        (json!({"kind": "freshness", "table": c, "column": f, "within": "1h"}), at),
        (json!({"kind": "orphans", "child": format!("{c}.{f}"), "parent": format!("app.{c}.{f}")}), Found::Count(0)),
    ];
    for (check, found) in asked {
        assert_eq!(ask(&mut session, &check).await, Ok(found), "{check}");
    }
    let indexes = ask(&mut session, &json!({"kind": "indexes", "table": c})).await.unwrap();
    assert!(matches!(indexes, Found::Objects(all) if all.len() == 2), "{c}");
    double.change(|data| data.drop_collection("app", collection));
    let gone = ask(&mut session, &json!({"kind": "row_count", "table": c})).await;
    assert!(matches!(gone, Ok(Found::Missing(_))), "{gone:?}");
}

#[tokio::test]
async fn dotted_quoted_and_longest_names_are_only_names() {
    let double = Double::start(Data::default());
    let longest = "n".repeat(57);
    let table = [
        ("orders.2026", "at"),
        ("$cmd", "a$b"),
        ("a\"b", "c\"d"),
        ("$eval", "where"),
        ("{\"drop\": 1}", "{}"),
        ("日本", "作成日時"),
        (" ", "\t"),
        ("0", "0"),
        ("'; db.dropDatabase(); //", "' || true"),
        (longest.as_str(), longest.as_str()),
    ];
    for (collection, field) in table {
        answers(&double, collection, field).await;
    }
}

#[test]
fn any_name_can_be_asked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let double = Double::start(Data::default());
    let collection = prop_oneof!["[\"'.;\\\\$ %`{}:]{1,8}", "[^\0]{1,15}"];
    // A dot in a field's name is a step, and a field that starts with `$` cannot be asked: the test below.
    let field = prop_oneof!["[a-c\"'; %`{}:]{1,8}", "[^\0.$]{1,15}"].prop_filter("another", |field| field != "_id");
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&(collection, field), |(collection, field)| {
            runtime.block_on(answers(&double, &collection, &field));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn an_operator_in_place_of_a_field_never_reaches_the_server() {
    let double = shop_double();
    let mut session = open(&double).await;
    double.seen();
    for field in ["$where", "$expr", "\"a.$where\"", "\"$\"", "\"a..b\"", ""] {
        let check = json!({"kind": "freshness", "table": "orders", "column": field, "within": "1h"});
        assert!(ask(&mut session, &check).await.is_err(), "{field}");
        let check = json!({"kind": "orphans", "child": format!("orders.{field}"), "parent": "users._id"});
        assert!(ask(&mut session, &check).await.is_err(), "{field}");
    }
    for table in ["\"a.b\".c", "\"$x\".c", "\"a b\".c", "a.b.c", "\"a/b\".c", ""] {
        assert!(ask(&mut session, &json!({"kind": "row_count", "table": table})).await.is_err(), "{table}");
        assert!(ask(&mut session, &json!({"kind": "tables", "schema": "\"a.b\"", "at_least": 1})).await.is_err());
    }
    let reads = double.seen().into_iter().filter(|command| !command.contains_key("hello"));
    assert_eq!(reads.collect::<Vec<_>>(), Vec::<Document>::new());
}

#[tokio::test]
async fn a_name_that_is_written_wrong_says_how_it_should_be() {
    let double = shop_double();
    let error = finds(&double, &json!({"kind": "row_count", "table": "app.orders.2026"})).await.unwrap_err();
    assert!(error.to_string().contains("collection or database.collection"), "{error}");
    let error =
        finds(&double, &json!({"kind": "orphans", "child": "orders", "parent": "users._id"})).await.unwrap_err();
    assert!(matches!(error, lifeboat::sql::AskError::Name(NameError::Parts { .. })), "{error}");
}
