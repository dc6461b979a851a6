//! The flow of `data-check` over a world that fails on purpose. The real database is in `tests/tests/data_check`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by panicking")]

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use data_check::{DataCheck, Tokens};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{Clock, Secrets, Store, Stored};
use lifeboat::run::{Environment, Handler, RunError};
use lifeboat::sql::{AskError, Connect, Door, Password, Session};
use lifeboat::verify::{Answers, Check, Found, Outcome, Reply, SchemaFacts, Trouble, TroubleKind};
use serde_json::{Value, json};

const PASSWORD: &str = "tr0ub4dor-and-3";
const NOW: &str = "2026-11-22T18:00:00Z";

/// The world: what it will answer, and what it was asked
#[derive(Default)]
struct World {
    secret: Option<String>,
    trouble: Option<TroubleKind>,
    found: Mutex<VecDeque<(Duration, Result<Found, AskError>)>>,
    full_bucket: bool,
    written: Mutex<Vec<(String, Value)>>,
    doors: Mutex<Vec<String>>,
}

type Shared = std::sync::Arc<World>;

struct Bucket(Shared);
struct Vault(Shared);
struct Signer;
struct Opener(Shared);
struct Open(Shared);
struct Stopped;

fn unused<T>() -> Result<T, Fault> {
    Err(Fault::new(Class::Permanent, "test:Unused", "", "", "not for data-check"))
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
    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<(), Fault> {
        assert_eq!(content_type, "application/json");
        if self.0.full_bucket {
            return Err(Fault::new(Class::Permission, "s3:PutObject", key, "AccessDenied", "no"));
        }
        self.0.written.lock().unwrap().push((key.to_owned(), serde_json::from_slice(&body).unwrap()));
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
    async fn secret(&self, arn: &str) -> Result<String, Fault> {
        let denied = || Fault::new(Class::Permission, "secretsmanager:GetSecretValue", arn, "AccessDenied", "");
        self.0.secret.clone().ok_or_else(denied)
    }
}

impl Tokens for Signer {
    async fn token(&self, host: &str, port: u16, user: &str, _: Timestamp) -> Result<Password, Fault> {
        Ok(Password::new(format!("token for {user} at {host}:{port}")))
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        NOW.parse().unwrap()
    }
}

impl Connect for Opener {
    type Session = Open;
    async fn connect(&self, door: &Door) -> Result<Open, Trouble> {
        let Door { host, port, user, .. } = door;
        self.0.doors.lock().unwrap().push(format!("{user}/{}@{host}:{port}", door.password.reveal()));
        match self.0.trouble {
            Some(kind) => Err(Trouble { kind, message: "the door is shut".to_owned() }),
            None => Ok(Open(self.0.clone())),
        }
    }
}

impl Session for Open {
    async fn ask(&mut self, _: &Check, _: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        let (takes, found) = self.0.found.lock().unwrap().pop_front().unwrap();
        tokio::time::sleep(takes.min(within)).await;
        if takes > within { Err(AskError::TimeUp(within)) } else { found.map(Reply::from) }
    }
    async fn inventory(&mut self, _: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        Ok(Vec::new())
    }
    fn server_version(&self) -> &'static str {
        "PostgreSQL 15.6"
    }
    async fn close(self) {}
}

fn request() -> Value {
    json!({
        "run": "drill-orders-1", "attempt": 3, "engine": "postgres", "endpoint": "copy.example", "port": 5432,
        "database": "app", "login": {"method": "managed_secret", "secret_arn": "arn:secret"},
        "checks": [
            {"kind": "row_count", "table": "a", "at_least": 1},
            {"kind": "unchanged", "table": "b", "within_percent": 10},
            {"kind": "row_count", "table": "c", "at_least": 1},
        ],
        "seconds": 10,
    })
}

fn world() -> World {
    let secret = json!({"username": "master", "password": PASSWORD}).to_string();
    World { secret: Some(secret), ..World::default() }
}

async fn asked(world: World, event: Value) -> (Shared, Result<Value, RunError>) {
    let world = Shared::new(world);
    let environment = Environment::from_lookup(&[], |name| match name {
        "LIFEBOAT_BUCKET" => Some("bucket".to_owned()),
        "LIFEBOAT_DB_ENDPOINTS" => Some(r#"{"moved.example": "localhost:15432"}"#.to_owned()),
        _ => None,
    });
    let data_check = DataCheck {
        store: Bucket(world.clone()),
        secrets: Vault(world.clone()),
        tokens: Signer,
        connect: Opener(world.clone()),
        clock: Stopped,
        environment: environment.unwrap(),
    };
    let deadline = Stopped.now() + SignedDuration::from_secs(900);
    let answer = data_check.handle(event, deadline).await;
    (world, answer)
}

fn written(world: &World) -> Answers {
    let written = world.written.lock().unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].0, "checks/drill-orders-1.json");
    assert!(!written[0].1.to_string().contains(PASSWORD));
    serde_json::from_value(written[0].1.clone()).unwrap()
}

