//! One check, asked inside its transaction.
//!
//! Our own queries go as prepared statements: besides the quoting, the server refuses a second statement in one.

use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _};
use tokio::time::Instant;

use super::query::{self, Flavour};
use super::{catalogue, time, trouble};
use crate::sql::{AskError, Name};
use crate::verify::{Check, Found, Reply};

/// Longest value that is taken as the answer of a policy's own query, in bytes
const LONGEST_VALUE: usize = 65_536;

/// Rows of a catalogue as text
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// The questions of one check, in the time that there is.
pub(super) struct Asking<'a> {
    connection: &'a mut MySqlConnection,
    pub(super) flavour: Flavour,
    within: Duration,
    deadline: Instant,
    rows: u64,
}

impl<'a> Asking<'a> {
    /// Statements together run no longer than `within`
    pub(super) fn new(connection: &'a mut MySqlConnection, flavour: Flavour, within: Duration) -> Self {
        Self { connection, flavour, within, deadline: Instant::now() + within, rows: 0 }
    }

    /// What a check finds
    pub(super) async fn find(&mut self, check: &Check, zone: &TimeZone) -> Result<Reply, AskError> {
        let found = match self.one(check, zone).await {
            // A table that the policy asks about and that is not there is no failure to ask: it is what was found.
            Err(error) if trouble::is_missing(&error) && !matches!(check, Check::Sql { .. }) => match error {
                AskError::Refused { said, .. } => Found::Missing(said),
                other => return Err(other),
            },
            found => found?,
        };
        Ok(Reply { found, rows: self.rows })
    }

    async fn one(&mut self, check: &Check, zone: &TimeZone) -> Result<Found, AskError> {
        match check {
            Check::RowCount { table, .. } | Check::Unchanged { table, .. } => {
                self.number(query::count(&Name::parse_mysql(table)?)).await.map(Found::Count)
            }
            Check::Freshness { table, column, .. } => {
                let column = Name::of_parts([Name::parse_mysql(column)?.single()?]);
                self.newest(query::newest(&Name::parse_mysql(table)?, &column), zone).await
            }
            Check::Tables { schema, at_least } => {
                let schema = single(schema.as_deref())?;
                let tables = self.number(query::tables(schema.as_deref())).await?;
                // Tables that the login may not see are not counted, and are not gone.
                if tables < *at_least && !self.sees(schema.as_deref()).await? {
                    return Err(AskError::Unfit(catalogue::blind(schema.as_deref())));
                }
                Ok(Found::Count(tables))
            }
            Check::Orphans { child, parent } => {
                let child = Name::parse_mysql(child)?.table_and_column()?;
                let parent = Name::parse_mysql(parent)?.table_and_column()?;
                self.number(query::orphans(&child, &parent)).await.map(Found::Count)
            }
            Check::ForeignKeys { schema } => self.keys(&Name::parse_mysql(schema)?.single()?).await,
            Check::SchemaUnchanged { schema, .. } => self.schema(single(schema.as_deref())?.as_deref()).await,
            Check::GrantsUnchanged { .. } => self.grants().await,
            Check::Indexes { table, names, .. } => self.indexes(&Name::parse_mysql(table)?, names).await,
            Check::Damage { .. } => self.damage().await,
            Check::Sql { query, .. } => self.value(query).await,
            Check::CollectionCount { .. } => {
                Err(AskError::Unfit("MySQL has tables and no collections; ask row_count".to_owned()))
            }
        }
    }

