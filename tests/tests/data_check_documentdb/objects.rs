//! Indexes, schemas, users and the inventory.

use bson::doc;
use lifeboat::sql::Session as _;
use lifeboat::verify::{Found, Outcome, SchemaFacts, TableFacts};
use serde_json::json;
use tests::mongo_double::{Collection, Data, Double, Fault};

use crate::world::{LONG, finds, judged, open, passes_then_fails, shop, shop_double};

fn an_index_is_gone(data: &mut Data) {
    data.collection("app", "orders").indexes.pop();
}

fn an_index_is_another(data: &mut Data) {
    data.collection("app", "orders").indexes[2] = doc! { "v": 4, "key": { "meta.at": -1 }, "name": "by_at" };
}

#[tokio::test]
async fn an_index_that_is_gone_or_another_is_missed() {
    let named = json!({"kind": "indexes", "table": "app.orders", "names": ["by_user", "by_at"]});
    assert_eq!(passes_then_fails(shop(), an_index_is_gone, named).await, "by_at is missing");
    let all = json!({"kind": "indexes", "table": "orders"});
    assert_eq!(passes_then_fails(shop(), an_index_is_gone, all.clone()).await, "by_at is gone");
    let said = passes_then_fails(shop(), an_index_is_another, all).await;
    assert_eq!(said, "by_at was meta.at 1, is meta.at -1");
    let gone = json!({"kind": "indexes", "table": "gone"});
    assert!(matches!(finds(&shop_double(), &gone).await, Ok(Found::Missing(_))));
}

#[tokio::test]
async fn a_schema_is_compared_with_its_options_and_indexes() {
    for schema in [None, Some("app")] {
        let check = json!({"kind": "schema_unchanged", "schema": schema});
        assert_eq!(passes_then_fails(shop(), an_index_is_gone, check.clone()).await, "index app.orders.by_at is gone");
        let said = passes_then_fails(shop(), |data| data.drop_collection("app", "users"), check.clone()).await;
        assert_eq!(said, "2 gone: collection app.users is gone; index app.users._id_ is gone");
        let said = passes_then_fails(
            shop(),
            |data| data.collection("app", "users").options = doc! { "validator": { "name": "Ada Lovelace" } },
            check,
        )
        .await;
        assert!(said.starts_with("collection app.users was collection, is collection; validator #"), "{said}");
        assert!(!said.contains("Ada"));
    }
    let gone = json!({"kind": "schema_unchanged", "schema": "gone"});
    assert!(matches!(finds(&shop_double(), &gone).await, Ok(Found::Missing(_))));
}

#[tokio::test]
async fn signs_of_damage_are_indexes_that_the_last_drill_had() {
    let check = json!({"kind": "damage"});
    let said = passes_then_fails(shop(), an_index_is_gone, check.clone()).await;
    assert_eq!(said, "index app.orders.by_at is gone");
    let double = shop_double();
    let earlier = finds(&double, &check).await.unwrap();
    double.change(|data| data.put("sales", "new", Collection::of([])));
    assert_eq!(judged(&double, &check, Some(&earlier)).await.outcome, Outcome::Passed);
    assert_eq!(judged(&double, &check, None).await.outcome, Outcome::Noted);
}

#[tokio::test]
async fn a_user_that_is_gone_or_may_more_is_missed() {
    let check = json!({"kind": "grants_unchanged"});
    assert_eq!(passes_then_fails(shop(), |data| data.drop_user("app"), check.clone()).await, "user app is gone");
    let more = |data: &mut Data| data.user("app", "x", &[("readWrite", "app"), ("root", "admin")]);
    let said = passes_then_fails(shop(), more, check.clone()).await;
    assert_eq!(said, "user app was read on sales, readWrite on app, is readWrite on app, root on admin");
    let role = |data: &mut Data| data.role("auditor", vec![doc! { "actions": ["find"] }]);
    let said = passes_then_fails(shop(), role, check.clone()).await;
    assert_eq!(said, "role auditor of admin is new");
    // A password is no part of an answer, and a new one is none of our business.
    passes_then_fails(
        shop(),
        |data| {
            data.user("app", "another-password", &[("read", "sales"), ("readWrite", "app")]);
            data.user("eve", "x", &[]);
        },
        check,
    )
    .await;
}

#[tokio::test]
async fn a_server_without_roles_of_people_still_tells_its_users() {
    let double = shop_double();
    double.fault("rolesInfo", Fault::Refuse(59, "CommandNotFound"));
    let found = finds(&double, &json!({"kind": "grants_unchanged"})).await.unwrap();
    assert!(matches!(found, Found::Objects(objects) if objects.len() == 2));
    double.fault("rolesInfo", Fault::Refuse(13, "Unauthorized"));
    assert!(finds(&double, &json!({"kind": "grants_unchanged"})).await.is_err());
}

#[tokio::test]
async fn long_lists_come_page_after_page() {
    let mut data = shop();
    for number in 0..23 {
        data.put("many", &format!("c{number:02}"), Collection::of([]));
    }
    let double = Double::start(data);
    let found = finds(&double, &json!({"kind": "tables", "schema": "many", "at_least": 1})).await;
    assert_eq!(found, Ok(Found::Count(23)));
    let pages = double.seen().iter().filter(|command| command.contains_key("getMore")).count();
    assert!(pages >= 11, "{pages}");
}

#[tokio::test]
async fn more_than_a_list_may_have_is_not_taken_for_all() {
    let mut data = Data::default();
    for number in 0..201 {
        data.put(&format!("tenant{number}"), "x", Collection::of([]));
    }
    let error = finds(&Double::start(data), &json!({"kind": "tables", "at_least": 1})).await.unwrap_err();
    assert_eq!(error.to_string(), "there are more than 200 databases");
}

#[tokio::test]
async fn an_inventory_names_every_collection_with_its_size() {
    let double = shop_double();
    let mut session = open(&double).await;
    let table = |name: &str, rows| TableFacts {
        name: name.to_owned(),
        rows: Some(rows),
        bytes: Some(5120),
        last_change: None,
        writes: None,
    };
    let expected = [
        SchemaFacts { name: "app".to_owned(), tables: vec![table("orders", 10), table("users", 5)] },
        SchemaFacts { name: "sales".to_owned(), tables: vec![table("archive", 1)] },
    ];
    assert_eq!(session.inventory(LONG).await.unwrap(), expected);
    double.fault("collStats", Fault::Refuse(13, "Unauthorized"));
    let inventory = session.inventory(LONG).await.unwrap();
    assert_eq!((inventory[0].tables[0].rows, inventory[0].tables.len()), (None, 2));
}
