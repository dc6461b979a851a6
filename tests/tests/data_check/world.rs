//! A database of its own for each test, and the ways to ask it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lifeboat::database::Engine;
use lifeboat::sql::{AnySession, AskError, Connect as _, Door, Drivers, Password, Session as _};
use lifeboat::verify::{Check, Found, Outcome, Trouble, judge_check};
use serde_json::Value;
use tests::postgres::{OWNER, PASSWORD, Server};

/// The instant that every copy here stands for
pub(crate) const RESTORED_TO: &str = "2026-11-22T18:00:00Z";

/// Time enough
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A fresh database on the shared server
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
}

impl Database {
    /// A database with what `sql` makes in it
    pub(crate) fn with(sql: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = Server::shared().unwrap_or_else(|error| panic!("{error}"));
        let name = format!("app{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.sql("postgres", &format!("CREATE DATABASE {name}")).unwrap();
        let database = Self { server, name };
        if !sql.is_empty() {
            database.sql(sql);
        }
        database
    }

    /// Changes it from outside, as the owner
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.sql(&self.name, sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The owner's way in; a superuser, so that nothing but our own locks keeps it from writing
    pub(crate) fn door(&self) -> Door {
        Door {
            engine: Engine::Postgres,
            host: "localhost".to_owned(),
            port: self.server.port(),
            database: self.name.clone(),
            user: OWNER.to_owned(),
            password: Password::new(PASSWORD),
        }
    }

    pub(crate) async fn open(&self) -> AnySession {
        self.open_by(&self.door()).await.unwrap_or_else(|trouble| panic!("{trouble:?}"))
    }

    pub(crate) async fn open_by(&self, door: &Door) -> Result<AnySession, Trouble> {
        Drivers::trusting(self.server.ca().unwrap()).connect(door).await
    }

    /// What one check finds, in a session of its own
    pub(crate) async fn finds(&self, check: &Value) -> Result<Found, AskError> {
        ask(&mut self.open().await, check).await
    }

    /// What one check comes to
    pub(crate) async fn outcome(&self, check: Value) -> Outcome {
        let found = self.finds(&check).await.unwrap_or_else(|error| panic!("{check}: {error}"));
        let check = serde_json::from_value(check).unwrap();
        judge_check(&check, found, RESTORED_TO.parse().unwrap(), Some(&Found::Count(100)), 1).outcome
    }

    /// Why a check could not be asked
    pub(crate) async fn refusal(&self, check: Value) -> String {
        match self.finds(&check).await {
            Ok(found) => panic!("{check} was answered: {found:?}"),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Left to the end of the server where a session still is in it.
        let _ = self.server.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

pub(crate) async fn ask(session: &mut AnySession, check: &Value) -> Result<Found, AskError> {
    ask_in(session, check, "Asia/Tokyo").await
}

pub(crate) async fn ask_in(session: &mut AnySession, check: &Value, zone: &str) -> Result<Found, AskError> {
    let check: Check = serde_json::from_value(check.clone()).unwrap();
    session.ask(&check, &TimeZone::get(zone).unwrap(), LONG).await.map(|reply| reply.found)
}

/// An instant, as a check finds it
pub(crate) fn newest(at: &str) -> Found {
    Found::Newest(Some(at.parse::<Timestamp>().unwrap()))
}
