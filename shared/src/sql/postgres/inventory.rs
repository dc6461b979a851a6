//! The schemas and tables of a database, from its catalogue and statistics; no table is read.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::asking::{Asking, unreadable};
use crate::sql::AskError;
use crate::verify::{SchemaFacts, TableFacts};

/// Most schemas and tables that are listed
const MOST_TABLES: usize = 20_000;

/// Lists them
pub(super) async fn list(
    connection: &mut PgConnection,
    within: std::time::Duration,
) -> Result<Vec<SchemaFacts>, AskError> {
    let mut asking = Asking::new(connection, within);
    let most = i64::try_from(MOST_TABLES).unwrap_or(i64::MAX).saturating_add(1);
    let rows = asking.catalogue(sqlx::query(include_str!("inventory.sql")).bind(most)).await?;
    if rows.len() > MOST_TABLES {
        return Err(AskError::Unfit(format!("there are more than {MOST_TABLES} tables")));
    }
    let mut schemas: Vec<SchemaFacts> = Vec::new();
    for row in &rows {
        let (schema, table) = fact(row).map_err(|_| unreadable())?;
        match schemas.last_mut() {
            Some(last) if last.name == schema => last.tables.extend(table),
            _ => schemas.push(SchemaFacts { name: schema, tables: table.into_iter().collect() }),
        }
    }
    Ok(schemas)
}

fn fact(row: &PgRow) -> sqlx::Result<(String, Option<TableFacts>)> {
    let number = |place: usize| -> sqlx::Result<Option<u64>> {
        Ok(row.try_get::<Option<i64>, _>(place)?.and_then(|number| u64::try_from(number).ok()))
    };
    let name: Option<String> = row.try_get(1)?;
    let table = match name {
        None => None,
        Some(name) => {
            let (rows, bytes, writes) = (number(2)?, number(3)?, number(4)?);
            Some(TableFacts { name, rows, bytes, last_change: None, writes })
        }
    };
    Ok((row.try_get(0)?, table))
}
