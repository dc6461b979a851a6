//! The damage that jobs do.

use crate::world::{Database, LOOKS, WAREHOUSE};

#[tokio::test]
async fn a_dropped_table_comes_back_with_its_keys_and_its_trigger() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("SET foreign_key_checks = 0; DROP TABLE silver.tenants");
    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    assert_eq!(put.entry.details.restore.as_ref().unwrap().aside, None);
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'tenants'"), "0");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_database_that_was_dropped_whole_is_made_again() {
    let database = Database::with(WAREHOUSE);
    database.backup(&["silver.apartments", "silver.tenants"]).await.unwrap();
    database.sql("DROP DATABASE silver");
    database.restore("silver.apartments").await.unwrap();
    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT COUNT(*), MIN(upper_name) FROM silver.tenants").split('|').next(), Some("190"));
    let told = put.notes.join("\n");
    assert!(told.contains("paid_by of silver.payments could not be made again"), "{told}");
}

#[tokio::test]
async fn a_half_loaded_table_that_the_job_made_anew_is_put_aside() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql(
        "USE silver; SET foreign_key_checks = 0; DROP TABLE tenants;
        CREATE TABLE tenants (id bigint unsigned PRIMARY KEY, name varchar(40), status varchar(3) DEFAULT 'in');
        INSERT INTO tenants (id, name) SELECT seq, 'half' FROM seq_1_to_90",
    );
    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT COUNT(*), MIN(name) FROM silver.tenants"), "90|half");
}

#[tokio::test]
async fn a_changed_schema_goes_back_and_comes_again() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql(
        "USE silver; ALTER TABLE tenants DROP COLUMN papers, ADD COLUMN email varchar(9), MODIFY rent bigint,
        DROP KEY by_name, ADD KEY by_email (email);
        CREATE TRIGGER late BEFORE DELETE ON tenants FOR EACH ROW INSERT INTO silver.log VALUES ('gone')",
    );
    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS).replace("\nlate|", "|"), database.sql(LOOKS).replace("\nlate|", "|"));
    assert_eq!(database.sql(LOOKS).lines().next(), before.lines().next());
    assert!(put.notes.iter().any(|note| note.contains("trigger late came after the copy")), "{:?}", put.notes);
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT COUNT(email), COUNT(*) FROM silver.tenants"), "0|190");
    assert_eq!(
        database.sql(
            "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = 'tenants' ORDER BY 1"
        ),
        "late\nnoted"
    );
}

#[tokio::test]
async fn a_post_hook_applied_twice_is_taken_back() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("UPDATE silver.tenants SET rent = rent * 1.1; UPDATE silver.tenants SET rent = rent * 1.1");
    assert_ne!(database.sql(LOOKS), before);
    database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before);
}

#[tokio::test]
async fn rows_whose_parents_are_gone_come_back_and_are_told() {
    let database = Database::with(WAREHOUSE);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("USE silver; DELETE FROM payments; DELETE FROM tenants; DELETE FROM apartments WHERE id = 3");
    let put = database.restore("silver.tenants").await.unwrap();
    assert!(
        put.notes.iter().any(|note| note.contains("lives_in") && note.contains("without a parent")),
        "{:?}",
        put.notes
    );
    assert_eq!(database.sql("SELECT COUNT(*) FROM silver.tenants"), "190");
}
