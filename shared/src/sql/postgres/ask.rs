//! One check, asked inside its transaction.
//!
//! Our own queries go as prepared statements: besides the quoting, the server refuses a second statement in one.

use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _, ValueRef as _};
use tokio::time::Instant;

use super::keys::{self, KeyColumn, Pair, Probe, Side};
use super::{query, time};
use crate::sql::{AskError, Name, trouble};
use crate::verify::{Check, Found};

/// Longest value that is taken as the answer of a policy's own query, in bytes
const LONGEST_VALUE: usize = 65_536;

/// What a check finds. Its statements together run no longer than `within`.
pub(super) async fn find(
    connection: &mut PgConnection,
    check: &Check,
    zone: &TimeZone,
    within: Duration,
) -> Result<Found, AskError> {
    let mut asking = Asking { connection, within, deadline: Instant::now() + within };
    let found = one(&mut asking, check, zone).await;
    match found {
        // A table that the policy asks about and that is not there is no failure to ask: it is what was found.
        Err(AskError::Refused { code, said })
            if NOT_THERE.contains(&code.as_str()) && !matches!(check, Check::Sql { .. }) =>
        {
            Ok(Found::Missing(said))
        }
        found => found,
    }
}

/// SQLSTATE of an undefined table, and of an undefined schema
const NOT_THERE: [&str; 2] = ["42P01", "3F000"];

async fn one(asking: &mut Asking<'_>, check: &Check, zone: &TimeZone) -> Result<Found, AskError> {
    match check {
        Check::RowCount { table, .. } | Check::Unchanged { table, .. } => {
            asking.count(query::count(&Name::parse(table)?)).await
        }
        Check::Freshness { table, column, .. } => {
            let column = Name::of_parts([Name::parse(column)?.single()?]);
            asking.newest(query::newest(&Name::parse(table)?, &column), zone).await
        }
        Check::Tables { schema: None, .. } => asking.count(query::TABLES.to_owned()).await,
        Check::Tables { schema: Some(schema), .. } => {
            let schema = Name::parse(schema)?.single()?;
            asking.count_of(query::TABLES_OF_SCHEMA, &schema).await.map(Found::Count)
        }
        Check::Orphans { child, parent } => {
            let child = Name::parse(child)?.table_and_column()?;
            let parent = Name::parse(parent)?.table_and_column()?;
            asking.count(query::orphans(&child, &parent)).await
        }
        Check::ForeignKeys { schema } => asking.keys(&Name::parse(schema)?.single()?).await,
        Check::Sql { query, .. } => asking.value(query).await,
        Check::CollectionCount { .. } => {
            Err(AskError::Unfit("PostgreSQL has tables and no collections; ask row_count".to_owned()))
        }
        Check::SchemaUnchanged { .. }
        | Check::GrantsUnchanged { .. }
        | Check::Indexes { .. }
        | Check::Damage { .. } => Err(AskError::Unfit("not asked yet".to_owned())),
    }
}

struct Asking<'a> {
    connection: &'a mut PgConnection,
    within: Duration,
    deadline: Instant,
}

