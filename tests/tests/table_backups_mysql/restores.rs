//! A table is backed up, damaged, put back, and that is undone.

use lifeboat::sql::tables::Why;
use lifeboat::tables::{Doomed, Keep, OpenFailures, State};

use crate::world::{AT, Database, LOOKS, WAREHOUSE, later, named, order};

#[tokio::test]
async fn a_wiped_table_is_put_back_whole_and_the_restore_is_undone_and_done_again() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    let next = database.sql("SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'tenants'");
    let made = database.backup(&["silver.tenants", "silver.payments"]).await.unwrap();
    let entry = made.entries.iter().find(|entry| entry.source == named("silver.tenants")).unwrap();
    assert_eq!((entry.state, entry.details.rows), (State::Whole, 190));
    let not = entry.details.carried_not.join("\n");
    for what in ["foreign key lives_in", "foreign key paid_by of silver.payments", "trigger noted"] {
        assert!(not.contains(what), "{what} in {not}");
    }
    database.sql("USE silver; DELETE FROM payments WHERE id > 3; DELETE FROM tenants WHERE id > 115; UPDATE tenants SET rent = 0");
    let damaged = database.sql(LOOKS);

    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    assert_eq!(put.entry.state, State::Restored);
    let aside = put.entry.details.asides[0].table.clone();
    assert!(aside.starts_with("tenants_broken_20261120191100_"), "{aside}");
    // Keys hold, and numbers go on where they were.
    database.sql(
        "USE silver; INSERT INTO tenants (apartment, name) VALUES (1, 'new');
         INSERT INTO payments VALUES (999, LAST_INSERT_ID())",
    );
    assert_eq!(database.sql("SELECT id FROM silver.tenants WHERE name = 'new'"), next);
    database.sql("DELETE FROM silver.tenants WHERE name = 'new'");
    assert_eq!(database.sql("SELECT COUNT(*) FROM silver.payments WHERE id = 999"), "0", "the key cascades");
    database.sql("USE silver; DELETE FROM log; UPDATE tenants SET rent = rent + 1 WHERE id = 1; UPDATE tenants SET rent = rent - 1 WHERE id = 1");
    assert_eq!(database.sql("SELECT COUNT(*) FROM silver.log"), "2", "the trigger is there");

    let undone = database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), damaged, "{:?}", undone.notes);
    assert_eq!(undone.entry.state, State::Undone);
    let again = database.undo("silver.tenants").await.unwrap_err();
    assert_eq!(again.why, Why::NotThere, "{again}");

    let mut tables = database.tables().await;
    tables.restore(&named("silver.tenants"), Some("warehouse-20261120191000"), later(180)).await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "the copy outlives its restores");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_nothing_is_half_made() {
    let database = Database::with(WAREHOUSE);
    assert_eq!(database.restore("silver.tenants").await.unwrap_err().why, Why::NotThere);
    let error = database.backup(&["silver.tenants", "silver.gone"]).await.unwrap_err();
    assert!(error.why == Why::NotThere && error.message.contains("silver.gone"), "{error}");
    let mut large = order(&["silver.tenants"], AT);
    large.largest_bytes = 8192;
    let error = database.tables().await.backup(&large).await.unwrap_err();
    assert!(error.why == Why::TooLarge && error.message.contains("largest_gib"), "{error}");
    database.sql(
        "CREATE TABLE silver.old (id int) ENGINE = MyISAM; CREATE SEQUENCE silver.numbers;
        CREATE TABLE silver.history (id int) WITH SYSTEM VERSIONING",
    );
    for table in ["silver.old", "silver.names", "silver.numbers", "silver.history"] {
        let error = database.backup(&[table]).await.unwrap_err();
        assert!(error.why == Why::Unfit && error.message.contains(table), "{error}");
    }
    assert!(database.list().await.is_empty());
    let made = database.backup(&["silver.tenants"]).await.unwrap();
    database.sql(&format!("UPDATE lifeboat_backups.`{}` SET rent = 7 WHERE id = 3", made.entries[0].copy));
    let before = database.sql(LOOKS);
    let error = database.restore("silver.tenants").await.unwrap_err();
    assert_eq!(error.why, Why::Damaged, "{error}");
    assert_eq!(database.sql(LOOKS), before);
    assert_eq!(database.list().await[0].state, State::Whole);
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_second_backup_for_the_same_job_run_is_the_first() {
    let database = Database::with(WAREHOUSE);
    let mut first = order(&["silver.tenants"], AT);
    first.job_run = Some("jr_1".to_owned());
    let made = database.tables().await.backup(&first).await.unwrap();
    database.sql("DELETE FROM silver.tenants");
    let mut second = order(&["silver.tenants"], "2026-11-20T19:40:00Z");
    second.job_run = Some("jr_1".to_owned());
    let again = database.tables().await.backup(&second).await.unwrap();
    assert!(again.again);
    assert_eq!((again.backup, database.list().await.len()), (made.backup, 1));
}

#[tokio::test]
async fn a_clean_up_keeps_the_newest_and_drops_what_is_old() {
    let database = Database::with(WAREHOUSE);
    for at in ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", AT] {
        database.tables().await.backup(&order(&["silver.tenants"], at)).await.unwrap();
    }
    database.restore("silver.tenants").await.unwrap();
    let mut tables = database.tables().await;
    let swept =
        tables.clean_up(&Keep { last: 1, days: 14 }.into(), &OpenFailures::default(), later(86400 * 5)).await.unwrap();
    assert_eq!(swept.doomed.len(), 2);
    let states: Vec<State> = tables.list().await.unwrap().iter().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Restored, State::Dropped, State::Dropped]);
    assert_eq!(
        database.sql("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'lifeboat_backups'"),
        "2"
    );
    let swept =
        tables.clean_up(&Keep { last: 1, days: 14 }.into(), &OpenFailures::default(), later(86400 * 60)).await.unwrap();
    assert_eq!(swept.doomed.iter().map(Doomed::is_aside).collect::<Vec<_>>(), [true]);
    assert_eq!(database.undo("silver.tenants").await.unwrap_err().why, Why::NotThere);
    assert!(database.restore("silver.tenants").await.is_ok());
}
