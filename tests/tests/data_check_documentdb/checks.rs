//! Counts, times and references, on data that is whole and on data that is not.

use bson::{Bson, DateTime, doc};
use lifeboat::sql::AskError;
use lifeboat::verify::Found;
use serde_json::json;
use tests::mongo_double::{Collection, Data, Double};

use crate::world::{a_day_earlier, date, every_check, finds, id, passes_then_fails, shop};

fn half_is_gone(data: &mut Data) {
    data.collection("app", "orders").documents.truncate(5);
}

fn orders_are_gone(data: &mut Data) {
    data.drop_collection("app", "orders");
}

#[tokio::test]
async fn half_of_the_documents_or_all_of_a_collection_is_missed() {
    for check in every_check().into_iter().take(3) {
        passes_then_fails(shop(), half_is_gone, check.clone()).await;
        let said = passes_then_fails(shop(), orders_are_gone, check).await;
        assert_eq!(said, "there is no collection app.orders");
    }
}

#[tokio::test]
async fn a_collection_that_is_not_there_is_missing_and_one_without_documents_has_none() {
    let mut data = shop();
    data.put("app", "empty", Collection::of([]));
    let double = Double::start(data);
    let count = |collection: &str| json!({"kind": "collection_count", "collection": collection, "at_most": 5});
    assert_eq!(finds(&double, &count("empty")).await, Ok(Found::Count(0)));
    assert_eq!(finds(&double, &count("sales.archive")).await, Ok(Found::Count(1)));
    for gone in ["app.gone", "gone.orders"] {
        assert_eq!(finds(&double, &count(gone)).await, Ok(Found::Missing(format!("there is no collection {gone}"))));
    }
    let fresh = json!({"kind": "freshness", "table": "gone", "column": "at", "within": "1h"});
    assert!(matches!(finds(&double, &fresh).await, Ok(Found::Missing(_))));
}

#[tokio::test]
async fn a_restore_to_a_day_too_early_is_missed() {
    let earlier = |data: &mut Data| data.collection("app", "orders").documents.iter_mut().for_each(a_day_earlier);
    for check in every_check().into_iter().filter(|check| check["kind"] == "freshness") {
        let mut check = check;
        check["within"] = json!("23h");
        let said = passes_then_fails(shop(), earlier, check).await;
        assert!(said.contains("24 h") || said.contains("1 d"), "{said}");
    }
}

#[tokio::test]
async fn the_newest_date_is_found_wherever_it_is() {
    let (old, new) = (date("2026-11-20T00:00:00Z"), date("2026-11-22T17:00:00.123Z"));
    let far = DateTime::from_millis(-62_000_000_000_000);
    let documents = [
        doc! { "_id": 1, "at": old, "items": [{ "at": old }, { "at": new }], "list": [new, old], "mixed": "2027-01-01", "early": far },
        doc! { "_id": 2, "at": new, "items": [], "list": [old], "mixed": old, "made": id("2026-11-22T17:00:00Z", 1) },
        doc! { "_id": 3, "at": Bson::Null, "mixed": new, "text": "2026-11-22", "number": 1_763_834_400_i64 },
    ];
    let mut data = Data::default();
    data.put("app", "log", Collection::of(documents));
    let double = Double::start(data);
    let check = |column: &str| json!({"kind": "freshness", "table": "log", "column": column, "within": "1h"});
    for column in ["at", "items.at", "list", "mixed"] {
        let at = "2026-11-22T17:00:00.123Z".parse().unwrap();
        assert_eq!(finds(&double, &check(column)).await, Ok(Found::Newest(Some(at))), "{column}");
    }
    for (column, holds) in [("text", "text"), ("number", "numbers"), ("made", "ObjectIds"), ("items", "documents")] {
        let error = finds(&double, &check(column)).await.unwrap_err();
        assert_eq!(error, AskError::Unfit(format!("{column} in app.log holds {holds} and no dates")));
    }
    assert_eq!(finds(&double, &check("nowhere.at")).await, Ok(Found::Newest(None)));
    assert!(matches!(finds(&double, &check("early")).await, Ok(Found::Newest(Some(_)))));
}

