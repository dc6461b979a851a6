//! Hostile names.

use crate::world::Database;

#[tokio::test]
async fn names_of_every_kind_are_backed_up_and_put_back() {
    let long = "x".repeat(63);
    let names = [
        "plain",
        "Mixed Case",
        "staging.apartments",
        "say \"hi\"",
        "it's; DROP TABLE plain; --",
        "back`tick",
        "表テーブル",
        "$1",
        "line\nbreak",
        "%_backup_%",
        long.as_str(),
    ];
    for name in names {
        let quoted = name.replace('"', "\"\"");
        let table = format!("\"odd schema\".\"{quoted}\"");
        let database = Database::with(&format!(
            "CREATE SCHEMA \"odd schema\"; CREATE TABLE {table} (\"id \"\"x\"\"\" serial PRIMARY KEY, \"select\" text UNIQUE);
             INSERT INTO {table} (\"select\") VALUES ('a'), ('b''b'), (NULL)"
        ));
        let written = format!("odd schema.\"{quoted}\"");
        database.backup(&[&written]).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        database.sql(&format!("DELETE FROM {table}"));
        database.restore(&written).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(database.sql(&format!("SELECT count(*) FROM {table}")), "3", "{name}");
        database.undo(&written).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(database.sql(&format!("SELECT count(*) FROM {table}")), "0", "{name}");
    }
}
