//! A MySQL or MariaDB session that can only read.
//!
//! Two locks, each enough on its own. Every check runs in a transaction that was begun `READ ONLY` and always ends in
//! `ROLLBACK`; the server then refuses whatever writes, tables of engines without transactions, sequences and temporary
//! tables among it, also from within a stored function. And a policy's own query is only ever the body of a derived table
//! in one prepared statement, where the grammar has `SELECT` and nothing that commits by itself (every DDL does), writes a
//! file or changes a setting. What a function called by that `SELECT` does outside the database (Aurora's `lambda_sync`)
//! no transaction can hold back: the login should not be allowed to call it.
//!
//! `CHECK TABLE` is never said: it ends the transaction it stands in, and may mark what it finds.
//!
//! The tests run on MariaDB. Seen there only: `max_statement_time`, the catalogue's `IGNORED` indexes, roles in
//! `mysql.user`. Written from the manual and never run on MySQL 8: `max_execution_time`, `information_schema_stats_expiry`,
//! `IS_VISIBLE` and expressions of indexes, `account_locked`, the login with `caching_sha2_password`.

mod ask;
mod catalogue;
mod damage;
mod grants;
mod inventory;
mod keys;
mod query;
mod schema;
mod tables;
mod time;
mod trouble;

use std::time::Duration;

use jiff::tz::TimeZone;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::time::timeout;

use self::ask::Asking;
use self::query::Flavour;
pub use self::tables::{MysqlLink, MysqlTables};
use super::{AskError, Door, Session};
use crate::verify::{Check, Reply, SchemaFacts, Trouble};

/// How long connecting may take; an Aurora Serverless instance that paused needs half of it
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// How much later than the server we stop waiting ourselves, should the server not keep its own time limit
const GRACE: Duration = Duration::from_secs(3);

/// How long a goodbye may take
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// One connection, and whether it still works.
pub struct MysqlSession {
    connection: MySqlConnection,
    flavour: Flavour,
    version: String,
    lost: Option<String>,
}

/// What is asked in a transaction
enum Question<'a> {
    /// A check, with the zone of columns that have none
    Check(&'a Check, &'a TimeZone),
    /// The inventory
    Inventory,
}

enum Told {
    Reply(Reply),
    Inventory(Vec<SchemaFacts>),
}

impl MysqlSession {
    /// Connects with TLS, the certificate and its name verified, and asks for the server's version
    pub(super) async fn open(door: &Door, ca_bundle: &[u8]) -> Result<Self, Trouble> {
        let options = MySqlConnectOptions::new()
            .host(&door.host)
            .port(door.port)
            .username(&door.user)
            .password(door.password.reveal())
            .database(&door.database)
            .ssl_mode(MySqlSslMode::VerifyIdentity)
            .ssl_ca_from_pem(ca_bundle.to_vec())
            // An IAM token goes as it is, and only through a tunnel whose other end has shown who it is.
            .enable_cleartext_plugin(true)
            .charset("utf8mb4")
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .statement_cache_capacity(0)
            // The driver would log a slow query with its text.
            .disable_statement_logging();
        match timeout(CONNECT_WITHIN, Box::pin(greet(&options))).await {
            Ok(Ok((connection, version))) => {
                let flavour = Flavour::of_version(&version);
                Ok(Self { connection, flavour, version: flavour.server(&version), lost: None })
            }
            Ok(Err(error)) => Err(trouble::of_connecting(&error)),
            Err(_) => Err(super::trouble::no_answer(CONNECT_WITHIN)),
        }
    }

    /// Asks in a transaction of its own, which leaves nothing behind
    async fn in_transaction(&mut self, question: &Question<'_>, within: Duration) -> Result<Told, AskError> {
        self.say(self.flavour.settings()).await?;
        self.say(query::BEGIN).await?;
        let mut asking = Asking::new(&mut self.connection, self.flavour, within);
        let told = match question {
            Question::Check(check, zone) => asking.find(check, zone).await.map(Told::Reply),
            Question::Inventory => asking.inventory().await.map(Told::Inventory),
        };
        let ended = self.say(query::ROLLBACK).await;
        if let (Ok(_), Err(AskError::Lost(why))) = (&told, &ended) {
            // The answer is good; only the next check has no connection any more.
            self.lost = Some(why.clone());
        }
        told
    }

    async fn say(&mut self, statement: &'static str) -> Result<(), AskError> {
        let said = sqlx::raw_sql(statement).execute(&mut self.connection).await;
        said.map(drop).map_err(|error| match trouble::of_query(&error, Duration::ZERO) {
            AskError::Refused { said, .. } => AskError::Lost(said),
            other => other,
        })
    }

    async fn within(&mut self, question: &Question<'_>, within: Duration) -> Result<Told, AskError> {
        if let Some(why) = &self.lost {
            return Err(AskError::Lost(why.clone()));
        }
        let asked = Box::pin(self.in_transaction(question, within));
        let answer = timeout(within.saturating_add(GRACE), asked).await;
        match answer {
            Ok(Err(AskError::Lost(why))) => {
                self.lost = Some(why.clone());
                Err(AskError::Lost(why))
            }
            Ok(answer) => answer,
            Err(_) => {
                // Left in the middle of an answer, the connection cannot be used again.
                self.lost = Some("the server did not keep a time limit".to_owned());
                Err(AskError::TimeUp(within))
            }
        }
    }
}

/// Boxed by its caller, like everything that awaits the driver: its futures nest deeper than the compiler follows.
async fn greet(options: &MySqlConnectOptions) -> sqlx::Result<(MySqlConnection, String)> {
    let mut connection = options.connect().await?;
    let version = sqlx::query(query::VERSION).persistent(false).fetch_one(&mut connection).await?;
    Ok((connection, version.try_get_unchecked(0)?))
}

impl Session for MysqlSession {
    async fn ask(&mut self, check: &Check, zone: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        match self.within(&Question::Check(check, zone), within).await? {
            Told::Reply(reply) => Ok(reply),
            Told::Inventory(_) => Err(ask::unreadable()),
        }
    }

    async fn inventory(&mut self, within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        match self.within(&Question::Inventory, within).await? {
            Told::Inventory(schemas) => Ok(schemas),
            Told::Reply(_) => Err(ask::unreadable()),
        }
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
