//! The inventory of a database: its schemas and tables as the engine's catalogue and statistics tell of them.
//!
//! | file | what belongs there |
//! |---|---|
//! | `age` | how old a backup table is, by its name |
//! | `duplicates` | schemas that hold the same tables |
//! | `marks` | what is worth a look: empty, oddly named, old, unwritten, doubled |
//! | `told` | the inventory as a person reads it |
//!
//! A mark is a reason to look, never one to delete: statistics are estimates.

mod age;
mod duplicates;
mod marks;
#[cfg(test)]
mod tests;
mod told;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Login;
use crate::database::Engine;

pub use marks::{Mark, Marked, Written, marks, written};
pub use told::{SchemaLine, lines, told};

/// What `data-check` is asked for an inventory. The answer comes at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryRequest {
    /// Name of the inventory: it is kept in `inventory/<name>.json`, and the next of this name is compared with it
    pub inventory: String,
    /// Engine
    pub engine: Engine,
    /// Host of an endpoint
    pub endpoint: String,
    /// Its port
    pub port: u16,
    /// Database to connect to
    pub database: String,
    /// How to get in
    pub login: Login,
    /// Zone in which dates in names are read
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Seconds that the catalogue may be read for
    #[serde(default = "default_seconds")]
    pub seconds: u32,
    /// Which tables are backups, and how old they may be
    #[serde(default)]
    pub backup_tables: BackupTables,
}

fn default_seconds() -> u32 {
    120
}

/// Which tables are backups that somebody made by hand, and how old they may be
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupTables {
    /// Patterns of table names; `*` stands for any text, letter case does not count
    pub patterns: Vec<String>,
    /// Days after which one is too old
    pub max_age_days: u32,
}

impl Default for BackupTables {
    fn default() -> Self {
        let patterns = ["*_backup", "*_backup_*", "*_bak", "*_bak_*"].map(str::to_owned).to_vec();
        Self { patterns, max_age_days: 30 }
    }
}

/// One inventory, as it is kept
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// Version of this document, 1
    pub version: u32,
    /// Endpoint that was asked, `host:port`
    pub endpoint: String,
    /// Database that was asked
    pub database: String,
    /// When
    pub taken_at: Timestamp,
    /// What there was
    pub schemas: Vec<SchemaFacts>,
}

impl Inventory {
    /// Whether the counters of both are those of one server
    pub fn is_of_the_same_place_as(&self, other: &Self) -> bool {
        self.version == other.version && self.endpoint == other.endpoint && self.database == other.database
    }
}

/// One schema (PostgreSQL), database (MySQL) or database (DocumentDB)
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchemaFacts {
    /// Name
    pub name: String,
    /// Its tables or collections, by name
    pub tables: Vec<TableFacts>,
}

/// One table or collection
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableFacts {
    /// Name
    pub name: String,
    /// Rows, as the engine's statistics estimate them; absent where it has none
    pub rows: Option<u64>,
    /// Bytes with indexes, where the engine knows
    pub bytes: Option<u64>,
    /// When it was changed last, where the engine knows
    pub last_change: Option<Timestamp>,
    /// How many rows were written since the engine began to count, where it counts
    pub writes: Option<u64>,
}
