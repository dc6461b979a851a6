//! A check can only read. Everything here is asked by a user who may do everything, so nothing but `data-check` itself stands
//! in the way.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use lifeboat::sql::{AskError, Session as _};
use lifeboat::verify::{Check, Found};
use serde_json::{Value, json};

use crate::world::{Database, ask};

const TABLE: &str = "CREATE TABLE x (a int); INSERT INTO x VALUES (1); CREATE TABLE old (a int) ENGINE=MyISAM; \
    INSERT INTO old VALUES (1); CREATE TABLE log (a int) ENGINE=Aria TRANSACTIONAL=0; CREATE SEQUENCE s;
DELIMITER //
CREATE FUNCTION sneak() RETURNS int BEGIN INSERT INTO x VALUES (2); RETURN 1; END//
CREATE FUNCTION sneak_old() RETURNS int BEGIN INSERT INTO old VALUES (2); RETURN 1; END//
CREATE FUNCTION sneak_log() RETURNS int BEGIN INSERT INTO log VALUES (2); RETURN 1; END//
CREATE FUNCTION sneak_drop() RETURNS int BEGIN CREATE TEMPORARY TABLE t (a int); RETURN 1; END//
CREATE FUNCTION loosen() RETURNS int BEGIN SET SESSION max_statement_time = 0; SET SESSION sql_mode = 'ANSI_QUOTES'; \
    SET SESSION tx_read_only = 0; SET SESSION sql_select_limit = 1; SET SESSION time_zone = '+05:00'; SET NAMES latin1; RETURN 1; END//
CREATE PROCEDURE done() BEGIN COMMIT; DROP TABLE x; END//
DELIMITER ;";

fn sql(query: &str) -> Value {
    json!({"kind": "sql", "query": query, "expect": 1})
}

