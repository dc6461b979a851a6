//! One check, asked inside its transaction.
//!
//! Our own queries go as prepared statements: besides the quoting, the server refuses a second statement in one.

use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Row as _, ValueRef as _};

use super::asking::{Asking, number, unreadable};
use super::keys::{self, KeyColumn, Pair, Probe, Side};
use super::{damage, objects, query, time};
use crate::sql::{AskError, Name};
use crate::verify::{Check, Found, Reply};

/// Longest value that is taken as the answer of a policy's own query, in bytes
const LONGEST_VALUE: usize = 65_536;

/// What a check finds. Its statements together run no longer than `within`.
pub(super) async fn find(
    connection: &mut PgConnection,
    check: &Check,
    zone: &TimeZone,
    within: Duration,
) -> Result<Reply, AskError> {
    let mut asking = Asking::new(connection, within);
    let found = match one(&mut asking, check, zone).await {
        // A table that the policy asks about and that is not there is no failure to ask: it is what was found.
        Err(AskError::Refused { code, said })
            if NOT_THERE.contains(&code.as_str()) && !matches!(check, Check::Sql { .. }) =>
        {
            Found::Missing(said)
        }
        found => found?,
    };
    Ok(Reply { found, rows: asking.rows() })
}

/// SQLSTATE of an undefined table, and of an undefined schema
const NOT_THERE: [&str; 2] = ["42P01", "3F000"];

async fn one(asking: &mut Asking<'_>, check: &Check, zone: &TimeZone) -> Result<Found, AskError> {
    match check {
        Check::RowCount { table, .. } | Check::Unchanged { table, .. } => {
            count(asking, query::count(&Name::parse(table)?)).await
        }
        Check::Freshness { table, column, .. } => {
            let column = Name::of_parts([Name::parse(column)?.single()?]);
            newest(asking, query::newest(&Name::parse(table)?, &column), zone).await
        }
        Check::Tables { schema: None, .. } => count(asking, query::TABLES.to_owned()).await,
        Check::Tables { schema: Some(schema), .. } => {
            let schema = Name::parse(schema)?.single()?;
            let row = asking.first(sqlx::query(query::TABLES_OF_SCHEMA).bind(schema)).await?;
            number(&row).map(Found::Count)
        }
        Check::Orphans { child, parent } => {
            let child = Name::parse(child)?.table_and_column()?;
            let parent = Name::parse(parent)?.table_and_column()?;
            count(asking, query::orphans(&child, &parent)).await
        }
        Check::ForeignKeys { schema } => foreign_keys(asking, &Name::parse(schema)?.single()?).await,
        Check::SchemaUnchanged { schema, .. } => {
            let schema = schema.as_deref().map(|schema| Name::parse(schema)?.single()).transpose()?;
            objects::of_schema(asking, schema.as_deref()).await
        }
        Check::GrantsUnchanged { .. } => objects::grants(asking).await,
        Check::Indexes { table, .. } => objects::indexes(asking, &Name::parse(table)?).await,
        Check::Damage { except } => damage::find(asking, except).await,
        Check::Sql { query, .. } => value(asking, query).await,
        Check::CollectionCount { .. } => {
            Err(AskError::Unfit("PostgreSQL has tables and no collections; ask row_count".to_owned()))
        }
    }
}

async fn count(asking: &mut Asking<'_>, text: String) -> Result<Found, AskError> {
    let row = asking.one_row(text).await?;
    number(&row).map(Found::Count)
}

async fn newest(asking: &mut Asking<'_>, text: String, zone: &TimeZone) -> Result<Found, AskError> {
    let row = asking.one_row(text).await?;
    let (newest, kind) = (row.try_get::<Option<String>, _>(0), row.try_get::<String, _>(1));
    let (Ok(newest), Ok(kind)) = (newest, kind) else { return Err(unreadable()) };
    let Some(newest) = newest else { return Ok(Found::Newest(None)) };
    time::instant(&newest, &kind, zone).map(|at| Found::Newest(Some(at)))
}

