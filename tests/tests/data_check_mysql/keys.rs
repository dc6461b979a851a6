//! Foreign keys, each kind whole and broken. Damage is done the way a bad restore would: with the checks of keys off.

use lifeboat::verify::{Found, Outcome};
use serde_json::{Value, json};

use crate::world::{Database, ask};

fn check(database: &Database) -> Value {
    json!({"kind": "foreign_keys", "schema": database.name})
}

fn damage(sql: &str) -> String {
    format!("SET foreign_key_checks = 0; {sql}")
}

/// What is found once the rows are damaged; whole before
async fn broken_by(whole: &str, sql: &str) -> Vec<(String, u64)> {
    let database = Database::with(whole);
    assert_eq!(database.outcome(check(&database)).await, Outcome::Passed, "{whole}");
    database.sql(&damage(sql));
    assert_eq!(database.outcome(check(&database)).await, Outcome::Failed, "{sql}");
    match database.finds(&check(&database)).await.unwrap() {
        Found::Keys { broken, .. } => broken
            .into_iter()
            .map(|(key, rows)| (key.replace(&format!(" on {}.", database.name), " on "), rows))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_broken_key_is_named_with_its_rows() {
    let whole = "CREATE TABLE users (id int PRIMARY KEY); \
                 CREATE TABLE payouts (user_id int, `by` int, CONSTRAINT payer FOREIGN KEY (user_id) REFERENCES users (id), \
                 CONSTRAINT booker FOREIGN KEY (`by`) REFERENCES users (id)); \
                 INSERT INTO users VALUES (1), (2); INSERT INTO payouts VALUES (1, 1), (1, 2), (NULL, NULL)";
    let broken = broken_by(whole, "DELETE FROM users WHERE id = 1").await;
    assert_eq!(broken, [("booker on payouts".to_owned(), 1), ("payer on payouts".to_owned(), 2)]);
}

#[tokio::test]
async fn a_composite_key_lets_a_row_with_a_null_go() {
    let whole = "CREATE TABLE orders (shop int, no int, PRIMARY KEY (shop, no)); INSERT INTO orders VALUES (1, 1), (2, 1); \
                 CREATE TABLE items (shop int, no int, CONSTRAINT fk FOREIGN KEY (shop, no) REFERENCES orders (shop, no)); \
                 INSERT INTO items VALUES (1, 1), (9, NULL), (NULL, NULL)";
    let broken = broken_by(whole, "INSERT INTO items VALUES (8, NULL), (1, 2)").await;
    assert_eq!(broken, [("fk on items".to_owned(), 1)]);
}

#[tokio::test]
async fn a_column_is_compared_as_its_collation_says() {
    let whole = "CREATE TABLE words (word varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY); INSERT INTO words VALUES ('Word'); \
                 CREATE TABLE uses (word varchar(9) COLLATE utf8mb4_general_ci, CONSTRAINT fk FOREIGN KEY (word) REFERENCES words (word)); \
                 INSERT INTO uses VALUES ('wORD')";
    assert_eq!(broken_by(whole, "UPDATE uses SET word = 'other'").await, [("fk on uses".to_owned(), 1)]);
}

#[tokio::test]
async fn a_key_whose_parent_is_gone_is_broken_by_every_row_that_uses_it() {
    let whole = "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE visits (id int, CONSTRAINT fk FOREIGN KEY (id) REFERENCES users (id)); \
                 INSERT INTO users VALUES (1); INSERT INTO visits VALUES (1), (1), (NULL)";
    assert_eq!(broken_by(whole, "DROP TABLE users").await, [("fk on visits".to_owned(), 2)]);
}

#[tokio::test]
async fn a_parent_in_another_schema_is_looked_up_there() {
    let other = Database::with("CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1), (2)");
    let whole = format!(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE visits (id int, CONSTRAINT fk FOREIGN KEY (id) REFERENCES {}.users (id)); \
         INSERT INTO visits VALUES (1), (2)",
        other.name
    );
    let broken = broken_by(&whole, &format!("DELETE FROM {}.users WHERE id = 2", other.name)).await;
    assert_eq!(broken, [("fk on visits".to_owned(), 1)]);
}

#[tokio::test]
async fn a_huge_table_is_sampled_and_said_to_be() {
    let database = Database::with(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE visits (id int, CONSTRAINT fk FOREIGN KEY (id) REFERENCES users (id)) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0; \
         INSERT INTO users VALUES (1), (2); INSERT INTO visits VALUES (1), (2); ANALYZE TABLE visits",
    );
    // What the statistics say of rows is what the server believes.
    database.sql(&format!(
        "UPDATE mysql.innodb_table_stats SET n_rows = 900000000 WHERE database_name = '{}' AND table_name = 'visits'; RENAME TABLE visits TO renamed; RENAME TABLE renamed TO visits",
        database.name
    ));
    assert_eq!(database.finds(&check(&database)).await, Ok(Found::Keys { probed: 1, broken: vec![], sampled: 1 }));
    database.sql(&damage("DELETE FROM users WHERE id = 2"));
    let Found::Keys { broken, sampled: 1, .. } = database.finds(&check(&database)).await.unwrap() else { panic!() };
    assert_eq!(broken.len(), 1);
}

#[tokio::test]
async fn no_keys_are_noted_and_a_schema_that_is_not_there_is_missing() {
    let database = Database::with("CREATE TABLE users (id int PRIMARY KEY)");
    assert_eq!(database.outcome(check(&database)).await, Outcome::Noted);
    let found = database.finds(&json!({"kind": "foreign_keys", "schema": "shpo"})).await;
    assert_eq!(found, Ok(Found::Missing("there is no schema \"shpo\"".to_owned())));
}

#[tokio::test]
async fn a_login_that_may_not_see_every_key_is_no_pass() {
    let database = Database::with(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE a (id int, CONSTRAINT fa FOREIGN KEY (id) REFERENCES users (id)); \
         CREATE TABLE b (id int, CONSTRAINT fb FOREIGN KEY (id) REFERENCES users (id)); INSERT INTO users VALUES (1); INSERT INTO a VALUES (1)",
    );
    let name = &database.name;
    let door = database.door_of("clerk", &[&format!("SELECT ON {name}.users"), &format!("SELECT ON {name}.a")]);
    let mut session = database.open_by(&door).await.unwrap();
    let refused = ask(&mut session, &check(&database)).await.unwrap_err().to_string();
    assert!(refused.contains("needs SELECT on"), "{refused}");
    let door = database.door_of("reader", &[&format!("SELECT ON {name}.*")]);
    let mut session = database.open_by(&door).await.unwrap();
    assert_eq!(ask(&mut session, &check(&database)).await, Ok(Found::Keys { probed: 2, broken: vec![], sampled: 0 }));
}
