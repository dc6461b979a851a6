//! One realistic shop, damaged in every way that a restore can go wrong: each damage is raised by the check that is for it,
//! and the whole shop raises nothing.

use std::fs;

use lifeboat::verify::{Check, Damage, Found, Outcome, judge_check};
use serde_json::{Value, json};

use crate::world::{Database, RESTORED_TO, ask};

const SHOP: &str = "SET time_zone = '+00:00'; CREATE DATABASE shop; USE shop; \
    CREATE SEQUENCE invoices; \
    CREATE TABLE users (id bigint AUTO_INCREMENT PRIMARY KEY, email varchar(120) NOT NULL, created_at timestamp NOT NULL DEFAULT NOW(), \
        UNIQUE KEY users_email (email)); \
    CREATE TABLE products (sku char(8) PRIMARY KEY, name varchar(80) NOT NULL, price decimal(9, 2) NOT NULL); \
    CREATE TABLE orders (id bigint AUTO_INCREMENT PRIMARY KEY, user_id bigint NOT NULL, invoice bigint NOT NULL DEFAULT NEXTVAL(invoices), \
        placed_at datetime(3) NOT NULL, KEY orders_placed (placed_at), CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id)); \
    CREATE TABLE order_lines (order_id bigint NOT NULL, line int NOT NULL, sku char(8) NOT NULL, PRIMARY KEY (order_id, line), \
        CONSTRAINT lines_order FOREIGN KEY (order_id) REFERENCES orders (id), CONSTRAINT lines_sku FOREIGN KEY (sku) REFERENCES products (sku)); \
    CREATE TABLE audit_log (at timestamp NOT NULL DEFAULT NOW(), what text) PARTITION BY HASH (UNIX_TIMESTAMP(at)) PARTITIONS 3; \
    CREATE VIEW open_orders AS SELECT o.id, u.email FROM orders AS o JOIN users AS u ON u.id = o.user_id; \
    INSERT INTO users (email, created_at) SELECT CONCAT('u', seq, '@example.com'), '2026-11-22 17:00:00' FROM seq_1_to_200; \
    INSERT INTO products SELECT CONCAT('SKU', seq), CONCAT('thing ', seq), seq FROM seq_1_to_20; \
    INSERT INTO orders (user_id, placed_at) SELECT seq, '2026-11-23 02:30:00' - INTERVAL seq MINUTE FROM seq_1_to_200; \
    INSERT INTO order_lines SELECT seq, 1, CONCAT('SKU', 1 + seq % 20) FROM seq_1_to_200; \
    INSERT INTO audit_log SELECT '2026-11-22 17:59:00' - INTERVAL seq SECOND, 'x' FROM seq_1_to_100; \
    CREATE USER app@'%' IDENTIFIED BY 'app'; GRANT SELECT, INSERT, UPDATE ON shop.* TO app@'%'; ANALYZE TABLE users, orders, order_lines;
DELIMITER //
CREATE FUNCTION tax(x int) RETURNS int BEGIN RETURN x / 5; END//
CREATE TRIGGER lower_email BEFORE INSERT ON users FOR EACH ROW BEGIN SET NEW.email = LOWER(NEW.email); END//
DELIMITER ;";

fn checks() -> Vec<Value> {
    vec![
        json!({"kind": "row_count", "table": "shop.users", "at_least": 150}),
        json!({"kind": "freshness", "table": "shop.orders", "column": "placed_at", "within": "1h"}),
        json!({"kind": "freshness", "table": "shop.audit_log", "column": "at", "within": "1h"}),
        json!({"kind": "tables", "schema": "shop", "at_least": 5}),
        json!({"kind": "orphans", "child": "shop.orders.user_id", "parent": "shop.users.id"}),
        json!({"kind": "foreign_keys", "schema": "shop"}),
        json!({"kind": "unchanged", "table": "shop.order_lines", "within_percent": 10}),
        json!({"kind": "schema_unchanged", "schema": "shop"}),
        json!({"kind": "grants_unchanged"}),
        json!({"kind": "indexes", "table": "shop.users", "names": ["users_email"]}),
        json!({"kind": "indexes", "table": "shop.orders"}),
        json!({"kind": "damage"}),
        json!({"kind": "sql", "query": "SELECT COUNT(*) = 0 FROM shop.orders AS o WHERE NOT EXISTS (SELECT 1 FROM shop.order_lines AS l WHERE l.order_id = o.id)", "expect": true}),
    ]
}

