//! The queries, as text. Nothing here touches a server.
//!
//! Names come in as [`Name`]s and go out in backticks; what is compared with a catalogue's column goes as a hexadecimal
//! literal. Every catalogue query casts to `CHAR`: servers differ in the types of their catalogues, not in the text.

use std::fmt::Write as _;
use std::time::Duration;

use crate::sql::Name;

/// - The modes are those that MySQL has by default; none that lets `"x"` be a name, or `\` be a plain sign.
/// - The limits that a server or a user can be given (`sql_select_limit`, `sql_big_selects`) would make counts smaller.
/// - With `sql_auto_is_null`, `IS NULL` sometimes means something else.
macro_rules! settings {
    () => {
        "SET NAMES utf8mb4; \
         SET SESSION sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', \
         time_zone = '+00:00', sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_auto_is_null = 0, \
         group_concat_max_len = 1048576, lock_wait_timeout = 10, innodb_lock_wait_timeout = 10, autocommit = 1; \
         SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    };
}

/// Which of the two servers it is; they differ in time limits and catalogues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// MariaDB
    Mariadb,
    /// MySQL and Aurora MySQL, with the major version
    Mysql(u16),
}

impl Flavour {
    /// By what `VERSION()` says: `10.11.19-MariaDB-log`, `8.0.36`, `8.0.mysql_aurora.3.08.0`
    pub(super) fn of_version(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") {
            return Self::Mariadb;
        }
        let major: String = version.chars().take_while(char::is_ascii_digit).collect();
        Self::Mysql(major.parse().unwrap_or(0))
    }

    /// The server's name and version, for people
    pub(super) fn server(self, version: &str) -> String {
        match self {
            Self::Mariadb => format!("MariaDB {}", version.split('-').next().unwrap_or(version)),
            Self::Mysql(_) => format!("MySQL {version}"),
        }
    }

    /// What a session is before each check, again and again: a stored function may change a session's settings, and a
    /// rollback does not take that back.
    pub(super) fn settings(self) -> &'static str {
        match self {
            // Without this, MySQL 8 answers next numbers and row counts from a memory that is up to a day old.
            Self::Mysql(8..) => concat!(settings!(), "; SET SESSION information_schema_stats_expiry = 0"),
            _ => settings!(),
        }
    }

    /// The time limit of the statements that follow. Zero would mean none.
    pub(super) fn time_limit(self, within: Duration) -> String {
        let millis = u32::try_from(within.as_millis()).unwrap_or(u32::MAX).max(1);
        match self {
            Self::Mariadb => format!("SET SESSION max_statement_time = {}.{:03}", millis / 1000, millis % 1000),
            Self::Mysql(_) => format!("SET SESSION max_execution_time = {millis}"),
        }
    }
}

/// Every check's transaction
pub(super) const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Its only end
pub(super) const ROLLBACK: &str = "ROLLBACK";

/// What the server says it is; the first question
pub(super) const VERSION: &str = "SELECT VERSION()";

/// A text as a literal that no mode and no character set reads otherwise
pub(super) fn literal(text: &str) -> String {
    let mut hexadecimal = "_utf8mb4 0x".to_owned();
    for byte in text.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    hexadecimal
}

/// The condition that a catalogue's column names this schema, or none of the engine's own. Catalogues compare without
/// minding case, and where tables are files with names that differ in case only, that would be another schema.
pub(super) fn of_schema(column: &str, schema: Option<&str>) -> String {
    match schema {
        None => format!("{column} NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')"),
        Some(schema) => is(column, schema),
    }
}

/// The condition that a catalogue's column is this name
pub(super) fn is(column: &str, name: &str) -> String {
    let name = literal(name);
    format!(
        "{column} = {name} AND (@@lower_case_table_names <> 0 OR CAST({column} AS BINARY) = CAST({name} AS BINARY))"
    )
}

/// How many schemas of this name there are
pub(super) fn schemas(schema: &str) -> String {
    format!("SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.SCHEMATA AS s WHERE {}", is("s.SCHEMA_NAME", schema))
}

/// Tables that are no views, of a schema or of every schema but the engine's own
pub(super) fn tables(schema: Option<&str>) -> String {
    format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.TABLES AS t \
         WHERE t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND {}",
        of_schema("t.TABLE_SCHEMA", schema)
    )
}

/// How many rows a table has
pub(super) fn count(table: &Name) -> String {
    format!("SELECT CAST(COUNT(*) AS CHAR) FROM {}", table.backticked())
}

