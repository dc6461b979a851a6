//! Database drivers: how a copy is asked.
//!
//! A [`Connect`] opens a [`Session`] through a [`Door`]; a session takes a [`Check`] and brings back a [`Reply`], and
//! [`crate::verify::judge_check`] alone says whether that is good. What kept a session from opening is a [`Trouble`]; what
//! kept one check from being asked is an [`AskError`], and the next check is asked all the same.
//!
//! | file | what belongs there |
//! |---|---|
//! | `name` | names of tables and columns, quoted in one place |
//! | `door` | where a database is and who knocks; the password that is never shown |
//! | `trouble` | a driver's errors in our own words, without secrets and without row data |
//! | `tables` | backups of tables: what both servers share |
//! | `postgres` | PostgreSQL: the session, its queries, foreign keys, times |
//! | `mysql` | MySQL and MariaDB |
//! | `mongo` | DocumentDB |
//!
//! Each driver is behind a feature. An engine that a build has no driver for ends in `Trouble { kind: Unsupported }`.

mod door;
#[cfg(feature = "mongo")]
mod mongo;
#[cfg(feature = "mysql")]
mod mysql;
mod name;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub mod tables;
mod trouble;

use std::future::Future;
use std::time::Duration;

use jiff::tz::TimeZone;

pub use door::{Door, Password};
#[cfg(feature = "mongo")]
pub use mongo::MongoSession;
#[cfg(feature = "mysql")]
pub use mysql::{MysqlLink, MysqlSession, MysqlTables};
pub use name::{Name, NameError, quote};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresLink, PostgresSession, PostgresTables};
pub use trouble::AskError;

use crate::database::Dialect;
use crate::verify::{Check, Reply, SchemaFacts, Trouble, TroubleKind};

/// Opens sessions.
pub trait Connect: Sync {
    /// What it opens
    type Session: Session;

    /// Opens a read-only session and asks it one question, the server's version: the database works.
    fn connect(&self, door: &Door) -> impl Future<Output = Result<Self::Session, Trouble>> + Send;
}

/// An open session that can only read.
pub trait Session: Send {
    /// Asks one check. A column without a zone is read in `zone`.
    ///
    /// Returns soon after `within`, with whatever came: a check that failed or was cut never spoils the next one.
    fn ask(
        &mut self,
        check: &Check,
        zone: &TimeZone,
        within: Duration,
    ) -> impl Future<Output = Result<Reply, AskError>> + Send;

    /// The schemas of the database with their tables, from the engine's own catalogue and statistics
    fn inventory(&mut self, within: Duration) -> impl Future<Output = Result<Vec<SchemaFacts>, AskError>> + Send;

    /// What the server said it is when the session was opened
    fn server_version(&self) -> &str;

    /// Says goodbye
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The drivers of this build, with the certificates that they trust.
#[derive(Clone)]
pub struct Drivers {
    ca_bundle: Vec<u8>,
}

impl Drivers {
    /// Drivers that trust the certificates of a PEM bundle
    pub fn trusting(ca_bundle: Vec<u8>) -> Self {
        Self { ca_bundle }
    }
}

/// A session of whichever driver fits the engine
pub enum AnySession {
    /// PostgreSQL
    #[cfg(feature = "postgres")]
    Postgres(PostgresSession),
    /// MySQL and MariaDB
    #[cfg(feature = "mysql")]
    Mysql(MysqlSession),
    /// DocumentDB
    #[cfg(feature = "mongo")]
    Mongo(MongoSession),
}

impl Connect for Drivers {
    type Session = AnySession;

    async fn connect(&self, door: &Door) -> Result<AnySession, Trouble> {
        match door.engine.dialect() {
            #[cfg(feature = "postgres")]
            Some(Dialect::Postgres) => PostgresSession::open(door, &self.ca_bundle).await.map(AnySession::Postgres),
            #[cfg(feature = "mysql")]
            Some(Dialect::Mysql) => MysqlSession::open(door, &self.ca_bundle).await.map(AnySession::Mysql),
            #[cfg(feature = "mongo")]
            Some(Dialect::Mongo) => MongoSession::open(door, &self.ca_bundle).await.map(AnySession::Mongo),
            _ => Err(unsupported(door.engine.word())),
        }
    }
}

impl Session for AnySession {
    async fn ask(&mut self, check: &Check, zone: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.ask(check, zone, within).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(session) => session.ask(check, zone, within).await,
            #[cfg(feature = "mongo")]
            Self::Mongo(session) => session.ask(check, zone, within).await,
        }
    }

    async fn inventory(&mut self, within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.inventory(within).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(session) => session.inventory(within).await,
            #[cfg(feature = "mongo")]
            Self::Mongo(session) => session.inventory(within).await,
        }
    }

    fn server_version(&self) -> &str {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.server_version(),
            #[cfg(feature = "mysql")]
            Self::Mysql(session) => session.server_version(),
            #[cfg(feature = "mongo")]
            Self::Mongo(session) => session.server_version(),
        }
    }

    async fn close(self) {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.close().await,
            #[cfg(feature = "mysql")]
            Self::Mysql(session) => session.close().await,
            #[cfg(feature = "mongo")]
            Self::Mongo(session) => session.close().await,
        }
    }
}

/// What is said of an engine that no driver here speaks to
fn unsupported(engine: &str) -> Trouble {
    let message = format!("this version of data-check has no driver for {engine}: the copy's data was not looked at");
    Trouble { kind: TroubleKind::Unsupported, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_without_a_driver_is_said_to_be_unsupported() {
        for engine in ["neptune"] {
            let door = Door {
                engine: engine.into(),
                host: "copy".to_owned(),
                port: 1,
                database: "app".to_owned(),
                user: "drill".to_owned(),
                password: Password::new("secret"),
            };
            let trouble = Drivers::trusting(Vec::new()).connect(&door).await.err().unwrap();
            assert_eq!(trouble.kind, TroubleKind::Unsupported);
            assert!(trouble.message.contains(engine), "{}", trouble.message);
        }
    }
}