/// What each check finds, all in one session
async fn all(database: &Database) -> Vec<Found> {
    let mut session = database.open().await;
    let mut found = Vec::new();
    for check in checks() {
        found.push(ask(&mut session, &check).await.unwrap_or_else(|error| panic!("{check}: {error}")));
    }
    found
}

/// The kinds of the checks that do not pass, with what they say
fn raised(now: &[Found], before: &[Found]) -> Vec<(&'static str, String)> {
    let judged = checks().into_iter().zip(now).zip(before).map(|((check, now), before)| {
        let check: Check = serde_json::from_value(check).unwrap();
        let answer = judge_check(&check, now.clone(), RESTORED_TO.parse().unwrap(), Some(before), 1);
        (check.kind(), answer.outcome, answer.found)
    });
    judged.filter(|(_, outcome, _)| *outcome != Outcome::Passed).map(|(kind, _, found)| (kind, found)).collect()
}

#[tokio::test]
async fn every_damage_is_raised_by_its_check_and_the_whole_shop_raises_nothing() {
    let database = Database::alone("");
    database.sql(SHOP);
    let before = all(&database).await;
    assert_eq!(raised(&all(&database).await, &before), []);
    // Work of a day: rows come and go, and nothing is raised.
    database.sql("USE shop; INSERT INTO users (email) VALUES ('New@example.com'); DELETE FROM order_lines WHERE order_id < 4; DELETE FROM orders WHERE id < 4; ANALYZE TABLE users");
    assert_eq!(raised(&all(&database).await, &before), []);
    let table: [(&str, &[&str]); 25] = [
        ("TRUNCATE TABLE order_lines", &["unchanged", "sql"]),
        ("TRUNCATE TABLE users", &["row_count", "orphans", "foreign_keys"]),
        ("DELETE FROM users WHERE id % 2 = 0", &["row_count", "orphans", "foreign_keys"]),
        ("DELETE FROM order_lines WHERE order_id % 2 = 0", &["unchanged", "sql"]),
        ("DELETE FROM products WHERE sku = 'SKU7'", &["foreign_keys"]),
        ("DELETE FROM users WHERE id = 50", &["orphans", "foreign_keys"]),
        ("UPDATE orders SET placed_at = placed_at - INTERVAL 1 DAY", &["freshness"]),
        ("UPDATE audit_log SET at = at - INTERVAL 1 DAY", &["freshness"]),
        ("DROP TABLE products", &["tables", "foreign_keys", "schema_unchanged", "damage"]),
        ("DROP INDEX users_email ON users", &["schema_unchanged", "indexes"]),
        ("DROP INDEX orders_placed ON orders", &["schema_unchanged", "indexes"]),
        ("ALTER TABLE orders DROP FOREIGN KEY orders_user", &["schema_unchanged"]),
        ("ALTER TABLE users MODIFY email varchar(100) NOT NULL", &["schema_unchanged"]),
        ("ALTER TABLE products DROP COLUMN price", &["schema_unchanged"]),
        ("DROP VIEW open_orders", &["schema_unchanged"]),
        ("DROP TRIGGER lower_email", &["schema_unchanged"]),
        ("DROP FUNCTION tax", &["schema_unchanged"]),
        ("ALTER TABLE audit_log REMOVE PARTITIONING", &["schema_unchanged"]),
        ("REVOKE UPDATE ON shop.* FROM app@'%'", &["grants_unchanged"]),
        ("DROP USER app@'%'", &["grants_unchanged"]),
        ("ALTER TABLE audit_log ENGINE=MyISAM", &["schema_unchanged", "damage"]),
        ("CREATE TABLE cart (a int) ENGINE=MEMORY", &["schema_unchanged", "damage"]),
        ("ALTER TABLE products DISCARD TABLESPACE", &["damage"]),
        ("ALTER TABLE users RENAME COLUMN email TO mail", &["schema_unchanged", "damage"]),
        ("DO SETVAL(invoices, 1); ALTER SEQUENCE invoices RESTART 5", &["damage"]),
    ];
    for (damage, kinds) in table {
        database.sql("SET foreign_key_checks = 0; DROP DATABASE IF EXISTS shop; DROP USER IF EXISTS app@'%'");
        database.sql(SHOP);
        database.sql(&format!("USE shop; SET foreign_key_checks = 0; {damage}"));
        let mut session = database.open().await;
        let mut now = Vec::new();
        for (check, before) in checks().into_iter().zip(&before) {
            // What cannot be asked any more is no pass either; here it stands for its earlier answer.
            now.push(ask(&mut session, &check).await.unwrap_or_else(|_| before.clone()));
        }
        let raised = raised(&now, &before);
        for kind in kinds {
            assert!(raised.iter().any(|(raised, _)| raised == kind), "{damage}: {kind} is not among {raised:?}");
        }
    }
}

