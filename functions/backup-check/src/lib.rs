//! backup-check: the flow. Observe, decide, record, act, record, tell.
//!
//! Nothing is decided here: `lifeboat::checkup` asks the questions and compares, `lifeboat::mail` writes what people read.
//!
//! | module | its part |
//! |---|---|
//! | [`check`] | one check from end to end |
//! | [`scope`] | what a check looks at: all or one, in which regions, and where first |
//! | [`observe`] | everything that is read, put together |
//! | [`regions`] | lists of a region: databases, snapshots, vaults, jobs, plans |
//! | [`sharing`] | who else may restore snapshots: a few a day, remembered |
//! | [`keys`] | the KMS keys that backups hang on |
//! | [`measured`] | billed backup storage, and its history |
//! | [`records`] | drills that ended, runs under way |
//! | [`memory`] | `findings.json`, written conditionally |
//! | [`mend`] | the changes that a policy may ask for |
//! | [`answer`] | what is answered |
//! | [`rules`] | the decisions by name, all of them made elsewhere |
//! | [`aws`] | the real world, wired |

pub mod answer;
pub mod aws;
pub mod check;
pub mod keys;
pub mod measured;
pub mod memory;
pub mod mend;
pub mod observe;
pub mod reading;
pub mod records;
pub mod regions;
pub mod rules;
pub mod scope;
pub mod sharing;
pub mod world;

use jiff::Timestamp;
use lifeboat::checkup::State;
use lifeboat::policy::Policy;
use lifeboat::ports::{Clock, Databases, Store};
use lifeboat::request::{CheckupEvent, checkup_event};
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::Value;

use check::Asked;
use rules::Rules;
pub use world::World;

/// The function: the world it works on and where its policy is
#[derive(Debug)]
pub struct BackupCheck<W> {
    world: W,
    policy: PolicySource,
    bucket: String,
    rules: Rules,
}

impl<W: World> BackupCheck<W> {
    /// On a world
    pub fn new(world: W, policy: PolicySource, bucket: String) -> Self {
        Self { world, policy, bucket, rules: Rules::default() }
    }

    /// With other decisions
    #[must_use]
    pub fn deciding(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The world it works on
    pub fn world(&self) -> &W {
        &self.world
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// The policy as it is now: read anew by every invocation, so that a change counts at once
    pub(crate) async fn policy(&self) -> Result<Policy, RunError> {
        lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await
    }
}

impl<W: World> Handler for BackupCheck<W> {
    async fn handle(&self, event: Value, _deadline: Timestamp) -> Result<Value, RunError> {
        match checkup_event(&event).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))? {
            CheckupEvent::Tick { because } => {
                tracing::info!(because, "checking");
                check::check(self, Asked::by_nobody(&[])).await
            }
            CheckupEvent::Check { database } => check::check(self, Asked::by_hand(database.as_deref())).await,
            CheckupEvent::Rung { because, about } => {
                tracing::info!(because, ?about, "rung");
                check::check(self, Asked::by_nobody(&about)).await
            }
        }
    }

    fn examples(&self) -> &'static str {
        "'{\"check\": \"orders\"}'
'{\"check\": \"*\"}'
'{\"tick\": true}'"
    }

    async fn warm(&self) {
        // One cheap call to each endpoint that every check needs opens its connection while the processor is still whole. No
        // cluster has this name: AWS answers that there is none.
        let (_, _) = tokio::join!(
            self.world.store().read(State::KEY),
            self.world.databases(self.world.home()).cluster("drill-warming-up"),
        );
    }
}
