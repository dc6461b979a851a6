//! Tables and columns with names that nobody should give them.

use lifeboat::sql::{AnySession, Name};
use lifeboat::verify::Found;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::world::{Database, ask, newest};

/// As a policy would have to write one part
fn written(part: &str) -> String {
    Name::of_parts([part.to_owned()]).quoted()
}

/// Makes a schema, a table and a column of these names, and asks everything that takes a name
async fn answers(database: &Database, [schema, table, column]: [&str; 3]) {
    let [s, t, c] = [schema, table, column].map(written);
    database.sql(&format!(
        "CREATE SCHEMA {s}; CREATE TABLE {s}.{t} ({c} timestamptz PRIMARY KEY, \"the number\" bigint GENERATED ALWAYS AS IDENTITY UNIQUE, \
           CONSTRAINT {c} CHECK (\"the number\" > 0)); \
         INSERT INTO {s}.{t} VALUES ('2026-11-22 18:00Z'); \
         CREATE TABLE {s}.\"the child\" (k timestamptz REFERENCES {s}.{t}); INSERT INTO {s}.\"the child\" VALUES ('2026-11-22 18:00Z')"
    ));
    let mut session = database.open().await;
    let table = format!("{s}.{t}");
    let asked = [
        (json!({"kind": "row_count", "table": table}), Found::Count(1)),
        (json!({"kind": "freshness", "table": table, "column": c, "within": "1h"}), newest("2026-11-22T18:00:00Z")),
        (json!({"kind": "tables", "schema": s, "at_least": 1}), Found::Count(2)),
        (
            json!({"kind": "orphans", "child": format!("{s}.the child.k"), "parent": format!("{table}.{c}")}),
            Found::Count(0),
        ),
        (json!({"kind": "foreign_keys", "schema": s}), Found::Keys { probed: 1, broken: vec![], sampled: 0 }),
    ];
    for (check, found) in asked {
        assert_eq!(ask(&mut session, &check).await, Ok(found), "{check}");
    }
    assert_eq!(objects(&mut session, &json!({"kind": "indexes", "table": table})).await, 2);
    // The schema, two tables, three columns, a sequence, three keys and a check, each under a name of its own
    assert_eq!(objects(&mut session, &json!({"kind": "schema_unchanged", "schema": s})).await, 11);
    objects(&mut session, &json!({"kind": "grants_unchanged"})).await;
    // Nothing is damaged, and then a sequence is, under any name.
    let check = json!({"kind": "damage"});
    assert_eq!(signs(&mut session, &check).await, 0);
    database.sql(&format!("ALTER TABLE {s}.{t} ALTER \"the number\" RESTART; UPDATE pg_index SET indisvalid = false \
                           FROM pg_class WHERE oid = indexrelid AND relnamespace = (SELECT max(oid::bigint)::oid FROM pg_namespace)"));
    assert_eq!(signs(&mut session, &check).await, 3);
    database.sql(&format!("DROP SCHEMA {s} CASCADE"));
}

async fn objects(session: &mut AnySession, check: &Value) -> usize {
    match ask(session, check).await {
        Ok(Found::Objects(objects)) => objects.len(),
        other => panic!("{check}: {other:?}"),
    }
}

/// How many signs of damage there are; everything was looked at
async fn signs(session: &mut AnySession, check: &Value) -> usize {
    match ask(session, check).await {
        Ok(Found::Damages { found, left_out, .. }) if left_out.is_empty() => found.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reserved_quoted_dotted_and_longest_names_are_only_names() {
    let database = Database::with("");
    let longest = "n".repeat(63);
    let table = [
        ["select", "table", "user"],
        ["child", "parent", "child"],
        ["a.b", "c.d", "e.f"],
        ["sa\"y", "\"", "\"\"x\"\""],
        [longest.as_str(), longest.as_str(), longest.as_str()],
        ["日本", "テーブル", "作成日時"],
        ["x; DROP TABLE y; --", "' OR 1=1 --", "$1"],
        [" ", "\t", "\n"],
        ["Public", "Users", "CreatedAt"],
    ];
    for names in table {
        answers(&database, names).await;
    }
}

#[test]
fn any_name_that_the_server_takes_can_be_asked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = Database::with("");
    // Anything but NUL; the server keeps `pg_…` for itself, and 15 characters are at most 60 bytes.
    let part = "[^\0]{1,15}".prop_filter("reserved", |part| !part.starts_with("pg_"));
    let hostile = prop_oneof!["[\"'.;\\\\$ %`]{1,8}".prop_map(|part| part), part];
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let names = (hostile.clone(), hostile.clone(), hostile);
    runner
        .run(&names, |(schema, table, column)| {
            prop_assume!(schema != "public" && table != "the child" && column != "the number");
            runtime.block_on(answers(&database, [&schema, &table, &column]));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_name_longer_than_the_server_keeps_never_reads_another_table() {
    let database = Database::with(&format!("CREATE TABLE {} ()", "n".repeat(63)));
    let refusal = database.refusal(json!({"kind": "row_count", "table": "n".repeat(64)})).await;
    assert!(refusal.contains("more than 63 bytes"), "{refusal}");
}

#[tokio::test]
async fn a_table_that_is_not_in_the_copy_is_a_finding_that_names_it() {
    let database = Database::with("");
    let check = json!({"kind": "row_count", "table": "public.users"});
    let found = database.finds(&check).await;
    assert_eq!(found, Ok(Found::Missing("relation \"public.users\" does not exist".to_owned())));
}
