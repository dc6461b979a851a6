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
/// A driver that never comes back
const NEVER: Duration = Duration::MAX;

/// The world: what it will answer, and what it was asked
#[derive(Default)]
struct World {
    secret: Option<String>,
    trouble: Option<TroubleKind>,
    found: Mutex<VecDeque<(Duration, Result<Found, AskError>)>>,
    full_bucket: bool,
    /// What lies in the bucket; `None` is a bucket that cannot be read
    kept: Mutex<Vec<(String, Option<Vec<u8>>)>>,
    read: Mutex<Vec<String>>,
    schemas: Vec<SchemaFacts>,
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
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        self.0.read.lock().unwrap().push(key.to_owned());
        match self.0.kept.lock().unwrap().iter().find(|(known, _)| known == key) {
            None => Ok(None),
            Some((_, Some(body))) => Ok(Some(Stored { body: body.clone(), etag: "e".to_owned() })),
            Some((_, None)) => Err(Fault::new(Class::Permission, "s3:GetObject", key, "AccessDenied", "no")),
        }
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
        if takes == NEVER {
            return std::future::pending().await;
        }
        tokio::time::sleep(takes.min(within)).await;
        if takes > within { Err(AskError::TimeUp(within)) } else { found.map(Reply::from) }
    }
    async fn inventory(&mut self, _: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        Ok(self.0.schemas.clone())
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
        "compare_with": "drill-orders-0",
        "seconds": 10,
    })
}

/// What the last passed drill answered: 100 rows in b
fn last_passed() -> Vec<u8> {
    let check = json!({"kind": "unchanged", "table": "b", "within_percent": 10});
    json!({
        "version": 1, "run": "drill-orders-0", "attempt": 1, "endpoint": "copy.example:5432", "database": "app",
        "finished_at": "2026-11-15T18:00:00Z",
        "checks": [{"check": check, "outcome": "noted", "found": "100", "expected": "", "value": {"count": 100}, "millis": 1}],
    })
    .to_string()
    .into_bytes()
}

fn kept(body: Option<Vec<u8>>) -> Mutex<Vec<(String, Option<Vec<u8>>)>> {
    Mutex::new(vec![("checks/drill-orders-0.json".to_owned(), body)])
}

