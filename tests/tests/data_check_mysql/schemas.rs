//! Schemas, indexes and grants against the last passed drill.

use lifeboat::verify::{Found, Outcome};
use serde_json::{Value, json};

use crate::world::{Database, ask};

const SHOP: &str = "CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY, email varchar(80) NOT NULL, age int DEFAULT 0 CHECK (age >= 0), \
    low varchar(80) AS (LOWER(email)) STORED, UNIQUE KEY users_email (email), KEY users_age (age DESC, email(5))); \
    CREATE TABLE payouts (user_id int, amount decimal(9, 2), CONSTRAINT payer FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE); \
    CREATE VIEW adults AS SELECT * FROM users WHERE age > 17; CREATE SEQUENCE numbers; \
    CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM payouts WHERE amount = 0;
DELIMITER //
CREATE FUNCTION tax(x int) RETURNS int BEGIN RETURN x / 5; END//
CREATE PROCEDURE pay(IN who int) BEGIN INSERT INTO payouts VALUES (who, 1); END//
CREATE TRIGGER before_pay BEFORE INSERT ON payouts FOR EACH ROW BEGIN SET NEW.amount = ABS(NEW.amount); END//
DELIMITER ;";

async fn objects(database: &Database, check: &Value) -> Found {
    database.finds(check).await.unwrap()
}

#[tokio::test]
async fn every_object_is_told_in_a_few_words() {
    let database = Database::with(SHOP);
    let Found::Objects(objects) =
        objects(&database, &json!({"kind": "schema_unchanged", "schema": database.name})).await
    else {
        panic!()
    };
    let name = &database.name;
    let table = [
        ("table {}.users", "InnoDB, utf8mb4_general_ci"),
        ("sequence {}.numbers", "InnoDB, utf8mb4_general_ci"),
        ("column {}.users.id", "int(11) not null auto_increment"),
        ("column {}.users.email", "varchar(80) utf8mb4_general_ci not null"),
        ("column {}.users.age", "int(11) null default 0"),
        ("column {}.users.low", "varchar(80) utf8mb4_general_ci null default NULL STORED GENERATED lcase(`email`)"),
        ("key {}.users.PRIMARY", "primary key (id)"),
        ("key {}.users.users_email", "unique (email)"),
        ("key {}.users.age", "check `age` >= 0"),
        ("key {}.payouts.payer", "foreign key (user_id) references {}.users (id) on update restrict on delete cascade"),
        ("index {}.users.users_email", "unique btree (email)"),
        ("index {}.users.users_age", "btree (age desc, email(5))"),
    ];
    for (object, what) in table {
        let (object, what) = (object.replace("{}", name), what.replace("{}", name));
        assert_eq!(objects.get(&object), Some(&what), "{object} in {objects:#?}");
    }
    let program = [
        ("view {}.adults", "definer of root@localhost"),
        ("routine {}.tax", "function returns int(11) #"),
        ("routine {}.tax", "IN x int(11)"),
        ("routine {}.pay", "procedure"),
        ("trigger {}.before_pay", "before insert on payouts #"),
        ("event {}.nightly", "enabled 1 day #"),
    ];
    for (object, part) in program {
        let what = &objects[&object.replace("{}", name)];
        assert!(what.contains(part), "{object}: {what}");
        assert!(!what.contains("INSERT INTO") && !what.contains("ABS"), "{what}");
    }
}