fn is_whole(database: &Database) {
    let rows = "SELECT (SELECT COUNT(*) FROM x), (SELECT COUNT(*) FROM old), (SELECT COUNT(*) FROM log), (SELECT COUNT(*) FROM y)";
    database.sql("CREATE TABLE y (a int)");
    assert_eq!(database.sql(rows), "1|1|0|0");
    assert_eq!(database.sql("SELECT NEXTVAL(s)"), "1");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a list of tricks is read best as a list")]
async fn no_query_writes_or_leaves_its_transaction() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let file = database.server.files("").join("written");
    let outfile = format!("INTO OUTFILE '{}'", file.display());
    let attempts = [
        "COMMIT; DROP TABLE x".to_owned(),
        "SELECT 1; COMMIT; DROP TABLE x".to_owned(),
        "SELECT 1; SET SESSION TRANSACTION READ WRITE; DROP TABLE x".to_owned(),
        "SELECT 1) AS a; DROP TABLE x; SELECT * FROM (SELECT 1".to_owned(),
        "SELECT 1) AS a; DROP TABLE x; -- ".to_owned(),
        "SELECT 1) AS a; DROP TABLE x; #".to_owned(),
        "SELECT 1 /* ; */; DROP TABLE x --".to_owned(),
        "SELECT 1 /*".to_owned(),
        "SELECT 1 /*!".to_owned(),
        "SELECT 1 /*! ; DROP TABLE x */".to_owned(),
        "SELECT 1 /*M! ; DROP TABLE x */".to_owned(),
        "SELECT 1 /*!50000 INTO @a */".to_owned(),
        "SELECT '".to_owned(),
        "SELECT `".to_owned(),
        "COMMIT".to_owned(),
        "COMMIT AND CHAIN".to_owned(),
        "ROLLBACK".to_owned(),
        "START TRANSACTION READ WRITE".to_owned(),
        "DROP TABLE x".to_owned(),
        "DROP TABLE IF EXISTS x".to_owned(),
        "TRUNCATE TABLE x".to_owned(),
        "ALTER TABLE x ADD b int".to_owned(),
        "CREATE TABLE y (a int)".to_owned(),
        "CREATE TEMPORARY TABLE y (a int)".to_owned(),
        "INSERT INTO x VALUES (9)".to_owned(),
        "INSERT INTO old VALUES (9)".to_owned(),
        "INSERT INTO x VALUES (9) RETURNING a".to_owned(),
        "DELETE FROM x".to_owned(),
        "DELETE FROM x RETURNING a".to_owned(),
        "UPDATE x SET a = 2".to_owned(),
        "WITH w AS (SELECT 1) DELETE FROM x".to_owned(),
        "REPLACE INTO x VALUES (9)".to_owned(),
        "SELECT a INTO @y FROM x".to_owned(),
        "SELECT a FROM x INTO @y".to_owned(),
        format!("SELECT 1 {outfile}"),
        format!("SELECT 1 {outfile} FROM x"),
        format!("SELECT a FROM x {outfile}"),
        format!("SELECT 1) AS a {outfile} FROM (SELECT 2"),
        format!("SELECT 1) AS a UNION SELECT 1 {outfile} FROM (SELECT 2"),
        format!("SELECT 1) AS a UNION (SELECT 1 {outfile}) UNION SELECT 1 FROM (SELECT 2"),
        format!("SELECT 1) AS a LIMIT 1 {outfile} -- "),
        format!("SELECT 1) AS a {outfile} #"),
        format!("SELECT 1) AS a) UNION SELECT 1 {outfile} FROM (SELECT (SELECT 1 FROM (SELECT 2"),
        "SELECT a FROM x FOR UPDATE".to_owned(),
        "SELECT NEXTVAL(s)".to_owned(),
        "SELECT NEXT VALUE FOR s".to_owned(),
        "SELECT SETVAL(s, 5)".to_owned(),
        "SELECT sneak()".to_owned(),
        "SELECT sneak_old()".to_owned(),
        "SELECT sneak_log()".to_owned(),
        "SELECT sneak_drop()".to_owned(),
        "SET GLOBAL read_only = 1".to_owned(),
        "SET SESSION TRANSACTION READ WRITE".to_owned(),
        "SET STATEMENT max_statement_time = 0 FOR SELECT 1".to_owned(),
        "CALL done()".to_owned(),
        "DO sneak()".to_owned(),
        "BEGIN NOT ATOMIC COMMIT; DROP TABLE x; END".to_owned(),
        "EXECUTE IMMEDIATE 'DROP TABLE x'".to_owned(),
        "PREPARE p FROM 'DROP TABLE x'".to_owned(),
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE x".to_owned(),
        "HANDLER x OPEN".to_owned(),
        "LOCK TABLES x WRITE".to_owned(),
        "EXPLAIN DELETE FROM x".to_owned(),
        "ANALYZE TABLE x".to_owned(),
        "ANALYZE DELETE FROM x".to_owned(),
        "OPTIMIZE TABLE x".to_owned(),
        "REPAIR TABLE old".to_owned(),
        "CHECK TABLE x".to_owned(),
        "FLUSH TABLES".to_owned(),
        "SHOW TABLES".to_owned(),
        "KILL 1".to_owned(),
        "SHUTDOWN".to_owned(),
        "USE mysql".to_owned(),
        "XA BEGIN 'a'".to_owned(),
        "GRANT ALL ON *.* TO x".to_owned(),
        "SELECT 1 PROCEDURE ANALYSE()".to_owned(),
        "DELIMITER //".to_owned(),
        "SELECT ?".to_owned(),
    ];
    for attempt in attempts {
        let refused = ask(&mut session, &sql(&attempt)).await;
        assert!(matches!(refused, Err(AskError::Refused { .. })), "{attempt}: {refused:?}");
        // The session is as good as before.
        let count = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await;
        assert_eq!(count, Ok(Found::Count(1)), "{attempt}");
    }
    // Words that close our parenthesis and open another can only read.
    let odd = ask(&mut session, &sql("SELECT 1) AS a JOIN (SELECT 2")).await;
    assert!(matches!(odd, Err(AskError::Unfit(_))), "{odd:?}");
    assert!(!file.exists());
    is_whole(&database);
}

