//! A PostgreSQL session that can only read.
//!
//! Three locks, each enough on its own. The session is read-only by default; every check runs in a transaction that was
//! begun `READ ONLY` and always ends in `ROLLBACK`; and a policy's own query is only ever the body of a cursor, where the
//! grammar allows one `SELECT` and nothing that ends a transaction, writes or changes a setting. What a function called
//! by that `SELECT` does outside the database (`dblink`, `aws_lambda`) no transaction can hold back: such a function is
//! in the backup, and the login should not be allowed to call it.
//!
//! One transaction for each check, not savepoints in one for all: a check that fails spoils no other, settings it changed
//! are rolled back with it, and no snapshot of a recovery that people work on already is held for a quarter of an hour.

mod ask;
mod asking;
mod damage;
mod inventory;
mod keys;
mod objects;
mod query;
mod tables;
mod time;
mod written;

use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::time::timeout;

pub use self::tables::{PostgresLink, PostgresTables};
use super::{AskError, Door, Session, trouble};
use crate::verify::{Check, Reply, SchemaFacts, Trouble};

/// How long connecting may take; an Aurora Serverless instance that paused needs half of it
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// How much later than the server we stop waiting ourselves, should the server not keep its own time limit
const GRACE: Duration = Duration::from_secs(3);

/// How long a goodbye may take
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// One connection, and whether it still works.
pub struct PostgresSession {
    connection: PgConnection,
    version: String,
    lost: Option<String>,
}

impl PostgresSession {
    /// Connects with TLS, the certificate and its name verified, and asks for the server's version
    pub(super) async fn open(door: &Door, ca_bundle: &[u8]) -> Result<Self, Trouble> {
        // Everything that the environment (PGUSER, PGPASSWORD…) could set is set here.
        let options = PgConnectOptions::new_without_pgpass()
            .host(&door.host)
            .port(door.port)
            .username(&door.user)
            .password(door.password.reveal())
            .database(&door.database)
            .ssl_mode(PgSslMode::VerifyFull)
            .ssl_root_cert_from_pem(ca_bundle.to_vec())
            .application_name("lifeboat data-check")
            .statement_cache_capacity(0)
            // The driver would log a slow query with its text.
            .disable_statement_logging();
        match timeout(CONNECT_WITHIN, Box::pin(greet(&options))).await {
            Ok(Ok((connection, version))) => Ok(Self { connection, version, lost: None }),
            Ok(Err(error)) => Err(trouble::of_connecting(&error)),
            Err(_) => Err(trouble::no_answer(CONNECT_WITHIN)),
        }
    }

    /// Asks in a transaction of its own, which leaves nothing behind
    async fn in_transaction(&mut self, check: &Check, zone: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        self.say(query::BEGIN).await?;
        let found = ask::find(&mut self.connection, check, zone, within).await;
        self.end(found.is_ok()).await;
        found
    }

    /// Lists the tables, in a transaction like that of a check
    async fn listed(&mut self, within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        self.say(query::BEGIN).await?;
        let listed = inventory::list(&mut self.connection, within).await;
        self.end(listed.is_ok()).await;
        listed
    }

    async fn end(&mut self, answered: bool) {
        if let (true, Err(AskError::Lost(why))) = (answered, self.say(query::ROLLBACK).await) {
            // The answer is good; only the next check has no connection any more.
            self.lost = Some(why);
        }
    }

    /// The answer, and whether the connection still works after it; `None` is no answer in time
    fn remembered<T>(&mut self, answer: Option<Result<T, AskError>>, within: Duration) -> Result<T, AskError> {
        match answer {
            Some(Err(AskError::Lost(why))) => {
                self.lost = Some(why.clone());
                Err(AskError::Lost(why))
            }
            Some(answer) => answer,
            None => {
                // Left in the middle of an answer, the connection cannot be used again.
                self.lost = Some("the server did not keep a time limit".to_owned());
                Err(AskError::TimeUp(within))
            }
        }
    }

    async fn say(&mut self, statement: &'static str) -> Result<(), AskError> {
        let said = sqlx::raw_sql(statement).execute(&mut self.connection).await;
        said.map(drop).map_err(|error| match trouble::of_query(&error, Duration::ZERO) {
            AskError::Refused { said, .. } => AskError::Lost(said),
            other => other,
        })
    }
}

/// Boxed by its caller, like everything that awaits the driver: its futures nest deeper than the compiler follows.
async fn greet(options: &PgConnectOptions) -> sqlx::Result<(PgConnection, String)> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(query::SETTINGS).execute(&mut connection).await?;
    let version = sqlx::query(query::VERSION).persistent(false).fetch_one(&mut connection).await?.try_get(0)?;
    Ok((connection, version))
}

impl Session for PostgresSession {
    async fn ask(&mut self, check: &Check, zone: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        if let Some(why) = &self.lost {
            return Err(AskError::Lost(why.clone()));
        }
        let asked = Box::pin(self.in_transaction(check, zone, within));
        let answer = timeout(within.saturating_add(GRACE), asked).await;
        self.remembered(answer.ok(), within)
    }

    async fn inventory(&mut self, within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        if let Some(why) = &self.lost {
            return Err(AskError::Lost(why.clone()));
        }
        let listed = timeout(within.saturating_add(GRACE), Box::pin(self.listed(within))).await;
        self.remembered(listed.ok(), within)
    }

    fn server_version(&self) -> &str {
        &self.version
    }

    async fn close(self) {
        if self.lost.is_none() {
            // The server ends the session by itself where it does not hear this.
            let _ = timeout(CLOSE_WITHIN, self.connection.close()).await;
        }
    }
}