/// The newest time in a column, as text and as itself, for its type. An index on the column answers it, so zero dates are
/// not left out here: they are smaller than every other.
pub(super) fn newest(table: &Name, column: &Name) -> String {
    let (table, column) = (table.backticked(), column.backticked());
    format!("SELECT CAST(MAX({column}) AS CHAR), MAX({column}) FROM {table}")
}

/// How many rows of a child table have a value that no row of the parent table has
pub(super) fn orphans(child: &(Name, Name), parent: &(Name, Name)) -> String {
    let ((child, key), (parent, id)) = (child, parent);
    let (child, key, parent, id) = (child.backticked(), key.backticked(), parent.backticked(), id.backticked());
    format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM {child} AS child WHERE child.{key} IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.{id} = child.{key})"
    )
}

/// A policy's own query as the body of a derived table. The caller has the server prepare it, which takes one statement.
pub(super) fn derived(query: &str) -> String {
    format!("SELECT * FROM (\n{query}\n) AS lifeboat LIMIT 2")
}

/// The same one level deeper; it is prepared first and never run.
///
/// A query may close our parenthesis and open another (`… ) AS x UNION SELECT 1 INTO OUTFILE '…' FROM (…`), and in
/// [`derived`] would then stand at the top of the statement, where MySQL lets it write a file. The same words in here stand
/// in a subquery, where no grammar has `INTO`; and words that close two parentheses are none in [`derived`].
pub(super) fn gate(query: &str) -> String {
    format!("SELECT EXISTS ({})", derived(query))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse_mysql(text).unwrap()
    }

    #[test]
    fn queries_name_their_tables_in_backticks() {
        assert_eq!(count(&name("shop.users")), "SELECT CAST(COUNT(*) AS CHAR) FROM `shop`.`users`");
        assert_eq!(newest(&name("log"), &name("at")), "SELECT CAST(MAX(`at`) AS CHAR), MAX(`at`) FROM `log`");
        assert_eq!(
            orphans(&(name("s.payouts"), name("user_id")), &(name("users"), name("id"))),
            "SELECT CAST(COUNT(*) AS CHAR) FROM `s`.`payouts` AS child WHERE child.`user_id` IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM `users` AS parent WHERE parent.`id` = child.`user_id`)"
        );
    }

    #[test]
    fn a_literal_is_only_digits() {
        assert_eq!(literal("a' OR\\"), "_utf8mb4 0x6127204f525c");
        assert_eq!(literal("日"), "_utf8mb4 0xe697a5");
    }

    #[test]
    fn each_server_has_its_own_time_limit_and_no_time_left_is_never_no_limit() {
        let (mariadb, mysql) = (Flavour::Mariadb, Flavour::Mysql(8));
        assert_eq!(mariadb.time_limit(Duration::ZERO), "SET SESSION max_statement_time = 0.001");
        assert_eq!(mariadb.time_limit(Duration::from_millis(2050)), "SET SESSION max_statement_time = 2.050");
        assert_eq!(mysql.time_limit(Duration::ZERO), "SET SESSION max_execution_time = 1");
        assert_eq!(mysql.time_limit(Duration::from_secs(2)), "SET SESSION max_execution_time = 2000");
        assert_eq!(mysql.time_limit(Duration::MAX), "SET SESSION max_execution_time = 4294967295");
    }

    #[test]
    fn a_server_is_known_by_its_version() {
        let table = [
            ("10.11.19-MariaDB-0+deb12u1", Flavour::Mariadb, "MariaDB 10.11.19"),
            ("8.0.36", Flavour::Mysql(8), "MySQL 8.0.36"),
            ("8.0.mysql_aurora.3.08.0", Flavour::Mysql(8), "MySQL 8.0.mysql_aurora.3.08.0"),
            ("5.7.44-log", Flavour::Mysql(5), "MySQL 5.7.44-log"),
        ];
        for (version, flavour, words) in table {
            assert_eq!(Flavour::of_version(version), flavour);
            assert_eq!(flavour.server(version), words);
        }
        assert!(Flavour::Mysql(8).settings().contains("stats_expiry"));
        assert!(!Flavour::Mysql(5).settings().contains("stats_expiry"));
        assert!(!Flavour::Mariadb.settings().contains("stats_expiry"));
    }

    #[test]
    fn a_query_is_a_body_on_lines_of_its_own_and_the_gate_is_the_same_words_deeper() {
        assert_eq!(derived("SELECT 1 -- x"), "SELECT * FROM (\nSELECT 1 -- x\n) AS lifeboat LIMIT 2");
        assert_eq!(gate("SELECT 1"), "SELECT EXISTS (SELECT * FROM (\nSELECT 1\n) AS lifeboat LIMIT 2)");
    }
}