fn world() -> World {
    let secret = json!({"username": "master", "password": PASSWORD}).to_string();
    World { secret: Some(secret), kept: kept(Some(last_passed())), ..World::default() }
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
    assert_eq!(*world.read.lock().unwrap(), ["checks/drill-orders-0.json"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_compared_is_not_asked_and_the_rest_is() {
    let other = String::from_utf8(last_passed()).unwrap().replace("\"app\"", "\"billing\"").into_bytes();
    let table = [
        (Mutex::default(), "is not in the bucket"),
        (kept(None), "AccessDenied"),
        (kept(Some(b"<html>".to_vec())), "is not a document of answers"),
        (kept(Some(other)), "is of the database \"billing\""),
    ];
    for (kept, why) in table {
        let (world, _) = asked(World { kept, found: counts([(1, 5), (1, 95), (1, 1)]), ..world() }, request()).await;
        let checks = written(&world).checks;
        assert_eq!((&checks[0].outcome, &checks[2].outcome), (&Outcome::Passed, &Outcome::Passed));
        assert!(matches!(&checks[1].outcome, Outcome::NotAsked { reason } if reason.contains(why)), "{:?}", checks[1]);
        assert_eq!(world.read.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_earlier_answers_are_read_only_where_a_check_compares() {
    let mut event = request();
    event["checks"][1] = json!({"kind": "row_count", "table": "b", "at_least": 1});
    let (world, _) = asked(World { found: counts([(1, 5), (1, 95), (1, 1)]), ..world() }, event).await;
    assert_eq!(written(&world).checks.len(), 3);
    assert!(world.read.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_check_takes_no_more_than_its_share() {
    let mut event = request();
    event["seconds"] = json!(800);
    let (world, _) = asked(World { found: counts([(700, 5), (1, 95), (1, 1)]), ..world() }, event).await;
    let checks = written(&world).checks;
    let said = "cut off after 300 s, the most that one check may take";
    assert!(matches!(&checks[0].outcome, Outcome::NotAsked { reason } if reason == said), "{:?}", checks[0]);
    assert_eq!((&checks[1].outcome, &checks[2].outcome), (&Outcome::Passed, &Outcome::Passed));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_never_comes_back_costs_the_rest_and_not_the_answer() {
    let found = counts([(1, 5), (0, 95), (1, 1)]);
    found.lock().unwrap()[1].0 = NEVER;
    let (world, _) = asked(World { found, ..world() }, request()).await;
    let checks = written(&world).checks;
    assert_eq!(checks[0].outcome, Outcome::Passed);
    assert!(matches!(&checks[1].outcome, Outcome::NotAsked { reason } if reason.contains("no answer at all")));
    assert!(matches!(&checks[2].outcome, Outcome::NotAsked { reason } if reason.contains("an earlier check")));
}

#[tokio::test(start_paused = true)]
async fn lists_of_objects_are_kept_in_the_bucket_and_left_out_of_the_answer() {
    let mut event = request();
    event["checks"] = json!([{"kind": "schema_unchanged"}]);
    let objects: std::collections::BTreeMap<String, String> =
        (0..10_000).map(|n| (format!("table public.t{n}"), "table".to_owned())).collect();
    let found = Mutex::new([(Duration::ZERO, Ok(Found::Objects(objects.clone())))].into());
    let (world, answer) = asked(World { found, ..world() }, event).await;
    let answers = written(&world);
    assert_eq!((answers.checks[0].value.clone(), answers.checks[0].rows), (Some(Found::Objects(objects)), 10_000));
    let answer = answer.unwrap();
    assert!(answer["checks"][0].get("value").is_none() && answer.to_string().len() < 2000, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("noted schemas against the last passed drill: 10000 objects"));
}

fn inventory_request() -> Value {
    json!({
        "inventory": "orders", "engine": "postgres", "endpoint": "reader.example", "port": 5432, "database": "app",
        "login": {"method": "iam", "user": "reader"}, "timezone": "Asia/Tokyo",
    })
}

fn one_table(writes: u64) -> Vec<SchemaFacts> {
    let table = json!({"name": "t", "rows": 5, "bytes": 2_097_152, "last_change": null, "writes": writes});
    serde_json::from_value(json!([{"name": "app", "tables": [table]}])).unwrap()
}

#[tokio::test]
async fn an_inventory_is_told_at_once_written_and_compared_with_the_last() {
    let (first, answer) = asked(World { schemas: one_table(7), ..world() }, inventory_request()).await;
    let answer = answer.unwrap();
    assert_eq!(answer["schemas"][0]["written"], "cannot_tell");
    assert_eq!(answer["tables"][0]["bytes"], 2_097_152);
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("reader.example:5432/app: 1 schema, 1 table, 2.0 MiB. It is the first"), "{message}");
    let (key, body) = first.written.lock().unwrap()[0].clone();
    assert_eq!((key.as_str(), body["taken_at"].as_str()), ("inventory/orders.json", Some(NOW)));
    assert_eq!(*first.doors.lock().unwrap(), ["reader/token for reader at reader.example:5432@reader.example:5432"]);

    let again = |body: Option<Vec<u8>>, event: Value| {
        let kept = Mutex::new(vec![(key.clone(), body)]);
        asked(World { schemas: one_table(7), kept, ..world() }, event)
    };
    let last = Some(body.to_string().into_bytes());
    let answer = again(last.clone(), inventory_request()).await.1.unwrap();
    assert_eq!((&answer["schemas"][0]["written"], &answer["marks"][0]["marked"]), (&json!("no"), &json!("unwritten")));
    // Another place, or what cannot be read, is not compared with, and both are said.
    let mut elsewhere = inventory_request();
    elsewhere["port"] = json!(5433);
    let answer = again(last, elsewhere).await.1.unwrap();
    assert_eq!((&answer["schemas"][0]["written"], &answer["compared_with"]), (&json!("cannot_tell"), &Value::Null));
    for (body, why) in [(None, "AccessDenied"), (Some(b"{}".to_vec()), "is no inventory")] {
        let answer = again(body, inventory_request()).await.1.unwrap();
        assert!(answer["message"].as_str().unwrap().contains(why), "{answer}");
    }
}

#[tokio::test]
async fn an_inventory_that_could_not_look_is_an_error_and_writes_nothing() {
    let (world, answer) = asked(World { trouble: Some(TroubleKind::Network), ..world() }, inventory_request()).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind, "CouldNotLook");
    assert!(error.message.contains("reader.example:5432/app") && error.message.contains("the door is shut"));
    assert!(world.written.lock().unwrap().is_empty());
    let full = World { full_bucket: true, ..self::world() };
    assert_eq!(asked(full, inventory_request()).await.1.unwrap_err().kind, "AnswerNotWritten");
    let mut event = inventory_request();
    event["endpont"] = json!("x");
    assert_eq!(asked(self::world(), event).await.1.unwrap_err().kind, "BadRequest");
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
