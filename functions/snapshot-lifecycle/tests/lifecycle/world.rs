//! An AWS in memory: manual snapshots in two regions, databases with their backups, exports, a bucket with conditional
//! writes, a topic. Every call is numbered, takes its time on a clock that only calls and tests move, and can be refused, lose
//! its reply or kill the process.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Cluster, Export, Instance, PointFacts, RetainedBackup, Sharing, Snapshot};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Clock;
use lifeboat::restore::Leftover;
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::{Value, json};
use snapshot_lifecycle::{SnapshotLifecycle, World};
use tokio::time::Instant;

pub(crate) const HOME: &str = "eu-west-1";
pub(crate) const AWAY: &str = "us-west-2";

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
    /// Those of this operation on this thing
    Of(&'static str, String),
    /// Those of this operation in this region
    In(&'static str, &'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) region: String,
    pub(crate) operation: &'static str,
    pub(crate) resource: String,
}

type Change = Box<dyn FnOnce(&mut State) + Send>;

pub(crate) struct State {
    base: Timestamp,
    offset: SignedDuration,
    began: Instant,
    pub(crate) latency: Duration,
    pub(crate) snapshots: BTreeMap<String, BTreeMap<String, Snapshot>>,
    pub(crate) ready_at: BTreeMap<String, Timestamp>,
    pub(crate) sharing: BTreeMap<String, Sharing>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) automated: Vec<Snapshot>,
    pub(crate) exports: Vec<Export>,
    pub(crate) retained: Vec<(bool, RetainedBackup)>,
    pub(crate) remains: Vec<Leftover>,
    pub(crate) points: Vec<PointFacts>,
    pub(crate) jobs: Vec<lifeboat::database::BackupJob>,
    pub(crate) objects: BTreeMap<String, (Vec<u8>, u64)>,
    etags: u64,
    pub(crate) mails: Vec<(String, String)>,
    pub(crate) metrics: Vec<(String, f64)>,
    pub(crate) calls: Vec<Call>,
    pub(crate) fates: Vec<(Which, Fate)>,
    /// Done when the first call of this operation arrives
    pub(crate) changes: Vec<(&'static str, Change)>,
    /// ARNs, in the order of deletion; a second deletion of one would stand here twice
    pub(crate) deleted: Vec<String>,
    pub(crate) swept: Vec<String>,
    pub(crate) quota: usize,
    pub(crate) flying: usize,
    pub(crate) most_flying: usize,
    pub(crate) copying_takes: SignedDuration,
    pub(crate) making_fails: bool,
    /// The last look tells everything twice
    pub(crate) tells_twice: bool,
    /// Exports do not say what they read
    pub(crate) nameless_exports: bool,
    killed: bool,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        self.base + self.offset + elapsed
    }

    /// What has become available by now
    pub(crate) fn settle(&mut self) {
        let (now, fails) = (self.now(), self.making_fails);
        for snapshot in self.snapshots.values_mut().flat_map(BTreeMap::values_mut) {
            if self.ready_at.get(&snapshot.arn).is_some_and(|at| *at <= now) && snapshot.status == "creating" {
                let status = if fails { "failed" } else { "available" };
                status.clone_into(&mut snapshot.status);
                snapshot.details.percent = Some(100);
            }
        }
        // Backups are made as time passes, unless a test stops them.
        for one in &mut self.clusters {
            one.window.latest = one.window.latest.map(|at| if at < now { now } else { at });
        }
    }

    pub(crate) fn put(&mut self, key: &str, body: Vec<u8>) -> String {
        self.etags += 1;
        self.objects.insert(key.to_owned(), (body, self.etags));
        format!("\"{}\"", self.etags)
    }

    pub(crate) fn policy(&mut self, text: &str) {
        self.put("policy.json", text.as_bytes().to_vec());
    }

    pub(crate) fn add(&mut self, snapshot: Snapshot) {
        let region = snapshot.arn.split(':').nth(3).unwrap().to_owned();
        self.snapshots.entry(region).or_default().insert(snapshot.arn.clone(), snapshot);
    }

    pub(crate) fn at_home(&mut self, identifier: &str) -> &mut Snapshot {
        self.snapshots.get_mut(HOME).unwrap().values_mut().find(|one| one.identifier == identifier).unwrap()
    }

    /// Identifiers in a region, in order
    pub(crate) fn names(&self, region: &str) -> BTreeSet<String> {
        self.snapshots.get(region).into_iter().flatten().map(|(_, one)| one.identifier.clone()).collect()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| call.operation == operation).count()
    }

    fn fate(&self, call: &Call) -> Option<Fate> {
        let number = self.calls.len();
        let matches = |which: &Which| match which {
            Which::Number(wanted) => *wanted == number,
            Which::All(operation) => *operation == call.operation,
            Which::Of(operation, resource) => *operation == call.operation && *resource == call.resource,
            Which::In(operation, region) => *operation == call.operation && *region == call.region,
        };
        self.fates.iter().find(|(which, _)| matches(which)).map(|(_, fate)| *fate)
    }
}

