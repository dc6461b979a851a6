//! The inventory: what the catalogue and the engine's statistics say of each table.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::ask::Asking;
use super::catalogue::text;
use super::query;
use crate::sql::AskError;
use crate::verify::{SchemaFacts, TableFacts};

impl Asking<'_> {
    /// Every schema that is not the engine's own, those without tables among them
    pub(super) async fn inventory(&mut self) -> Result<Vec<SchemaFacts>, AskError> {
        let rows = self
            .list(format!(
                "SELECT s.SCHEMA_NAME, t.TABLE_NAME, CAST(t.TABLE_ROWS AS CHAR), \
                 CAST(t.DATA_LENGTH + t.INDEX_LENGTH AS CHAR), CAST(t.UPDATE_TIME AS CHAR) \
                 FROM information_schema.SCHEMATA AS s LEFT JOIN information_schema.TABLES AS t \
                 ON t.TABLE_SCHEMA = s.SCHEMA_NAME AND CAST(t.TABLE_SCHEMA AS BINARY) = CAST(s.SCHEMA_NAME AS BINARY) \
                 AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') \
                 WHERE {} ORDER BY CAST(s.SCHEMA_NAME AS BINARY), CAST(t.TABLE_NAME AS BINARY)",
                query::of_schema("s.SCHEMA_NAME", None)
            ))
            .await?;
        let mut schemas: Vec<SchemaFacts> = Vec::new();
        for row in &rows {
            let schema = text(row, 0);
            if schemas.last().is_none_or(|last| last.name != schema) {
                schemas.push(SchemaFacts { name: schema.to_owned(), tables: Vec::new() });
            }
            let (Some(schema), false) = (schemas.last_mut(), text(row, 1).is_empty()) else { continue };
            // The session's zone is UTC.
            let changed = text(row, 4).parse::<DateTime>().and_then(|at| at.to_zoned(TimeZone::UTC));
            schema.tables.push(TableFacts {
                name: text(row, 1).to_owned(),
                rows: text(row, 2).parse().ok(),
                bytes: text(row, 3).parse().ok(),
                last_change: changed.ok().map(|at| at.timestamp()),
                // Counted since the server started, and a copy has just started.
                writes: None,
            });
        }
        Ok(schemas)
    }
}
