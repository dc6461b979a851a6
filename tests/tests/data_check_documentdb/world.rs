//! A double of its own for each test, and the ways to ask it.

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document};
use jiff::tz::TimeZone;
use lifeboat::database::Engine;
use lifeboat::sql::{AnySession, AskError, Connect as _, Door, Drivers, Password, Session as _};
use lifeboat::verify::{Check, CheckAnswer, Found, Outcome, Trouble, judge_check};
use serde_json::{Value, json};
use tests::mongo_double::{self, Data, Double, MASTER, MASTER_PASSWORD};

/// The instant that every copy here stands for
pub(crate) const RESTORED_TO: &str = "2026-11-22T18:00:00Z";

/// Time enough
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// Every kind of check that can be asked
pub(crate) fn every_check() -> Vec<Value> {
    vec![
        json!({"kind": "collection_count", "collection": "orders", "at_least": 10}),
        json!({"kind": "row_count", "table": "app.orders", "at_least": 10}),
        json!({"kind": "unchanged", "table": "orders", "within_percent": 10}),
        json!({"kind": "freshness", "table": "orders", "column": "meta.at", "within": "24h"}),
        json!({"kind": "freshness", "table": "orders", "column": "_id", "within": "24h"}),
        json!({"kind": "tables", "at_least": 3}),
        json!({"kind": "tables", "schema": "app", "at_least": 2}),
        json!({"kind": "indexes", "table": "orders", "names": ["by_user"]}),
        json!({"kind": "indexes", "table": "orders"}),
        json!({"kind": "schema_unchanged"}),
        json!({"kind": "schema_unchanged", "schema": "app"}),
        json!({"kind": "grants_unchanged"}),
        json!({"kind": "orphans", "child": "orders.user_id", "parent": "users._id"}),
        json!({"kind": "damage"}),
    ]
}

pub(crate) fn date(at: &str) -> DateTime {
    mongo_double::date(at.parse().unwrap())
}

/// The identity of something made at an instant
pub(crate) fn id(at: &str, number: u8) -> ObjectId {
    mongo_double::id(at.parse().unwrap(), number)
}

/// The shop up to the restore point
pub(crate) fn shop() -> Data {
    mongo_double::shop(RESTORED_TO.parse().unwrap())
}

/// A double with the shop in it
pub(crate) fn shop_double() -> Double {
    Double::start(shop())
}

pub(crate) fn door(double: &Double) -> Door {
    Door {
        engine: Engine::Docdb,
        host: "localhost".to_owned(),
        port: double.port(),
        database: "app".to_owned(),
        user: MASTER.to_owned(),
        password: Password::new(MASTER_PASSWORD),
    }
}

pub(crate) async fn open(double: &Double) -> AnySession {
    open_by(double, &door(double)).await.unwrap_or_else(|trouble| panic!("{trouble:?}"))
}

pub(crate) async fn open_by(double: &Double, door: &Door) -> Result<AnySession, Trouble> {
    Drivers::trusting(double.ca()).connect(door).await
}

pub(crate) fn check(check: &Value) -> Check {
    serde_json::from_value(check.clone()).unwrap_or_else(|error| panic!("{check}: {error}"))
}

pub(crate) async fn ask(session: &mut AnySession, asked: &Value) -> Result<Found, AskError> {
    ask_within(session, asked, LONG).await
}

pub(crate) async fn ask_within(session: &mut AnySession, asked: &Value, within: Duration) -> Result<Found, AskError> {
    session.ask(&check(asked), &TimeZone::UTC, within).await.map(|reply| reply.found)
}

/// What one check finds, in a session of its own
pub(crate) async fn finds(double: &Double, asked: &Value) -> Result<Found, AskError> {
    let mut session = open(double).await;
    let found = ask(&mut session, asked).await;
    session.close().await;
    found
}

/// What a check comes to, beside what an earlier drill found
pub(crate) async fn judged(double: &Double, asked: &Value, earlier: Option<&Found>) -> CheckAnswer {
    let found = finds(double, asked).await.unwrap_or_else(|error| panic!("{asked}: {error}"));
    judge_check(&check(asked), found, RESTORED_TO.parse().unwrap(), earlier, 1)
}

/// Passes on data that is whole, and fails on what `damage` makes of it; the words of the failure
pub(crate) async fn passes_then_fails(data: Data, damage: impl FnOnce(&mut Data), asked: Value) -> String {
    let double = Double::start(data);
    let earlier = finds(&double, &asked).await.unwrap();
    let whole = judged(&double, &asked, Some(&earlier)).await;
    assert_eq!(whole.outcome, Outcome::Passed, "{asked}: {whole:?}");
    double.change(damage);
    let damaged = judged(&double, &asked, Some(&earlier)).await;
    assert_eq!(damaged.outcome, Outcome::Failed, "{asked}: {damaged:?}");
    damaged.found
}

/// Every time in a document, a day earlier
pub(crate) fn a_day_earlier(document: &mut Document) {
    for (_, value) in document.iter_mut() {
        match value {
            Bson::DateTime(at) => *value = Bson::DateTime(DateTime::from_millis(at.timestamp_millis() - 86_400_000)),
            Bson::ObjectId(id) => {
                let second = u32::try_from(id.timestamp().timestamp_millis() / 1000 - 86_400).unwrap();
                *value = Bson::ObjectId(ObjectId::from_parts(second, [0; 5], [0, 0, id.bytes()[11]]));
            }
            Bson::Document(inner) => a_day_earlier(inner),
            _ => {}
        }
    }
}