#[tokio::test]
async fn settings_that_a_check_changes_are_gone_with_it() {
    let database = Database::with(TABLE);
    database.sql("INSERT INTO x VALUES (2)");
    let mut session = database.open().await;
    let settings =
        sql("SELECT CONCAT_WS(' ', @@tx_read_only, @@sql_mode LIKE '%ANSI%', @@sql_select_limit, @@time_zone, \
        @@character_set_client, @@max_statement_time > 0, @@tx_isolation)");
    let before = ask(&mut session, &settings).await;
    assert_eq!(before, Ok(Found::Value(Some("ON 0 18446744073709551615 +00:00 utf8mb4 1 REPEATABLE-READ".to_owned()))));
    assert_eq!(ask(&mut session, &sql("SELECT loosen()")).await, Ok(Found::Value(Some("1".to_owned()))));
    assert_eq!(ask(&mut session, &settings).await, before);
    assert!(ask(&mut session, &sql("SELECT sneak()")).await.is_err());
}

#[tokio::test]
async fn modes_and_limits_of_the_server_change_no_answer() {
    let database = Database::alone(
        "CREATE TABLE `a\"b` (a int, at timestamp NULL); INSERT INTO `a\"b` VALUES (1, '2026-11-22 18:00:00'), (2, NULL)",
    );
    database.sql("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,IGNORE_SPACE', GLOBAL sql_select_limit = 1, \
        GLOBAL time_zone = '+09:00', GLOBAL autocommit = 0, GLOBAL character_set_server = latin1, GLOBAL max_statement_time = 0.001, \
        GLOBAL init_connect = 'SET sql_select_limit = 0'");
    let mut session = database.open().await;
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "\"a\"\"b\""})).await, Ok(Found::Count(2)));
    assert_eq!(
        ask(&mut session, &sql("SELECT a FROM `a\"b` WHERE 'x\\'y' = \"x'y\" OR a = 1 LIMIT 1")).await,
        Ok(Found::Value(Some("1".to_owned())))
    );
    // Written at nine hours east: the instant is what counts.
    let newest =
        ask(&mut session, &json!({"kind": "freshness", "table": "\"a\"\"b\"", "column": "at", "within": "1h"})).await;
    assert_eq!(newest, Ok(crate::world::newest("2026-11-22T18:00:00Z")));
}

#[tokio::test]
async fn a_slow_check_is_cut_and_the_next_one_is_asked() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    for slow in [
        "SELECT SLEEP(600)",
        "SELECT BENCHMARK(1000000000000, SHA2('a', 512))",
        "SELECT COUNT(*) FROM seq_1_to_9000000000 AS s WHERE s.seq % 7 = 9",
    ] {
        let check: Check = serde_json::from_value(sql(slow)).unwrap();
        let started = Instant::now();
        let cut = session.ask(&check, &TimeZone::UTC, Duration::from_millis(300)).await;
        assert_eq!(cut, Err(AskError::TimeUp(Duration::from_millis(300))), "{slow}");
        assert!(started.elapsed() < Duration::from_secs(30));
        let next = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await;
        assert_eq!(next, Ok(Found::Count(1)), "after {slow}");
    }
}

#[tokio::test]
async fn a_table_that_somebody_holds_is_not_waited_for_beyond_the_time_there_is() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    let (server, name) = (database.server.clone(), database.name.clone());
    let holder =
        std::thread::spawn(move || server.sql(&name, "LOCK TABLES x WRITE; DO GET_LOCK('held', 0); DO SLEEP(5)"));
    while database.sql("SELECT IS_USED_LOCK('held') IS NULL") == "1" {
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
    let id = ask(&mut session, &sql("SELECT CONNECTION_ID()")).await.unwrap();
    let Found::Value(Some(id)) = id else { panic!("{id:?}") };
    database.sql(&format!("KILL CONNECTION {id}"));
    let cut = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await;
    assert!(matches!(cut, Err(AskError::Lost(_))), "{cut:?}");
    let later = ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await;
    assert_eq!(later, cut);
}

#[tokio::test]
async fn a_check_sees_one_moment_and_the_next_check_the_next() {
    let database = Database::with(TABLE);
    let mut session = database.open().await;
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await, Ok(Found::Count(1)));
    database.sql("INSERT INTO x VALUES (2)");
    assert_eq!(ask(&mut session, &json!({"kind": "row_count", "table": "x"})).await, Ok(Found::Count(2)));
}