impl Asking<'_> {
    /// Gives the next statement the time that is left
    async fn limit(&mut self) -> Result<(), AskError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(AskError::TimeUp(self.within));
        }
        let limit = sqlx::raw_sql(AssertSqlSafe(query::time_limit(left))).execute(&mut *self.connection).await;
        limit.map(drop).map_err(|error| self.sort(&error))
    }

    fn sort(&self, error: &sqlx::Error) -> AskError {
        trouble::of_query(error, self.within)
    }

    async fn one_row(&mut self, text: String) -> Result<PgRow, AskError> {
        self.limit().await?;
        let row = sqlx::query(AssertSqlSafe(text)).persistent(false).fetch_one(&mut *self.connection).await;
        row.map_err(|error| self.sort(&error))
    }

    async fn count(&mut self, text: String) -> Result<Found, AskError> {
        let row = self.one_row(text).await?;
        number(&row).map(Found::Count)
    }

    async fn count_of(&mut self, text: &'static str, schema: &str) -> Result<u64, AskError> {
        self.limit().await?;
        let row = sqlx::query(text).bind(schema).persistent(false).fetch_one(&mut *self.connection).await;
        number(&row.map_err(|error| self.sort(&error))?)
    }

    async fn newest(&mut self, text: String, zone: &TimeZone) -> Result<Found, AskError> {
        let row = self.one_row(text).await?;
        let (newest, kind) = (row.try_get::<Option<String>, _>(0), row.try_get::<String, _>(1));
        let (Ok(newest), Ok(kind)) = (newest, kind) else { return Err(unreadable()) };
        let Some(newest) = newest else { return Ok(Found::Newest(None)) };
        time::instant(&newest, &kind, zone).map(|at| Found::Newest(Some(at)))
    }

    /// Probes key after key. A broken one is told even when not all could be probed: wrong data outweighs everything.
    async fn keys(&mut self, schema: &str) -> Result<Found, AskError> {
        if self.count_of(keys::SCHEMA, schema).await? == 0 {
            return Ok(Found::Missing(format!("there is no schema {schema:?}")));
        }
        let mut listed = self.probes(schema).await?;
        let too_many = listed.len() > keys::MOST_KEYS;
        listed.truncate(keys::MOST_KEYS);
        let (mut whole, mut broken, mut stopped) = (0, Vec::new(), None);
        for Probe { label, query } in listed {
            match self.one_row(query).await.and_then(|row| number(&row)) {
                Ok(0) => whole += 1,
                Ok(rows) => broken.push((label, rows)),
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
            _ => {
                Ok(Found::Keys { probed: whole + u64::try_from(broken.len()).unwrap_or(u64::MAX), broken, sampled: 0 })
            }
        }
    }

    async fn probes(&mut self, schema: &str) -> Result<Vec<Probe>, AskError> {
        self.limit().await?;
        let most = i64::try_from(keys::MOST_KEYS).unwrap_or(i64::MAX).saturating_add(1);
        let listed = sqlx::query(keys::CATALOGUE).bind(schema).bind(most).persistent(false);
        let rows = listed.fetch_all(&mut *self.connection).await.map_err(|error| self.sort(&error))?;
        let columns: Result<Vec<KeyColumn>, sqlx::Error> = rows.iter().map(key_column).collect();
        keys::probes(&columns.map_err(|_| unreadable())?)
    }

    /// A policy's own query: declared as a cursor in one prepared statement, fetched as text
    async fn value(&mut self, text: &str) -> Result<Found, AskError> {
        if text.contains('\0') {
            // It would end the query early and let the rest be read as something else.
            return Err(AskError::Unfit("the query has a NUL character".to_owned()));
        }
        self.limit().await?;
        let declared =
            sqlx::query(AssertSqlSafe(query::cursor(text))).persistent(false).execute(&mut *self.connection).await;
        declared.map_err(|error| self.sort(&error))?;
        self.limit().await?;
        let rows =
            sqlx::raw_sql(query::FETCH).fetch_all(&mut *self.connection).await.map_err(|error| self.sort(&error))?;
        one_value(&rows).map(Found::Value)
    }
}

fn number(row: &PgRow) -> Result<u64, AskError> {
    row.try_get::<i64, _>(0).ok().and_then(|rows| u64::try_from(rows).ok()).ok_or_else(unreadable)
}

fn unreadable() -> AskError {
    AskError::Unfit("the server's answer could not be read".to_owned())
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
    let collation: (Option<String>, Option<String>) = (row.try_get(13)?, row.try_get(14)?);
    Ok(KeyColumn {
        oid: text(0)?,
        constraint: text(1)?,
        full: row.try_get(2)?,
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
