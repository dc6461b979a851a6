//! Hostile names.

use crate::world::Database;

#[tokio::test]
async fn names_of_every_kind_are_backed_up_and_put_back() {
    let (long, wide) = ("x".repeat(64), "表".repeat(40));
    let names = [
        "Mixed Case",
        "staging.apartments",
        "say \"hi\"",
        "it's; DROP TABLE plain; -- x",
        "back`tick",
        "表テーブル",
        "?1",
        "back\\slash",
        "%_backup_%",
        long.as_str(),
        wide.as_str(),
    ];
    let database = Database::with("CREATE DATABASE `odd ``schema`");
    for name in names {
        let quoted = name.replace('"', "\"\"");
        let table = format!("`odd ``schema`.`{}`", name.replace('`', "``"));
        database.sql(&format!(
            "CREATE TABLE {table} (`id ``x``` int AUTO_INCREMENT PRIMARY KEY, `select` varchar(9) UNIQUE);
             INSERT INTO {table} (`select`) VALUES ('a'), ('b''b'), (NULL)"
        ));
        let written = format!("odd `schema.\"{quoted}\"");
        database.backup(&[&written]).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        database.sql(&format!("DELETE FROM {table}"));
        database.restore(&written).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(database.sql(&format!("SELECT COUNT(*) FROM {table}")), "3", "{name}");
        database.undo(&written).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(database.sql(&format!("SELECT COUNT(*) FROM {table}")), "0", "{name}");
        database.sql("DROP DATABASE lifeboat_backups");
    }
}
