//! Backups of tables in MySQL and MariaDB.
//!
//! Three traps decide how it is done.
//!
//! - `INSERT … SELECT` is no consistent read: under `REPEATABLE READ` it locks the rows of its source and sees the newest,
//!   whatever the transaction's snapshot. So tables are copied under `READ COMMITTED`, which locks nothing, and then held
//!   against *one* snapshot over all of them in a second connection. Where somebody wrote meanwhile, the groups of rows that
//!   differ are brought over from the snapshot through this process, and it is summed again.
//! - Every statement that makes or renames a table ends the transaction. So what is under way stands in the registry before
//!   it is done, and the next request clears up after one that died, by what is there.
//! - `RENAME TABLE` takes triggers and foreign keys along to the table that goes aside. They are moved back after it; until
//!   that is done the line says `restoring`, and whoever comes next goes on with it.
//!
//! | file | what belongs there |
//! |---|---|
//! | `link` | the connection |
//! | `columns` | how a value is hashed, read and written |
//! | `facts` | what the catalogue says of a table |
//! | `mend` | triggers and foreign keys after the change of places |
//! | `backup`, `even`, `restore`, `clean` | the requests; evening out a copy with the snapshot |

mod backup;
mod clean;
mod columns;
mod even;
mod facts;
mod link;
mod mend;
mod restore;

use self::facts::Facts;
pub use self::link::MysqlLink;
use super::query;
use crate::sql::Name;
use crate::sql::tables::{
    BackupOrder, Link, Made, Put, Registry as AnyRegistry, TableError, Tongue, busy, rows, run, value,
};
use crate::tables::{Entry, HOME, Leftover, REGISTRY, State, TableName, leftover};

/// The lock that a request holds while it works
const LOCK: &str = "lifeboat table-backup";

/// MySQL's way to write names and texts
pub(super) struct Mysql;

impl Tongue for Mysql {
    fn name(parts: &[&str]) -> String {
        Name::of_parts(parts.iter().map(|part| (*part).to_owned())).backticked()
    }

    fn literal(text: &str) -> String {
        if text.is_empty() { "''".to_owned() } else { query::literal(text) }
    }
}

type Registry = AnyRegistry<Mysql>;

fn quoted(name: &TableName) -> String {
    Mysql::name(&[&name.schema, &name.table])
}

fn in_schema(name: &TableName, table: &str) -> String {
    Mysql::name(&[&name.schema, table])
}

fn home(table: &str) -> String {
    Mysql::name(&[HOME, table])
}

/// Backups of tables over two connections: one writes, the other holds the snapshot of a backup
pub struct MysqlTables<L> {
    link: L,
    reader: L,
}

impl<L: Link> MysqlTables<L> {
    /// Over two connections
    pub fn new(link: L, reader: L) -> Self {
        Self { link, reader }
    }

    /// The connections back
    pub fn into_links(self) -> [L; 2] {
        [self.link, self.reader]
    }

    /// Every line of the registry; none where there is no registry
    pub async fn list(&mut self) -> Result<Vec<Entry>, TableError> {
        let registry = TableName::new(HOME, REGISTRY);
        if self.is_there(&registry).await? { Registry::read(&mut self.link).await } else { Ok(Vec::new()) }
    }

    async fn is_there(&mut self, table: &TableName) -> Result<bool, TableError> {
        let sql = format!(
            "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.TABLES AS t WHERE {} AND {}",
            query::is("t.TABLE_SCHEMA", &table.schema),
            query::is("t.TABLE_NAME", &table.table)
        );
        let doing = format!("looking for {table}");
        Ok(value(&mut self.link, &doing, &sql).await?.as_deref() == Some("1"))
    }

    async fn make_database(&mut self, schema: &str) -> Result<(), TableError> {
        let doing = format!("making the database {schema}");
        if value(&mut self.link, &doing, &query::schemas(schema)).await?.as_deref() == Some("0") {
            run(&mut self.link, &doing, &format!("CREATE DATABASE IF NOT EXISTS {}", Mysql::name(&[schema]))).await?;
        }
        Ok(())
    }

    async fn alone(&mut self) -> Result<(), TableError> {
        let sql = format!("SELECT CAST(GET_LOCK({}, 0) AS CHAR)", Mysql::literal(LOCK));
        let got = value(&mut self.link, "taking the lock", &sql).await?;
        if got.as_deref() == Some("1") { Ok(()) } else { Err(busy()) }
    }

    async fn let_go(&mut self) {
        // A session that is lost has lost its lock as well.
        let _ = run(&mut self.reader, "leaving the snapshot", "ROLLBACK").await;
        let sql = format!("SELECT CAST(RELEASE_LOCK({}) AS CHAR)", Mysql::literal(LOCK));
        let _ = rows(&mut self.link, "leaving the lock", &sql).await;
    }

    /// Makes the database and the registry where they are missing
    async fn settle(&mut self) -> Result<(), TableError> {
        if self.is_there(&TableName::new(HOME, REGISTRY)).await? {
            return Ok(());
        }
        self.make_database(HOME).await?;
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {} (backup VARCHAR(100) NOT NULL, source VARCHAR(300) NOT NULL, \
             copy VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, made_at VARCHAR(40) NOT NULL, \
             details LONGTEXT NOT NULL, PRIMARY KEY (backup, copy)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            home(REGISTRY)
        );
        run(&mut self.link, "making the registry", &sql).await.map(drop)
    }

    /// What a request that died left behind is cleared up, or finished
    async fn tidy(&mut self) -> Result<(), TableError> {
        for mut entry in self.list().await? {
            if !matches!(entry.state, State::Copying | State::Restoring) {
                continue;
            }
            let names = entry.details.restore.iter().flat_map(|restore| [&restore.incoming, &restore.aside]).flatten();
            let names: Vec<String> = names.cloned().collect();
            let mut there = Vec::new();
            for name in names {
                if self.is_there(&TableName::new(&entry.source.schema, &name)).await? {
                    there.push(name);
                }
            }
            match leftover(&entry, |name| there.iter().any(|known| known == name)) {
                Leftover::None => {}
                Leftover::DropCopy => {
                    let sql = format!("DROP TABLE IF EXISTS {}", home(&entry.copy));
                    run(&mut self.link, "dropping a copy that was never whole", &sql).await?;
                    Registry::remove(&mut self.link, &entry).await?;
                }
                Leftover::BackOff(staging) => self.back_off(&mut entry, staging.as_deref()).await?,
                Leftover::GoOn => {
                    Box::pin(self.finish(&mut entry)).await?;
                }
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
        facts::look(&mut self.link, table).await
    }
}
