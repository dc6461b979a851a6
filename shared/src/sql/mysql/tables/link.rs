//! The connection.

use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::super::query::{self, Flavour};
use super::super::trouble;
use crate::sql::tables::{Link, Rows};
use crate::sql::{AskError, Door};
use crate::verify::{Trouble, TroubleKind};

/// How long connecting may take; an Aurora Serverless instance that paused needs half of it
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// How long a goodbye may take
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// - `NO_AUTO_VALUE_ON_ZERO`: a zero in a numbered column is copied as a zero. `ALLOW_INVALID_DATES`, and no `NO_ZERO_DATE`:
///   what is in a table goes into its copy. Strict all the same: what would be changed on the way is an error.
/// - One time zone, without hours that come twice.
/// - `READ COMMITTED`: copying locks no row of its source.
const SETTINGS: &str = "\
SET NAMES utf8mb4; \
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
time_zone = '+00:00', sql_select_limit = 18446744073709551615, sql_big_selects = 1, sql_auto_is_null = 0, \
group_concat_max_len = 1048576, lock_wait_timeout = 5, innodb_lock_wait_timeout = 5, autocommit = 1, \
foreign_key_checks = 1, unique_checks = 1; \
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// A connection of MySQL or MariaDB that may write
pub struct MysqlLink {
    connection: MySqlConnection,
    within: Duration,
    deadline: Instant,
}

impl MysqlLink {
    /// Connects with TLS, the certificate and its name verified. Everything that is asked takes no longer than `within`.
    pub async fn open(door: &Door, ca_bundle: &[u8], within: Duration) -> Result<Self, Trouble> {
        let options = MySqlConnectOptions::new()
            .host(&door.host)
            .port(door.port)
            .username(&door.user)
            .password(door.password.reveal())
            .ssl_mode(MySqlSslMode::VerifyIdentity)
            .ssl_ca_from_pem(ca_bundle.to_vec())
            .enable_cleartext_plugin(true)
            .charset("utf8mb4")
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .statement_cache_capacity(0)
            .disable_statement_logging();
        let connection = match timeout(CONNECT_WITHIN, Box::pin(options.connect())).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(trouble::of_connecting(&error)),
            Err(_) => return Err(crate::sql::trouble::no_answer(CONNECT_WITHIN)),
        };
        let mut link = Self { connection, within, deadline: Instant::now() + within };
        link.prepare(within).await.map_err(|error| Trouble { kind: TroubleKind::Other, message: error.to_string() })?;
        Ok(link)
    }

    async fn prepare(&mut self, within: Duration) -> Result<(), AskError> {
        self.run(SETTINGS).await?;
        let version = self.rows(query::VERSION).await?.into_iter().flatten().flatten().next().unwrap_or_default();
        let flavour = Flavour::of_version(&version);
        self.run(&flavour.time_limit(within)).await?;
        match flavour {
            Flavour::Mariadb => self.run("SET SESSION check_constraint_checks = 0").await.map(drop),
            Flavour::Mysql(8..) => self.run("SET SESSION information_schema_stats_expiry = 0").await.map(drop),
            Flavour::Mysql(_) => Ok(()),
        }
    }

    /// Says goodbye
    pub async fn close(self) {
        let _ = timeout(CLOSE_WITHIN, self.connection.close()).await;
    }
}

fn fields(row: &MySqlRow) -> Result<Vec<Option<String>>, AskError> {
    let unreadable = |_| AskError::Unfit("the server's answer could not be read".to_owned());
    (0..row.len()).map(|index| row.try_get_unchecked::<Option<String>, _>(index).map_err(unreadable)).collect()
}

impl Link for MysqlLink {
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
