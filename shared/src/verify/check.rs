//! The questions: what a policy may ask of the data in a copy.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One question asked of the data in the copy. Names are written as in SQL without quotes: `schema.table`, `table.column`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// How many rows a table has
    RowCount {
        /// `schema.table`, or `table` in the connection's search path
        table: String,
        /// Smallest number of rows that is right
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<u64>,
        /// Largest number of rows that is right
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<u64>,
    },
    /// How old the newest row is, measured from the restore point
    Freshness {
        /// Table
        table: String,
        /// A date or timestamp column
        column: String,
        /// Largest age, a span such as `24h`
        within: String,
    },
    /// How many tables there are
    Tables {
        /// The schema; every schema that is not the engine's own when left out
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<String>,
        /// Smallest number of tables that is right
        at_least: u64,
    },
    /// Rows of a child table whose parent is missing
    Orphans {
        /// `table.column`
        child: String,
        /// `table.column`
        parent: String,
    },
    /// Every declared foreign key of a schema, probed for rows without a parent
    ForeignKeys {
        /// The schema
        schema: String,
    },
    /// Whether a table's row count is near that of the last passed drill
    Unchanged {
        /// Table
        table: String,
        /// Largest difference in percent of the earlier count
        within_percent: f64,
        /// As for `schema_unchanged`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// Whether every table, column, key, index, view, routine and trigger is as in the last passed drill
    SchemaUnchanged {
        /// The schema; every schema that is not the engine's own when left out
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<String>,
        /// Drills that ended before this time are not compared with: the changes since then were meant
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// Whether users, roles, grants and extensions are as in the last passed drill
    GrantsUnchanged {
        /// As for `schema_unchanged`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// The indexes of a table or collection
    Indexes {
        /// Table, or collection as `database.collection` or `collection`
        table: String,
        /// Indexes that must be there and usable; those of the last passed drill when empty
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        /// As for `schema_unchanged`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// How many documents a collection has
    CollectionCount {
        /// Collection, as `database.collection` or `collection`
        collection: String,
        /// Smallest number of documents that is right
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<u64>,
        /// Largest number of documents that is right
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<u64>,
    },
    /// What only a damaged database has: indexes that are invalid, tables that a crash emptied, sequences behind their
    /// column. Asked in every drill; the policy names it only to say what is known and accepted.
    Damage {
        /// Objects that are left out, as the answer names them; `*` at the end stands for any rest, `*` alone for all
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<String>,
    },
    /// A query that answers one row with one column
    Sql {
        /// The query; it runs in a read-only, time-limited session
        query: String,
        /// What it must answer
        expect: serde_json::Value,
    },
}

impl Check {
    /// Every kind, as the policy writes it
    pub const KINDS: [&'static str; 12] = [
        "row_count",
        "freshness",
        "tables",
        "orphans",
        "foreign_keys",
        "unchanged",
        "schema_unchanged",
        "grants_unchanged",
        "indexes",
        "collection_count",
        "damage",
        "sql",
    ];

    /// The policy's word for this kind
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RowCount { .. } => "row_count",
            Self::Freshness { .. } => "freshness",
            Self::Tables { .. } => "tables",
            Self::Orphans { .. } => "orphans",
            Self::ForeignKeys { .. } => "foreign_keys",
            Self::Unchanged { .. } => "unchanged",
            Self::SchemaUnchanged { .. } => "schema_unchanged",
            Self::GrantsUnchanged { .. } => "grants_unchanged",
            Self::Indexes { .. } => "indexes",
            Self::CollectionCount { .. } => "collection_count",
            Self::Damage { .. } => "damage",
            Self::Sql { .. } => "sql",
        }
    }

    /// The question in words: `rows in public.users`
    pub fn asked(&self) -> String {
        match self {
            Self::RowCount { table, .. } => format!("rows in {table}"),
            Self::Freshness { table, column, .. } => format!("newest {column} in {table}"),
            Self::Tables { schema: Some(schema), .. } => format!("tables in schema {schema}"),
            Self::Tables { schema: None, .. } => "tables in the database".to_owned(),
            Self::Orphans { child, parent } => format!("{child} without {parent}"),
            Self::ForeignKeys { schema } => format!("foreign keys of schema {schema}"),
            Self::Unchanged { table, .. } => format!("rows in {table} against the last passed drill"),
            Self::SchemaUnchanged { schema: Some(schema), .. } => {
                format!("schema {schema} against the last passed drill")
            }
            Self::SchemaUnchanged { schema: None, .. } => "schemas against the last passed drill".to_owned(),
            Self::GrantsUnchanged { .. } => "users and grants against the last passed drill".to_owned(),
            Self::Indexes { table, .. } => format!("indexes of {table}"),
            Self::CollectionCount { collection, .. } => format!("documents in {collection}"),
            Self::Damage { .. } => "signs of damage".to_owned(),
            Self::Sql { query, .. } => one_line(query),
        }
    }

    /// Whether the answer is compared with that of the last passed drill
    pub fn compares(&self) -> bool {
        match self {
            Self::Unchanged { .. }
            | Self::SchemaUnchanged { .. }
            | Self::GrantsUnchanged { .. }
            | Self::Damage { .. } => true,
            Self::Indexes { names, .. } => names.is_empty(),
            _ => false,
        }
    }

    /// From when on an earlier answer is compared with
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Unchanged { since, .. }
            | Self::SchemaUnchanged { since, .. }
            | Self::GrantsUnchanged { since }
            | Self::Indexes { since, .. } => *since,
            _ => None,
        }
    }
}

/// A query on one line, cut to 60 characters
fn one_line(query: &str) -> String {
    let words: Vec<&str> = query.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= 60 { line } else { format!("{}…", line.chars().take(59).collect::<String>()) }
}

/// What is asked when the policy names no checks: a connection and a count of tables prove a little, and the mail says so.
pub fn implicit_checks() -> Vec<Check> {
    vec![Check::Tables { schema: None, at_least: 1 }]
}

/// The questions of a run: the policy's, or the implicit ones, and last of all `damage` where the policy does not name it.
/// A policy that only says what damage it accepts asks nothing of the data, and gets the implicit ones too.
pub fn with_defaults(named: &[Check]) -> Vec<Check> {
    let is_damage = |check: &Check| matches!(check, Check::Damage { .. });
    let mut checks = if named.iter().all(is_damage) { implicit_checks() } else { Vec::new() };
    checks.extend_from_slice(named);
    if !checks.iter().any(is_damage) {
        checks.push(Check::Damage { except: Vec::new() });
    }
    checks
}

/// Whether these questions prove a connection, tables and no signs of damage, and know no more of the data
pub fn knows_no_more(checks: &[Check]) -> bool {
    checks.iter().all(|check| matches!(check, Check::Damage { .. } | Check::Tables { schema: None, at_least: ..=1 }))
}