    /// Gives the next statement the time that is left
    async fn limit(&mut self) -> Result<(), AskError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(AskError::TimeUp(self.within));
        }
        self.say(self.flavour.time_limit(left)).await
    }

    async fn say(&mut self, text: String) -> Result<(), AskError> {
        let said = sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *self.connection).await;
        said.map(drop).map_err(|error| trouble::of_query(&error, self.within))
    }

    async fn fetch(&mut self, text: String) -> Result<Vec<MySqlRow>, AskError> {
        self.limit().await?;
        let rows = sqlx::query(AssertSqlSafe(text)).persistent(false).fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| trouble::of_query(&error, self.within))?;
        self.rows = self.rows.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        Ok(rows)
    }

    /// The rows of a query whose columns are all text
    pub(super) async fn texts(&mut self, text: String) -> Result<Rows, AskError> {
        let rows = self.fetch(text).await?;
        let fields = |row: &MySqlRow| (0..row.len()).map(|index| field(row, index)).collect::<Result<Vec<_>, _>>();
        rows.iter().map(fields).collect()
    }

    /// The one number that a query answers
    pub(super) async fn number(&mut self, text: String) -> Result<u64, AskError> {
        let rows = self.fetch(text).await?;
        let number = rows.first().map(|row| field(row, 0)).transpose()?.flatten();
        number.and_then(|number| number.parse().ok()).ok_or_else(unreadable)
    }

    async fn newest(&mut self, text: String, zone: &TimeZone) -> Result<Found, AskError> {
        let rows = self.fetch(text).await?;
        let row = rows.first().ok_or_else(unreadable)?;
        let kind = row.try_column(1).map_err(|_| unreadable())?.type_info().name();
        // Where there is no row there is a type all the same: a column of numbers is no column of times.
        let at = field(row, 0)?;
        time::instant(at.as_deref().unwrap_or("0000-00-00"), kind, zone).map(Found::Newest)
    }

    /// A policy's own query, in a statement that the server prepares from a variable and answers in text
    async fn value(&mut self, text: &str) -> Result<Found, AskError> {
        if text.contains('\0') {
            return Err(AskError::Unfit("the query has a NUL character".to_owned()));
        }
        let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';');
        self.prepare(query::gate(text)).await?;
        self.prepare(query::derived(text)).await?;
        self.limit().await?;
        let rows = sqlx::raw_sql("EXECUTE lifeboat").fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| trouble::of_query(&error, self.within))?;
        if Instant::now() >= self.deadline {
            // MySQL ends a `SLEEP` that its time limit cuts with an answer, and that answer is none.
            return Err(AskError::TimeUp(self.within));
        }
        self.rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        one_value(&rows).map(Found::Value)
    }

    async fn prepare(&mut self, text: String) -> Result<(), AskError> {
        let set = sqlx::query("SET @lifeboat = ?").bind(text).persistent(false).execute(&mut *self.connection).await;
        set.map_err(|error| trouble::of_query(&error, self.within))?;
        self.say("PREPARE lifeboat FROM @lifeboat".to_owned()).await
    }
}

/// The one part of a schema's name
fn single(schema: Option<&str>) -> Result<Option<String>, AskError> {
    Ok(schema.map(|schema| Name::parse_mysql(schema)?.single()).transpose()?)
}

pub(super) fn unreadable() -> AskError {
    AskError::Unfit("the server's answer could not be read".to_owned())
}

/// A field as text, whatever type the server gives its catalogue's texts
fn field(row: &MySqlRow, index: usize) -> Result<Option<String>, AskError> {
    row.try_get_unchecked::<Option<String>, _>(index).map_err(|_| unreadable())
}

/// The one value of the one row, as the server writes it
fn one_value(rows: &[MySqlRow]) -> Result<Option<String>, AskError> {
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
    let value = if row.try_column(0).is_ok_and(|column| column.type_info().name() == "BIT") {
        bits(row)?
    } else {
        field(row, 0)?
    };
    match value {
        Some(text) if text.len() > LONGEST_VALUE => {
            Err(AskError::Unfit(format!("the query answered a value of more than {LONGEST_VALUE} bytes")))
        }
        value => Ok(value),
    }
}

/// A `BIT` comes as its bytes; `BIT(1)` is what many schemas have for true and false
fn bits(row: &MySqlRow) -> Result<Option<String>, AskError> {
    let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(0).map_err(|_| unreadable())?;
    Ok(bytes.map(|bytes| bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)).to_string()))
}
