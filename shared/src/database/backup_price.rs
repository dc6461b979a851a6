//! What a snapshot costs in a month, at most.
//!
//! The size in a list is that of the whole database. AWS bills less: an Aurora or DocumentDB snapshot is free while it is
//! within the cluster's retention, and snapshots of instances share the blocks that did not change. So every sum is a limit,
//! and is told as "at most about". Collected as the prices in [`super::price`], for the same date and region; a policy may
//! name the prices of its own region.

use super::{Engine, Snapshot};
use crate::policy::Prices;

/// Backup storage of an Aurora cluster, dollars for a GiB and month
const AURORA: f64 = 0.021;
/// Backup storage of a DocumentDB cluster, dollars for a GiB and month
const DOCDB: f64 = 0.021;
/// Backup storage of an RDS instance, dollars for a GiB and month
const INSTANCE: f64 = 0.095;

/// The size of a snapshot in GiB, where AWS says it. A cluster's volume grows by itself, and 0 or 1 stands there where
/// AWS does not tell its size.
pub fn gib(snapshot: &Snapshot) -> Option<f64> {
    let clustered = matches!(snapshot.engine, Engine::AuroraPostgresql | Engine::AuroraMysql | Engine::Docdb);
    snapshot.storage_gib.filter(|gib| *gib > i32::from(clustered)).map(f64::from)
}

/// Dollars for a GiB and month of backup storage: the policy's price, or else the table's
pub fn of_a_gib(engine: &Engine, prices: &Prices) -> Option<f64> {
    match engine {
        Engine::AuroraPostgresql | Engine::AuroraMysql => Some(prices.aurora_backup.unwrap_or(AURORA)),
        Engine::Docdb => Some(prices.documentdb_backup.unwrap_or(DOCDB)),
        Engine::Postgres | Engine::Mysql | Engine::Mariadb => Some(prices.rds_backup.unwrap_or(INSTANCE)),
        Engine::Other(_) => None,
    }
}

/// Dollars a month at most by the table; none where size or price are not known
pub fn month(snapshot: &Snapshot) -> Option<f64> {
    month_at(snapshot, &Prices::default())
}

/// Dollars a month at most; none where size or price are not known
pub fn month_at(snapshot: &Snapshot, prices: &Prices) -> Option<f64> {
    Some(gib(snapshot)? * of_a_gib(&snapshot.engine, prices)?)
}
