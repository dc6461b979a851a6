//! A simulated AWS for the flows: clusters and instances that take their time, a bucket with conditional writes, a topic, a
//! data check, and one gate through which every call passes, so that any call can be made to fail, to lose its reply, or to
//! kill the process.

mod destroying;
mod jobs;
mod making;
mod others;
mod policy;
mod reading;
mod region;
mod state;
mod tested;

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Clock;
use lifeboat::run::{Handler, PolicySource, RunError};
use restore_drill::{RestoreDrill, World};
use serde_json::Value;
use tokio::sync::Notify;

pub use jobs::Job;
pub use policy::{VAULT, add_point};
pub use region::{Region, Thing};
pub use state::{AWAY, Call, DataCheckMode, Fate, HOME, Mail, State};
pub use tested::Test;

/// The simulated AWS. Clones share one state: a clone is the same world seen by another process.
#[derive(Debug, Clone)]
pub struct Sim {
    home: Place,
    away: Place,
}

/// The simulated AWS as seen from one region
#[derive(Debug, Clone)]
pub struct Place {
    name: &'static str,
    state: Arc<Mutex<State>>,
    killed: Arc<Notify>,
}

impl Sim {
    /// A world with the source databases of [`State::new`], at `now`
    pub fn new(now: Timestamp) -> Self {
        let home = Place { name: HOME, state: Arc::new(Mutex::new(State::new(now))), killed: Arc::new(Notify::new()) };
        Self { away: Place { name: AWAY, ..home.clone() }, home }
    }

    /// The state, to look at and to change
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.home.state()
    }

    fn place(&self, region: Option<&str>) -> &Place {
        match region {
            None | Some(HOME) => &self.home,
            Some(AWAY) => &self.away,
            Some(other) => panic!("nobody simulates {other}"),
        }
    }

    /// Lets time pass
    pub fn pass(&self, span: SignedDuration) {
        self.state().pass(span);
    }

    /// A fresh process of restore-drill in this world
    pub fn drill(&self) -> RestoreDrill<Sim> {
        RestoreDrill::new(self.clone(), PolicySource::Key("policy.json".to_owned()), "backups".to_owned())
    }

    /// One invocation; `None` when the process was killed in it
    pub async fn invoke(&self, event: Value) -> Option<Result<Value, RunError>> {
        let drill = self.drill();
        let deadline = self.state().now + SignedDuration::from_mins(15);
        tokio::select! {
            biased;
            answer = drill.handle(event, deadline) => Some(answer),
            () = self.home.killed.notified() => None,
        }
    }

    /// Ticks every minute until no record is open, at most `most` times; what went wrong on the way is returned.
    pub async fn tick_until_quiet(&self, most: usize) -> Vec<String> {
        let mut errors = Vec::new();
        for _ in 0..most {
            if self.state().open_records().is_empty() {
                return errors;
            }
            self.pass(SignedDuration::from_secs(60));
            if let Some(Err(error)) = self.invoke(Self::tick()).await {
                errors.push(error.message);
            }
        }
        panic!("not quiet after {most} ticks: {:#?}", self.state().open_records());
    }

    /// A tick, as a schedule sends it
    pub fn tick() -> Value {
        serde_json::json!({
            "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "123456789012", "time": "2026-11-22T18:01:00Z", "region": "eu-west-1", "resources": [], "detail": {}
        })
    }
}

impl Place {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The gate: every call passes it, once before it takes effect and once after.
    ///
    /// `effect` is what the call does to the world. Between the calls of one process others get their turn.
    async fn call<T>(
        &self,
        operation: &'static str,
        resource: &str,
        effect: impl FnOnce(&mut State) -> Result<T, Fault> + Send,
    ) -> Result<T, Fault> {
        tokio::task::yield_now().await;
        let fate = self.state().arrive(self.name, operation, resource);
        let lost = || Fault::new(Class::Unknown, operation, resource, "", "the reply was lost");
        let result = match fate {
            Fate::Answered => effect(&mut self.state()),
            Fate::Refused(class, code) => {
                Err(Fault::new(class, operation, resource, code, "refused by the simulation"))
            }
            Fate::LostBefore => Err(lost()),
            Fate::LostAfter => effect(&mut self.state()).and_then(|_| Err(lost())),
            Fate::KilledBefore => self.kill().await,
            Fate::KilledAfter => {
                let _ = effect(&mut self.state());
                self.kill().await
            }
        };
        tokio::task::yield_now().await;
        result
    }

    /// The process ends here: whoever waits for this call waits for ever, and `invoke` drops it.
    async fn kill<T>(&self) -> T {
        self.killed.notify_one();
        std::future::pending().await
    }
}

impl Clock for Place {
    fn now(&self) -> Timestamp {
        self.state().now
    }
}

impl World for Sim {
    type Databases = Place;
    type Vaults = Place;
    type Tests = Place;
    type Store = Place;
    type Post = Place;
    type Meter = Place;
    type DataCheck = Place;
    type Clock = Place;

    fn databases(&self, region: Option<&str>) -> &Place {
        self.place(region)
    }
    fn vaults(&self, region: Option<&str>) -> &Place {
        self.place(region)
    }
    fn tests(&self) -> &Place {
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
    fn data_check(&self, region: Option<&str>) -> &Place {
        self.place(region)
    }
    fn clock(&self) -> &Place {
        &self.home
    }
}
