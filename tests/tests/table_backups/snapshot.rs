//! Writers at work while a backup is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat::sql::tables::{Link as _, Why};

use crate::world::{Database, later, named};

const ACCOUNTS: &str = "
CREATE SCHEMA bank;
CREATE TABLE bank.left_side (id int PRIMARY KEY, amount bigint NOT NULL);
CREATE TABLE bank.right_side (id int PRIMARY KEY, amount bigint NOT NULL);
INSERT INTO bank.left_side SELECT n, 1000 FROM generate_series(1, 3000) AS n;
INSERT INTO bank.right_side SELECT n, 1000 FROM generate_series(1, 3000) AS n";

#[tokio::test]
async fn money_that_moves_between_two_tables_is_all_there_in_their_copies() {
    let database = Arc::new(Database::with(ACCOUNTS));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (database, stop) = (database.clone(), stop.clone());
        tokio::spawn(async move {
            let mut link = database.link().await;
            let mut moves = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                let id = 1 + moves * 7 % 3000;
                let sql = format!(
                    "BEGIN; UPDATE bank.left_side SET amount = amount - 5 WHERE id = {id}; \
                     UPDATE bank.right_side SET amount = amount + 5 WHERE id = {id}; COMMIT"
                );
                link.run(&sql).await.unwrap();
                moves += 1;
            }
            moves
        })
    };
    for (at, second) in (0..3).map(|at| (at, later(at))) {
        let mut order = crate::world::order(&["bank.left_side", "bank.right_side"], crate::world::AT);
        order.at = second;
        order.id = format!("warehouse-{at}");
        let made = database.tables().await.backup(&order).await.unwrap();
        let sums: Vec<String> = made
            .entries
            .iter()
            .map(|entry| format!("(SELECT sum(amount) FROM lifeboat_backups.\"{}\")", entry.copy))
            .collect();
        assert_eq!(database.sql(&format!("SELECT {}", sums.join(" + "))), "6000000");
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0, "the writer was never held up");
}

#[tokio::test]
async fn a_table_that_somebody_is_changing_is_waited_for_only_shortly_and_readers_are_never() {
    let database = Database::with(ACCOUNTS);
    let mut other = database.link().await;
    other.run("BEGIN").await.unwrap();
    other.run("LOCK TABLE bank.left_side IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let error = database.backup(&["bank.left_side"]).await.unwrap_err();
    assert_eq!(error.why, Why::Refused);
    assert!(error.message.contains("somebody is using"), "{error}");
    assert!(database.list().await.is_empty());
    other.run("ROLLBACK").await.unwrap();
    // A writer in the middle of its transaction holds up no backup, and what it has not committed is not in it.
    other.run("BEGIN").await.unwrap();
    other.run("UPDATE bank.left_side SET amount = 0").await.unwrap();
    let made = database.backup(&["bank.left_side"]).await.unwrap();
    other.run("COMMIT").await.unwrap();
    let sum = format!("SELECT sum(amount) FROM lifeboat_backups.\"{}\"", made.entries[0].copy);
    assert_eq!(database.sql(&sum), "3000000");
    // A reader in the middle of its transaction holds up a restore, which gives up and leaves everything as it was.
    other.run("BEGIN").await.unwrap();
    other.rows("SELECT count(*) FROM bank.left_side").await.unwrap();
    let error = database.restore("bank.left_side").await.unwrap_err();
    assert!(error.message.contains("somebody is using"), "{error}");
    other.run("ROLLBACK").await.unwrap();
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
    assert!(database.restore("bank.left_side").await.is_ok());
}

#[tokio::test]
async fn of_two_restores_at_once_one_is_told_to_wait() {
    let database = Database::with(ACCOUNTS);
    database.backup(&["bank.left_side"]).await.unwrap();
    database.sql("DELETE FROM bank.left_side");
    let (mut one, mut other) = (database.tables().await, database.tables().await);
    let source = named("bank.left_side");
    let (first, second) = tokio::join!(one.restore(&source, None, later(60)), other.restore(&source, None, later(61)));
    let well = [&first, &second].iter().filter(|put| put.is_ok()).count();
    for error in [&first, &second].into_iter().filter_map(|put| put.as_ref().err()) {
        assert_eq!(error.why, Why::Busy, "{error}");
    }
    assert!(well >= 1);
    assert_eq!(database.sql("SELECT count(*) FROM bank.left_side"), "3000");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}
