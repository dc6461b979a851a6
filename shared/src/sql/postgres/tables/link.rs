//! The connection.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tokio::time::{Instant, timeout, timeout_at};

use crate::sql::tables::{Link, Rows};
use crate::sql::{AskError, Door, trouble};
use crate::verify::Trouble;

/// How long connecting may take; an Aurora Serverless instance that paused needs half of it
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// How long a goodbye may take
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// - Only the catalogue is in the search path: definitions come with every name's schema.
/// - With `row_security` off, a policy that would hide rows is an error instead of a smaller copy.
/// - What a value looks like as text must not depend on the role's own settings: sums are made of it.
const SETTINGS: &str = "\
SET search_path = pg_catalog, pg_temp; SET row_security = off; SET client_min_messages = error; \
SET DateStyle = ISO; SET IntervalStyle = postgres; SET TimeZone = 'UTC'; SET extra_float_digits = 1; \
SET bytea_output = hex; SET standard_conforming_strings = on; SET default_tablespace = ''; SET lock_timeout = '5s'; \
SET default_transaction_read_only = off; SET idle_in_transaction_session_timeout = '5min'";

/// A connection of PostgreSQL that may write
pub struct PostgresLink {
    connection: PgConnection,
    within: Duration,
    deadline: Instant,
}

impl PostgresLink {
    /// Connects with TLS, the certificate and its name verified. Everything that is asked takes no longer than `within`.
    pub async fn open(door: &Door, ca_bundle: &[u8], within: Duration) -> Result<Self, Trouble> {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&door.host)
            .port(door.port)
            .username(&door.user)
            .password(door.password.reveal())
            .database(&door.database)
            .ssl_mode(PgSslMode::VerifyFull)
            .ssl_root_cert_from_pem(ca_bundle.to_vec())
            .application_name("lifeboat table-backup")
            .statement_cache_capacity(0)
            .disable_statement_logging();
        let connection = match timeout(CONNECT_WITHIN, Box::pin(options.connect())).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(trouble::of_connecting(&error)),
            Err(_) => return Err(trouble::no_answer(CONNECT_WITHIN)),
        };
        let mut link = Self { connection, within, deadline: Instant::now() + within };
        let millis = i32::try_from(within.as_millis()).unwrap_or(i32::MAX).max(1);
        let settings = format!("{SETTINGS}; SET statement_timeout = {millis}");
        match link.run(&settings).await {
            Ok(_) => Ok(link),
            Err(error) => Err(Trouble { kind: crate::verify::TroubleKind::Other, message: error.to_string() }),
        }
    }

    /// Says goodbye
    pub async fn close(self) {
        let _ = timeout(CLOSE_WITHIN, self.connection.close()).await;
    }
}

fn fields(row: &PgRow) -> Result<Vec<Option<String>>, AskError> {
    let unreadable = || AskError::Unfit("the server's answer could not be read".to_owned());
    let field = |index: usize| {
        let value = row.try_get_raw(index).map_err(|_| unreadable())?;
        if sqlx::ValueRef::is_null(&value) {
            return Ok(None);
        }
        value.as_str().map(|text| Some(text.to_owned())).map_err(|_| unreadable())
    };
    (0..row.len()).map(field).collect()
}

impl Link for PostgresLink {
    async fn rows(&mut self, sql: &str) -> Result<Rows, AskError> {
        let asked = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.connection);
        let answered = timeout_at(self.deadline, Box::pin(asked)).await.map_err(|_| AskError::TimeUp(self.within))?;
        answered.map_err(|error| trouble::of_query(&error, self.within))?.iter().map(fields).collect()
    }

    async fn run(&mut self, sql: &str) -> Result<u64, AskError> {
        let asked = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection);
        let answered = timeout_at(self.deadline, Box::pin(asked)).await.map_err(|_| AskError::TimeUp(self.within))?;
        answered.map(|done| done.rows_affected()).map_err(|error| trouble::of_query(&error, self.within))
    }
}
