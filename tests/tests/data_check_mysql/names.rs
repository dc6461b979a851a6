//! Tables and columns with names that nobody should give them.

use lifeboat::sql::Name;
use lifeboat::verify::Found;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::world::{Database, ask, newest};

/// As a policy would have to write one part
fn written(part: &str) -> String {
    Name::of_parts([part.to_owned()]).quoted()
}

/// As the server has to be told
fn ticked(part: &str) -> String {
    format!("`{}`", part.replace('`', "``"))
}

/// Makes a schema, a table and a column of these names, and asks everything that takes a name
async fn answers(database: &Database, [schema, name, column]: [&str; 3]) {
    let [s, t, c] = [schema, name, column].map(ticked);
    database.sql(&format!(
        "SET time_zone = '+00:00'; CREATE DATABASE {s}; CREATE TABLE {s}.{t} ({c} timestamp NOT NULL DEFAULT NOW(), KEY {c} ({c})); \
         INSERT INTO {s}.{t} VALUES ('2026-11-22 18:00:00'); \
         CREATE TABLE {s}.`the child` (k timestamp NOT NULL DEFAULT NOW(), FOREIGN KEY (k) REFERENCES {s}.{t} ({c})); \
         INSERT INTO {s}.`the child` VALUES ('2026-11-22 18:00:00')"
    ));
    let mut session = database.open().await;
    let [s, t, c] = [schema, name, column].map(written);
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
    let indexes = ask(&mut session, &json!({"kind": "indexes", "table": table})).await;
    let Ok(Found::Objects(indexes)) = indexes else { panic!("{indexes:?}") };
    assert_eq!(indexes.keys().collect::<Vec<_>>(), [column]);
    let objects = ask(&mut session, &json!({"kind": "schema_unchanged", "schema": s})).await;
    let Ok(Found::Objects(objects)) = objects else { panic!("{objects:?}") };
    assert!(objects.contains_key(&format!("column {schema}.{name}.{column}")), "{objects:?}");
    database.sql(&format!("DROP DATABASE {}", ticked(schema)));
}

#[tokio::test]
async fn reserved_quoted_dotted_and_longest_names_are_only_names() {
    let database = Database::with("");
    let longest = "n".repeat(64);
    let table = [
        ["select", "table", "user"],
        ["child", "parent", "child"],
        ["a.b", "c.d", "e.f"],
        ["sa\"y", "\"", "\"\"x\"\""],
        ["ti`ck", "`", "``x``"],
        [longest.as_str(), longest.as_str(), longest.as_str()],
        ["日本", "テーブル", "作成日時"],
        ["x; DROP TABLE y; -- -", "' OR 1=1 -- -", "?"],
        ["back\\slash", "\\", "\\'"],
        ["per%cent_", "%", "_"],
        ["Shop", "Users", "CreatedAt"],
        ["/* x", "*/ y", "#z"],
    ];
    for names in table {
        answers(&database, names).await;
    }
}

#[test]
fn any_name_that_the_server_takes_can_be_asked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = Database::with("");
    // The server takes no NUL, nothing beyond the first plane and no space at the end; a few signs are the client's own.
    let part = "[\u{1}-\u{d7ff}\u{e000}-\u{fffd}]{1,15}";
    let hostile = prop_oneof!["[\"'.;\\\\$%`#?@]{1,8}".prop_map(|part| part), part.prop_map(|part| part)];
    let hostile = hostile.prop_filter("the server's own rules", |part| {
        !part.ends_with(char::is_whitespace) && !part.contains(['\r', '\n'])
    });
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let names = (hostile.clone(), hostile.clone(), hostile);
    runner
        .run(&names, |(schema, table, column)| {
            prop_assume!(table.to_lowercase() != "the child" && column.to_lowercase() != "primary");
            let made =
                database.server.sql("mysql", &format!("CREATE DATABASE {0}; DROP DATABASE {0}", ticked(&schema)));
            prop_assume!(made.is_ok());
            runtime.block_on(answers(&database, [&schema, &table, &column]));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_name_longer_than_any_of_the_servers_is_refused() {
    let database = Database::with("");
    let refusal = database.refusal(json!({"kind": "row_count", "table": "n".repeat(65)})).await;
    assert!(refusal.contains("more than 64 characters"), "{refusal}");
    let refusal = database.refusal(json!({"kind": "row_count", "table": "a.b.c"})).await;
    assert!(refusal.contains("error 1064"), "{refusal}");
}

#[tokio::test]
async fn a_table_or_a_schema_that_is_not_in_the_copy_is_a_finding_that_names_it() {
    let database = Database::with("CREATE TABLE users (id int)");
    let table = ["shop.users", "gone", "Users"];
    for name in table {
        for check in [
            json!({"kind": "row_count", "table": name}),
            json!({"kind": "freshness", "table": name, "column": "at", "within": "1h"}),
            json!({"kind": "indexes", "table": name}),
        ] {
            let found = database.finds(&check).await;
            let Ok(Found::Missing(said)) = found else { panic!("{check}: {found:?}") };
            assert!(said.contains("doesn't exist") && said.contains(name), "{said}");
        }
    }
}
