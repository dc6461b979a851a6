//! A world in memory with a virtual clock, whose every call can fail, lose its reply or be the last one of its process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use glue_alert::GlueAlert;
use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Cluster, Snapshot};
use lifeboat::fault::{Class, Fault};
use lifeboat::glue::{Run, RunState, State};
use lifeboat::mail::Metric;
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::{Value, json};
use tokio::sync::Notify;

pub(crate) const JOB: &str = "daily-etl";
pub(crate) const POLICY: &str = r#"{"version": 1, "timezone": "Asia/Tokyo",
    "databases": {"orders": {"kind": "aurora", "identifier": "prod-orders"}},
    "jobs": {"daily-etl": {"database": "orders", "tables": ["silver.tenant_status_history"]}}}"#;

/// How a call goes wrong
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It fails before anything is done
    Fails(Class),
    /// It is done, and its reply is lost
    LosesReply,
}

#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) now: Timestamp,
    pub(crate) jobs: BTreeMap<String, Vec<Run>>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) objects: BTreeMap<String, (Vec<u8>, u64)>,
    pub(crate) written: u64,
    pub(crate) mails: Vec<(String, String)>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) calls: Vec<String>,
    /// The begin of a call, and how it goes wrong
    pub(crate) troubles: Vec<(String, Trouble)>,
    /// The call after which the process dies, counted from one
    pub(crate) dies_after: Option<usize>,
}

/// The world
#[derive(Debug, Clone)]
pub(crate) struct Sim {
    inside: Arc<Mutex<Inside>>,
    dead: Arc<Notify>,
}

impl Sim {
    /// The policy in its place, and a job with five good days
    pub(crate) fn new(now: &str) -> Self {
        let inside = Inside { now: now.parse().unwrap(), ..Inside::default() };
        let sim = Self { inside: Arc::new(Mutex::new(inside)), dead: Arc::new(Notify::new()) };
        sim.put("policy.json", POLICY);
        for day in 14..=18 {
            let began = format!("2026-11-{day}T22:10:00Z");
            sim.add(run(&format!("jr_{day}"), "SUCCEEDED", &began, &format!("2026-11-{day}T22:35:00Z")));
        }
        sim
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub(crate) fn put(&self, key: &str, body: &str) {
        let mut inside = self.inside();
        inside.written += 1;
        let etag = inside.written;
        inside.objects.insert(key.to_owned(), (body.as_bytes().to_vec(), etag));
    }

    /// A run, in place of one of the same id
    pub(crate) fn add(&self, run: Run) {
        let mut inside = self.inside();
        let runs = inside.jobs.entry(JOB.to_owned()).or_default();
        runs.retain(|known| known.id != run.id);
        runs.push(run);
    }

    pub(crate) fn trouble(&self, call: &str, trouble: Trouble) {
        self.inside().troubles.push((call.to_owned(), trouble));
    }

    pub(crate) fn mend(&self) {
        self.inside().troubles.clear();
    }

    pub(crate) fn wait(&self, minutes: i64) {
        self.inside().now += SignedDuration::from_mins(minutes);
    }

    pub(crate) fn set(&self, now: &str) {
        self.inside().now = now.parse().unwrap();
    }

    pub(crate) fn function(&self) -> GlueAlert<Sim> {
        GlueAlert::new(self.clone(), PolicySource::Key("policy.json".to_owned()), "bucket".to_owned())
    }

    /// One invocation
    pub(crate) async fn send(&self, event: Value) -> Result<Value, RunError> {
        self.function().handle(event, Timestamp::MAX).await
    }

    pub(crate) async fn poll(&self) -> Result<Value, RunError> {
        self.send(json!({"tick": true})).await
    }

    /// One invocation whose process dies after so many calls. Whether it died.
    pub(crate) async fn send_and_die(&self, event: Value, after: usize) -> bool {
        {
            let mut inside = self.inside();
            inside.calls.clear();
            inside.dies_after = Some(after);
        }
        let function = self.function();
        let died = tokio::select! {
            biased;
            () = self.dead.notified() => true,
            _ = function.handle(event, Timestamp::MAX) => false,
        };
        self.inside().dies_after = None;
        died
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.inside().mails.iter().map(|(subject, _)| subject.clone()).collect()
    }

    pub(crate) fn state(&self) -> State {
        let inside = self.inside();
        let (body, _) = inside.objects.get(State::KEY).expect("jobs.json");
        State::parse(std::str::from_utf8(body).unwrap()).unwrap()
    }

    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        self.inside().metrics.iter().rev().find(|metric| metric.name == name).map(|metric| metric.value)
    }

    pub(crate) async fn call<T: Send>(
        &self,
        operation: &'static str,
        resource: &str,
        answer: impl FnOnce(&mut Inside) -> Result<T, Fault> + Send,
    ) -> Result<T, Fault> {
        // Others get their turn before every call.
        tokio::task::yield_now().await;
        let (answered, dies) = {
            let mut inside = self.inside();
            let call = format!("{operation} {resource}");
            let trouble = inside.troubles.iter().find(|(begin, _)| call.starts_with(begin.as_str()));
            let trouble = trouble.map(|(_, trouble)| *trouble);
            inside.calls.push(call);
            let dies = inside.dies_after.is_some_and(|after| inside.calls.len() >= after);
            let fault = |class| Fault::new(class, operation, resource, "OnPurpose", "on purpose");
            let answered = match trouble {
                Some(Trouble::Fails(class)) => Err(fault(class)),
                Some(Trouble::LosesReply) => answer(&mut inside).and(Err(fault(Class::Unknown))),
                None => answer(&mut inside),
            };
            (answered, dies)
        };
        if dies {
            self.dead.notify_one();
            std::future::pending::<()>().await;
        }
        answered
    }
}

/// A run of the job; an empty time is none
pub(crate) fn run(id: &str, state: &str, began: &str, ended: &str) -> Run {
    let time = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
    Run {
        id: id.to_owned(),
        state: RunState::of(state),
        attempt: 0,
        previous: None,
        started_at: time(began),
        ended_at: time(ended),
        worked_seconds: None,
        timeout_minutes: Some(120),
        error: None,
        trigger: None,
    }
}

/// The run that fails in most of these stories: of the morning of the 20th in Tokyo
pub(crate) fn failed() -> Run {
    Run {
        error: Some("java.lang.OutOfMemoryError: Java heap space".to_owned()),
        ..run("jr_bad", "FAILED", "2026-11-19T22:10:00Z", "2026-11-19T22:22:00Z")
    }
}

/// Glue's event of a run
pub(crate) fn event(id: &str, state: &str) -> Value {
    json!({"version": "0", "id": "1", "detail-type": "Glue Job State Change", "source": "aws.glue",
        "account": "123456789012", "time": "2026-11-19T22:22:01Z", "region": "ap-northeast-1", "resources": [],
        "detail": {"jobName": JOB, "severity": "ERROR", "state": state, "jobRunId": id, "message": "no memory"}})
}

/// A world in which the run has just failed
pub(crate) fn broken() -> Sim {
    let sim = Sim::new("2026-11-19T22:22:05Z");
    sim.add(failed());
    sim
}
