//! The statements of one check: each has what is left of the check's time, and what the server sends is counted.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnection, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row as _};
use tokio::time::Instant;

use super::query;
use crate::sql::{AskError, trouble};

/// A statement with its arguments
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// One check being asked, inside its transaction.
pub(super) struct Asking<'a> {
    connection: &'a mut PgConnection,
    within: Duration,
    deadline: Instant,
    rows: u64,
}

impl<'a> Asking<'a> {
    /// Begins: all statements together run no longer than `within`
    pub(super) fn new(connection: &'a mut PgConnection, within: Duration) -> Self {
        Self { connection, within, deadline: Instant::now() + within, rows: 0 }
    }

    /// How many rows the server has sent
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// What is left of the time; an error where nothing is
    fn left(&self) -> Result<Duration, AskError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(AskError::TimeUp(self.within)) } else { Ok(left) }
    }

    /// Gives the next statement the time that is left
    async fn limit(&mut self) -> Result<(), AskError> {
        let left = self.left()?;
        self.say(query::time_limit(left)).await
    }

    async fn say(&mut self, statements: String) -> Result<(), AskError> {
        let said = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *self.connection).await;
        said.map(drop).map_err(|error| self.sort(&error))
    }

    fn sort(&self, error: &sqlx::Error) -> AskError {
        trouble::of_query(error, self.within)
    }

    fn counted(&mut self, rows: &[PgRow]) {
        self.rows = self.rows.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }

    /// All rows of a statement that itself says how many there may be
    pub(super) async fn all(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, AskError> {
        self.limit().await?;
        let rows = statement.persistent(false).fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| self.sort(&error))?;
        self.counted(&rows);
        Ok(rows)
    }

    /// The first row of a statement that always has one
    pub(super) async fn first(&mut self, statement: Statement<'_>) -> Result<PgRow, AskError> {
        self.all(statement).await?.into_iter().next().ok_or_else(unreadable)
    }

    /// The one row of a query whose names are quoted
    pub(super) async fn one_row(&mut self, text: String) -> Result<PgRow, AskError> {
        self.first(sqlx::query(AssertSqlSafe(text))).await
    }

    /// Declares a cursor in one prepared statement, and fetches from it as text
    pub(super) async fn fetched(&mut self, text: &str) -> Result<Vec<PgRow>, AskError> {
        self.limit().await?;
        let declared =
            sqlx::query(AssertSqlSafe(query::cursor(text))).persistent(false).execute(&mut *self.connection).await;
        declared.map_err(|error| self.sort(&error))?;
        self.limit().await?;
        let rows = sqlx::raw_sql(query::FETCH).fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| self.sort(&error))?;
        self.counted(&rows);
        Ok(rows)
    }

    /// Asks the catalogue, with nothing else in the search path: nothing that a restored database brings along can answer
    /// in its place, and definitions come with every schema named, whatever the login's own path is.
    pub(super) async fn catalogue(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, AskError> {
        self.aside(query::ONLY_CATALOGUE, None, statement).await
    }

    /// Asks with settings of its own and, where one is given, a time limit of its own. An error spoils no other statement.
    pub(super) async fn aside(
        &mut self,
        settings: &'static str,
        longest: Option<Duration>,
        statement: Statement<'_>,
    ) -> Result<Vec<PgRow>, AskError> {
        let left = self.left()?;
        let limit = longest.map_or(left, |longest| longest.min(left));
        self.say(format!("SAVEPOINT lifeboat; {settings}{}", query::time_limit(limit))).await?;
        let asked = statement.persistent(false).fetch_all(&mut *self.connection).await;
        let rows = asked.map_err(|error| trouble::of_query(&error, limit));
        if let Err(AskError::Lost(why)) = rows {
            return Err(AskError::Lost(why));
        }
        // Back, well or not: that also takes the settings and the time limit back.
        self.say("ROLLBACK TO SAVEPOINT lifeboat; RELEASE SAVEPOINT lifeboat".to_owned()).await?;
        let rows = rows?;
        self.counted(&rows);
        Ok(rows)
    }
}

/// The number in the first column
pub(super) fn number(row: &PgRow) -> Result<u64, AskError> {
    row.try_get::<i64, _>(0).ok().and_then(|rows| u64::try_from(rows).ok()).ok_or_else(unreadable)
}

pub(super) fn unreadable() -> AskError {
    AskError::Unfit("the server's answer could not be read".to_owned())
}
