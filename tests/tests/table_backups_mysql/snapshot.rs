//! Writers at work while a backup is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat::sql::tables::{Link as _, Why};

use crate::world::{AT, Database, LOOKS, WAREHOUSE, later, named, order};

const ACCOUNTS: &str = "
CREATE DATABASE bank; USE bank;
CREATE TABLE left_side (id int PRIMARY KEY, amount bigint NOT NULL, what varchar(30));
CREATE TABLE right_side (id int, amount bigint NOT NULL, size float);
INSERT INTO left_side SELECT seq, 1000, 'x' FROM seq_1_to_3000;
INSERT INTO right_side SELECT seq, 1000, 1 / seq FROM seq_1_to_3000;
CREATE INDEX by_id ON right_side (id)";

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
                for sql in [
                    "START TRANSACTION".to_owned(),
                    format!("UPDATE bank.left_side SET amount = amount - 5, what = 'é' WHERE id = {id}"),
                    format!("UPDATE bank.right_side SET amount = amount + 5 WHERE id = {id}"),
                    "COMMIT".to_owned(),
                ] {
                    link.run(&sql).await.unwrap();
                }
                moves += 1;
            }
            moves
        })
    };
    for second in 0..3 {
        let mut order = order(&["bank.left_side", "bank.right_side"], AT);
        order.at = later(second);
        order.id = format!("warehouse-{second}");
        let made = database.tables().await.backup(&order).await.unwrap();
        let sums: Vec<String> = made
            .entries
            .iter()
            .map(|entry| format!("(SELECT SUM(amount) FROM lifeboat_backups.`{}`)", entry.copy))
            .collect();
        assert_eq!(database.sql(&format!("SELECT {}", sums.join(" + "))), "6000000");
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0, "the writer was never held up");
}

/// What is brought over from the snapshot through this process is exact, whatever its type
#[tokio::test]
async fn rows_of_every_type_that_change_while_they_are_copied_are_as_in_the_snapshot() {
    let database = Arc::new(Database::with(WAREHOUSE));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (database, stop) = (database.clone(), stop.clone());
        tokio::spawn(async move {
            let mut link = database.link().await;
            let mut way = 1;
            while !stop.load(Ordering::Relaxed) {
                link.run(&format!(
                    "UPDATE silver.tenants SET apartment = 1 + (apartment + {way}) % 20, flags = (flags + 1) % 8"
                ))
                .await
                .unwrap();
                way = 3 - way;
            }
        })
    };
    for second in 0..3 {
        let mut order = order(&["silver.tenants"], AT);
        order.at = later(second);
        order.id = format!("warehouse-{second}");
        database.tables().await.backup(&order).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let exact = |looks: &str| {
        let mut fields: Vec<String> = looks.lines().next().unwrap().split('|').map(str::to_owned).collect();
        fields.remove(7);
        // `since` is written by every update; the last sum has it in it.
        fields.pop();
        fields
    };
    let before = database.sql(LOOKS);
    database.sql("DELETE FROM silver.payments");
    database.restore("silver.tenants").await.unwrap();
    assert_eq!(exact(&database.sql(LOOKS)), exact(&before));
}

#[tokio::test]
async fn a_backup_locks_no_row_and_waits_only_shortly_for_whoever_changes_a_table() {
    let database = Database::with(ACCOUNTS);
    let mut other = database.link().await;
    // A writer in the middle of its transaction holds up no backup, and what it has not committed is not in it.
    other.run("START TRANSACTION").await.unwrap();
    other.run("UPDATE bank.left_side SET amount = 0").await.unwrap();
    let made = database.backup(&["bank.left_side"]).await.unwrap();
    assert_eq!(
        database.sql(&format!("SELECT SUM(amount) FROM lifeboat_backups.`{}`", made.entries[0].copy)),
        "3000000"
    );
    // And holds up a restore, which gives up and leaves everything as it was.
    let error = database.restore("bank.left_side").await.unwrap_err();
    assert!(error.why == Why::Refused && error.message.contains("somebody may be using"), "{error}");
    other.run("COMMIT").await.unwrap();
    assert_eq!(database.sql("SELECT SUM(amount) FROM bank.left_side"), "0");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
    other.run("LOCK TABLES bank.left_side WRITE").await.unwrap();
    let mut second = order(&["bank.left_side"], "2026-11-20T19:20:00Z");
    second.id = "warehouse-2".to_owned();
    let error = database.tables().await.backup(&second).await.unwrap_err();
    assert_eq!(error.why, Why::Refused, "{error}");
    other.run("UNLOCK TABLES").await.unwrap();
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
    assert_eq!(database.list().await.len(), 1);
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
    assert_eq!(database.sql("SELECT COUNT(*) FROM bank.left_side"), "3000");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}
