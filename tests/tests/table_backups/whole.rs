//! The function from request to answer, on a real database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use data_check::Tokens;
use jiff::Timestamp;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{Clock, Post, Secrets, Store, Stored};
use lifeboat::run::{Environment, Handler as _, RunError};
use lifeboat::sql::Password;
use serde_json::{Value, json};
use table_backup::TableBackup;
use tests::postgres::{OWNER, PASSWORD};

use crate::world::{Database, WAREHOUSE, later};

#[derive(Default)]
struct World {
    bucket: Mutex<BTreeMap<String, Vec<u8>>>,
    mails: Mutex<Vec<String>>,
    seconds: Mutex<i64>,
}

#[derive(Clone)]
struct Shared(Arc<World>);

fn unused<T>() -> Result<T, Fault> {
    Err(Fault::new(Class::Permanent, "test:Unused", "", "", "not for table-backup"))
}

impl Store for Shared {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        let body = self.0.bucket.lock().unwrap().get(key).cloned();
        Ok(body.map(|body| Stored { body, etag: "e".to_owned() }))
    }
    async fn create(&self, _: &str, _: Vec<u8>) -> Result<String, Fault> {
        unused()
    }
    async fn replace(&self, _: &str, _: Vec<u8>, _: &str) -> Result<String, Fault> {
        unused()
    }
    async fn put(&self, key: &str, body: Vec<u8>, _: &str) -> Result<(), Fault> {
        self.0.bucket.lock().unwrap().insert(key.to_owned(), body);
        Ok(())
    }
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        self.0.bucket.lock().unwrap().remove(key);
        Ok(())
    }
    async fn list(&self, _: &str, _: usize) -> Result<Vec<String>, Fault> {
        unused()
    }
}

impl Secrets for Shared {
    async fn secret(&self, _: &str) -> Result<String, Fault> {
        Ok(json!({"username": OWNER, "password": PASSWORD}).to_string())
    }
}

impl Tokens for Shared {
    async fn token(&self, _: &str, _: u16, _: &str, _: Timestamp) -> Result<Password, Fault> {
        unused()
    }
}

impl Post for Shared {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        self.0.mails.lock().unwrap().push(format!("{subject}\n\n{body}"));
        Ok(())
    }
}

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        let mut seconds = self.0.seconds.lock().unwrap();
        *seconds += 1;
        later(*seconds)
    }
}

type Function = TableBackup<Shared, Shared, Shared, Shared, Shared>;

fn function(database: &Database) -> (Function, Shared) {
    let world = Shared(Arc::default());
    let policy = json!({"version": 1, "databases": {"warehouse": {
        "kind": "rds", "identifier": "prod-warehouse",
        "live": {"endpoint": "warehouse.example", "database": database.name, "engine": "postgres",
            "login": {"method": "secret", "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"}},
        "checks": [{"kind": "row_count", "table": "silver.tenants", "at_least": 100}]},
      "other": {"kind": "rds", "identifier": "other"}},
      "jobs": {"daily-etl": {"database": "warehouse", "tables": ["silver.tenants"]},
        "nightly": {"database": "warehouse", "tables": ["silver.tenants", "silver.log"], "on_failure": "restore",
            "checks": [{"kind": "sql", "query": "SELECT count(*) = 0 FROM silver.tenants WHERE rent < 100", "expect": true}],
            "keep_backups": {"last": 1, "days": 60}},
        "nowhere": {}}});
    world.0.bucket.lock().unwrap().insert("policy.json".to_owned(), policy.to_string().into_bytes());
    let endpoints = json!({"warehouse.example": format!("localhost:{}", database.server.port())}).to_string();
    let environment = Environment::from_lookup(&[], |name| match name {
        "LIFEBOAT_BUCKET" => Some("bucket".to_owned()),
        "LIFEBOAT_DB_ENDPOINTS" => Some(endpoints.clone()),
        _ => None,
    });
    let function = TableBackup {
        store: world.clone(),
        secrets: world.clone(),
        tokens: world.clone(),
        post: world.clone(),
        clock: world.clone(),
        ca_bundle: database.server.ca().unwrap(),
        environment: environment.unwrap(),
    };
    (function, world)
}

async fn ask(function: &Function, event: Value) -> Result<Value, RunError> {
    function.handle(event, later(900)).await
}

