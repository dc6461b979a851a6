//! The bucket, the topic, the metrics and the data check of the simulated AWS.

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::mail::Metric;
use lifeboat::ports::{DataCheck, Meter, Post, Store, Stored};
use lifeboat::verify::{Answers, Check, CheckAnswer, CheckRequest, Found, Trouble, TroubleKind, judge_check};

use super::Place;
use super::state::{DataCheckMode, Mail, State};

const CHECKING_TAKES: SignedDuration = SignedDuration::from_secs(30);

fn conflict(operation: &'static str, key: &str) -> Fault {
    Fault::new(Class::Conflict, operation, key, "PreconditionFailed", "At least one of the preconditions did not hold")
}

impl Store for Place {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        let read = |state: &mut State| {
            Ok(state.objects.get(key).map(|(body, etag)| Stored { body: body.clone(), etag: etag.to_string() }))
        };
        self.call("s3:GetObject", key, read).await
    }

    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        let create = |state: &mut State| {
            if state.objects.contains_key(key) {
                return Err(conflict("s3:PutObject", key));
            }
            Ok(state.put(key, body).to_string())
        };
        self.call("s3:PutObject", key, create).await
    }

    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        let replace = |state: &mut State| match state.objects.get(key) {
            None => Err(Fault::new(Class::NotFound, "s3:PutObject", key, "NoSuchKey", "there is no such key")),
            Some((_, now)) if now.to_string() != etag => Err(conflict("s3:PutObject", key)),
            Some(_) => Ok(state.put(key, body).to_string()),
        };
        self.call("s3:PutObject", key, replace).await
    }

    async fn put(&self, key: &str, body: Vec<u8>, _content_type: &str) -> Result<(), Fault> {
        self.call("s3:PutObject", key, |state| {
            state.put(key, body);
            Ok(())
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), Fault> {
        self.call("s3:DeleteObject", key, |state| {
            state.objects.remove(key);
            Ok(())
        })
        .await
    }

    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        let list = |state: &mut State| {
            let keys: Vec<String> = state.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
            if keys.len() > most {
                return Err(Fault::new(
                    Class::Permanent,
                    "s3:ListBucket",
                    prefix,
                    "TooMany",
                    "more keys than asked for",
                ));
            }
            Ok(keys)
        };
        self.call("s3:ListBucket", prefix, list).await
    }
}

impl Post for Place {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        let mail = Mail { subject: subject.to_owned(), body: body.to_owned() };
        self.call("sns:Publish", subject, |state| {
            state.mails.push(mail);
            Ok(())
        })
        .await
    }
}

impl Meter for Place {
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        let values: Vec<(String, f64)> = metrics.iter().map(|metric| (metric.name.to_owned(), metric.value)).collect();
        self.call("cloudwatch:PutMetricData", "Lifeboat", |state| {
            state.metrics.extend(values);
            Ok(())
        })
        .await
    }
}

impl DataCheck for Place {
    async fn ask(&self, request: &CheckRequest) -> Result<(), Fault> {
        let ask = |state: &mut State| {
            let at = state.now + CHECKING_TAKES;
            let Some(answers) = answers(request, state.data_check, at) else {
                return Ok(());
            };
            let body = serde_json::to_vec(&answers).unwrap();
            state.answers.push((at, format!("checks/{}.json", request.run), body));
            Ok(())
        };
        self.call("lambda:InvokeFunction", &request.run, ask).await
    }
}

/// What data-check would have written
fn answers(request: &CheckRequest, mode: DataCheckMode, at: Timestamp) -> Option<Answers> {
    let mut answers = Answers {
        version: 1,
        run: request.run.clone(),
        attempt: request.attempt,
        endpoint: format!("{}:{}", request.endpoint, request.port),
        database: request.database.clone(),
        server_version: Some("PostgreSQL 16.4".to_owned()),
        first_query_at: Some(at),
        restored_to: None,
        finished_at: at,
        trouble: None,
        checks: Vec::new(),
    };
    match mode {
        DataCheckMode::Silent => return None,
        DataCheckMode::NoConnection => {
            answers.first_query_at = None;
            answers.trouble =
                Some(Trouble { kind: TroubleKind::Network, message: "no connection within 10 s".to_owned() });
        }
        DataCheckMode::NoDriver => {
            answers.first_query_at = None;
            let message = format!("this version has no driver for {}", request.engine.word());
            answers.trouble = Some(Trouble { kind: TroubleKind::Unsupported, message });
        }
        DataCheckMode::Good | DataCheckMode::Empty => {
            let rows = if mode == DataCheckMode::Empty { 0 } else { 1200 };
            answers.checks = request.checks.iter().map(|check| one(check, request, rows)).collect();
        }
    }
    Some(answers)
}

fn one(check: &Check, request: &CheckRequest, rows: u64) -> CheckAnswer {
    let restored_to = request.restored_to.unwrap_or(Timestamp::UNIX_EPOCH);
    let found = match check {
        Check::Freshness { .. } => Found::Newest((rows > 0).then_some(restored_to)),
        Check::Sql { .. } => Found::Value(Some("t".to_owned())),
        Check::ForeignKeys { .. } => Found::Keys { probed: 1, broken: Vec::new(), sampled: 0 },
        Check::Orphans { .. } => Found::Count(0),
        Check::RowCount { .. } | Check::Tables { .. } | Check::Unchanged { .. } | Check::CollectionCount { .. } => {
            Found::Count(rows)
        }
        Check::SchemaUnchanged { .. } | Check::GrantsUnchanged { .. } | Check::Indexes { .. } => {
            Found::Objects([("table users".to_owned(), "table".to_owned())].into())
        }
        Check::Damage { .. } => {
            Found::Damages { looked_for: vec!["invalid indexes".to_owned()], found: Vec::new(), left_out: Vec::new() }
        }
    };
    judge_check(check, found, restored_to, None, 3)
}