fn counts(rows: [(u64, u64); 3]) -> Mutex<VecDeque<(Duration, Result<Found, AskError>)>> {
    Mutex::new(rows.into_iter().map(|(seconds, rows)| (Duration::from_secs(seconds), Ok(Found::Count(rows)))).collect())
}

#[tokio::test(start_paused = true)]
async fn every_check_is_answered_written_and_returned() {
    let (world, answer) = asked(World { found: counts([(1, 5), (1, 95), (1, 0)]), ..world() }, request()).await;
    let answers = written(&world);
    let outcomes: Vec<&Outcome> = answers.checks.iter().map(|check| &check.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Passed, &Outcome::Passed, &Outcome::Failed]);
    assert_eq!(
        (answers.run.as_str(), answers.attempt, answers.endpoint.as_str()),
        ("drill-orders-1", 3, "copy.example:5432")
    );
    assert_eq!(answers.first_query_at, Some(NOW.parse().unwrap()));
    assert_eq!((answers.version, answers.checks[0].millis), (1, 1000));
    let answer = answer.unwrap();
    assert_eq!(
        answer["message"],
        "copy.example:5432/app: 2 of 3 checks passed\nFAILED rows in c: expected at least 1, found 0"
    );
    assert_eq!(serde_json::from_value::<Answers>(answer).unwrap(), answers);
    assert_eq!(*world.doors.lock().unwrap(), [format!("master/{PASSWORD}@copy.example:5432")]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_check_costs_the_later_ones_and_not_the_earlier() {
    let (world, _) = asked(World { found: counts([(4, 5), (60, 95), (1, 1)]), ..world() }, request()).await;
    let checks = written(&world).checks;
    assert_eq!(checks[0].outcome, Outcome::Passed);
    assert!(matches!(&checks[1].outcome, Outcome::NotAsked { reason } if reason.starts_with("cut off after 6 s")));
    assert!(matches!(&checks[2].outcome, Outcome::NotAsked { reason } if reason.contains("the 10 s for all checks")));
    assert_eq!(checks[1].millis, 6000);
}

#[tokio::test]
async fn whatever_keeps_us_out_is_an_answer() {
    for kind in [TroubleKind::Network, TroubleKind::Tls, TroubleKind::NoDatabase, TroubleKind::Unsupported] {
        let (world, answer) = asked(World { trouble: Some(kind), ..world() }, request()).await;
        let answers = written(&world);
        assert_eq!(answers.trouble.unwrap().kind, kind);
        assert_eq!((answers.checks.len(), answers.first_query_at), (3, None));
        assert!(answers.checks.iter().all(|check| matches!(check.outcome, Outcome::NotAsked { .. })));
        assert_eq!(answer.unwrap()["message"], "copy.example:5432/app could not be asked: the door is shut");
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_a_login_that_failed_and_is_not_repeated() {
    let broken = [None, Some(PASSWORD.to_owned()), Some(format!("{{\"username\": 1, \"password\": \"{PASSWORD}\"}}"))];
    for secret in broken {
        let (world, answer) = asked(World { secret, ..world() }, request()).await;
        assert_eq!(written(&world).trouble.unwrap().kind, TroubleKind::Login);
        assert!(!answer.unwrap().to_string().contains(PASSWORD));
    }
    let mut early = request();
    early["login"] = json!({"method": "managed_secret"});
    let (world, _) = asked(world(), early).await;
    assert_eq!(written(&world).trouble.unwrap().kind, TroubleKind::Login);
}

#[tokio::test]
async fn a_token_is_for_the_endpoint_that_aws_knows_wherever_it_really_is() {
    let mut event = request();
    event["login"] = json!({"method": "iam", "user": "drill"});
    event["endpoint"] = json!("moved.example");
    let (world, _) = asked(World { trouble: Some(TroubleKind::Login), ..world() }, event).await;
    assert_eq!(*world.doors.lock().unwrap(), ["drill/token for drill at moved.example:5432@localhost:15432"]);
    assert_eq!(written(&world).endpoint, "moved.example:5432");
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_an_error() {
    let full = World { full_bucket: true, found: counts([(0, 5), (0, 95), (0, 1)]), ..world() };
    let error = asked(full, request()).await.1.unwrap_err();
    assert_eq!(error.kind, "AnswerNotWritten");
    assert!(error.message.contains("checks/drill-orders-1.json") && error.message.contains("AccessDenied"));
}

#[tokio::test]
async fn a_bad_request_is_refused_before_anything_is_done() {
    let mut event = request();
    event["port"] = json!("5432");
    let (world, answer) = asked(world(), event).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind, "BadRequest");
    assert!(error.message.starts_with("port: "), "{}", error.message);
    assert!(world.written.lock().unwrap().is_empty() && world.doors.lock().unwrap().is_empty());
}
