//! What the bucket is told of a backup, for whoever cannot ask the database.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Entry, TableName};

/// One backup: `tables/<database>/<id>.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The backup's id
    pub id: String,
    /// The database's name in the policy
    pub database: String,
    /// Its tables
    pub tables: Vec<DocumentTable>,
    /// The job run it was made for
    pub job_run: Option<String>,
    /// Why it was made
    pub reason: Option<String>,
    /// When it was begun
    pub at: Timestamp,
    /// What copies do not carry, each with its table; a restore puts it right as far as it can be
    pub carried_not: Vec<String>,
}

/// One table of a backup
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentTable {
    /// `schema.table`
    pub name: TableName,
    /// Rows
    pub rows: u64,
    /// Sum over the rows' hashes
    pub checksum: String,
    /// The copy
    pub backup_table: TableName,
}

/// Where the document of a backup lies
pub fn document_key(database: &str, backup: &str) -> String {
    format!("tables/{database}/{backup}.json")
}

impl Document {
    /// What the registry's lines of one backup say of copies that are there; none where there is none
    pub fn of(database: &str, backup: &str, entries: &[Entry]) -> Option<Self> {
        let lines: Vec<&Entry> =
            entries.iter().filter(|entry| entry.backup == backup && entry.state != super::State::Dropped).collect();
        let first = lines.first()?;
        Some(Self {
            id: backup.to_owned(),
            database: database.to_owned(),
            job_run: first.details.job_run.clone(),
            reason: first.details.reason.clone(),
            at: first.at,
            carried_not: lines
                .iter()
                .flat_map(|entry| entry.details.carried_not.iter().map(|what| format!("{}: {what}", entry.source)))
                .collect(),
            tables: lines
                .iter()
                .map(|entry| DocumentTable {
                    name: entry.source.clone(),
                    rows: entry.details.rows,
                    checksum: entry.details.checksum.clone(),
                    backup_table: TableName::new(super::HOME, &entry.copy),
                })
                .collect(),
        })
    }
}
