//! A crash at every statement, and the same request again.

use std::sync::atomic::Ordering;

use lifeboat::sql::PostgresTables;
use lifeboat::tables::State;

use crate::world::{AT, Cut, Database, Fragile, LOOKS, WAREHOUSE, later, named, order};

/// More statements than any request here has
const FAR: usize = 100_000;

async fn fragile(
    database: &Database,
    at: usize,
    cut: Cut,
) -> (PostgresTables<Fragile>, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let (link, left) = Fragile::new(database.link().await, at, cut);
    (PostgresTables::new(link), left)
}

#[tokio::test]
async fn a_backup_that_is_cut_anywhere_leaves_nothing_half_made() {
    let database = Database::with(WAREHOUSE);
    for cut in [Cut::Before, Cut::After, Cut::Refused] {
        database.sql("DROP SCHEMA IF EXISTS lifeboat_backups CASCADE");
        let (mut whole, left) = fragile(&database, FAR, cut).await;
        whole.backup(&order(&["silver.tenants", "silver.payments"], AT)).await.unwrap();
        let statements = FAR - left.load(Ordering::Relaxed);
        drop(whole);
        for at in 1..=statements {
            database.sql("DROP SCHEMA IF EXISTS lifeboat_backups CASCADE");
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
async fn a_restore_and_its_undo_that_are_cut_anywhere_are_done_or_not_begun() {
    for cut in [Cut::Before, Cut::After] {
        let database = Database::with(WAREHOUSE);
        let before = database.sql(LOOKS);
        database.backup(&["silver.tenants"]).await.unwrap();
        database.sql("DELETE FROM silver.payments; DELETE FROM silver.tenants WHERE id > 5");
        let damaged = database.sql(LOOKS);
        let source = named("silver.tenants");
        let (mut whole, left) = fragile(&database, FAR, cut).await;
        whole.restore(&source, None, later(1)).await.unwrap();
        let restoring = FAR - left.load(Ordering::Relaxed);
        whole.undo(&source, later(2)).await.unwrap();
        let both = FAR - left.load(Ordering::Relaxed);
        drop(whole);
        // Every third: every statement of a transaction ends it in the same way.
        for (turn, at) in (1..=both).step_by(3).chain([restoring, both]).enumerate() {
            let seconds = 10 * i64::try_from(1 + turn).unwrap();
            let (mut tables, _) = fragile(&database, at, cut).await;
            let put = tables.restore(&source, None, later(seconds)).await;
            let undone = if put.is_ok() { Some(tables.undo(&source, later(seconds + 1)).await) } else { None };
            drop(tables);
            let looks = database.sql(LOOKS);
            assert!(looks == before || looks == damaged, "{cut:?} at {at}: {put:?} {undone:?}\n{looks}");
            assert_eq!(database.loose_ends().await, Vec::<String>::new(), "{cut:?} at {at}");
            if looks == before {
                settle(&database, seconds + 2).await;
            }
            assert_eq!(database.sql(LOOKS), damaged);
        }
    }
}

/// Takes the restore back, when the server has noticed that the first session is gone
async fn settle(database: &Database, seconds: i64) {
    for _ in 0..200 {
        match database.tables().await.undo(&named("silver.tenants"), later(seconds)).await {
            Ok(_) => return,
            Err(error) if error.why == lifeboat::sql::tables::Why::Busy => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the first session never ended");
}
