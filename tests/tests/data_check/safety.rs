//! A check can only read. Everything here is asked as a superuser, so nothing but `data-check` itself stands in the way.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use lifeboat::sql::{AskError, Password, Session as _};
use lifeboat::verify::{Check, Found};
use serde_json::{Value, json};

use crate::world::{Database, ask};

const TABLE: &str = "CREATE TABLE x (a int); INSERT INTO x VALUES (1); CREATE SEQUENCE s; \
    CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'INSERT INTO x VALUES (2) RETURNING a'; \
    CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO x VALUES (3); RETURN 1; END $$; \
    CREATE FUNCTION loosen() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('default_transaction_read_only', 'off', false), \
        set_config('statement_timeout', '0', false), set_config('search_path', 'evil', false); RETURN 1; END $$; \
    CREATE PROCEDURE done() LANGUAGE plpgsql AS $$ BEGIN COMMIT; DROP TABLE x; END $$";

fn sql(query: &str) -> Value {
    json!({"kind": "sql", "query": query, "expect": 1})
}

fn is_whole(database: &Database) {
    assert_eq!(database.sql("SELECT string_agg(a::text, ',') FROM x"), "1");
    assert_eq!(database.sql("SELECT is_called FROM s"), "f");
}

#[tokio::test]
async fn no_query_writes_or_leaves_its_transaction() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let attempts = [
        "COMMIT; DROP TABLE x",
        "SELECT 1; COMMIT; DROP TABLE x",
        "SELECT 1; COMMIT; SET default_transaction_read_only = off; DROP TABLE x",
        "SELECT 1;\nROLLBACK;\nBEGIN READ WRITE;\nINSERT INTO x VALUES (9);\nCOMMIT",
        "SELECT 1 /* ; */; DROP TABLE x --",
        "COMMIT",
        "COMMIT AND CHAIN",
        "END",
        "ROLLBACK",
        "DROP TABLE x",
        "INSERT INTO x VALUES (9) RETURNING a",
        "WITH w AS (INSERT INTO x VALUES (9) RETURNING a) SELECT a FROM w",
        "SELECT a INTO y FROM x",
        "SELECT a FROM x FOR UPDATE",
        "SELECT nextval('s')",
        "SELECT setval('s', 5)",
        "SELECT sneak()",
        "SELECT unlock()",
        "SELECT set_config('transaction_read_only', 'off', false)::int",
        "SET TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off",
        "CALL done()",
        "DO $$ BEGIN COMMIT; DROP TABLE x; END $$",
        "COPY x FROM PROGRAM 'echo 9'",
        "EXPLAIN ANALYZE INSERT INTO x VALUES (9)",
        "PREPARE TRANSACTION 'p'",
        "CREATE TABLE y ()",
        "VACUUM x",
    ];
    for attempt in attempts {
        let refused = ask(&mut session, &sql(attempt)).await;
        assert!(matches!(refused, Err(AskError::Refused { .. })), "{attempt}: {refused:?}");
        // The session is as good as before.
        assert_eq!(
            ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await,
            Ok(Found::Count(1)),
            "{attempt}"
        );
    }
    is_whole(&database);
}

#[tokio::test]
async fn settings_that_a_check_changes_are_gone_with_it() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let setting = |name: &str| sql(&format!("SELECT current_setting('{name}')"));
    let mut before = Vec::new();
    for name in ["default_transaction_read_only", "search_path"] {
        before.push(ask(&mut session, &setting(name)).await.unwrap());
    }
    assert_eq!(ask(&mut session, &sql("SELECT loosen()")).await, Ok(Found::Value(Some("1".to_owned()))));
    assert_eq!(ask(&mut session, &setting("default_transaction_read_only")).await.as_ref(), Ok(&before[0]));
    assert_eq!(ask(&mut session, &setting("search_path")).await.as_ref(), Ok(&before[1]));
    assert_eq!(
        before,
        [Found::Value(Some("on".to_owned())), Found::Value(Some("pg_catalog, public, pg_temp".to_owned()))]
    );
    assert!(ask(&mut session, &sql("SELECT sneak()")).await.is_err());
    is_whole(&database);
}

#[tokio::test]
async fn a_slow_check_is_cut_and_the_next_one_is_asked() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let slow: Check = serde_json::from_value(sql("SELECT 1 FROM pg_sleep(60)")).unwrap();
    let started = Instant::now();
    let cut = session.ask(&slow, &TimeZone::UTC, Duration::from_millis(300)).await;
    assert_eq!(cut, Err(AskError::TimeUp(Duration::from_millis(300))));
    assert!(started.elapsed() < Duration::from_secs(40), "the query was not cut");
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await, Ok(Found::Count(1)));
}