/// Probes key after key. A broken one is told even when not all could be probed: wrong data outweighs everything.
async fn foreign_keys(asking: &mut Asking<'_>, schema: &str) -> Result<Found, AskError> {
    let there = asking.first(sqlx::query(query::SCHEMA).bind(schema.to_owned())).await?;
    if number(&there)? == 0 {
        return Ok(Found::Missing(format!("there is no schema {schema:?}")));
    }
    let mut listed = probes(asking, schema).await?;
    let too_many = listed.len() > keys::MOST_KEYS;
    listed.truncate(keys::MOST_KEYS);
    let (mut probed, mut sampled, mut broken, mut stopped) = (0, 0, Vec::new(), None);
    for Probe { label, query, of_sample } in listed {
        match asking.one_row(query).await.and_then(|row| number(&row)) {
            Ok(rows) => {
                probed += 1;
                sampled += u64::from(of_sample);
                if rows > 0 {
                    broken.push((label, rows));
                }
            }
            Err(error) => {
                stopped = Some(error);
                break;
            }
        }
    }
    let most = keys::MOST_KEYS;
    let limit = too_many.then(|| AskError::Unfit(format!("schema {schema:?} has more than {most} foreign keys")));
    match stopped.or(limit) {
        Some(error) if broken.is_empty() => Err(error),
        _ => Ok(Found::Keys { probed, broken, sampled }),
    }
}

async fn probes(asking: &mut Asking<'_>, schema: &str) -> Result<Vec<Probe>, AskError> {
    let most = i64::try_from(keys::MOST_KEYS).unwrap_or(i64::MAX).saturating_add(1);
    let rows = asking.catalogue(sqlx::query(keys::CATALOGUE).bind(schema.to_owned()).bind(most)).await?;
    let columns: Result<Vec<KeyColumn>, sqlx::Error> = rows.iter().map(key_column).collect();
    keys::probes(&columns.map_err(|_| unreadable())?)
}

/// A policy's own query: declared as a cursor in one prepared statement, fetched as text
async fn value(asking: &mut Asking<'_>, text: &str) -> Result<Found, AskError> {
    if text.contains('\0') {
        // It would end the query early and let the rest be read as something else.
        return Err(AskError::Unfit("the query has a NUL character".to_owned()));
    }
    let rows = asking.fetched(text).await?;
    one_value(&rows).map(Found::Value)
}

/// The one value of the one row, as the server writes it
fn one_value(rows: &[PgRow]) -> Result<Option<String>, AskError> {
    let [row] = rows else {
        let many = if rows.is_empty() { "no row" } else { "more than one row" };
        return Err(AskError::Unfit(format!("the query answered {many}; one row with one column is needed")));
    };
    if row.len() != 1 {
        let columns = row.len();
        return Err(AskError::Unfit(format!(
            "the query answered {columns} columns; one row with one column is needed"
        )));
    }
    let value = row.try_get_raw(0).map_err(|_| unreadable())?;
    if value.is_null() {
        return Ok(None);
    }
    match value.as_str() {
        Ok(text) if text.len() <= LONGEST_VALUE => Ok(Some(text.to_owned())),
        Ok(_) => Err(AskError::Unfit(format!("the query answered a value of more than {LONGEST_VALUE} bytes"))),
        Err(_) => Err(unreadable()),
    }
}

/// One row of [`keys::CATALOGUE`]
fn key_column(row: &PgRow) -> Result<KeyColumn, sqlx::Error> {
    let text = |index: usize| row.try_get::<String, _>(index);
    let side = |schema: usize| -> Result<Side, sqlx::Error> {
        let table = Name::of_parts([text(schema)?, text(schema + 1)?]);
        Ok(Side { table, partitioned: row.try_get(schema + 2)? })
    };
    let rows: f64 = row.try_get(15)?;
    let collation: (Option<String>, Option<String>) = (row.try_get(13)?, row.try_get(14)?);
    Ok(KeyColumn {
        oid: text(0)?,
        constraint: text(1)?,
        full: row.try_get(2)?,
        rows,
        child: side(3)?,
        parent: side(6)?,
        pair: Pair {
            child: Name::of_parts([text(9)?]),
            parent: Name::of_parts([text(10)?]),
            operator: (Name::of_parts([text(11)?]), text(12)?),
            collation: collation.0.zip(collation.1).map(|(schema, name)| Name::of_parts([schema, name])),
        },
    })
}
