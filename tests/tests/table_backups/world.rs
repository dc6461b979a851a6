//! A database of its own for each test, and links to it that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use lifeboat::database::Engine;
use lifeboat::sql::tables::{BackupOrder, Link, Made, Put, Rows, TableError};
use lifeboat::sql::{AskError, Door, Password, PostgresLink, PostgresTables};
use lifeboat::tables::{Entry, TableName};
use tests::postgres::{OWNER, PASSWORD, Server};

/// Time enough on a loaded machine
const LONG: Duration = Duration::from_mins(5);

/// When backups are made
pub(crate) const AT: &str = "2026-11-20T19:10:00Z";

/// A fresh database on the shared server
pub(crate) struct Database {
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
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
    inner: Option<PostgresLink>,
    left: Arc<AtomicUsize>,
    cut: Cut,
}

impl Fragile {
    pub(crate) fn new(inner: PostgresLink, at: usize, cut: Cut) -> (Self, Arc<AtomicUsize>) {
        let left = Arc::new(AtomicUsize::new(at));
        (Self { inner: Some(inner), left: left.clone(), cut }, left)
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
    async fn rows(&mut self, sql: &str) -> Result<Rows, AskError> {
        let now = self.now();
        if now && self.cut == Cut::Before {
            self.inner = None;
        }
        if now && self.cut == Cut::Refused {
            return Err(AskError::Refused { code: "53100".to_owned(), said: "no space left on device".to_owned() });
        }
        let answer = self.inner.as_mut().ok_or_else(lost)?.rows(sql).await;
        if now && self.cut == Cut::After {
            self.inner = None;
            return Err(lost());
        }
        answer
    }

    async fn run(&mut self, sql: &str) -> Result<u64, AskError> {
        let now = self.now();
        if now && self.cut == Cut::Before {
            self.inner = None;
        }
        if now && self.cut == Cut::Refused {
            return Err(AskError::Refused { code: "53100".to_owned(), said: "no space left on device".to_owned() });
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
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let server = Server::shared().unwrap_or_else(|error| panic!("{error}"));
        let name = format!("app{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.sql("postgres", &format!("CREATE DATABASE {name}")).unwrap();
        let database = Self { server, name };
        database.sql(sql);
        database
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.sql(&self.name, sql).unwrap_or_else(|error| panic!("{error}"))
    }

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

    pub(crate) async fn link(&self) -> PostgresLink {
        self.link_by(&self.door()).await
    }

    pub(crate) async fn link_by(&self, door: &Door) -> PostgresLink {
        PostgresLink::open(door, &self.server.ca().unwrap(), LONG).await.unwrap_or_else(|trouble| panic!("{trouble:?}"))
    }

    pub(crate) async fn tables(&self) -> PostgresTables<PostgresLink> {
        PostgresTables::new(self.link().await)
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
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname <> 'registry' AND relname ~ '_20261120[0-9]{6}_'",
        );
        let there: Vec<&str> = there.lines().collect();
        let strangers = there.iter().filter(|name| !known.iter().any(|known| known == *name));
        let ghosts = known.iter().filter(|name| !there.contains(&name.as_str()));
        strangers.map(|name| format!("nobody's: {name}")).chain(ghosts.map(|name| format!("gone: {name}"))).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.server.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
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

/// A warehouse as the sources of pain describe it: staging, silver, keys between tables, everything that a copy may lose
pub(crate) const WAREHOUSE: &str = "
CREATE SCHEMA silver;
CREATE TABLE silver.apartments (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO silver.apartments SELECT n, 'apartment ' || n FROM generate_series(1, 20) AS n;
CREATE TYPE silver.status AS ENUM ('in', 'out');
CREATE TABLE silver.tenants (
    id bigserial PRIMARY KEY,
    number int GENERATED ALWAYS AS IDENTITY,
    apartment int NOT NULL CONSTRAINT lives_in REFERENCES silver.apartments,
    name text NOT NULL DEFAULT 'nobody',
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
    status silver.status NOT NULL DEFAULT 'in',
    rent numeric(10, 2) CHECK (rent >= 0),
    size double precision,
    papers bytea,
    since timestamptz NOT NULL DEFAULT '2026-01-01T00:00:00Z');
COMMENT ON TABLE silver.tenants IS 'who lives where';
COMMENT ON COLUMN silver.tenants.rent IS 'in yen';
CREATE UNIQUE INDEX tenants_by_name ON silver.tenants (lower(name)) WHERE status = 'in';
CREATE INDEX tenants_by_apartment ON silver.tenants (apartment, since DESC);
INSERT INTO silver.tenants (apartment, name, rent, size, papers)
  SELECT 1 + n % 20, 'tenant ' || n, n * 1000.5, 1 / (n + 0.1), decode(lpad(to_hex(n), 4, '0'), 'hex')
    FROM generate_series(1, 200) AS n;
DELETE FROM silver.tenants WHERE id > 190;
CREATE TABLE silver.payments (id int PRIMARY KEY, tenant bigint CONSTRAINT paid_by REFERENCES silver.tenants ON DELETE CASCADE);
INSERT INTO silver.payments SELECT n, 1 + n % 100 FROM generate_series(1, 50) AS n;
CREATE TABLE silver.log (what text);
CREATE FUNCTION silver.note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO silver.log VALUES ('changed'); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER UPDATE ON silver.tenants FOR EACH ROW EXECUTE FUNCTION silver.note();
CREATE VIEW silver.names AS SELECT id, name FROM silver.tenants WHERE status = 'in';";

/// Everything about the tenants that has to be as it was
pub(crate) const LOOKS: &str = "
SELECT count(*), sum(rent), min(upper_name), md5(string_agg(t::text, ',' ORDER BY id)) FROM silver.tenants AS t;
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'silver' AND tablename = 'tenants' ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
 WHERE conrelid = 'silver.tenants'::regclass OR confrelid = 'silver.tenants'::regclass ORDER BY 1;
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid),
       col_description(attrelid, attnum)
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attrelid = 'silver.tenants'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('silver.tenants'::regclass), relacl, relowner::regrole FROM pg_class
 WHERE oid = 'silver.tenants'::regclass;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'silver.tenants'::regclass AND NOT tgisinternal;
SELECT count(*) FROM silver.names; SELECT pg_get_viewdef('silver.names'::regclass);
SELECT pg_get_serial_sequence('silver.tenants', 'id')";