#[tokio::test]
async fn a_table_that_somebody_holds_is_not_waited_for_beyond_the_time_there_is() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let server = database.server.clone();
    let name = database.name.clone();
    let holder = std::thread::spawn(move || server.sql(&name, "BEGIN; LOCK TABLE x; SELECT pg_sleep(6); COMMIT"));
    while database.sql("SELECT count(*) FROM pg_locks WHERE relation = 'x'::regclass") == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let count: Check = serde_json::from_value(json!({"kind": "row_count", "table": "x"})).unwrap();
    let cut = session.ask(&count, &TimeZone::UTC, Duration::from_millis(300)).await;
    assert_eq!(cut, Err(AskError::TimeUp(Duration::from_millis(300))));
    holder.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_lost_connection_costs_the_later_checks_and_says_so() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let cut = ask(&mut session, &sql("SELECT pg_terminate_backend(pg_backend_pid())::int")).await;
    assert!(matches!(cut, Err(AskError::Lost(_))), "{cut:?}");
    let later = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await;
    assert!(matches!(&later, Err(AskError::Lost(why)) if why.contains("terminating connection")), "{later:?}");
}

#[tokio::test]
async fn rows_that_a_policy_hides_are_an_error_and_not_a_smaller_count() {
    let database = Database::with(TABLE);
    database.sql(
        "CREATE ROLE guest LOGIN PASSWORD 'x'; GRANT SELECT ON x TO guest; ALTER TABLE x ENABLE ROW LEVEL SECURITY",
    );
    let mut door = database.door();
    (door.user, door.password) = ("guest".to_owned(), Password::new("x"));
    let mut session = database.open_by(&door).await.unwrap();
    let hidden = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await.unwrap_err();
    assert!(hidden.to_string().contains("row-level security"), "{hidden}");
    database.sql("DROP OWNED BY guest; DROP ROLE guest");
}

#[tokio::test]
async fn nothing_that_the_backup_brings_along_answers_in_the_catalogues_place() {
    let database = Database::with(
        "CREATE TABLE x (a int); CREATE FUNCTION public.count() RETURNS bigint LANGUAGE sql AS 'SELECT 99::bigint'; \
         CREATE TABLE public.pg_class (a int); CREATE SCHEMA app; CREATE TABLE app.y AS SELECT 1 AS a",
    );
    database.sql(&format!("ALTER DATABASE {} SET search_path = app, public, pg_catalog", database.name));
    assert_eq!(database.finds(&json!({"kind": "row_count", "table": "x"})).await, Ok(Found::Count(0)));
    assert_eq!(database.finds(&json!({"kind": "row_count", "table": "y"})).await, Ok(Found::Count(1)));
    assert_eq!(
        database.finds(&json!({"kind": "tables", "schema": "public", "at_least": 2})).await,
        Ok(Found::Count(2))
    );
    let path = database.finds(&sql("SELECT current_setting('search_path')")).await;
    assert_eq!(path, Ok(Found::Value(Some("pg_catalog, app, public, pg_temp".to_owned()))));
}

#[tokio::test]
async fn a_lock_that_a_query_took_for_the_session_is_gone_with_its_check() {
    let database = Database::with("CREATE TABLE x (a int)");
    let mut session = database.open().await;
    let took = json!({"kind": "sql", "query": "SELECT pg_try_advisory_lock(7)::text", "expect": "true"});
    assert_eq!(ask(&mut session, &took).await, Ok(Found::Value(Some("true".to_owned()))));
    let held = format!(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = '{}')",
        database.name
    );
    assert_eq!(database.sql(&held), "0");
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await, Ok(Found::Count(0)));
}

#[tokio::test]
async fn a_function_that_chooses_the_code_of_its_error_shows_no_data_with_it() {
    let database = Database::with(
        "CREATE FUNCTION leak() RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'ada@example.com' USING ERRCODE = '42501'; END $$; CREATE VIEW v AS SELECT leak() AS a",
    );
    let mut session = database.open().await;
    for check in [
        json!({"kind": "sql", "query": "SELECT leak()", "expect": 1}),
        json!({"kind": "sql", "query": "SELECT max(a) FROM v", "expect": 1}),
    ] {
        let refused = ask(&mut session, &check).await.unwrap_err().to_string();
        assert!(refused.contains("42501") && !refused.contains("ada@"), "{check}: {refused}");
    }
}
