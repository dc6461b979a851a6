//! The whole function on a real server, from the event to the written answer.

use std::sync::{Arc, Mutex};

use data_check::{DataCheck, Tokens};
use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{Clock, Secrets, Store, Stored};
use lifeboat::run::{Environment, Handler as _, SystemClock};
use lifeboat::sql::{Drivers, Password};
use lifeboat::verify::{Answers, Outcome, TroubleKind, VerdictWord, of_answers};
use serde_json::{Value, json};
use tests::postgres::{OWNER, PASSWORD};

use crate::world::{Database, RESTORED_TO};

/// A bucket that only takes answers
#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Vec<(String, String)>>>);

/// A vault with the owner's secret, and a signer whose tokens nobody accepts
struct Vault(&'static str);

fn unused<T>() -> Result<T, Fault> {
    Err(Fault::new(Class::Permanent, "test:Unused", "", "", ""))
}

impl Store for Bucket {
    async fn read(&self, _: &str) -> Result<Option<Stored>, Fault> {
        unused()
    }
    async fn create(&self, _: &str, _: Vec<u8>) -> Result<String, Fault> {
        unused()
    }
    async fn replace(&self, _: &str, _: Vec<u8>, _: &str) -> Result<String, Fault> {
        unused()
    }
    async fn put(&self, key: &str, body: Vec<u8>, _: &str) -> Result<(), Fault> {
        self.0.lock().unwrap().push((key.to_owned(), String::from_utf8(body).unwrap()));
        Ok(())
    }
    async fn remove(&self, _: &str) -> Result<(), Fault> {
        unused()
    }
    async fn list(&self, _: &str, _: usize) -> Result<Vec<String>, Fault> {
        unused()
    }
}

impl Secrets for Vault {
    async fn secret(&self, _: &str) -> Result<String, Fault> {
        Ok(json!({"username": OWNER, "password": self.0}).to_string())
    }
}

impl Tokens for Vault {
    async fn token(&self, _: &str, _: u16, _: &str, _: Timestamp) -> Result<Password, Fault> {
        Ok(Password::new(self.0))
    }
}

fn event(database: &Database, checks: &Value) -> Value {
    json!({
        "run": "drill-orders-202611221800", "attempt": 2, "engine": "aurora-postgresql", "endpoint": "copy.rds.amazonaws.com",
        "port": 5432, "database": database.name, "login": {"method": "managed_secret", "secret_arn": "arn:secret"},
        "checks": checks, "restored_to": RESTORED_TO, "timezone": "Asia/Tokyo", "seconds": 5,
    })
}

/// What was answered; the same is written, and the password is in neither
async fn answered(database: &Database, password: &'static str, event: Value) -> Answers {
    let bucket = Bucket::default();
    let endpoints = json!({"copy.rds.amazonaws.com": format!("localhost:{}", database.server.port())}).to_string();
    let environment = Environment::from_lookup(&[], |name| match name {
        "LIFEBOAT_BUCKET" => Some("bucket".to_owned()),
        "LIFEBOAT_DB_ENDPOINTS" => Some(endpoints.clone()),
        _ => None,
    });
    let data_check = DataCheck {
        store: bucket.clone(),
        secrets: Vault(password),
        tokens: Vault(password),
        connect: Drivers::trusting(database.server.ca().unwrap()),
        clock: SystemClock,
        environment: environment.unwrap(),
    };
    let deadline = SystemClock.now() + SignedDuration::from_secs(60);
    let answer = data_check.handle(event, deadline).await.unwrap();
    let written = bucket.0.lock().unwrap();
    let [(key, body)] = written.as_slice() else { panic!("{written:?}") };
    assert_eq!(key, &format!("checks/{}.json", answer["run"].as_str().unwrap()));
    assert!(!body.contains(password) && !answer.to_string().contains(password));
    let answers: Answers = serde_json::from_value(answer).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(body).unwrap(), answers);
    answers
}

#[tokio::test]
async fn a_good_copy_passes_and_the_answer_says_when_it_first_worked() {
    let database = Database::with("CREATE TABLE users AS SELECT 1 AS id, timestamp '2026-11-23 02:30' AS seen");
    let checks = json!([
        {"kind": "row_count", "table": "users", "at_least": 1},
        {"kind": "freshness", "table": "users", "column": "seen", "within": "1h"},
    ]);
    let before = SystemClock.now();
    let answers = answered(&database, PASSWORD, event(&database, &checks)).await;
    let asked: Vec<_> = answers.checks.iter().map(|answer| answer.check.clone()).collect();
    assert_eq!(of_answers(&asked, &answers).word, VerdictWord::Passed, "{answers:?}");
    assert_eq!(answers.checks[1].found, "2026-11-22 17:30:00 UTC, 30 min 0 s before the restore point");
    assert_eq!((answers.attempt, answers.endpoint.as_str()), (2, "copy.rds.amazonaws.com:5432"));
    let first = answers.first_query_at.unwrap();
    assert!(before <= first && first <= answers.finished_at);
    assert!(answers.server_version.unwrap().starts_with("PostgreSQL 1"));
}

#[tokio::test]
async fn the_budget_cuts_a_slow_check_and_earlier_answers_stay() {
    let database = Database::with("CREATE TABLE users AS SELECT 1 AS id");
    let rows = json!({"kind": "row_count", "table": "users", "at_least": 1});
    let slow = json!({"kind": "sql", "query": "SELECT 1 FROM pg_sleep(60)", "expect": 1});
    let missing = json!({"kind": "row_count", "table": "gone", "at_least": 1});
    let mut event = event(&database, &json!([rows, missing, rows, slow, rows]));
    event["seconds"] = json!(3);
    let checks = answered(&database, PASSWORD, event).await.checks;
    let said: Vec<String> = checks
        .iter()
        .map(|answer| match &answer.outcome {
            Outcome::NotAsked { reason } => reason.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!((said[0].as_str(), said[2].as_str()), ("Passed", "Passed"), "{said:?}");
    assert_eq!(said[1], "Failed", "{said:?}");
    assert_eq!(checks[1].found, "relation \"gone\" does not exist");
    assert!(
        said[3].starts_with("cut off after") && said[4].starts_with("the 3 s for all checks were used up"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_an_answer_without_the_password() {
    let database = Database::with("");
    let mut event = event(&database, &json!([{"kind": "tables", "at_least": 1}]));
    for login in
        [json!({"method": "managed_secret", "secret_arn": "arn:secret"}), json!({"method": "iam", "user": OWNER})]
    {
        event["login"] = login;
        let answers = answered(&database, "not-the-password", event.clone()).await;
        assert_eq!(answers.trouble.unwrap().kind, TroubleKind::Login);
        assert_eq!(answers.checks.len(), 1);
    }
}

#[tokio::test]
async fn the_sample_of_an_engine_without_a_driver_is_answered_as_unsupported() {
    let sample = include_str!("../../../events/data-check/check-mysql.json");
    let mut event: Value = serde_json::from_str(sample).unwrap();
    event["engine"] = json!("neptune");
    let answers = answered(&Database::with(""), PASSWORD, event).await;
    let trouble = answers.trouble.unwrap();
    assert_eq!(trouble.kind, TroubleKind::Unsupported);
    assert!(trouble.message.contains("neptune"));
}
