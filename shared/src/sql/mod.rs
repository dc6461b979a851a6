//! Database drivers: how a copy is asked.
//!
//! A [`Connect`] opens a [`Session`] through a [`Door`]; a session takes a [`Check`] and brings back what it [`Found`], and
//! [`crate::verify::judge_check`] alone says whether that is good. What kept a session from opening is a [`Trouble`]; what
//! kept one check from being asked is an [`AskError`], and the next check is asked all the same.
//!
//! | file | what belongs there |
//! |---|---|
//! | `name` | names of tables and columns, quoted in one place |
//! | `door` | where a database is and who knocks; the password that is never shown |
//! | `trouble` | a driver's errors in our own words, without secrets and without row data |
//! | `postgres` | PostgreSQL: the session, its queries, foreign keys, times |
//!
//! MySQL and DocumentDB have no driver in this version; asking them ends in `Trouble { kind: Unsupported }`.

mod door;
mod name;
mod postgres;
mod trouble;

use std::future::Future;
use std::time::Duration;

use jiff::tz::TimeZone;

pub use door::{Door, Password};
pub use name::{Name, NameError, quote};
pub use postgres::PostgresSession;
pub use trouble::AskError;

use crate::database::Dialect;
use crate::verify::{Check, Found, Trouble, TroubleKind};

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
    ) -> impl Future<Output = Result<Found, AskError>> + Send;

    /// What the server said it is when the session was opened
    fn server_version(&self) -> &str;

    /// Says goodbye
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The drivers of this version, with the certificates that they trust.
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

impl Connect for Drivers {
    type Session = PostgresSession;

    async fn connect(&self, door: &Door) -> Result<PostgresSession, Trouble> {
        match door.engine.dialect() {
            Some(Dialect::Postgres) => PostgresSession::open(door, &self.ca_bundle).await,
            Some(Dialect::Mysql | Dialect::Mongo) | None => Err(unsupported(door.engine.word())),
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
        for engine in ["aurora-mysql", "mysql", "mariadb", "docdb", "neptune"] {
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
