//! Foreign keys, each kind whole and broken. Damage is done the way a bad restore would: with the triggers off.

use lifeboat::verify::{Found, Outcome};
use serde_json::{Value, json};

use crate::world::{Database, ask};

fn check() -> Value {
    json!({"kind": "foreign_keys", "schema": "public"})
}

fn damage(sql: &str) -> String {
    format!("SET session_replication_role = replica; {sql}")
}

/// What is found once the rows are damaged; whole before
async fn broken_by(whole: &str, sql: &str) -> Vec<(String, u64)> {
    let database = Database::with(whole);
    assert_eq!(database.outcome(check()).await, Outcome::Passed, "{whole}");
    database.sql(&damage(sql));
    assert_eq!(database.outcome(check()).await, Outcome::Failed, "{sql}");
    match database.finds(&check()).await.unwrap() {
        Found::Keys { broken, .. } => broken,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_broken_key_is_named_with_its_rows() {
    let whole = "CREATE TABLE users (id int PRIMARY KEY); \
                 CREATE TABLE payouts (user_id int CONSTRAINT payer REFERENCES users, by int CONSTRAINT booker REFERENCES users); \
                 INSERT INTO users VALUES (1), (2); INSERT INTO payouts VALUES (1, 1), (1, 2), (NULL, NULL)";
    let broken = broken_by(whole, "DELETE FROM users WHERE id = 1").await;
    assert_eq!(broken, [("payer on public.payouts".to_owned(), 2), ("booker on public.payouts".to_owned(), 1)]);
}

#[tokio::test]
async fn a_composite_key_lets_a_row_with_a_null_go_unless_it_matches_in_full() {
    let whole = "CREATE TABLE orders (shop int, no int, PRIMARY KEY (shop, no)); INSERT INTO orders VALUES (1, 1); \
                 CREATE TABLE simple (shop int, no int, FOREIGN KEY (shop, no) REFERENCES orders); \
                 CREATE TABLE fully (shop int, no int, FOREIGN KEY (shop, no) REFERENCES orders MATCH FULL); \
                 INSERT INTO simple VALUES (1, 1), (9, NULL), (NULL, NULL); INSERT INTO fully VALUES (1, 1), (NULL, NULL)";
    let broken =
        broken_by(whole, "INSERT INTO fully VALUES (1, NULL); INSERT INTO simple VALUES (8, NULL), (1, 2)").await;
    assert_eq!(
        broken,
        [("simple_shop_no_fkey on public.simple".to_owned(), 1), ("fully_shop_no_fkey on public.fully".to_owned(), 1)]
    );
}

#[tokio::test]
async fn the_parents_collation_compares_whatever_the_types() {
    let whole = "CREATE TABLE codes (code text COLLATE \"C\" PRIMARY KEY, no int UNIQUE); INSERT INTO codes VALUES ('a', 1); \
                 CREATE TABLE uses (code text COLLATE \"POSIX\" REFERENCES codes, \
                 wide bigint REFERENCES codes (no), narrow smallint REFERENCES codes (no)); INSERT INTO uses VALUES ('a', 1, 1)";
    let broken = broken_by(whole, "UPDATE uses SET code = 'A', wide = 2").await;
    assert_eq!(
        broken,
        [("uses_code_fkey on public.uses".to_owned(), 1), ("uses_wide_fkey on public.uses".to_owned(), 1)]
    );
}

#[tokio::test]
async fn the_keys_own_operator_compares_and_not_one_of_the_same_name() {
    // As with `citext` in a schema that the search path does not reach: only the key knows that case does not matter.
    let compare = |name: &str, sign: &str| {
        format!(
            "CREATE FUNCTION hidden.{name}(text, text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT lower($1) {sign} lower($2)'; \
             CREATE OPERATOR hidden.{sign} (LEFTARG = text, RIGHTARG = text, FUNCTION = hidden.{name}); "
        )
    };
    let signs =
        [("lt", "<"), ("le", "<="), ("eq", "="), ("ge", ">="), ("gt", ">")].map(|(name, sign)| compare(name, sign));
    let whole = format!(
        "CREATE SCHEMA hidden; {} \
         CREATE FUNCTION hidden.cmp(text, text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT bttextcmp(lower($1), lower($2))'; \
         CREATE OPERATOR CLASS hidden.caseless FOR TYPE text USING btree AS OPERATOR 1 hidden.<, OPERATOR 2 hidden.<=, \
         OPERATOR 3 hidden.=, OPERATOR 4 hidden.>=, OPERATOR 5 hidden.>, FUNCTION 1 hidden.cmp(text, text); \
         CREATE TABLE words (word text); CREATE UNIQUE INDEX ON words (word hidden.caseless); INSERT INTO words VALUES ('Word'); \
         CREATE TABLE uses (word text REFERENCES words (word)); INSERT INTO uses VALUES ('wORD')",
        signs.concat()
    );
    let broken = broken_by(&whole, "UPDATE uses SET word = 'other'").await;
    assert_eq!(broken, [("uses_word_fkey on public.uses".to_owned(), 1)]);
}

#[tokio::test]
async fn a_partitioned_table_is_probed_once_and_inherited_rows_are_not() {
    let whole = "CREATE TABLE users (id int PRIMARY KEY) PARTITION BY LIST (id); \
                 CREATE TABLE users_1 PARTITION OF users FOR VALUES IN (1); CREATE TABLE users_2 PARTITION OF users FOR VALUES IN (2); \
                 INSERT INTO users VALUES (1), (2); \
                 CREATE TABLE visits (user_id int REFERENCES users) PARTITION BY LIST (user_id); \
                 CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1); CREATE TABLE visits_2 PARTITION OF visits FOR VALUES IN (2); \
                 INSERT INTO visits VALUES (1), (2), (2); \
                 CREATE TABLE plain (id int PRIMARY KEY); CREATE TABLE base (id int REFERENCES plain); CREATE TABLE heir () INHERITS (base); \
                 INSERT INTO heir VALUES (77)";
    let broken = broken_by(whole, "DELETE FROM users WHERE id = 2").await;
    assert_eq!(broken, [("visits_user_id_fkey on public.visits".to_owned(), 2)]);
}

#[tokio::test]
async fn keys_that_promise_nothing_are_left_out_and_no_keys_are_noted() {
    let database = Database::with(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE old (user_id int); INSERT INTO old VALUES (404); \
         ALTER TABLE old ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID",
    );
    assert_eq!(database.outcome(check()).await, Outcome::Noted);
    let found = database.finds(&json!({"kind": "foreign_keys", "schema": "pubic"})).await;
    assert_eq!(found, Ok(Found::Missing("there is no schema \"pubic\"".to_owned())));
}

#[tokio::test]
async fn a_broken_key_is_told_even_when_another_cannot_be_probed() {
    let database = Database::with(
        "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE a (id int REFERENCES users); CREATE TABLE b (id int REFERENCES users); \
         CREATE ROLE clerk LOGIN PASSWORD 'x'; GRANT SELECT ON users, a TO clerk",
    );
    let mut door = database.door();
    (door.user, door.password) = ("clerk".to_owned(), lifeboat::sql::Password::new("x"));
    let mut session = database.open_by(&door).await.unwrap();
    assert!(ask(&mut session, &check()).await.unwrap_err().to_string().contains("42501"));
    database.sql(&damage("INSERT INTO a VALUES (5)"));
    let broken = vec![("a_id_fkey on public.a".to_owned(), 1)];
    assert_eq!(ask(&mut session, &check()).await, Ok(Found::Keys { probed: 1, broken, sampled: 0 }));
    drop((session, database.sql("DROP OWNED BY clerk; DROP ROLE clerk")));
}