/// One region of it. Clones share one state.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) state: Arc<Mutex<State>>,
}

#[derive(Clone)]
pub(crate) struct Sim {
    pub(crate) home: Place,
    away: Place,
}

impl Sim {
    pub(crate) fn new(now: Timestamp) -> Self {
        let state = State {
            base: now,
            offset: SignedDuration::ZERO,
            began: Instant::now(),
            latency: Duration::from_millis(50),
            snapshots: BTreeMap::from([(HOME.to_owned(), BTreeMap::new()), (AWAY.to_owned(), BTreeMap::new())]),
            ready_at: BTreeMap::new(),
            sharing: BTreeMap::new(),
            clusters: Vec::new(),
            instances: Vec::new(),
            automated: Vec::new(),
            exports: Vec::new(),
            retained: Vec::new(),
            remains: Vec::new(),
            points: Vec::new(),
            jobs: Vec::new(),
            objects: BTreeMap::new(),
            etags: 0,
            mails: Vec::new(),
            metrics: Vec::new(),
            calls: Vec::new(),
            fates: Vec::new(),
            changes: Vec::new(),
            deleted: Vec::new(),
            swept: Vec::new(),
            quota: usize::MAX,
            flying: 0,
            most_flying: 0,
            copying_takes: SignedDuration::from_hours(2),
            making_fails: false,
            tells_twice: false,
            nameless_exports: false,
            killed: false,
        };
        let home = Place { region: HOME.to_owned(), state: Arc::new(Mutex::new(state)) };
        Self { away: Place { region: AWAY.to_owned(), ..home.clone() }, home }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.home.state()
    }

    pub(crate) fn pass(&self, span: SignedDuration) {
        let mut state = self.state();
        state.offset += span;
        state.settle();
    }

    pub(crate) fn function(&self) -> SnapshotLifecycle<Sim> {
        SnapshotLifecycle::new(self.clone(), PolicySource::Key("policy.json".to_owned()), "backups".to_owned())
    }

    /// One invocation with 15 minutes to live; `None` when the process was killed in it
    pub(crate) async fn invoke(&self, event: Value) -> Option<Result<Value, RunError>> {
        self.invoke_for(event, SignedDuration::from_mins(15)).await
    }

    pub(crate) async fn invoke_for(&self, event: Value, span: SignedDuration) -> Option<Result<Value, RunError>> {
        let function = self.function();
        let deadline = self.state().now() + span;
        let killed = poll_fn(|_| if self.state().killed { Poll::Ready(()) } else { Poll::Pending });
        let ended = match select(Box::pin(function.handle(event, deadline)), killed).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        };
        self.state().killed = false;
        ended
    }

    pub(crate) async fn tick(&self) -> Result<Value, RunError> {
        self.invoke(json!({"tick": true})).await.expect("nobody kills it")
    }

    pub(crate) async fn ask(&self, event: Value) -> Result<Value, RunError> {
        self.invoke(event).await.expect("nobody kills it")
    }
}

impl Place {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            let call = Call { region: self.region.clone(), operation, resource: resource.to_owned() };
            state.calls.push(call.clone());
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
        result
    }

    async fn kill<T>(&self) -> T {
        self.state().killed = true;
        std::future::pending().await
    }
}

impl Clock for Place {
    fn now(&self) -> Timestamp {
        self.state().now()
    }
}

impl World for Sim {
    type Databases = Place;
    type Backups = Place;
    type Store = Place;
    type Post = Place;
    type Meter = Place;
    type Clock = Place;

    fn home(&self) -> &str {
        HOME
    }
    fn databases(&self, region: Option<&str>) -> &Place {
        match region {
            None | Some(HOME) => &self.home,
            Some(AWAY) => &self.away,
            Some(other) => panic!("nobody simulates {other}"),
        }
    }
    fn backups(&self) -> &Place {
        &self.home
    }
    fn store(&self) -> &Place {
        &self.home
    }
    fn post(&self) -> &Place {
        &self.home
    }
    fn meter(&self) -> &Place {
        &self.home
    }
    fn clock(&self) -> &Place {
        &self.home
    }
    async fn rest(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
