//! An AWS in memory: clusters and instances that take their time, proxies, keys, vaults, a bucket with conditional writes, a
//! topic. Every call is numbered, takes its time on a clock that only calls and tests move, and can be refused, lose its
//! reply or kill the process.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use emergency_restore::{EmergencyRestore, World};
use futures_util::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    Cluster, Instance, Key, PointFacts, Quota, RestoreMetadata, RetainedBackup, Snapshot, Window,
};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Clock;
use lifeboat::recover::{Member, Record, Settings, Target};
use lifeboat::run::{Handler, PolicySource, RunError};
use lifeboat::verify::{CheckRequest, Outcome};
use serde_json::{Value, json};
use tokio::time::Instant;

/// What becomes of a call
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Refused(Class, &'static str),
    LostBefore,
    LostAfter,
    KilledBefore,
    KilledAfter,
}

/// Which call
#[derive(Debug, Clone)]
pub(crate) enum Which {
    /// The one of this number, counted from 1
    Number(usize),
    /// Every one of this operation
    All(&'static str),
}

#[derive(Debug, Clone)]
#[expect(dead_code, reason = "the thing is told where a test fails")]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) resource: String,
}

/// A restore job of AWS Backup
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) since: Timestamp,
    pub(crate) made: String,
}

type Change = Box<dyn FnOnce(&mut State) + Send>;

pub(crate) struct State {
    base: Timestamp,
    offset: SignedDuration,
    began: Instant,
    pub(crate) latency: Duration,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) instances: Vec<Instance>,
    /// Settings of clusters and lone instances by resource id
    pub(crate) settings: BTreeMap<String, Settings>,
    /// What belongs to an instance, by resource id
    pub(crate) members: BTreeMap<String, Member>,
    /// When a thing is available again, by resource id
    pub(crate) ready_at: BTreeMap<String, Timestamp>,
    pub(crate) windows: BTreeMap<String, Window>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) retained: Vec<(bool, RetainedBackup)>,
    pub(crate) points: BTreeMap<String, Vec<PointFacts>>,
    /// What AWS Backup returns for a restore of any point
    pub(crate) returned: RestoreMetadata,
    /// Its restore jobs
    pub(crate) jobs: Vec<Job>,
    /// How its jobs end
    pub(crate) jobs_come_to: &'static str,
    pub(crate) quotas: Vec<Quota>,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) failed_runs: BTreeMap<String, (String, Timestamp)>,
    /// Targets of each proxy, with since when
    pub(crate) proxies: BTreeMap<String, Vec<(Target, Timestamp)>>,
    pub(crate) never_healthy: Vec<String>,
    pub(crate) quota_is_full: bool,
    pub(crate) objects: BTreeMap<String, (Vec<u8>, u64)>,
    etags: u64,
    ids: u64,
    pub(crate) asked: Vec<(CheckRequest, Timestamp)>,
    pub(crate) checks_come_to: Outcome,
    pub(crate) mails: Vec<(String, String)>,
    pub(crate) beats: usize,
    pub(crate) calls: Vec<Call>,
    pub(crate) fates: Vec<(Which, Fate)>,
    /// Done when the first call of this operation arrives
    pub(crate) changes: Vec<(&'static str, Change)>,
    /// What was made, by identifier; a second time of one would stand here twice
    pub(crate) made: Vec<String>,
    /// Changes to what is neither a copy nor asked to be cut over
    pub(crate) renamed: Vec<(String, String)>,
    pub(crate) flying: usize,
    pub(crate) most_flying: usize,
    killed: bool,
    /// The region that whoever asks works in
    pub(crate) region: &'static str,
    /// Whether it may change what is in production
    pub(crate) may_cut_over: bool,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        self.base + self.offset + elapsed
    }

    pub(crate) fn id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}-{:04}", self.ids)
    }

    /// What has become available by now, and what has been answered
    pub(crate) fn settle(&mut self) {
        let now = self.now();
        let is_ready = |ready: &BTreeMap<String, Timestamp>, id: &str| ready.get(id).is_none_or(|at| *at <= now);
        for one in &mut self.clusters {
            if is_ready(&self.ready_at, &one.resource_id) && matches!(one.status.as_str(), "creating" | "renaming") {
                "available".clone_into(&mut one.status);
            }
            // Backups are made as time passes.
            one.window.latest = one.window.latest.map(|at| at.max(now - SignedDuration::from_mins(5)));
        }
        for one in &mut self.instances {
            if is_ready(&self.ready_at, &one.resource_id) && matches!(one.status.as_str(), "creating" | "renaming") {
                "available".clone_into(&mut one.status);
            }
        }
        let (done, asked) = std::mem::take(&mut self.asked).into_iter().partition(|(_, at)| *at <= now);
        self.asked = asked;
        let done: Vec<(CheckRequest, Timestamp)> = done;
        for (request, at) in done {
            let checks: Vec<Value> = request
                .checks
                .iter()
                .map(|check| {
                    json!({"check": check, "outcome": self.checks_come_to, "found": "12 rows", "expected": "some",
                           "rows": 1, "millis": 3})
                })
                .collect();
            let answer = json!({"version": 1, "run": request.run, "attempt": request.attempt,
                "endpoint": request.endpoint, "database": request.database, "first_query_at": at, "finished_at": at,
                "checks": checks});
            self.put(&format!("checks/{}.json", request.run), answer.to_string().into_bytes());
        }
    }

    pub(crate) fn put(&mut self, key: &str, body: Vec<u8>) -> String {
        self.etags += 1;
        self.objects.insert(key.to_owned(), (body, self.etags));
        format!("\"{}\"", self.etags)
    }

    pub(crate) fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|one| one.identifier == name)
    }

    pub(crate) fn instance(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|one| one.identifier == name)
    }

    /// Every identifier, in order
    pub(crate) fn names(&self) -> Vec<String> {
        let clusters = self.clusters.iter().map(|one| format!("cluster {}", one.identifier));
        let mut all: Vec<String> =
            clusters.chain(self.instances.iter().map(|one| format!("instance {}", one.identifier))).collect();
        all.sort();
        all
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| call.operation == operation).count()
    }

    pub(crate) fn keys_under(&self, prefix: &str) -> Vec<String> {
        self.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// The record of a run, open or filed
    pub(crate) fn record(&self, run: &str) -> Record {
        let is_its = |key: &&String| key.starts_with("runs/") && key.ends_with(&format!("/{run}.json"));
        let mut keys: Vec<&String> = self.objects.keys().filter(is_its).collect();
        keys.sort_by_key(|key| !key.starts_with("runs/open/"));
        serde_json::from_slice(&self.objects[keys[0]].0).unwrap()
    }

    fn fate(&self, call: &Call) -> Option<Fate> {
        let number = self.calls.len();
        let matches = |which: &Which| match which {
            Which::Number(wanted) => *wanted == number,
            Which::All(operation) => *operation == call.operation,
        };
        self.fates.iter().find(|(which, _)| matches(which)).map(|(_, fate)| *fate)
    }
}

