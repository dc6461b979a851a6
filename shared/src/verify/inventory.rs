//! The inventory of a database: its schemas and tables as the engine's catalogue and statistics tell of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