#[tokio::test]
async fn an_identity_tells_its_time_where_it_is_an_object_id() {
    let check = json!({"kind": "freshness", "table": "orders", "column": "_id", "within": "1h"});
    let found = finds(&Double::start(shop()), &check).await;
    assert_eq!(found, Ok(Found::Newest(Some("2026-11-22T18:00:00Z".parse().unwrap()))));
    let users = json!({"kind": "freshness", "table": "users", "column": "_id", "within": "1h"});
    assert!(matches!(finds(&Double::start(shop()), &users).await, Err(AskError::Unfit(_))));
}

#[tokio::test]
async fn a_time_that_no_backup_can_have_is_not_fresh() {
    let mut data = Data::default();
    data.put("app", "log", Collection::of([doc! { "_id": 1, "at": DateTime::MAX }]));
    let check = json!({"kind": "freshness", "table": "log", "column": "at", "within": "1h"});
    assert!(matches!(finds(&Double::start(data), &check).await, Err(AskError::Unfit(_))));
}

#[tokio::test]
async fn collections_are_counted_without_views_and_without_the_servers_own() {
    let check = |schema: Option<&str>| json!({"kind": "tables", "schema": schema, "at_least": 1});
    let mut data = shop();
    data.put("app", "seen", Collection { view: true, ..Collection::default() });
    data.put("app", "system.views", Collection::of([]));
    let double = Double::start(data);
    for (schema, number) in [(None, 3), (Some("app"), 2), (Some("sales"), 1), (Some("gone"), 0)] {
        assert_eq!(finds(&double, &check(schema)).await, Ok(Found::Count(number)), "{schema:?}");
    }
    let one_less = json!({"kind": "tables", "at_least": 3});
    passes_then_fails(shop(), orders_are_gone, one_less).await;
}

#[tokio::test]
async fn references_without_their_document_are_found() {
    let check = json!({"kind": "orphans", "child": "orders.user_id", "parent": "app.users._id"});
    let said = passes_then_fails(shop(), |data| drop(data.collection("app", "users").documents.remove(0)), check).await;
    assert_eq!(said, "2 orphans");
}

#[tokio::test]
async fn each_value_of_an_array_is_a_reference_and_none_is_no_orphan() {
    let documents = [
        doc! { "_id": 1, "lines": [{ "user": 1 }, { "user": 9 }, { "user": 2_i64 }], "tags": [1, 8, 9] },
        doc! { "_id": 2, "lines": [], "tags": Bson::Null },
        doc! { "_id": 3, "lines": { "user": 3.0 } },
        doc! { "_id": 4 },
    ];
    let mut data = shop();
    data.put("app", "carts", Collection::of(documents));
    let double = Double::start(data);
    for (child, orphans) in [(r#"carts."lines.user""#, 1), ("carts.tags", 2), ("carts.nothing", 0)] {
        let check = json!({"kind": "orphans", "child": child, "parent": "users._id"});
        assert_eq!(finds(&double, &check).await, Ok(Found::Count(orphans)), "{child}");
    }
    for (child, parent) in [("carts.tags", "gone._id"), ("gone.a", "users._id")] {
        let check = json!({"kind": "orphans", "child": child, "parent": parent});
        assert!(matches!(finds(&double, &check).await, Ok(Found::Missing(_))), "{child} {parent}");
    }
    let apart = json!({"kind": "orphans", "child": "carts.tags", "parent": "sales.archive._id"});
    assert!(matches!(finds(&double, &apart).await, Err(AskError::Unfit(_))));
}

#[tokio::test]
async fn what_this_engine_does_not_have_is_told_with_what_to_ask() {
    let double = Double::start(shop());
    let table = [
        (json!({"kind": "foreign_keys", "schema": "app"}), "ask orphans"),
        (json!({"kind": "sql", "query": "SELECT 1", "expect": 1}), "ask collection_count"),
    ];
    for (check, said) in table {
        let error = finds(&double, &check).await.unwrap_err();
        assert!(matches!(&error, AskError::Unfit(words) if words.contains(said)), "{error}");
    }
}
