//! A table is backed up, damaged, put back, and that is undone.

use lifeboat::sql::tables::Why;
use lifeboat::tables::{Doomed, Keep, OpenFailures, State};

use crate::world::{AT, Database, LOOKS, WAREHOUSE, later, named, order};

#[tokio::test]
async fn a_copy_has_the_structure_and_the_rows_and_says_what_it_has_not() {
    let database = Database::with(WAREHOUSE);
    let made = database.backup(&["silver.tenants", "silver.payments"]).await.unwrap();
    assert_eq!(made.backup, "warehouse-20261120191000");
    let entry = made.entries.iter().find(|entry| entry.source == named("silver.tenants")).unwrap();
    assert_eq!((entry.state, entry.details.rows), (State::Whole, 190));
    assert!(!entry.details.checksum.is_empty());
    let not = entry.details.carried_not.join("\n");
    for what in ["foreign key lives_in", "foreign key paid_by of silver.payments", "trigger noted", "tenants_id_seq"] {
        assert!(not.contains(what), "{what} in {not}");
    }
    let looks = format!(
        "SELECT count(*), count(upper_name) FROM lifeboat_backups.\"{0}\";
         SELECT count(*) FROM pg_indexes WHERE tablename = '{0}';
         SELECT count(*) FROM pg_constraint WHERE conrelid = 'lifeboat_backups.\"{0}\"'::regclass AND contype = 'c';
         SELECT col_description('lifeboat_backups.\"{0}\"'::regclass, 7)",
        entry.copy
    );
    assert_eq!(database.sql(&looks), "190|190\n3\n1\nin yen");
    // The ETL may drop and recreate its tables: nothing of ours hangs on them.
    database.sql("DROP TABLE silver.payments; DROP VIEW silver.names; DROP TABLE silver.tenants");
    assert_eq!(database.list().await, made.entries.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_wiped_table_is_put_back_whole_and_the_restore_is_undone_and_done_again() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("DELETE FROM silver.tenants WHERE id > 5; UPDATE silver.tenants SET rent = 0");
    let damaged = database.sql(LOOKS);

    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    assert_eq!(put.entry.state, State::Restored);
    let aside = put.entry.details.asides[0].table.clone();
    assert!(aside.starts_with("tenants_broken_20261120191100_"), "{aside}");
    assert_eq!(database.sql(&format!("SELECT count(*), sum(rent) FROM silver.\"{aside}\"")), "5|0.00");
    // Keys hold and numbers go on where they were.
    database.sql(
        "INSERT INTO silver.tenants (apartment, name) VALUES (1, 'new'); INSERT INTO silver.payments VALUES (999, 201)",
    );
    assert_eq!(database.sql("SELECT id, number FROM silver.tenants WHERE name = 'new'"), "201|201");
    database.sql("UPDATE silver.tenants SET rent = 1 WHERE id = 1; DELETE FROM silver.tenants WHERE name = 'new'");
    assert_eq!(database.sql("SELECT count(*) FROM silver.payments WHERE id = 999"), "0", "the key cascades");

    let undone = database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), damaged, "{:?}", undone.notes);
    assert_eq!(undone.entry.state, State::Undone);
    assert!(undone.kept.as_ref().unwrap().starts_with("tenants_undone_"));
    let again = database.undo("silver.tenants").await.unwrap_err();
    assert_eq!(again.why, Why::NotThere, "{again}");

    let mut tables = database.tables().await;
    tables.restore(&named("silver.tenants"), Some("warehouse-20261120191000"), later(180)).await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "the copy outlives its restores");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}

#[tokio::test]
async fn there_is_nothing_to_put_back_where_nothing_was_backed_up() {
    let database = Database::with(WAREHOUSE);
    assert_eq!(database.restore("silver.tenants").await.unwrap_err().why, Why::NotThere);
    assert!(database.list().await.is_empty());
    let error = database.backup(&["silver.tenants", "silver.gone"]).await.unwrap_err();
    assert_eq!(error.why, Why::NotThere);
    assert!(error.message.contains("silver.gone"), "{error}");
    assert!(database.list().await.is_empty(), "nothing half-made");
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
    assert_eq!((again.backup, again.entries), (made.backup, made.entries));
    assert_eq!(database.list().await.len(), 1);
}

#[tokio::test]
async fn more_than_the_policy_allows_is_refused_before_anything_is_copied() {
    let database = Database::with(WAREHOUSE);
    let mut large = order(&["silver.tenants"], AT);
    large.largest_bytes = 8192;
    let error = database.tables().await.backup(&large).await.unwrap_err();
    assert_eq!(error.why, Why::TooLarge);
    assert!(error.message.contains("silver.tenants") && error.message.contains("largest_gib"), "{error}");
    assert!(database.list().await.is_empty());
}

#[tokio::test]
async fn a_copy_that_somebody_changed_is_not_put_back() {
    let database = Database::with(WAREHOUSE);
    let made = database.backup(&["silver.tenants"]).await.unwrap();
    database.sql(&format!("UPDATE lifeboat_backups.\"{}\" SET rent = 7 WHERE id = 3", made.entries[0].copy));
    let before = database.sql(LOOKS);
    let error = database.restore("silver.tenants").await.unwrap_err();
    assert_eq!(error.why, Why::Damaged, "{error}");
    assert_eq!(database.sql(LOOKS), before);
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
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
    assert_eq!(database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'lifeboat_backups'"), "2");
    // The table put aside goes when it is old, and the newest copy never.
    let swept =
        tables.clean_up(&Keep { last: 1, days: 14 }.into(), &OpenFailures::default(), later(86400 * 60)).await.unwrap();
    assert_eq!(swept.doomed.iter().map(Doomed::is_aside).collect::<Vec<_>>(), [true]);
    assert_eq!(database.undo("silver.tenants").await.unwrap_err().why, Why::NotThere);
    assert!(database.restore("silver.tenants").await.is_ok());
}
