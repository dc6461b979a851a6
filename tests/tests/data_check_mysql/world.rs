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
use tests::mariadb::{OWNER, PASSWORD, Server};

/// The instant that every copy here stands for
pub(crate) const RESTORED_TO: &str = "2026-11-22T18:00:00Z";

/// Time enough
pub(crate) const LONG: Duration = Duration::from_mins(2);

/// A fresh database on the shared server
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
}

impl Database {
    /// A database with what `sql` makes in it
    pub(crate) fn with(sql: &str) -> Self {
        Self::on(Server::shared().unwrap_or_else(|error| panic!("{error}")), sql)
    }

    /// A database on a server that no other test looks at: for questions that are asked of a whole server
    pub(crate) fn alone(sql: &str) -> Self {
        Self::on(Arc::new(Server::start(true).unwrap_or_else(|error| panic!("{error}"))), sql)
    }

    fn on(server: Arc<Server>, sql: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("app{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.sql("mysql", &format!("CREATE DATABASE {name}")).unwrap();
        let database = Self { server, name };
        if !sql.is_empty() {
            database.sql(sql);
        }
        database
    }

    /// Changes it from outside, as the server's root
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.sql(&self.name, sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The owner's way in, who may do everything, so that nothing but our own locks keeps it from writing
    pub(crate) fn door(&self) -> Door {
        Door {
            engine: Engine::Mariadb,
            host: "localhost".to_owned(),
            port: self.server.port(),
            database: self.name.clone(),
            user: OWNER.to_owned(),
            password: Password::new(PASSWORD),
        }
    }

    /// The way in of a user who was made with these grants; the name is the user's
    pub(crate) fn door_of(&self, user: &str, grants: &[&str]) -> Door {
        self.sql(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'x-{user}'"));
        for grant in grants {
            self.sql(&format!("GRANT {grant} TO {user}@'%'"));
        }
        Door { user: user.to_owned(), password: Password::new(format!("x-{user}")), ..self.door() }
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

    /// What one check comes to, against a count of 100 in the last passed drill
    pub(crate) async fn outcome(&self, check: Value) -> Outcome {
        self.outcome_after(check, &Found::Count(100)).await.0
    }

    /// What one check comes to after an earlier drill, and what is said of it
    pub(crate) async fn outcome_after(&self, check: Value, earlier: &Found) -> (Outcome, String) {
        let found = self.finds(&check).await.unwrap_or_else(|error| panic!("{check}: {error}"));
        let check: Check = serde_json::from_value(check).unwrap();
        let answer = judge_check(&check, found, RESTORED_TO.parse().unwrap(), Some(earlier), 1);
        (answer.outcome, answer.found)
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
        let _ = self.server.sql("mysql", &format!("SET lock_wait_timeout = 1; DROP DATABASE {}", self.name));
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
