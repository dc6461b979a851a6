//! The live database's tables, whichever server they are on.

use std::time::Duration;

use jiff::Timestamp;
use lifeboat::database::Dialect;
use lifeboat::sql::tables::{BackupOrder, Made, Put, TableError};
use lifeboat::sql::{Door, MysqlLink, MysqlTables, PostgresLink, PostgresTables};
use lifeboat::tables::{Entry, Keeps, OpenFailures, Sweep, TableName};
use lifeboat::verify::{Trouble, TroubleKind};

/// Backups of tables on one of the servers
pub(crate) enum Tables {
    Postgres(Box<PostgresTables<PostgresLink>>),
    Mysql(Box<MysqlTables<MysqlLink>>),
}

impl Tables {
    /// Connects; everything that is asked takes no longer than `within`
    pub(crate) async fn open(door: &Door, ca_bundle: &[u8], within: Duration) -> Result<Self, Trouble> {
        match door.engine.dialect() {
            Some(Dialect::Postgres) => {
                let link = PostgresLink::open(door, ca_bundle, within).await?;
                Ok(Self::Postgres(Box::new(PostgresTables::new(link))))
            }
            Some(Dialect::Mysql) => {
                let link = MysqlLink::open(door, ca_bundle, within).await?;
                let reader = MysqlLink::open(door, ca_bundle, within).await?;
                Ok(Self::Mysql(Box::new(MysqlTables::new(link, reader))))
            }
            _ => Err(Trouble {
                kind: TroubleKind::Unsupported,
                message: format!("there are no table backups for {}", door.engine.word()),
            }),
        }
    }

    pub(crate) async fn backup(&mut self, order: &BackupOrder) -> Result<Made, TableError> {
        match self {
            Self::Postgres(tables) => tables.backup(order).await,
            Self::Mysql(tables) => tables.backup(order).await,
        }
    }

    pub(crate) async fn list(&mut self) -> Result<Vec<Entry>, TableError> {
        match self {
            Self::Postgres(tables) => tables.list().await,
            Self::Mysql(tables) => tables.list().await,
        }
    }

    pub(crate) async fn restore(
        &mut self,
        table: &TableName,
        backup: Option<&str>,
        at: Timestamp,
    ) -> Result<Put, TableError> {
        match self {
            Self::Postgres(tables) => tables.restore(table, backup, at).await,
            Self::Mysql(tables) => tables.restore(table, backup, at).await,
        }
    }

    pub(crate) async fn undo(&mut self, table: &TableName, at: Timestamp) -> Result<Put, TableError> {
        match self {
            Self::Postgres(tables) => tables.undo(table, at).await,
            Self::Mysql(tables) => tables.undo(table, at).await,
        }
    }

    pub(crate) async fn clean_up(
        &mut self,
        keeps: &Keeps,
        open: &OpenFailures,
        now: Timestamp,
    ) -> Result<Sweep, TableError> {
        match self {
            Self::Postgres(tables) => tables.clean_up(keeps, open, now).await,
            Self::Mysql(tables) => tables.clean_up(keeps, open, now).await,
        }
    }

    pub(crate) async fn mark(&mut self, tables: &[TableName], failure: Option<&str>) -> Result<(), TableError> {
        match self {
            Self::Postgres(over) => over.mark(tables, failure).await,
            Self::Mysql(over) => over.mark(tables, failure).await,
        }
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Postgres(tables) => tables.into_link().close().await,
            Self::Mysql(tables) => {
                let [link, reader] = tables.into_links();
                link.close().await;
                reader.close().await;
            }
        }
    }
}
