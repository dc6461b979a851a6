//! Every kind of check on data that is whole and on data that is not.

use lifeboat::sql::Session as _;
use lifeboat::verify::{Found, Outcome};
use serde_json::{Value, json};

use crate::world::{Database, LONG, ask, ask_in, newest};

async fn passes_then_fails(whole: &str, damage: &str, check: Value) {
    let database = Database::with(whole);
    assert_eq!(database.outcome(check.clone()).await, Outcome::Passed, "{check}");
    database.sql(damage);
    assert_eq!(database.outcome(check.clone()).await, Outcome::Failed, "{check} after {damage}");
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT seq FROM seq_1_to_91";

#[tokio::test]
async fn rows_are_counted() {
    let check = json!({"kind": "row_count", "table": "users", "at_least": 91, "at_most": 92});
    passes_then_fails(USERS, "DELETE FROM users WHERE id = 1", check.clone()).await;
    passes_then_fails(USERS, "INSERT INTO users VALUES (101), (102)", check).await;
}

#[tokio::test]
async fn a_count_is_compared_with_the_last_drills() {
    let check = json!({"kind": "unchanged", "table": "users", "within_percent": 10});
    passes_then_fails(USERS, "DELETE FROM users WHERE id < 3", check).await;
}

#[tokio::test]
async fn tables_are_counted_without_views_and_without_those_of_the_engine() {
    let database = Database::alone("");
    let any = json!({"kind": "tables", "at_least": 1});
    assert_eq!(database.finds(&any).await, Ok(Found::Count(0)));
    database.sql("CREATE TABLE a (a int); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s; CREATE TABLE h (a int) WITH SYSTEM VERSIONING");
    assert_eq!(database.finds(&any).await, Ok(Found::Count(2)));
    database.sql("CREATE DATABASE staging; CREATE TABLE staging.b (a int); CREATE DATABASE Staging");
    assert_eq!(database.finds(&any).await, Ok(Found::Count(3)));
    let of = |schema: &str| json!({"kind": "tables", "schema": schema, "at_least": 1});
    assert_eq!(database.finds(&of("staging")).await, Ok(Found::Count(1)));
    assert_eq!(database.finds(&of("Staging")).await, Ok(Found::Count(0)));
    assert_eq!(database.finds(&of("STAGING")).await, Ok(Found::Count(0)));
}

#[tokio::test]
async fn orphans_are_found_and_rows_without_a_parent_on_purpose_are_not() {
    let whole = "CREATE TABLE users (id bigint); CREATE TABLE payouts (user_id int); \
                 INSERT INTO users VALUES (1), (2); INSERT INTO payouts VALUES (1), (1), (2), (NULL)";
    let check = json!({"kind": "orphans", "child": "payouts.user_id", "parent": "users.id"});
    passes_then_fails(whole, "DELETE FROM users WHERE id = 1", check.clone()).await;
    let database = Database::with(whole);
    database.sql("DELETE FROM users WHERE id = 1");
    let name = &database.name;
    let whole_names =
        json!({"kind": "orphans", "child": format!("{name}.payouts.user_id"), "parent": format!("{name}.users.id")});
    assert_eq!(database.finds(&check).await, Ok(Found::Count(2)));
    assert_eq!(database.finds(&whole_names).await, Ok(Found::Count(2)));
}

#[tokio::test]
async fn freshness_is_measured_from_the_restore_point() {
    let whole =
        "CREATE TABLE log (at timestamp NULL); INSERT INTO log VALUES ('2026-11-21 18:00:00'), ('2026-11-21 17:59:59')";
    let whole = format!("SET time_zone = '+00:00'; {whole}");
    let check = json!({"kind": "freshness", "table": "log", "column": "at", "within": "24h"});
    let damage = "SET time_zone = '+00:00'; DELETE FROM log WHERE at = '2026-11-21 18:00:00'";
    passes_then_fails(&whole, damage, check.clone()).await;
    passes_then_fails(&whole, "DELETE FROM log", check).await;
}

#[tokio::test]
async fn a_time_is_the_same_instant_whatever_the_columns_type() {
    let database = Database::with(
        "SET sql_mode = '', time_zone = '+00:00'; \
         CREATE TABLE log (zoned timestamp(1) NULL, bare datetime(1), day date, zero datetime, half date, word text, span time, year year, \
         number bigint, nothing datetime, forever datetime); \
         INSERT INTO log VALUES ('2026-11-22 18:00:00.5', '2026-11-23 03:00:00.5', '2026-11-23', '0000-00-00', '2026-00-00', 'x', '01:00', 2026, \
         20261122, NULL, '9999-12-31 23:59:59'), \
         (NULL, '0000-00-00 00:00:00', '0000-00-00', '0000-00-00', NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    );
    let mut session = database.open().await;
    let table = [
        ("zoned", "Asia/Tokyo", newest("2026-11-22T18:00:00.5Z")),
        ("bare", "Asia/Tokyo", newest("2026-11-22T18:00:00.5Z")),
        ("bare", "UTC", newest("2026-11-23T03:00:00.5Z")),
        ("day", "Asia/Tokyo", newest("2026-11-22T15:00:00Z")),
        ("zero", "Asia/Tokyo", Found::Newest(None)),
        ("nothing", "Asia/Tokyo", Found::Newest(None)),
    ];
    for (column, zone, found) in table {
        let check = json!({"kind": "freshness", "table": "log", "column": column, "within": "1h"});
        assert_eq!(ask_in(&mut session, &check, zone).await, Ok(found), "{column} in {zone}");
    }
    for column in ["word", "span", "year", "number", "half", "forever", "missing"] {
        let check = json!({"kind": "freshness", "table": "log", "column": column, "within": "1h"});
        let refused = ask_in(&mut session, &check, "UTC").await;
        assert!(refused.is_err(), "{column}: {refused:?}");
    }
}

#[tokio::test]
async fn the_newest_time_comes_from_the_end_of_its_index() {
    let database = Database::with(
        "CREATE TABLE log (id int PRIMARY KEY, at datetime, KEY (at)); INSERT INTO log SELECT seq, '2026-11-22 18:00:00' - INTERVAL seq MINUTE FROM seq_1_to_5000",
    );
    let plan = database.sql("EXPLAIN SELECT CAST(MAX(`at`) AS CHAR), MAX(`at`) FROM `log`");
    assert!(plan.contains("Select tables optimized away"), "{plan}");
}

#[tokio::test]
async fn a_query_is_compared_with_its_expected_value_whatever_its_type() {
    let database = Database::with(
        "CREATE TABLE t (a int, b bit(1), m enum('open', 'shut'), at timestamp NULL); INSERT INTO t VALUES (1, b'1', 'open', NULL)",
    );
    let table = [
        ("SELECT COUNT(*) > 0 FROM t", json!(true), json!(false)),
        ("SELECT SUM(a) FROM t;", json!(1), json!(2)),
        ("SELECT b FROM t", json!(true), json!(false)),
        ("SELECT CAST(1.50 AS decimal(5, 2))", json!(1.5), json!(1)),
        ("SELECT 1e0 / 4", json!(0.25), json!(0.5)),
        ("VALUES (7)", json!(7), json!(8)),
        ("WITH x AS (SELECT m FROM t) SELECT m FROM x -- as text", json!("open"), json!("shut")),
        ("SELECT m FROM t # as text", json!("open"), json!("shut")),
        ("(SELECT 1) UNION (SELECT 1) /* one */ ; \n", json!(1), json!(2)),
        ("SELECT 'Übung 日本 🛟'", json!("Übung 日本 🛟"), json!("?")),
        ("SELECT JSON_OBJECT('a', JSON_ARRAY(1))", json!({"a": [1]}), json!({"a": [2]})),
        ("SELECT at FROM t", Value::Null, json!(0)),
        ("SELECT TIMESTAMP '2026-11-22 18:00:00'", json!("2026-11-22 18:00:00"), Value::Null),
        ("SELECT \"a text\"", json!("a text"), json!("a")),
    ];
    for (query, right, wrong) in table {
        let check = |expect| json!({"kind": "sql", "query": query, "expect": expect});
        assert_eq!(database.outcome(check(right)).await, Outcome::Passed, "{query}");
        assert_eq!(database.outcome(check(wrong)).await, Outcome::Failed, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_does_not_answer_one_value_is_not_asked() {
    let database = Database::with(
        "CREATE TABLE t (a int, b varchar(20)); INSERT INTO t VALUES (1, 'secret-row'), (2, 'x');
DELIMITER //
CREATE FUNCTION tells() RETURNS int BEGIN DECLARE x varchar(20); SELECT b INTO x FROM t WHERE a = 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = x; RETURN 1; END//
DELIMITER ;",
    );
    let table = [
        ("SELECT a FROM t", "more than one row"),
        ("SELECT a FROM t WHERE a > 5", "no row"),
        ("SELECT a, b FROM t LIMIT 1", "2 columns"),
        ("SELECT a, a FROM t", "error 1060"),
        ("SELECT REPEAT('x', 70000)", "more than 65536 bytes"),
        ("SELECT X'ff'", "could not be read"),
        ("SELECT nothing FROM t", "error 1054"),
        ("SELECT 1 FROM gone", "error 1146"),
        ("SELECT ?", "error 1210"),
        ("", "error 1064"),
        ("SELECT 1\u{0}", "NUL"),
    ];
    for (query, said) in table {
        let refusal = database.refusal(json!({"kind": "sql", "query": query, "expect": 1})).await;
        assert!(refusal.contains(said), "{query}: {refusal}");
    }
    let telling = [
        "SELECT EXTRACTVALUE('<a/>', CONCAT('~', (SELECT MIN(b) FROM t)))",
        "SELECT tells()",
        "SELECT 'x' REGEXP CONCAT('(', (SELECT MIN(b) FROM t))",
        "SELECT ST_GeomFromText((SELECT MIN(b) FROM t))",
    ];
    for query in telling {
        let refusal = database.finds(&json!({"kind": "sql", "query": query, "expect": 1})).await;
        assert!(!format!("{refusal:?}").contains("secret-row"), "{query}: row data in {refusal:?}");
    }
}

#[tokio::test]
async fn a_collection_is_no_table() {
    let database = Database::with("");
    let refusal = database.refusal(json!({"kind": "collection_count", "collection": "users", "at_least": 1})).await;
    assert!(refusal.contains("no collections; ask row_count"), "{refusal}");
}

#[tokio::test]
async fn the_inventory_has_every_schema_with_its_tables_and_when_they_changed() {
    let database = Database::alone(
        "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT seq FROM seq_1_to_1000; CREATE VIEW v AS SELECT 1; \
         CREATE DATABASE empty; ANALYZE TABLE users",
    );
    let schemas = database.open().await.inventory(LONG).await.unwrap();
    let names: Vec<&str> = schemas.iter().map(|schema| schema.name.as_str()).collect();
    assert_eq!(names, [database.name.as_str(), "empty"]);
    let [users] = schemas[0].tables.as_slice() else { panic!("{schemas:?}") };
    assert_eq!((users.name.as_str(), users.rows, users.writes), ("users", Some(1000), None));
    assert!(users.bytes.unwrap() >= 16_384 && users.last_change.is_some(), "{users:?}");
    assert!(schemas[1].tables.is_empty());
}

#[tokio::test]
async fn what_was_sent_for_an_answer_is_counted() {
    let database = Database::with("CREATE TABLE a (a int); CREATE TABLE b (a int)");
    let mut session = database.open().await;
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "a"})).await, Ok(Found::Count(0)));
    let check = serde_json::from_value(json!({"kind": "schema_unchanged", "schema": database.name})).unwrap();
    let reply = session.ask(&check, &jiff::tz::TimeZone::UTC, LONG).await.unwrap();
    let Found::Objects(objects) = &reply.found else { panic!("{reply:?}") };
    assert!(reply.rows >= u64::try_from(objects.len()).unwrap(), "{reply:?}");
}
