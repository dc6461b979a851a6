//! A database of its own for each test, and links to it that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use lifeboat::database::Engine;
use lifeboat::sql::tables::{BackupOrder, Link, Made, Put, Rows, TableError};
use lifeboat::sql::{AskError, Door, MysqlLink, MysqlTables, Password};
use lifeboat::tables::{Entry, TableName};
use tests::mariadb::{OWNER, PASSWORD, Server};

/// Time enough on a loaded machine
const LONG: Duration = Duration::from_mins(5);

/// When backups are made
pub(crate) const AT: &str = "2026-11-20T19:10:00Z";

/// A server of its own for each test: copies are in one database for a whole server, and so is the lock
pub(crate) struct Database {
    pub(crate) server: Server,
}

/// What a link does at its n-th statement
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never gets it, and the connection is gone
    Before,
    /// The server does it, and its answer is lost with the connection
    After,
    /// The server refuses it, as a full disk would
    Refused,
}

/// A link that is cut at a statement. A connection that is lost takes its session with it.
pub(crate) struct Fragile {
    inner: Option<MysqlLink>,
    left: Arc<AtomicUsize>,
    cut: Cut,
}

impl Fragile {
    /// The two links of a request count together
    pub(crate) fn new(inner: MysqlLink, left: Arc<AtomicUsize>, cut: Cut) -> Self {
        Self { inner: Some(inner), left, cut }
    }

    /// Whether this is the statement
    fn now(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) == Ok(1)
    }
}

fn lost() -> AskError {
    AskError::Lost("the connection was cut by the test".to_owned())
}

impl Link for Fragile {
    /// A cut at a statement that only reads is one before the next that does not
    async fn rows(&mut self, sql: &str) -> Result<Rows, AskError> {
        self.inner.as_mut().ok_or_else(lost)?.rows(sql).await
    }

    async fn run(&mut self, sql: &str) -> Result<u64, AskError> {
        let now = self.now();
        if now && self.cut == Cut::Before {
            self.inner = None;
        }
        if now && self.cut == Cut::Refused {
            return Err(AskError::Refused {
                code: "HY000, error 1114".to_owned(),
                said: "the table is full".to_owned(),
            });
        }
        let answer = self.inner.as_mut().ok_or_else(lost)?.run(sql).await;
        if now && self.cut == Cut::After {
            self.inner = None;
            return Err(lost());
        }
        answer
    }
}

impl Database {
    pub(crate) fn with(sql: &str) -> Self {
        let server = Server::start(true).unwrap_or_else(|error| panic!("{error}"));
        let database = Self { server };
        database.sql(sql);
        database
    }

    /// Makes everything as at first
    pub(crate) fn anew(&self, sql: &str) {
        self.sql(
            "SET foreign_key_checks = 0; DROP DATABASE IF EXISTS silver; DROP DATABASE IF EXISTS lifeboat_backups",
        );
        self.sql(sql);
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.sql("mysql", sql).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn door(&self) -> Door {
        Door {
            engine: Engine::Mariadb,
            host: "localhost".to_owned(),
            port: self.server.port(),
            database: "mysql".to_owned(),
            user: OWNER.to_owned(),
            password: Password::new(PASSWORD),
        }
    }

    pub(crate) async fn link(&self) -> MysqlLink {
        self.link_by(&self.door()).await
    }

    pub(crate) async fn link_by(&self, door: &Door) -> MysqlLink {
        MysqlLink::open(door, &self.server.ca().unwrap(), LONG).await.unwrap_or_else(|trouble| panic!("{trouble:?}"))
    }

    pub(crate) async fn tables(&self) -> MysqlTables<MysqlLink> {
        MysqlTables::new(self.link().await, self.link().await)
    }

    pub(crate) async fn backup(&self, tables: &[&str]) -> Result<Made, TableError> {
        self.tables().await.backup(&order(tables, AT)).await
    }

    pub(crate) async fn restore(&self, table: &str) -> Result<Put, TableError> {
        self.tables().await.restore(&named(table), None, later(60)).await
    }

    pub(crate) async fn undo(&self, table: &str) -> Result<Put, TableError> {
        self.tables().await.undo(&named(table), later(120)).await
    }

    pub(crate) async fn list(&self) -> Vec<Entry> {
        self.tables().await.list().await.unwrap()
    }

    /// Copies, staging tables and tables put aside that nobody's line tells of; and lines whose table is not there
    pub(crate) async fn loose_ends(&self) -> Vec<String> {
        let known: Vec<String> = self
            .list()
            .await
            .into_iter()
            .flat_map(|entry| {
                let asides = entry.details.asides.iter().map(|aside| aside.table.clone()).collect::<Vec<_>>();
                asides.into_iter().chain([entry.copy])
            })
            .collect();
        let there = self.sql(
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_NAME <> 'registry' \
             AND TABLE_NAME REGEXP '_20261120[0-9]{6}_'",
        );
        let there: Vec<&str> = there.lines().collect();
        let strangers = there.iter().filter(|name| !known.iter().any(|known| known == *name));
        let ghosts = known.iter().filter(|name| !there.contains(&name.as_str()));
        strangers.map(|name| format!("nobody's: {name}")).chain(ghosts.map(|name| format!("gone: {name}"))).collect()
    }
}

pub(crate) fn named(table: &str) -> TableName {
    TableName::parse(table).unwrap()
}

pub(crate) fn later(seconds: i64) -> Timestamp {
    AT.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds)
}

