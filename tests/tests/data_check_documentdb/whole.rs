//! The whole function, from the event to the written answer.

use std::sync::{Arc, Mutex};

use data_check::{DataCheck, Tokens};
use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{Clock, Secrets, Store, Stored};
use lifeboat::run::{Environment, Handler as _, SystemClock};
use lifeboat::sql::{Drivers, Password};
use lifeboat::verify::{Answers, Outcome, TroubleKind, VerdictWord, of_answers};
use serde_json::{Value, json};
use tests::mongo_double::{Double, MASTER, MASTER_PASSWORD};

use crate::world::shop_double;

const SAMPLE: &str = include_str!("../../../events/data-check/check-documentdb.json");

/// A bucket that only takes answers
#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Vec<(String, String)>>>);

/// A vault with the master's secret, and a signer that nobody should ask
struct Vault;

fn unused<T>() -> Result<T, Fault> {
    Err(Fault::new(Class::Permanent, "test:Unused", "", "", ""))
}

impl Store for Bucket {
    async fn read(&self, _: &str) -> Result<Option<Stored>, Fault> {
        Ok(None)
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
        Ok(Vec::new())
    }
}

impl Secrets for Vault {
    async fn secret(&self, _: &str) -> Result<String, Fault> {
        Ok(json!({"username": MASTER, "password": MASTER_PASSWORD}).to_string())
    }
}

impl Tokens for Vault {
    async fn token(&self, _: &str, _: u16, _: &str, _: Timestamp) -> Result<Password, Fault> {
        unused()
    }
}

async fn answered(double: &Double, event: Value) -> Answers {
    let bucket = Bucket::default();
    let host = event["endpoint"].as_str().unwrap();
    let endpoints = json!({host: format!("localhost:{}", double.port())}).to_string();
    let environment = Environment::from_lookup(&[], |name| match name {
        "LIFEBOAT_BUCKET" => Some("bucket".to_owned()),
        "LIFEBOAT_DB_ENDPOINTS" => Some(endpoints.clone()),
        _ => None,
    });
    let data_check = DataCheck {
        store: bucket.clone(),
        secrets: Vault,
        tokens: Vault,
        connect: Drivers::trusting(double.ca()),
        clock: SystemClock,
        environment: environment.unwrap(),
    };
    let deadline = SystemClock.now() + SignedDuration::from_secs(120);
    let answer = data_check.handle(event, deadline).await.unwrap();
    let written = bucket.0.lock().unwrap();
    assert!(!answer.to_string().contains(MASTER_PASSWORD) && !format!("{written:?}").contains(MASTER_PASSWORD));
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn the_sample_passes_on_a_good_copy() {
    let answers = answered(&shop_double(), serde_json::from_str(SAMPLE).unwrap()).await;
    let asked: Vec<_> = answers.checks.iter().map(|answer| answer.check.clone()).collect();
    assert_eq!(of_answers(&asked, &answers).word, VerdictWord::Passed, "{answers:?}");
    assert!(answers.checks.iter().filter(|answer| answer.outcome == Outcome::Passed).count() >= 4, "{answers:?}");
    assert_eq!(answers.server_version.as_deref(), Some("DocumentDB 5.0.0"));
    assert!(answers.first_query_at.is_some());
}

#[tokio::test]
async fn what_was_lost_fails_the_sample() {
    let double = shop_double();
    double.change(|data| data.collection("app", "orders").documents.truncate(5));
    let answers = answered(&double, serde_json::from_str(SAMPLE).unwrap()).await;
    let asked: Vec<_> = answers.checks.iter().map(|answer| answer.check.clone()).collect();
    assert_eq!(of_answers(&asked, &answers).word, VerdictWord::Failed, "{answers:?}");
}

#[tokio::test]
async fn an_iam_login_is_said_not_to_be_there() {
    let mut event: Value = serde_json::from_str(SAMPLE).unwrap();
    event["login"] = json!({"method": "iam", "user": "drill"});
    let double = shop_double();
    let trouble = answered(&double, event).await.trouble.unwrap();
    assert_eq!(trouble.kind, TroubleKind::Login);
    assert!(trouble.message.contains("managed_secret"), "{trouble:?}");
    assert!(double.seen().is_empty());
}
