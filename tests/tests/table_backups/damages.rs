//! The damage that jobs do.

use lifeboat::sql::tables::Why;

use crate::world::{Database, LOOKS, WAREHOUSE, named};

#[tokio::test]
async fn a_dropped_table_comes_back_with_its_keys_its_trigger_and_its_sequence() {
    let database = Database::with(WAREHOUSE);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("DROP TABLE silver.tenants CASCADE");
    let put = database.restore("silver.tenants").await.unwrap();
    assert_eq!(put.entry.details.restore.as_ref().unwrap().aside, None);
    let looks = "SELECT count(*) FROM silver.tenants;
        SELECT string_agg(conname || ' ' || convalidated, ',' ORDER BY conname) FROM pg_constraint
         WHERE contype = 'f' AND 'silver.tenants'::regclass IN (conrelid, confrelid);
        SELECT count(*) FROM pg_trigger WHERE tgrelid = 'silver.tenants'::regclass AND tgname = 'noted'";
    assert_eq!(database.sql(looks), "190\nlives_in true,paid_by true\n1", "{:?}", put.notes);
    database.sql("INSERT INTO silver.tenants (apartment, name) VALUES (1, 'new')");
    assert_eq!(database.sql("SELECT id FROM silver.tenants WHERE name = 'new'"), "201");
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT to_regclass('silver.tenants') IS NULL"), "t");
    assert_eq!(database.loose_ends().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_schema_that_was_dropped_whole_is_made_again() {
    let database = Database::with(
        "CREATE SCHEMA gold; CREATE TABLE gold.sums (id serial PRIMARY KEY, sum numeric);
         INSERT INTO gold.sums (sum) SELECT n FROM generate_series(1, 10) AS n",
    );
    database.backup(&["gold.sums"]).await.unwrap();
    database.sql("DROP SCHEMA gold CASCADE");
    database.restore("gold.sums").await.unwrap();
    database.sql("INSERT INTO gold.sums (sum) VALUES (11)");
    assert_eq!(database.sql("SELECT count(*), max(id) FROM gold.sums"), "11|11");
}

#[tokio::test]
async fn a_half_loaded_table_that_the_job_made_anew_is_put_aside() {
    let database = Database::with(WAREHOUSE);
    database
        .sql("CREATE ROLE reader; GRANT USAGE ON SCHEMA silver TO reader; GRANT SELECT ON silver.tenants TO reader");
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    // DROP and CREATE as a dump does it, then half of the rows: no keys, no trigger, no grants
    database.sql(
        "DROP TABLE silver.tenants CASCADE; CREATE TABLE silver.tenants (id bigint, name text);
         INSERT INTO silver.tenants SELECT n, 'half' FROM generate_series(1, 90) AS n;
         CREATE VIEW silver.names AS SELECT id, name FROM silver.tenants",
    );
    let put = database.restore("silver.tenants").await.unwrap();
    let now = database.sql(LOOKS);
    let without_view = |text: &str| text.lines().filter(|line| !line.contains("WHERE")).count();
    assert_eq!(without_view(&now), without_view(&before), "{:?}\n{now}\n{before}", put.notes);
    assert_eq!(now.lines().next(), before.lines().next());
    assert_eq!(database.sql("SELECT has_table_privilege('reader', 'silver.tenants', 'SELECT')"), "t");
    assert_eq!(database.sql("SELECT count(*) FROM silver.names"), "190", "the new view reads the restored table");
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql("SELECT count(*), min(name) FROM silver.tenants"), "90|half");
    database.sql("DROP VIEW silver.names; DROP OWNED BY reader; DROP ROLE reader");
}

#[tokio::test]
async fn a_changed_schema_goes_back_and_comes_again() {
    let database = Database::with(WAREHOUSE);
    let before = database.sql(LOOKS);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql(
        "ALTER TABLE silver.tenants DROP COLUMN papers, ADD COLUMN email text, ALTER COLUMN rent TYPE bigint;
         DROP INDEX silver.tenants_by_apartment; CREATE INDEX tenants_by_email ON silver.tenants (email)",
    );
    let changed = database.sql(LOOKS);
    database.restore("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), before);
    database.undo("silver.tenants").await.unwrap();
    assert_eq!(database.sql(LOOKS), changed);
}

#[tokio::test]
async fn a_post_hook_applied_twice_is_taken_back() {
    let database = Database::with(WAREHOUSE);
    database.backup(&["silver.tenants"]).await.unwrap();
    for _ in 0..2 {
        database.sql("UPDATE silver.tenants SET rent = rent * 1.1");
    }
    assert_ne!(database.sql("SELECT sum(rent) FROM silver.tenants"), "18154072.50");
    database.restore("silver.tenants").await.unwrap();
    assert_eq!(
        database.sql("SELECT sum(rent) FROM silver.tenants"),
        database.sql("SELECT sum(n * 1000.5)::numeric(12,2) FROM generate_series(1, 190) AS n")
    );
}

#[tokio::test]
async fn rows_whose_parents_are_gone_come_back_and_are_told() {
    let database = Database::with(WAREHOUSE);
    database.backup(&["silver.tenants"]).await.unwrap();
    database.sql("DELETE FROM silver.payments; DELETE FROM silver.tenants; DELETE FROM silver.apartments WHERE id = 3");
    let put = database.restore("silver.tenants").await.unwrap();
    assert!(put.notes.iter().any(|note| note.contains("lives_in is back but NOT VALID")), "{:?}", put.notes);
    assert_eq!(database.sql("SELECT count(*) FROM silver.tenants"), "190");
    assert_eq!(database.sql("SELECT convalidated FROM pg_constraint WHERE conname = 'lives_in'"), "f");
}

#[tokio::test]
async fn what_a_copy_would_not_be_faithful_to_is_refused() {
    let database = Database::with(
        "CREATE TABLE plain (id int); CREATE VIEW seen AS SELECT * FROM plain; CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a;
         CREATE TABLE parts (id int) PARTITION BY RANGE (id);
         CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10);
         CREATE UNLOGGED TABLE loose (id int); CREATE TABLE hidden (id int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
         CREATE TABLE child () INHERITS (plain)",
    );
    for table in ["seen", "kept", "parts", "part", "loose", "hidden", "child", "plain"] {
        let error = database.backup(&[&format!("public.{table}")]).await.unwrap_err();
        assert_eq!(error.why, Why::Unfit, "{table}: {error}");
        assert!(error.message.contains(&named(&format!("public.{table}")).to_string()), "{error}");
    }
    assert!(database.list().await.is_empty());
}