pub(crate) fn order(tables: &[&str], at: &str) -> BackupOrder {
    let at: Timestamp = at.parse().unwrap();
    BackupOrder {
        id: lifeboat::tables::backup_id("warehouse", at),
        at,
        tables: tables.iter().map(|table| named(table)).collect(),
        reason: Some("before daily-etl".to_owned()),
        job_run: None,
        largest_bytes: 1 << 34,
    }
}

/// A warehouse as the sources of pain describe it: keys between tables, everything that a copy may lose
pub(crate) const WAREHOUSE: &str = "
CREATE DATABASE silver; USE silver;
CREATE TABLE apartments (id int PRIMARY KEY, name varchar(50) NOT NULL);
INSERT INTO apartments SELECT seq, CONCAT('apartment ', seq) FROM seq_1_to_20;
CREATE TABLE tenants (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    apartment int NOT NULL,
    name varchar(40) CHARACTER SET latin1 NOT NULL DEFAULT 'nobody' COMMENT 'who',
    upper_name varchar(40) CHARACTER SET latin1 GENERATED ALWAYS AS (UPPER(name)) STORED,
    twice decimal(12, 2) AS (rent * 2) VIRTUAL,
    status enum('in', 'out') NOT NULL DEFAULT 'in',
    flags set('a', 'b', 'c'),
    rent decimal(10, 2) CHECK (rent >= 0),
    size float, length double, bits bit(5), papers blob, notes text, more json, born date, woken time(3),
    since timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), place point,
    UNIQUE KEY by_name (name), KEY by_apartment (apartment, since),
    CONSTRAINT lives_in FOREIGN KEY (apartment) REFERENCES apartments (id)) COMMENT 'who lives where';
SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO';
INSERT INTO tenants (apartment, name, rent, size, length, bits, papers, notes, more, born, woken, since, flags, place)
  SELECT 1 + seq % 20, CONCAT('tenant \u{e9} ', seq), seq * 1000.5, 1 / (seq + 0.1), 1 / (seq + 0.1), seq % 32,
         UNHEX(LPAD(HEX(seq), 6, '00')), IF(seq % 3, NULL, ''), JSON_OBJECT('n', seq),
         IF(seq % 5, '2020-02-31', '0000-00-00'), '-12:30:00.125', '2026-01-01 00:00:00.000001', seq % 8, POINT(seq, -seq)
    FROM seq_1_to_200;
UPDATE tenants SET id = 0 WHERE id = 7;
DELETE FROM tenants WHERE id > 190;
CREATE TABLE payments (id int PRIMARY KEY, tenant bigint unsigned,
    CONSTRAINT paid_by FOREIGN KEY (tenant) REFERENCES tenants (id) ON DELETE CASCADE);
INSERT INTO payments SELECT seq, 10 + seq % 100 FROM seq_1_to_50;
CREATE TABLE log (what varchar(20));
CREATE TRIGGER noted AFTER UPDATE ON tenants FOR EACH ROW INSERT INTO silver.log VALUES ('changed');
CREATE VIEW names AS SELECT id, name FROM tenants WHERE status = 'in'";

/// Everything about the tenants that has to be as it was
pub(crate) const LOOKS: &str = "USE silver;
SELECT COUNT(*), SUM(rent), SUM(twice), MIN(upper_name), SUM(size), SUM(length), SUM(bits), SUM(flags + 0), SUM(born = 0),
  SUM(CRC32(CONCAT_WS(',', id, HEX(name), HEX(papers), COALESCE(HEX(notes), '-'), HEX(more), born, woken, since, HEX(place))))
  FROM tenants;
SELECT INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = 'silver' AND TABLE_NAME = 'tenants' AND INDEX_NAME <> 'lives_in' ORDER BY 1, 2;
SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_COMMENT, GENERATION_EXPRESSION, COLLATION_NAME
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'silver' AND TABLE_NAME = 'tenants' ORDER BY ORDINAL_POSITION;
SELECT CONSTRAINT_NAME, TABLE_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'silver' ORDER BY 1;
SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS
 WHERE TRIGGER_SCHEMA = 'silver';
SELECT COUNT(*) FROM names; SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'tenants'";
