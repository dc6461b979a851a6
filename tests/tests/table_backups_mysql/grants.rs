//! A login that has no more than the grants that the documentation lists.

use lifeboat::sql::{Door, MysqlTables, Password};

use crate::world::{AT, Database, LOOKS, WAREHOUSE, later, named, order};

#[tokio::test]
async fn a_login_with_the_listed_grants_backs_up_restores_and_undoes() {
    let database = Database::with(WAREHOUSE);
    // As the documentation lists them; SET USER lets a trigger keep its definer.
    database.sql(
        "CREATE USER lifeboat@'%' IDENTIFIED BY 'x-lifeboat';
         GRANT CREATE, DROP, ALTER, SELECT, INSERT, UPDATE, DELETE, INDEX ON lifeboat_backups.* TO lifeboat@'%';
         GRANT SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER ON silver.* TO lifeboat@'%';
         GRANT SET USER ON *.* TO lifeboat@'%'",
    );
    let door = Door { user: "lifeboat".to_owned(), password: Password::new("x-lifeboat"), ..database.door() };
    let before = database.sql(LOOKS);
    let mut tables = MysqlTables::new(database.link_by(&door).await, database.link_by(&door).await);
    tables.backup(&order(&["silver.tenants"], AT)).await.unwrap();
    database.sql("USE silver; DELETE FROM payments WHERE id > 3; DELETE FROM tenants WHERE id > 115");
    let damaged = database.sql(LOOKS);
    let put = tables.restore(&named("silver.tenants"), None, later(60)).await.unwrap();
    assert_eq!(database.sql(LOOKS), before, "{:?}", put.notes);
    tables.undo(&named("silver.tenants"), later(120)).await.unwrap();
    assert_eq!(database.sql(LOOKS), damaged);
}
