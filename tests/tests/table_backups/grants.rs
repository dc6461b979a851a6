//! A login that has no more than the grants that the documentation lists.

use lifeboat::sql::tables::Why;
use lifeboat::sql::{Door, Password, PostgresTables};

use crate::world::{AT, Database, LOOKS, WAREHOUSE, later, named, order};

#[tokio::test]
async fn a_login_with_the_listed_grants_backs_up_restores_and_undoes() {
    let database = Database::with(WAREHOUSE);
    let user = format!("lifeboat_{}", database.name);
    let etl = format!("etl_{}", database.name);
    // As the documentation lists them: the role that owns the tables, and CREATE on the database.
    database.sql(&format!(
        "CREATE ROLE {etl}; CREATE ROLE {user} LOGIN PASSWORD 'x-{user}'; GRANT {etl} TO {user};
         GRANT CREATE ON DATABASE {} TO {user}; GRANT USAGE, CREATE ON SCHEMA silver TO {etl};
         ALTER TABLE silver.tenants OWNER TO {etl}; ALTER TABLE silver.payments OWNER TO {etl};
         ALTER VIEW silver.names OWNER TO {etl}; GRANT REFERENCES ON silver.apartments TO {etl};
         GRANT SELECT ON silver.apartments TO {etl}",
        database.name
    ));
    let before = database.sql(LOOKS);
    let door = Door { user: user.clone(), password: Password::new(format!("x-{user}")), ..database.door() };
    let mut tables = PostgresTables::new(database.link_by(&door).await);
    tables.backup(&order(&["silver.tenants"], AT)).await.unwrap();
    database.sql("DELETE FROM silver.payments; DELETE FROM silver.tenants");
    let put = tables.restore(&named("silver.tenants"), None, later(60)).await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    tables.undo(&named("silver.tenants"), later(120)).await.unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM silver.tenants"), "0");
    // What it does not own it can copy where it may read, and cannot put aside.
    tables.backup(&order(&["silver.apartments"], "2026-11-20T19:20:00Z")).await.unwrap();
    let error = tables.restore(&named("silver.apartments"), None, later(180)).await.unwrap_err();
    assert_eq!(error.why, Why::Refused, "{error}");
    assert!(error.message.contains("owned by"), "{error}");
    drop(tables);
    database.sql(&format!(
        "REASSIGN OWNED BY {user}, {etl} TO owner; DROP OWNED BY {user}, {etl}; DROP ROLE {user}; DROP ROLE {etl}"
    ));
}
