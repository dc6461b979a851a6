//! Writers at work while a backup is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat::sql::tables::{Link, Rows, Why};
use lifeboat::sql::{AskError, PostgresLink, PostgresTables};

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

/// A link before one of whose statements somebody else does something
struct Meddled<'d> {
    inner: PostgresLink,
    database: &'d Database,
    left: usize,
    sql: String,
}

impl Meddled<'_> {
    fn meddle(&mut self) {
        self.left = self.left.wrapping_sub(1);
        if self.left == 0 {
            // It gives up where a lock is held.
            let _ = self.database.server.sql(&self.database.name, &self.sql);
        }
    }
}

impl Link for Meddled<'_> {
    async fn rows(&mut self, sql: &str) -> Result<Rows, AskError> {
        self.meddle();
        self.inner.rows(sql).await
    }

    async fn run(&mut self, sql: &str) -> Result<u64, AskError> {
        self.meddle();
        self.inner.run(sql).await
    }
}

/// `TRUNCATE` shows an empty table to whoever took a snapshot before it
#[tokio::test]
async fn a_table_that_is_truncated_and_filled_again_at_any_statement_is_copied_whole() {
    let database = Database::with(ACCOUNTS);
    let sql = "SET lock_timeout = '200ms'; TRUNCATE bank.left_side, bank.right_side; \
               INSERT INTO bank.left_side SELECT n, 1000 FROM generate_series(1, 3000) AS n; \
               INSERT INTO bank.right_side SELECT n, 1000 FROM generate_series(1, 3000) AS n";
    for at in 1..=36 {
        let mut order = crate::world::order(&["bank.left_side", "bank.right_side"], crate::world::AT);
        order.at = later(at);
        order.id = format!("warehouse-{at}");
        let left = usize::try_from(at).unwrap();
        let link = Meddled { inner: database.link().await, database: &database, left, sql: sql.to_owned() };
        let made = PostgresTables::new(link).backup(&order).await.unwrap();
        let rows: Vec<u64> = made.entries.iter().map(|entry| entry.details.rows).collect();
        assert_eq!(rows, [3000, 3000], "meddled with before statement {at}");
    }
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
