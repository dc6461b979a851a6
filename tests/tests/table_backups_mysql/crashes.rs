//! A crash at every statement, and the same request again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifeboat::sql::MysqlTables;
use lifeboat::sql::tables::{Put, TableError};
use lifeboat::tables::State;

use crate::world::{AT, Cut, Database, Fragile, LOOKS, WAREHOUSE, later, named, order};

/// More statements than any request here has
const FAR: usize = 100_000;

async fn fragile(database: &Database, at: usize, cut: Cut) -> (MysqlTables<Fragile>, Arc<AtomicUsize>) {
    let left = Arc::new(AtomicUsize::new(at));
    let link = Fragile::new(database.link().await, left.clone(), cut);
    let reader = Fragile::new(database.link().await, left.clone(), cut);
    (MysqlTables::new(link, reader), left)
}

#[tokio::test]
async fn a_backup_that_is_cut_anywhere_leaves_nothing_half_made() {
    let database = Database::with(WAREHOUSE);
    for cut in [Cut::Before, Cut::After, Cut::Refused] {
        database.anew(WAREHOUSE);
        let (mut whole, left) = fragile(&database, FAR, cut).await;
        whole.backup(&order(&["silver.tenants", "silver.payments"], AT)).await.unwrap();
        let statements = FAR - left.load(Ordering::Relaxed);
        drop(whole);
        for at in 1..=statements {
            database.sql("DROP DATABASE IF EXISTS lifeboat_backups");
            let (mut tables, _) = fragile(&database, at, cut).await;
            let first = tables.backup(&order(&["silver.tenants", "silver.payments"], AT)).await;
            drop(tables);
            let again = retried(&database).await;
            assert_eq!(again.len(), 2, "{cut:?} at {at}: {first:?}");
            assert_eq!(database.loose_ends().await, Vec::<String>::new(), "{cut:?} at {at}: {first:?}");
            let lines = database.list().await;
            assert!(lines.iter().all(|entry| entry.state == State::Whole), "{cut:?} at {at}: {lines:?}");
        }
    }
}

/// The request again, when the server has noticed that the first session is gone
async fn retried(database: &Database) -> Vec<lifeboat::tables::Entry> {
    for _ in 0..200 {
        match database
            .tables()
            .await
            .backup(&order(&["silver.tenants", "silver.payments"], "2026-11-20T19:20:00Z"))
            .await
        {
            Ok(made) => return made.entries,
            Err(error) if error.why == lifeboat::sql::tables::Why::Busy => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the first session never ended");
}

#[tokio::test]
async fn a_restore_and_its_undo_that_are_cut_anywhere_are_finished_or_not_begun() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("DELETE FROM silver.payments; DELETE FROM silver.tenants WHERE id > 5");
    let damaged = database.sql(LOOKS);
    let source = named("silver.tenants");
    for cut in [Cut::Before, Cut::After, Cut::Refused] {
        let (mut whole, left) = fragile(&database, FAR, cut).await;
        whole.restore(&source, None, later(5000 * (1 + cut as i64))).await.unwrap();
        assert_eq!(database.sql(LOOKS), before);
        whole.undo(&source, later(1 + 5000 * (1 + cut as i64))).await.unwrap();
        assert_eq!(database.sql(LOOKS), damaged);
        let both = FAR - left.load(Ordering::Relaxed);
        drop(whole);
        for at in (1..=both).filter(|at| cut != Cut::Refused || at % 3 == 0) {
            let seconds = 10 * i64::try_from(at).unwrap() + 5000 * (1 + cut as i64);
            let (mut tables, _) = fragile(&database, at, cut).await;
            let put = tables.restore(&source, None, later(seconds)).await;
            let undone = if put.is_ok() { Some(tables.undo(&source, later(seconds + 1)).await) } else { None };
            drop(tables);
            // Whatever stands there now, the same request again ends well, and so does its undo.
            let again = settled(&database, true, seconds + 2).await;
            assert_eq!(database.sql(LOOKS), before, "{cut:?} at {at}: {put:?} {undone:?} {again:?}");
            assert_eq!(database.loose_ends().await, Vec::<String>::new(), "{cut:?} at {at}: {put:?} {undone:?}");
            // The first restore may have been finished by the second request, which then stands on the restored table.
            for _ in 0..5 {
                if database.sql(LOOKS) == damaged {
                    break;
                }
                let undone = settled(&database, false, seconds + 3).await;
                let Err(error) = undone else { continue };
                assert_eq!(error.why, lifeboat::sql::tables::Why::NotThere, "{cut:?} at {at}: {error}");
                database.sql("DELETE FROM silver.payments; DELETE FROM silver.tenants WHERE id > 5");
            }
        }
    }
}

/// A restore or an undo, when the server has noticed that the first session is gone
async fn settled(database: &Database, restore: bool, seconds: i64) -> Result<Put, TableError> {
    let source = named("silver.tenants");
    for _ in 0..200 {
        let mut tables = database.tables().await;
        let done = if restore {
            tables.restore(&source, None, later(seconds)).await
        } else {
            tables.undo(&source, later(seconds)).await
        };
        match done {
            Err(error) if error.why == lifeboat::sql::tables::Why::Busy => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            done => return done,
        }
    }
    panic!("the first session never ended");
}