#[tokio::test]
async fn a_job_is_guarded_by_three_requests() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    let before = json!({"backup": {"database": "warehouse", "tables": ["silver.tenants"]}, "reason": "before daily-etl", "job_run": "jr_1"});
    let made = ask(&function, before).await.unwrap();
    let key = made["document"].as_str().unwrap().to_owned();
    assert!(key.starts_with("tables/warehouse/warehouse-20261120"), "{key}");
    let document: Value = serde_json::from_slice(&world.0.bucket.lock().unwrap()[&key]).unwrap();
    assert_eq!(document["tables"][0]["name"], "silver.tenants");
    assert_eq!((&document["tables"][0]["rows"], &document["job_run"]), (&json!(190), &json!("jr_1")));
    assert!(document["carried_not"].as_array().unwrap().len() > 2 && document["at"].is_string());

    let after =
        json!({"verify": {"database": "warehouse", "job": "daily-etl", "job_run": "jr_1", "on_failure": "restore"}});
    let well = ask(&function, after.clone()).await.unwrap();
    assert_eq!(well["verdict"], "passed");
    assert!(world.0.mails.lock().unwrap().is_empty());

    database.sql("DELETE FROM silver.tenants");
    let tell = json!({"verify": {"database": "warehouse", "tables": ["silver.tenants"]}});
    let told = ask(&function, tell).await.unwrap();
    assert_eq!((&told["verdict"], &told["restored"]), (&json!("failed"), &json!([])));
    assert_eq!(database.sql("SELECT count(*) FROM silver.tenants"), "0", "only told");
    let put = ask(&function, after).await.unwrap();
    assert_eq!((&put["verdict"], &put["well_again"]), (&json!("failed"), &json!(true)));
    assert_eq!(database.sql("SELECT count(*) FROM silver.tenants"), "190");
    // A command is broken into lines where it is long; pasted, it is whole.
    let whole = |mail: &String| mail.replace("'\\\n'", "");
    let mails: Vec<String> = world.0.mails.lock().unwrap().iter().map(whole).collect();
    assert_eq!(mails.len(), 2);
    assert!(
        mails[0].starts_with("[FAIL]") && mails[0].contains(&format!("\"backup\":{}", made["backup"])),
        "{}",
        mails[0]
    );
    assert!(mails[1].contains("PUT BACK") && mails[1].contains("\"undo\":true"), "{}", mails[1]);

    let undo = json!({"restore": {"database": "warehouse", "table": "silver.tenants", "undo": true}});
    assert!(ask(&function, undo).await.unwrap()["message"].as_str().unwrap().contains("taken back"));
    let back = json!({"restore": {"database": "warehouse", "table": "silver.tenants", "backup": "latest"}});
    assert!(ask(&function, back).await.unwrap()["message"].as_str().unwrap().contains("190 rows"));
    let listed = ask(&function, json!({"list": "warehouse"})).await.unwrap();
    assert_eq!(listed["copies"].as_array().unwrap().len(), 1);
    let swept = ask(&function, json!({"clean_up": "warehouse"})).await.unwrap();
    assert_eq!(swept["dropped"], json!([]));
    // Weeks later there are three newer ones, and the bucket tells no more of what is gone.
    for month in 1..4 {
        *world.0.seconds.lock().unwrap() += 86400 * 20 * month;
        let event = json!({"backup": {"database": "warehouse", "tables": ["silver.tenants"]}});
        let deadline = later(*world.0.seconds.lock().unwrap() + 900);
        function.handle(event, deadline).await.unwrap();
    }
    let deadline = later(*world.0.seconds.lock().unwrap() + 900);
    let swept = function.handle(json!({"clean_up": "warehouse"}), deadline).await.unwrap();
    assert_eq!(swept["dropped"].as_array().unwrap().len(), 3, "{swept}");
    assert!(!world.0.bucket.lock().unwrap().contains_key(&key));
}

#[tokio::test]
async fn what_a_request_leaves_out_is_what_the_policy_says_of_the_job() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    let made = ask(&function, json!({"backup": {"job": "nightly"}, "job_run": "jr_1"})).await.unwrap();
    let lines = made["tables"].as_array().unwrap();
    let tables: Vec<&str> = lines.iter().map(|line| line["table"].as_str().unwrap()).collect();
    assert_eq!(tables, ["silver.tenants", "silver.log"]);
    assert_eq!((&made["database"], &lines[0]["reason"]), (&json!("warehouse"), &json!("before nightly")));
    // The job's own check sees the damage, which the database's does not; and the job's word puts the tables back.
    database.sql("UPDATE silver.tenants SET rent = 1");
    let after = json!({"verify": {"job": "nightly", "job_run": "jr_1"}});
    let put = ask(&function, after.clone()).await.unwrap();
    assert_eq!((&put["verdict"], &put["well_again"]), (&json!("failed"), &json!(true)), "{put}");
    assert_eq!(put["restored"], json!(["silver.tenants", "silver.log"]));
    assert_eq!(database.sql("SELECT min(rent) FROM silver.tenants"), "1000.50");
    assert_eq!(ask(&function, after).await.unwrap()["verdict"], "passed");
    assert_eq!(world.0.mails.lock().unwrap().len(), 1);
    // The request's word goes before the job's.
    database.sql("UPDATE silver.tenants SET rent = 1");
    let tell = json!({"verify": {"job": "nightly", "job_run": "jr_1", "on_failure": "tell"}});
    assert_eq!(ask(&function, tell).await.unwrap()["restored"], json!([]));
    let checks = json!([{"kind": "row_count", "table": "silver.tenants", "at_least": 1}]);
    let other = json!({"verify": {"job": "nightly", "checks": checks}});
    assert_eq!(ask(&function, other).await.unwrap()["verdict"], "passed");
}

