//! Backups of tables in PostgreSQL.
//!
//! Here every statement that makes a table can be taken back, so a backup is one transaction and a restore is one
//! transaction: a crash at any statement leaves what was before. A backup's transaction locks its tables as a reader does
//! (`ACCESS SHARE`) *before* it looks at anything: a `TRUNCATE` that slips in between snapshot and copy would show an empty
//! table. Writers are not held up; who wants to change a table's structure meanwhile waits.
//!
//! A copy depends on nothing that an ETL drops with the table: its columns have no default from the table's sequence
//! (`DROP TABLE` would be refused for it, and `CASCADE` would take it away).
//!
//! | file | what belongs there |
//! |---|---|
//! | `link` | the connection |
//! | `facts` | what the catalogue says of a table |
//! | `swap` | the steps by which one table takes another's place, as data |
//! | `backup`, `restore`, `clean` | the requests |

mod backup;
mod clean;
mod facts;
mod link;
mod restore;
mod swap;

use self::facts::Facts;
pub use self::link::PostgresLink;
use super::super::tables::{Registry as AnyRegistry, Tongue};
use crate::sql::Name;
use crate::sql::tables::{BackupOrder, Link, Made, Put, TableError, Why, busy, rows, run, value};
use crate::tables::{Entry, HOME, REGISTRY, State, TableName};

/// The key of the lock that a request holds while it works: "lifeboat"
const LOCK: i64 = i64::from_be_bytes(*b"lifeboat");

/// How long a statement waits for a table that somebody has locked
const LOCK_TIMEOUT: &str = "5s";

/// PostgreSQL's way to write names and texts
pub(super) struct Postgres;

impl Tongue for Postgres {
    fn name(parts: &[&str]) -> String {
        Name::of_parts(parts.iter().map(|part| (*part).to_owned())).quoted()
    }

    /// The session reads `\` as itself
    fn literal(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }
}

type Registry = AnyRegistry<Postgres>;

fn quoted(name: &TableName) -> String {
    Postgres::name(&[&name.schema, &name.table])
}

fn in_schema(name: &TableName, table: &str) -> String {
    Postgres::name(&[&name.schema, table])
}

fn home(table: &str) -> String {
    Postgres::name(&[HOME, table])
}

/// Backups of tables over one connection
pub struct PostgresTables<L> {
    link: L,
}

impl<L: Link> PostgresTables<L> {
    /// Over a connection
    pub fn new(link: L) -> Self {
        Self { link }
    }

    /// The connection back
    pub fn into_link(self) -> L {
        self.link
    }

    /// Every line of the registry; none where there is no registry
    pub async fn list(&mut self) -> Result<Vec<Entry>, TableError> {
        if self.has_registry().await? { Registry::read(&mut self.link).await } else { Ok(Vec::new()) }
    }

    async fn has_registry(&mut self) -> Result<bool, TableError> {
        let sql = format!("SELECT to_regclass({}) IS NOT NULL", Postgres::literal(&home(REGISTRY)));
        Ok(value(&mut self.link, "looking for the registry", &sql).await?.as_deref() == Some("t"))
    }

    /// Holds the lock for what is done, and lets it go after it
    async fn alone(&mut self) -> Result<(), TableError> {
        let got = value(&mut self.link, "taking the lock", &format!("SELECT pg_try_advisory_lock({LOCK})")).await?;
        if got.as_deref() == Some("t") { Ok(()) } else { Err(busy()) }
    }

    async fn let_go(&mut self) {
        // A session that is lost has lost its lock as well.
        let _ = run(&mut self.link, "leaving the transaction", "ROLLBACK").await;
        let _ = value(&mut self.link, "leaving the lock", &format!("SELECT pg_advisory_unlock({LOCK})")).await;
    }

    /// Makes the schema and the registry where they are missing
    async fn settle(&mut self) -> Result<(), TableError> {
        if self.has_registry().await? {
            return Ok(());
        }
        let link = &mut self.link;
        let there = format!("SELECT count(*) FROM pg_namespace WHERE nspname = {}", Postgres::literal(HOME));
        let doing = "making the schema lifeboat_backups";
        if value(link, doing, &there).await?.as_deref() == Some("0") {
            run(link, doing, &format!("CREATE SCHEMA IF NOT EXISTS {}", Postgres::name(&[HOME]))).await?;
        }
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {} (backup text NOT NULL, source text NOT NULL, copy text NOT NULL, \
             state text NOT NULL, made_at text NOT NULL, details text NOT NULL, PRIMARY KEY (backup, copy))",
            home(REGISTRY)
        );
        run(link, "making the registry", &sql).await.map(drop)
    }

    /// What a request that died left behind goes. A restore here is one transaction, so only copies can be half-made, and
    /// of those only the line.
    async fn tidy(&mut self) -> Result<(), TableError> {
        for entry in self.list().await? {
            if entry.state == State::Copying {
                let sql = format!("DROP TABLE IF EXISTS {}", home(&entry.copy));
                run(&mut self.link, "dropping a copy that was never whole", &sql).await?;
                Registry::remove(&mut self.link, &entry).await?;
            }
        }
        Ok(())
    }

    /// Makes a backup of tables as they are at one moment
    pub async fn backup(&mut self, order: &BackupOrder) -> Result<Made, TableError> {
        self.alone().await?;
        let made = Box::pin(self.back_up(order)).await;
        self.let_go().await;
        made
    }

    /// Puts a table back: the newest copy, or that of a backup
    pub async fn restore(
        &mut self,
        source: &TableName,
        backup: Option<&str>,
        at: jiff::Timestamp,
    ) -> Result<Put, TableError> {
        self.alone().await?;
        let put = Box::pin(self.put_back(source, backup, at)).await;
        self.let_go().await;
        put
    }

    /// Takes the last restore of a table back
    pub async fn undo(&mut self, source: &TableName, at: jiff::Timestamp) -> Result<Put, TableError> {
        self.alone().await?;
        let put = Box::pin(self.take_back(source, at)).await;
        self.let_go().await;
        put
    }

    async fn facts(&mut self, table: &TableName) -> Result<Option<Facts>, TableError> {
        let doing = format!("looking at {table}");
        let rows = rows(&mut self.link, &doing, &facts::query(&quoted(table))).await?;
        let Some(text) = rows.into_iter().flatten().flatten().next() else { return Ok(None) };
        let facts = serde_json::from_str(&text).map_err(|error| {
            TableError::new(Why::Refused, format!("{doing}: what the catalogue says cannot be read ({error})"))
        })?;
        Ok(Some(facts))
    }

    async fn begin(&mut self, level: &str) -> Result<(), TableError> {
        run(&mut self.link, "beginning a transaction", &format!("BEGIN ISOLATION LEVEL {level}")).await?;
        run(&mut self.link, "beginning a transaction", &format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            .await
            .map(drop)
    }
}

/// The sum over a table's rows, in which their order does not count. MD5 and the texts of values are the same in every
/// version of the server.
fn sum(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| Postgres::name(&[column])).collect();
    format!(
        "SELECT count(*), coalesce(sum(('x' || left(md5(r.t), 15))::bit(60)::bigint), 0) \
         FROM (SELECT ROW({})::text AS t FROM {table}) AS r",
        columns.join(", ")
    )
}