#[tokio::test]
async fn whatever_changes_in_a_schema_is_named_and_rows_are_no_change() {
    let changes = [
        ("DROP TABLE payouts", "payouts"),
        ("ALTER TABLE users MODIFY email varchar(90) NOT NULL", "column {}.users.email was varchar(80)"),
        ("ALTER TABLE users DROP COLUMN low", "column {}.users.low is gone"),
        ("ALTER TABLE users ADD COLUMN nick text", "column {}.users.nick is new"),
        ("DROP INDEX users_age ON users", "index {}.users.users_age is gone"),
        ("ALTER TABLE users ALTER INDEX users_age IGNORED", "is invisible btree"),
        ("ALTER TABLE payouts DROP FOREIGN KEY payer", "key {}.payouts.payer is gone"),
        ("ALTER TABLE users MODIFY age int DEFAULT 0", "key {}.users.age is gone"),
        ("CREATE OR REPLACE VIEW adults AS SELECT * FROM users WHERE age > 20", "view {}.adults was"),
        ("DROP VIEW adults", "view {}.adults is gone"),
        ("DROP FUNCTION tax", "routine {}.tax is gone"),
        (
            "DELIMITER //\nCREATE OR REPLACE FUNCTION tax(x int) RETURNS int BEGIN RETURN x / 6; END//",
            "routine {}.tax was",
        ),
        (
            "DELIMITER //\nCREATE OR REPLACE FUNCTION tax(x bigint) RETURNS int BEGIN RETURN x / 5; END//",
            "routine {}.tax has changed",
        ),
        ("DROP TRIGGER before_pay", "trigger {}.before_pay is gone"),
        ("DROP EVENT nightly", "event {}.nightly is gone"),
        ("ALTER TABLE payouts DROP FOREIGN KEY payer; ALTER TABLE payouts ENGINE=Aria", "table {}.payouts was InnoDB"),
    ];
    let database = Database::with(SHOP);
    let check = json!({"kind": "schema_unchanged", "schema": database.name});
    let before = objects(&database, &check).await;
    // One that happens once is there until it has happened.
    database.sql("CREATE EVENT once ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 30 DAY DO DELETE FROM payouts");
    database
        .sql("INSERT INTO users (email) VALUES ('a'), ('b'); CALL pay(1); DO NEXTVAL(numbers); ANALYZE TABLE users");
    assert_eq!(database.outcome_after(check.clone(), &before).await.0, Outcome::Passed);
    for (change, said) in changes {
        database.sql(&format!("DROP DATABASE {0}; CREATE DATABASE {0}", database.name));
        database.sql(SHOP);
        database.sql(&format!("SET foreign_key_checks = 0;\n{change}"));
        let (outcome, found) = database.outcome_after(check.clone(), &before).await;
        assert_eq!(outcome, Outcome::Failed, "{change}: {found}");
        assert!(found.contains(&said.replace("{}", &database.name)), "{change}: {found}");
    }
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_missing_and_a_hidden_definition_is_no_pass() {
    let database = Database::with(SHOP);
    let missing = database.finds(&json!({"kind": "schema_unchanged", "schema": "shpo"})).await;
    assert_eq!(missing, Ok(Found::Missing("there is no schema \"shpo\"".to_owned())));
    let door = database.door_of("peeper", &[&format!("SELECT, EXECUTE ON {}.*", database.name)]);
    let mut session = database.open_by(&door).await.unwrap();
    let refused = ask(&mut session, &json!({"kind": "schema_unchanged", "schema": database.name})).await;
    assert!(refused.unwrap_err().to_string().contains("it needs SELECT, SHOW VIEW, TRIGGER, EVENT on"));
    // A trigger that the login may not see would be as before when it is gone.
    for (user, rights) in [("watcher", "SELECT, SHOW VIEW, EVENT"), ("viewer", "SELECT, SHOW VIEW, TRIGGER")] {
        let door = database.door_of(user, &[&format!("{rights} ON {}.*", database.name)]);
        let mut session = database.open_by(&door).await.unwrap();
        let refused = ask(&mut session, &json!({"kind": "schema_unchanged", "schema": database.name})).await;
        assert!(refused.unwrap_err().to_string().contains("sees only what it was granted"), "{rights}");
    }
    // Somebody else's routine has its name in the catalogue, and no definition.
    let door =
        database.door_of("librarian", &[&format!("SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON {}.*", database.name)]);
    let mut session = database.open_by(&door).await.unwrap();
    let refused = ask(&mut session, &json!({"kind": "schema_unchanged", "schema": database.name})).await;
    assert!(refused.unwrap_err().to_string().contains("cannot be read: the login needs SHOW VIEW"));
}

#[tokio::test]
async fn indexes_are_compared_by_their_names_and_one_that_is_not_used_is_as_good_as_missing() {
    let database = Database::with(SHOP);
    let named =
        json!({"kind": "indexes", "table": format!("{}.users", database.name), "names": ["users_email", "users_age"]});
    let any = json!({"kind": "indexes", "table": "users"});
    let before = objects(&database, &any).await;
    assert_eq!(database.outcome(named.clone()).await, Outcome::Passed);
    assert_eq!(database.outcome_after(any.clone(), &before).await.0, Outcome::Passed);

    database.sql("ALTER TABLE users ALTER INDEX users_age IGNORED");
    let (outcome, found) = database.outcome_after(named.clone(), &before).await;
    assert_eq!((outcome, found.as_str()), (Outcome::Failed, "users_age cannot be used"));
    assert_eq!(database.outcome_after(any.clone(), &before).await.0, Outcome::Failed);

    database.sql("DROP INDEX users_age ON users");
    let (outcome, found) = database.outcome_after(named, &before).await;
    assert_eq!((outcome, found.as_str()), (Outcome::Failed, "users_age is missing"));
    assert_eq!(database.outcome_after(any, &before).await.0, Outcome::Failed);

    let database = Database::with(
        "CREATE TABLE old (a int, KEY old_a (a)) ENGINE=MyISAM; INSERT INTO old VALUES (1); ALTER TABLE old DISABLE KEYS",
    );
    let (outcome, found) = database.outcome_after(json!({"kind": "indexes", "table": "old"}), &before).await;
    assert_eq!((outcome, found.as_str()), (Outcome::Failed, "old_a cannot be used"));
}

#[tokio::test]
async fn users_roles_and_grants_are_compared_and_passwords_are_nowhere() {
    let database = Database::alone(
        "CREATE TABLE users (id int, email text); CREATE ROLE reader; CREATE USER app@'%' IDENTIFIED BY 'Hush-1' REQUIRE SSL; \
         CREATE USER `we``ird o'ne`@'10.%' IDENTIFIED BY 'Hush-2'",
    );
    let name = &database.name;
    database.sql(&format!(
        "GRANT SELECT, INSERT ON {name}.* TO app@'%' WITH GRANT OPTION; GRANT SELECT (email) ON {name}.users TO `we``ird o'ne`@'10.%'; \
         GRANT SELECT ON {name}.* TO reader; GRANT reader TO app@'%'"
    ));
    let check = json!({"kind": "grants_unchanged"});
    let before = objects(&database, &check).await;
    let Found::Objects(told) = &before else { panic!("{before:?}") };
    let table = [
        ("user app@%", "mysql_native_password, only with TLS"),
        ("role reader", ""),
        ("grant on {}.* to app@%", "SELECT, INSERT, with grant option"),
        ("grant on {}.* to reader", "SELECT"),
        ("grant of role reader to app@%", "member"),
        ("grant on {}.users to we`ird o'ne@10.%", "SELECT (`email`)"),
    ];
    for (object, what) in table {
        assert_eq!(told.get(&object.replace("{}", name)).map(String::as_str), Some(what), "{object} in {told:#?}");
    }
    assert!(!format!("{told:?}").contains('*') || !format!("{told:?}").contains("PASSWORD"), "{told:#?}");
    let changes = [
        ("ALTER USER app@'%' IDENTIFIED BY 'Hush-3'", None),
        (
            "REVOKE INSERT ON {}.* FROM app@'%'",
            Some("was SELECT, INSERT, with grant option, is SELECT, with grant option"),
        ),
        ("REVOKE reader FROM app@'%'", Some("grant of role reader to app@% is gone")),
        (
            "ALTER USER app@'%' ACCOUNT LOCK",
            Some(
                "user app@% was mysql_native_password, only with TLS, is mysql_native_password, locked, only with TLS",
            ),
        ),
        ("ALTER USER app@'%' REQUIRE NONE", Some("is mysql_native_password, locked")),
        ("DROP ROLE reader", Some("grant on *.* to reader is gone")),
        ("DROP USER app@'%'", Some("user app@% is gone")),
        ("CREATE USER intruder@'%'", Some("user intruder@% is new")),
    ];
    let mut earlier = before;
    for (change, said) in changes {
        database.sql(&change.replace("{}", name));
        let (outcome, found) = database.outcome_after(check.clone(), &earlier).await;
        match said {
            None => assert_eq!(outcome, Outcome::Passed, "{change}: {found}"),
            Some(said) => assert!(outcome == Outcome::Failed && found.contains(said), "{change}: {found}"),
        }
        earlier = objects(&database, &check).await;
    }
}

#[tokio::test]
async fn a_login_that_may_not_read_the_users_is_told_what_it_needs() {
    let database = Database::with("");
    let door = database.door_of("nosy", &[&format!("SELECT ON {}.*", database.name)]);
    let mut session = database.open_by(&door).await.unwrap();
    let refused = ask(&mut session, &json!({"kind": "grants_unchanged"})).await.unwrap_err().to_string();
    assert_eq!(refused, "users and grants cannot be read: the login needs SELECT on mysql.*");
}
