//! The queries, as text. Nothing here touches a server.
//!
//! Names come in as [`Name`]s and go out quoted; schemas go as parameters. Functions and operators are named with their
//! schema, so that nothing a restored database brings along (a `public.count`) can answer in their place.

use crate::sql::Name;

/// Every check's transaction
pub(super) const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Its only end; with it goes what a rollback leaves, the locks that a policy's own query took for the session
pub(super) const ROLLBACK: &str = "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()";

/// What a session is before it is asked anything.
///
/// - The search path keeps the connection's schemas (`table` alone means what it means to the application), with the
///   catalogue before and temporary tables after them.
/// - With `row_security` off, a policy that would hide rows is an error instead of a smaller count.
/// - Notices may carry row data, and nobody reads them.
/// - A time limit for whole transactions (since version 17) would end the session in the middle of a long check.
pub(super) const SETTINGS: &str = "\
SET default_transaction_read_only = on;
SET statement_timeout = '30s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '60s';
SET row_security = off;
SET client_min_messages = error;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings AS s
 WHERE s.name OPERATOR(pg_catalog.=) 'transaction_timeout';
SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
    (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.place)
       FROM ROWS FROM (pg_catalog.unnest(pg_catalog.current_schemas(false))) WITH ORDINALITY AS s (name, place)
      WHERE s.name OPERATOR(pg_catalog.<>) 'pg_catalog'), 'pg_temp'), false)";

/// What the server says it is; the first question
pub(super) const VERSION: &str =
    "SELECT 'PostgreSQL ' OPERATOR(pg_catalog.||) pg_catalog.current_setting('server_version')";

/// Tables of the schema `$1`, partitions among them, as `\dt` lists them
pub(super) const TABLES_OF_SCHEMA: &str = "\
SELECT pg_catalog.count(*)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text";

/// Tables of every schema but the engine's own; a table that an extension brought proves nothing about the backup
pub(super) const TABLES: &str = "\
SELECT pg_catalog.count(*)
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('information_schema', 'rdsadmin', 'rds_tools') AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')";

/// Whether there is a schema `$1`; one that is missing must not look like one without tables
pub(super) const SCHEMA: &str =
    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text";

/// The server's number of the table `$1`, whose name is quoted; an error where there is none
pub(super) const NUMBER_OF_TABLE: &str =
    "SELECT $1::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text";

/// For whoever asks the catalogue; temporary tables, which come first where they are not named, come last
pub(super) const ONLY_CATALOGUE: &str = "SET LOCAL search_path = pg_catalog, pg_temp; ";

/// The one row of [`cursor`], and whether there is another
pub(super) const FETCH: &str = "FETCH FORWARD 2 FROM lifeboat";

/// The time limit of the statements that follow in this transaction. Zero would mean none.
pub(super) fn time_limit(within: std::time::Duration) -> String {
    let millis = i32::try_from(within.as_millis()).unwrap_or(i32::MAX).max(1);
    format!("SET LOCAL statement_timeout = {millis}")
}

/// How many rows a table has
pub(super) fn count(table: &Name) -> String {
    format!("SELECT pg_catalog.count(*) FROM {}", table.quoted())
}

/// The newest finite time in a column, as text, and its type. An index on the column answers it.
pub(super) fn newest(table: &Name, column: &Name) -> String {
    let (table, column) = (table.quoted(), column.quoted());
    format!(
        "SELECT pg_catalog.max({column})::pg_catalog.text, pg_catalog.pg_typeof(pg_catalog.max({column}))::pg_catalog.text \
         FROM {table} WHERE pg_catalog.isfinite({column})"
    )
}

/// How many rows of a child table have a value that no row of the parent table has
pub(super) fn orphans(child: &(Name, Name), parent: &(Name, Name)) -> String {
    let ((child, key), (parent, id)) = (child, parent);
    let (child, key, parent, id) = (child.quoted(), key.quoted(), parent.quoted(), id.quoted());
    format!(
        "SELECT pg_catalog.count(*) FROM {child} AS child WHERE child.{key} IS NOT NULL \
         AND NOT EXISTS (SELECT FROM {parent} AS parent WHERE parent.{id} = child.{key})"
    )
}

/// A policy's own query as the body of a cursor. The caller sends it as *one* prepared statement, so that the server
/// itself refuses a second one after a semicolon.
pub(super) fn cursor(query: &str) -> String {
    format!("DECLARE lifeboat NO SCROLL CURSOR FOR {query}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn queries_name_their_tables_in_quotes() {
        assert_eq!(count(&name("public.users")), r#"SELECT pg_catalog.count(*) FROM "public"."users""#);
        let newest = newest(&name("log"), &name("at"));
        assert!(newest.ends_with(r#"FROM "log" WHERE pg_catalog.isfinite("at")"#), "{newest}");
        assert_eq!(
            orphans(&(name("s.payouts"), name("user_id")), &(name("users"), name("id"))),
            "SELECT pg_catalog.count(*) FROM \"s\".\"payouts\" AS child WHERE child.\"user_id\" IS NOT NULL \
             AND NOT EXISTS (SELECT FROM \"users\" AS parent WHERE parent.\"id\" = child.\"user_id\")"
        );
    }

    #[test]
    fn no_time_left_is_never_no_time_limit() {
        assert_eq!(time_limit(Duration::ZERO), "SET LOCAL statement_timeout = 1");
        assert_eq!(time_limit(Duration::from_secs(2)), "SET LOCAL statement_timeout = 2000");
        assert_eq!(time_limit(Duration::MAX), "SET LOCAL statement_timeout = 2147483647");
    }
}