/// Clones share one state
#[derive(Clone)]
pub(crate) struct Sim {
    state: Arc<Mutex<State>>,
}

impl Sim {
    pub(crate) fn new(now: Timestamp) -> Self {
        let state = State {
            base: now,
            offset: SignedDuration::ZERO,
            began: Instant::now(),
            latency: Duration::from_millis(50),
            clusters: Vec::new(),
            instances: Vec::new(),
            settings: BTreeMap::new(),
            members: BTreeMap::new(),
            ready_at: BTreeMap::new(),
            windows: BTreeMap::new(),
            snapshots: Vec::new(),
            retained: Vec::new(),
            points: BTreeMap::new(),
            returned: RestoreMetadata::new(),
            jobs: Vec::new(),
            jobs_come_to: "COMPLETED",
            quotas: Vec::new(),
            keys: BTreeMap::new(),
            failed_runs: BTreeMap::new(),
            proxies: BTreeMap::new(),
            never_healthy: Vec::new(),
            quota_is_full: false,
            objects: BTreeMap::new(),
            etags: 0,
            ids: 0,
            asked: Vec::new(),
            checks_come_to: Outcome::Passed,
            mails: Vec::new(),
            beats: 0,
            calls: Vec::new(),
            fates: Vec::new(),
            changes: Vec::new(),
            made: Vec::new(),
            renamed: Vec::new(),
            flying: 0,
            most_flying: 0,
            killed: false,
            region: "eu-west-1",
            may_cut_over: true,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pass(&self, span: SignedDuration) {
        let mut state = self.state();
        state.offset += span;
        state.settle();
    }

    pub(crate) fn function(&self) -> EmergencyRestore<Sim> {
        EmergencyRestore::new(self.clone(), PolicySource::Key("policy.json".to_owned()), "backups".to_owned())
    }

    /// One invocation with 15 minutes to live; `None` when the process was killed in it
    pub(crate) async fn invoke(&self, event: Value) -> Option<Result<Value, RunError>> {
        let function = self.function();
        let deadline = self.state().now() + SignedDuration::from_mins(15);
        let killed = poll_fn(|_| if self.state().killed { Poll::Ready(()) } else { Poll::Pending });
        let ended = match select(Box::pin(function.handle(event, deadline)), killed).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        };
        self.state().killed = false;
        ended
    }

    pub(crate) async fn ask(&self, event: Value) -> Result<Value, RunError> {
        self.invoke(event).await.expect("nobody kills it")
    }

    /// Ticks every minute, whatever comes of each
    pub(crate) async fn minutes(&self, minutes: usize) {
        for _ in 0..minutes {
            self.pass(SignedDuration::from_mins(1));
            let _ = self.invoke(json!({"tick": true})).await;
        }
    }

    /// The gate that every call passes
    pub(crate) async fn call<T>(
        &self,
        operation: &'static str,
        resource: &str,
        effect: impl FnOnce(&mut State) -> Result<T, Fault> + Send,
    ) -> Result<T, Fault> {
        let (fate, latency) = {
            let mut state = self.state();
            let call = Call { operation, resource: resource.to_owned() };
            state.calls.push(call.clone());
            state.flying += 1;
            state.most_flying = state.most_flying.max(state.flying);
            let (now, later) = std::mem::take(&mut state.changes).into_iter().partition(|(of, _)| *of == operation);
            state.changes = later;
            let now: Vec<(&str, Change)> = now;
            for (_, change) in now {
                change(&mut state);
            }
            state.settle();
            (state.fate(&call), state.latency)
        };
        tokio::time::sleep(latency / 2).await;
        let lost = || Fault::new(Class::Unknown, operation, resource, "", "the reply was lost");
        let result = match fate {
            None => effect(&mut self.state()),
            Some(Fate::Refused(class, code)) => {
                Err(Fault::new(class, operation, resource, code, "refused by the simulation"))
            }
            Some(Fate::LostBefore) => Err(lost()),
            Some(Fate::LostAfter) => effect(&mut self.state()).and_then(|_| Err(lost())),
            Some(Fate::KilledBefore) => self.kill().await,
            Some(Fate::KilledAfter) => {
                let _ = effect(&mut self.state());
                self.kill().await
            }
        };
        tokio::time::sleep(latency / 2).await;
        let mut state = self.state();
        state.flying = state.flying.saturating_sub(1);
        drop(state);
        result
    }

    fn mark_killed(&self) {
        let mut state = self.state();
        (state.killed, state.flying) = (true, 0);
    }

    async fn kill<T>(&self) -> T {
        self.mark_killed();
        std::future::pending().await
    }
}

impl Clock for Sim {
    fn now(&self) -> Timestamp {
        self.state().now()
    }
}

impl World for Sim {
    type Databases = Sim;
    type Backups = Sim;
    type Vaults = Sim;
    type Keys = Sim;
    type Jobs = Sim;
    type Store = Sim;
    type Post = Sim;
    type Meter = Sim;
    type DataCheck = Sim;
    type Clock = Sim;

    fn databases(&self) -> &Sim {
        self
    }
    fn backups(&self) -> &Sim {
        self
    }
    fn vaults(&self) -> &Sim {
        self
    }
    fn keys(&self) -> &Sim {
        self
    }
    fn jobs(&self) -> &Sim {
        self
    }
    fn store(&self) -> &Sim {
        self
    }
    fn post(&self) -> &Sim {
        self
    }
    fn meter(&self) -> &Sim {
        self
    }
    fn data_check(&self) -> &Sim {
        self
    }
    fn clock(&self) -> &Sim {
        self
    }
    fn region(&self) -> Option<String> {
        Some(self.state().region.to_owned())
    }
    fn may_cut_over(&self) -> bool {
        self.state().may_cut_over
    }
    async fn rest(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
