//! Every kind of check on data that is whole and on data that is not.

use lifeboat::verify::{Found, Outcome};
use serde_json::{Value, json};

use crate::world::{Database, ask_in, newest};

async fn passes_then_fails(whole: &str, damage: &str, check: Value) {
    let database = Database::with(whole);
    assert_eq!(database.outcome(check.clone()).await, Outcome::Passed, "{check}");
    database.sql(damage);
    assert_eq!(database.outcome(check.clone()).await, Outcome::Failed, "{check} after {damage}");
}

#[tokio::test]
async fn rows_are_counted() {
    let whole = "CREATE TABLE users AS SELECT generate_series(1, 10) AS id";
    let check = json!({"kind": "row_count", "table": "public.users", "at_least": 10, "at_most": 12});
    passes_then_fails(whole, "DELETE FROM users WHERE id = 1", check.clone()).await;
    passes_then_fails(whole, "INSERT INTO users VALUES (11), (12), (13)", check).await;
}

#[tokio::test]
async fn a_count_is_compared_with_the_last_drills() {
    let check = json!({"kind": "unchanged", "table": "users", "within_percent": 10});
    let whole = "CREATE TABLE users AS SELECT generate_series(1, 91) AS id";
    passes_then_fails(whole, "DELETE FROM users WHERE id < 3", check).await;
}

#[tokio::test]
async fn tables_are_counted_without_those_of_the_engine_and_of_extensions() {
    let check = json!({"kind": "tables", "schema": "staging", "at_least": 2});
    let whole = "CREATE SCHEMA staging CREATE TABLE a () CREATE TABLE b () CREATE VIEW v AS SELECT 1";
    passes_then_fails(whole, "DROP TABLE staging.b", check).await;

    // An empty database has a thing or two of the engine and of its extensions, and they prove nothing.
    let database = Database::with("CREATE TABLE spatial_ref_sys (); ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys");
    let any = json!({"kind": "tables", "at_least": 1});
    assert_eq!(database.outcome(any.clone()).await, Outcome::Failed);
    database.sql("CREATE TABLE users ()");
    assert_eq!(database.outcome(any).await, Outcome::Passed);
}

#[tokio::test]
async fn orphans_are_found_and_rows_without_a_parent_on_purpose_are_not() {
    let whole = "CREATE TABLE users (id bigint); CREATE TABLE payouts (user_id int); \
                 INSERT INTO users VALUES (1), (2); INSERT INTO payouts VALUES (1), (1), (2), (NULL)";
    let check = json!({"kind": "orphans", "child": "payouts.user_id", "parent": "public.users.id"});
    passes_then_fails(whole, "DELETE FROM users WHERE id = 1", check.clone()).await;
    let database = Database::with(whole);
    database.sql("DELETE FROM users WHERE id = 1");
    assert_eq!(database.finds(&check).await, Ok(Found::Count(2)));
}

#[tokio::test]
async fn freshness_is_measured_from_the_restore_point() {
    let whole =
        "CREATE TABLE log (at timestamptz); INSERT INTO log VALUES ('2026-11-22 03:00+09'), ('2026-11-22 02:59:59+09')";
    let check = json!({"kind": "freshness", "table": "log", "column": "at", "within": "24h"});
    passes_then_fails(whole, "DELETE FROM log WHERE at = '2026-11-22 03:00+09'", check.clone()).await;
    passes_then_fails(whole, "DELETE FROM log", check).await;
}

#[tokio::test]
async fn a_time_is_the_same_instant_whatever_the_columns_type() {
    let database = Database::with(
        "CREATE DOMAIN moment AS timestamptz; \
         CREATE TABLE log (zoned timestamptz, bare timestamp, day date, domained moment, word text, flag boolean, span interval); \
         INSERT INTO log VALUES ('2026-11-22 18:00:00.5+00', '2026-11-23 03:00:00.5', '2026-11-23', '2026-11-22 18:00+00', 'x', true, '1 day'), \
         ('-infinity', 'infinity', 'infinity', NULL, NULL, NULL, NULL)",
    );
    // A database's own idea of a zone must not matter.
    database.sql(&format!(
        "ALTER DATABASE {} SET timezone = 'America/New_York'; ALTER DATABASE {} SET datestyle = 'German'",
        database.name, database.name
    ));
    let mut session = database.open().await;
    let table = [
        ("zoned", "Asia/Tokyo", "2026-11-22T18:00:00.5Z"),
        ("bare", "Asia/Tokyo", "2026-11-22T18:00:00.5Z"),
        ("bare", "UTC", "2026-11-23T03:00:00.5Z"),
        ("day", "Asia/Tokyo", "2026-11-22T15:00:00Z"),
        ("domained", "Asia/Tokyo", "2026-11-22T18:00:00Z"),
    ];
    for (column, zone, at) in table {
        let check = json!({"kind": "freshness", "table": "log", "column": column, "within": "1h"});
        assert_eq!(ask_in(&mut session, &check, zone).await, Ok(newest(at)), "{column} in {zone}");
    }
    for column in ["word", "flag", "span", "missing"] {
        let check = json!({"kind": "freshness", "table": "log", "column": column, "within": "1h"});
        assert!(ask_in(&mut session, &check, "UTC").await.is_err(), "{column}");
    }
}

#[tokio::test]
async fn a_query_is_compared_with_its_expected_value_whatever_its_type() {
    let database =
        Database::with("CREATE TYPE mood AS ENUM ('open'); CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    let table = [
        ("SELECT count(*) > 0 FROM t", json!(true), json!(false)),
        ("SELECT sum(a) FROM t;", json!(1), json!(2)),
        ("VALUES (1.50::numeric)", json!(1.5), json!(1)),
        ("WITH x AS (SELECT 'open'::mood AS m) SELECT m FROM x -- as text", json!("open"), json!("shut")),
        ("SELECT '{\"a\": [1]}'::jsonb", json!({"a": [1]}), json!({"a": [2]})),
        ("SELECT NULL::int", Value::Null, json!(0)),
        ("SELECT '2026-11-22 18:00Z'::timestamptz", json!("2026-11-22 18:00:00+00"), Value::Null),
    ];
    for (query, right, wrong) in table {
        let check = |expect| json!({"kind": "sql", "query": query, "expect": expect});
        assert_eq!(database.outcome(check(right)).await, Outcome::Passed, "{query}");
        assert_eq!(database.outcome(check(wrong)).await, Outcome::Failed, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_does_not_answer_one_value_is_not_asked() {
    let database = Database::with("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'secret-row'), (2, 'x')");
    let table = [
        ("SELECT a FROM t", "more than one row"),
        ("SELECT a FROM t WHERE a > 5", "no row"),
        ("SELECT a, b FROM t LIMIT 1", "2 columns"),
        ("SELECT FROM t LIMIT 1", "0 columns"),
        ("SELECT repeat('x', 70000)", "more than 65536 bytes"),
        ("SELECT nothing FROM t", "42703"),
        ("SELECT $1::int", "SQLSTATE"),
        ("", "42601"),
        ("SELECT 1\u{0}", "NUL"),
    ];
    for (query, said) in table {
        let refusal = database.refusal(json!({"kind": "sql", "query": query, "expect": 1})).await;
        assert!(refusal.contains(said), "{query}: {refusal}");
    }
    let refusal = database.refusal(json!({"kind": "sql", "query": "SELECT min(b)::int FROM t", "expect": 1})).await;
    assert!(refusal.contains("22P02") && !refusal.contains("secret-row"), "row data in {refusal}");
}