#[tokio::test]
async fn a_backup_of_another_day_is_not_put_back_unasked() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    ask(&function, json!({"backup": {"job": "nightly"}})).await.unwrap();
    *world.0.seconds.lock().unwrap() += 86400;
    database.sql("UPDATE silver.tenants SET rent = 1");
    let deadline = later(86400 + 900);
    let error = function.handle(json!({"verify": {"job": "nightly"}}), deadline).await.unwrap_err();
    assert!(error.message.contains("more than a day old"), "{error:?}");
    assert_eq!(database.sql("SELECT max(rent) FROM silver.tenants"), "1.00");
    assert!(world.0.mails.lock().unwrap()[0].contains("NOT PUT BACK"), "{:?}", world.0.mails);
}

#[tokio::test]
async fn backups_of_a_job_s_tables_are_kept_as_long_as_the_job_says() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    let both = json!({"backup": {"database": "warehouse", "tables": ["silver.tenants", "silver.apartments"]}});
    for _ in 0..5 {
        let deadline = later(*world.0.seconds.lock().unwrap() + 900);
        function.handle(both.clone(), deadline).await.unwrap();
        *world.0.seconds.lock().unwrap() += 86400 * 14;
    }
    let deadline = later(*world.0.seconds.lock().unwrap() + 900);
    let swept = function.handle(json!({"clean_up": "warehouse"}), deadline).await.unwrap();
    let dropped: Vec<&str> = swept["dropped"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let of = |table: &str| dropped.iter().filter(|name| name.contains(table)).count();
    // live: the newest 3 and all of 14 days; nightly says 60 days of its own tables, and its one copy does not lessen the three.
    assert_eq!((of("apartments"), of("tenants")), (2, 1), "{swept}");
}

#[tokio::test]
async fn what_keeps_us_out_is_mailed_and_red() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    let shut = format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", database.name);
    database.server.sql("postgres", &shut).unwrap();
    let error = ask(&function, json!({"verify": {"job": "nightly"}})).await.unwrap_err();
    assert!(error.message.contains("could not be opened"), "{error:?}");
    assert!(world.0.mails.lock().unwrap()[0].starts_with("[INCONCLUSIVE]"));
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_never_put_back() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    ask(&function, json!({"backup": {"database": "warehouse", "tables": ["silver.tenants"]}})).await.unwrap();
    database.sql("UPDATE silver.tenants SET rent = 1");
    let checks = json!([{"kind": "sql", "query": "SELECT no_such_thing()", "expect": true}]);
    let blind = json!({"verify": {"database": "warehouse", "tables": ["silver.tenants"], "checks": checks, "on_failure": "restore"}});
    let told = ask(&function, blind).await.unwrap();
    assert_eq!((&told["verdict"], &told["restored"]), (&json!("inconclusive"), &json!([])));
    assert_eq!(database.sql("SELECT max(rent) FROM silver.tenants"), "1.00");
    assert!(world.0.mails.lock().unwrap()[0].starts_with("[INCONCLUSIVE]"));
}

#[tokio::test]
async fn a_request_that_cannot_be_meant_is_refused_by_name() {
    let database = Database::with(WAREHOUSE);
    let (function, world) = function(&database);
    let table = [
        (json!({"list": "warehose"}), "Nearest: warehouse"),
        (json!({"list": "other"}), "databases.other.live is missing"),
        (json!({"backup": {"database": "warehouse", "tables": ["tenants"]}}), "backup.tables[0]"),
        (json!({"verify": {"database": "warehouse", "job": "dayly-etl"}}), "Nearest: daily-etl"),
        (json!({"backup": {"job": "dayly-etl"}}), "backup.job: is \"dayly-etl\""),
        (json!({"backup": {"job": "nowhere"}}), "jobs.nowhere.database is missing"),
        (json!({"backup": {"job": "nowhere", "database": "warehouse"}}), "names no tables of the job"),
        (json!({"verify": {"job": "nightly", "database": "other"}}), "by the policy nightly writes warehouse"),
        (json!({"verify": {"database": "warehouse", "on_failure": "restore"}}), "verify.tables: is missing"),
        (json!({"verify": {"database": "warehouse", "checks": [{"kind": "row_cuont"}]}}), "verify.checks[0]"),
        (json!({"restore": {"database": "warehouse", "table": "silver.tenants"}}), "no backup of silver.tenants"),
    ];
    for (event, said) in table {
        let error = ask(&function, event.clone()).await.unwrap_err();
        assert!(error.message.contains(said), "{event}: {error:?}");
    }
    // What is open cannot be known: then nothing is dropped.
    world.0.bucket.lock().unwrap().insert("jobs.json".to_owned(), b"{".to_vec());
    let error = ask(&function, json!({"clean_up": "warehouse"})).await.unwrap_err();
    assert!(error.message.contains("nothing was dropped"), "{error:?}");
}