async fn damages(database: &Database) -> Vec<(String, String)> {
    match database.finds(&json!({"kind": "damage"})).await.unwrap() {
        Found::Damages { found, left_out, .. } => {
            assert_eq!(left_out, Vec::<String>::new());
            found
                .into_iter()
                .map(|Damage { object, what }| (object.replace(&format!("{}.", database.name), ""), what))
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_sign_of_damage_names_its_object_and_what_is_wrong() {
    let table = [
        ("CREATE TABLE a (a int) ENGINE=MyISAM", "a", "does not survive a crash"),
        ("CREATE TABLE a (a int NOT NULL) ENGINE=CSV", "a", "does not survive a crash"),
        ("CREATE TABLE a (a int) ENGINE=Aria TRANSACTIONAL=0", "a", "not transactional"),
        ("CREATE TABLE a (a int) ENGINE=MEMORY", "a", "a restore brings it back empty"),
        (
            "CREATE TABLE a (a int); ALTER TABLE a DISCARD TABLESPACE",
            "a",
            "cannot be read: Tablespace has been discarded",
        ),
        ("CREATE TABLE a (a int); CREATE VIEW v AS SELECT a FROM a; DROP TABLE a", "v", "references invalid table(s)"),
        (
            "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE a (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)); SET foreign_key_checks = 0; DROP TABLE p",
            "a.f",
            "its parent {}.p is not there",
        ),
        ("CREATE DEFINER=gone@'%' VIEW v AS SELECT 1", "v", "its definer gone@% is not there"),
        ("CREATE DEFINER=gone@'%' PROCEDURE r() SELECT 1", "r", "its definer gone@% is not there"),
        (
            "CREATE TABLE a (a int); CREATE DEFINER=gone@'%' TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.a = 1",
            "t",
            "its definer gone@% is not there",
        ),
        ("CREATE DEFINER=gone@'%' EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "e", "its definer gone@% is not there"),
        (
            "CREATE SEQUENCE s; CREATE TABLE a (a bigint DEFAULT NEXTVAL(s)); INSERT INTO a VALUES (900000)",
            "s",
            "its next number is taken",
        ),
    ];
    let database = Database::alone("");
    let name = &database.name;
    database.sql("CREATE TABLE fine (id int AUTO_INCREMENT PRIMARY KEY); INSERT INTO fine VALUES (7); CREATE TABLE full (id tinyint AUTO_INCREMENT PRIMARY KEY); INSERT INTO full VALUES (127); CREATE SQL SECURITY INVOKER VIEW invoked AS SELECT 1");
    assert_eq!(damages(&database).await, []);
    for (damage, object, what) in table {
        database.sql(damage);
        let found = damages(&database).await;
        let what = what.replace("{}", name);
        assert!(found.iter().any(|(of, said)| of == object && said.contains(&what)), "{damage}: {found:?}");
        database.sql(&format!("SET foreign_key_checks = 0; DROP DATABASE {name}; CREATE DATABASE {name}"));
    }
    database.sql("CREATE TABLE old (a int, KEY old_a (a)) ENGINE=MyISAM; INSERT INTO old VALUES (1); ALTER TABLE old DISABLE KEYS");
    let found = damages(&database).await;
    assert!(found.contains(&("old.old_a".to_owned(), "disabled index".to_owned())), "{found:?}");
}

#[tokio::test]
async fn a_file_that_is_gone_or_torn_is_found_by_opening_its_table() {
    let database = Database::alone(
        "CREATE TABLE a (a int) ENGINE=MyISAM; INSERT INTO a VALUES (1); CREATE TABLE p (a int) ENGINE=Aria PARTITION BY HASH (a) PARTITIONS 2; \
         INSERT INTO p VALUES (1), (2); FLUSH TABLES",
    );
    let files = database.server.files(&database.name);
    fs::remove_file(files.join("a.MYD")).unwrap();
    fs::remove_file(files.join("p#P#p1.MAD")).unwrap();
    database.sql("FLUSH TABLES");
    let found = damages(&database).await;
    for table in ["a", "p"] {
        assert!(found.iter().any(|(of, said)| of == table && said.contains("cannot be read")), "{table}: {found:?}");
    }
}

#[tokio::test]
async fn what_a_login_may_not_see_is_left_out_in_words() {
    let database = Database::with("CREATE TABLE a (a int)");
    let door = database.door_of("half_blind", &[&format!("SELECT ON {}.*", database.name)]);
    let mut session = database.open_by(&door).await.unwrap();
    let found = ask(&mut session, &json!({"kind": "damage"})).await;
    let Ok(Found::Damages { left_out, .. }) = found else { panic!("{found:?}") };
    assert_eq!(
        left_out,
        [
            "definers that are gone: the login needs SELECT on mysql.*",
            "the login sees only what it was granted; to tell, it needs SELECT on *.*"
        ]
    );
}

#[tokio::test]
async fn what_a_login_may_not_read_is_left_out_and_no_damage() {
    let database = Database::alone(
        "CREATE TABLE a (a int); CREATE TABLE b (a int); CREATE DATABASE core; CREATE TABLE core.p (a int PRIMARY KEY); \
         CREATE TABLE c (a int, CONSTRAINT f FOREIGN KEY (a) REFERENCES core.p (a))",
    );
    let name = &database.name;
    // It sees `a` in the catalogue because it may write there, and the parent of `c` not at all.
    let grants = [format!("INSERT ON {name}.a"), format!("SELECT ON {name}.b"), format!("SELECT ON {name}.c")];
    let door = database.door_of("writer", &grants.each_ref().map(String::as_str));
    let mut session = database.open_by(&door).await.unwrap();
    let found = ask(&mut session, &json!({"kind": "damage"})).await;
    let Ok(Found::Damages { found, left_out, .. }) = found else { panic!("{found:?}") };
    assert_eq!(found, []);
    for part in [format!("{name}.a: the server refused it"), format!("the parent of {name}.c.f: the server refused it")]
    {
        assert!(left_out.iter().any(|left| left.starts_with(&part)), "{part}: {left_out:?}");
    }
}

#[tokio::test]
async fn a_login_that_sees_no_table_has_looked_at_nothing() {
    let database = Database::with("CREATE TABLE a (a int)");
    let door = database.door_of("blind", &[]);
    // It may not even connect to the database, so it goes to one that everybody sees.
    let door = lifeboat::sql::Door { database: "information_schema".to_owned(), ..door };
    let mut session = database.open_by(&door).await.unwrap();
    let damage: Check = serde_json::from_value(json!({"kind": "damage"})).unwrap();
    let found = ask(&mut session, &json!({"kind": "damage"})).await.unwrap();
    let outcome = judge_check(&damage, found, RESTORED_TO.parse().unwrap(), None, 1).outcome;
    assert!(matches!(outcome, Outcome::NotAsked { .. }), "{outcome:?}");
    for kind in [json!({"kind": "tables", "at_least": 1}), json!({"kind": "schema_unchanged"})] {
        let refused = ask(&mut session, &kind).await.unwrap_err().to_string();
        assert!(refused.starts_with("the login sees only what it was granted"), "{kind}: {refused}");
    }
}
