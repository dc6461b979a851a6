//! emergency-restore: the flow. Observe, decide, record, act, record, tell.
//!
//! Nothing is decided here: `lifeboat::recover` says what can be restored, what a request means, what to do next and how to
//! cut over, `lifeboat::mail` what people read. This crate reads the world, writes records conditionally, and performs tasks.
//! **There is no call in it that removes a database, an instance or a snapshot.**
//!
//! | module | its part |
//! |---|---|
//! | [`windows`] | what can be restored |
//! | [`begin`] | a request becomes a record; the same request twice becomes one |
//! | [`settle`] | what a request comes to: the backup, and what its copy is to mirror |
//! | [`plan`] | dry runs |
//! | [`remember`] | what a database was like that is gone |
//! | [`tick`] | every open run is taken as far as it goes |
//! | [`run`] | one run, step by step; its filing |
//! | [`observe`] | what is seen of the world for a step |
//! | [`act`] | one call for each task; what is changed is read again before |
//! | [`status`] | where a run stands |
//! | [`cut`] | requests to cut over and back |
//! | [`extend`] | keeping an inspection longer |
//! | [`change`] | a request's change to a record that others write too |
//! | [`follow`] | `--follow` |
//! | [`look`] | what AWS holds of databases |
//! | [`records`] | records in the bucket |
//! | [`visit`] | one invocation: its troubles, its calls and their time |
//! | [`words`] | what the pure modules have no words for |
//! | [`aws`] | the real world, wired |

pub mod act;
pub mod aws;
pub mod begin;
pub mod change;
pub mod cut;
pub mod extend;
pub mod follow;
pub mod look;
pub mod observe;
pub mod plan;
pub mod records;
pub mod remember;
pub mod run;
pub mod settle;
mod side_by_side;
pub mod status;
pub mod tick;
pub mod visit;
pub mod windows;
pub mod words;
pub mod world;

use jiff::{SignedDuration, Timestamp};
use lifeboat::policy::Policy;
use lifeboat::ports::{Clock, Databases, Store};
use lifeboat::request::{RecoveryEvent, recovery_event};
use lifeboat::run::{Handler, PolicySource, Progress, RunError, Stay};
use serde_json::Value;

pub use visit::Visit;
pub use world::World;

/// Time kept at the end of an invocation for writing what came of the last tasks
pub const RESERVE: SignedDuration = SignedDuration::from_secs(15);

/// The function: the world it works on and where its policy is
#[derive(Debug)]
pub struct EmergencyRestore<W> {
    world: W,
    policy: PolicySource,
    bucket: String,
}

impl<W: World> EmergencyRestore<W> {
    /// On a world
    pub fn new(world: W, policy: PolicySource, bucket: String) -> Self {
        Self { world, policy, bucket }
    }

    /// The world it works on
    pub fn world(&self) -> &W {
        &self.world
    }

    /// The bucket that mails name
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The policy as it is now: read anew by every request that needs it
    pub(crate) async fn policy(&self) -> Result<Policy, RunError> {
        lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// Answers what an event asks for
    pub(crate) async fn answer(&self, event: RecoveryEvent, until: Timestamp) -> Result<Value, RunError> {
        match event {
            RecoveryEvent::Tick { because } => {
                tracing::debug!(because, "ticking");
                Box::pin(tick::tick(self, until)).await
            }
            RecoveryEvent::Windows { database } => Box::pin(windows::windows(self, database.as_deref())).await,
            RecoveryEvent::Restore(request) => Box::pin(begin::restore(self, &request, until)).await,
            RecoveryEvent::Status { run } => status::status(self, &run).await,
            RecoveryEvent::CutOver(request) => Box::pin(cut::cut_over(self, &request, until)).await,
            RecoveryEvent::UndoCutOver { run } => Box::pin(cut::undo(self, &run, until)).await,
            RecoveryEvent::Extend { run, by } => Box::pin(extend::extend(self, &run, by)).await,
        }
    }
}

impl<W: World> Handler for EmergencyRestore<W> {
    async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
        let until = deadline.saturating_sub(RESERVE).unwrap_or(deadline);
        let event = recovery_event(&event).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
        self.answer(event, until).await
    }

    fn examples(&self) -> &'static str {
        "'{}'
'{\"database\": \"orders\", \"to\": \"1 hour ago\", \"dry_run\": true}'
--follow '{\"database\": \"orders\", \"to\": \"before job daily-etl\"}'
'{\"database\": \"orders\", \"to\": \"yesterday 06:30\", \"inspect_for\": \"8h\"}'
'{\"run\": \"recovery-orders-20260204101500\"}'
'{\"run\": \"recovery-orders-20260204101500\", \"cut_over\": {\"proxy\": \"orders-proxy\"}}'
'{\"run\": \"recovery-orders-20260204101500\", \"undo_cut_over\": true}'"
    }

    fn stays(&self) -> &'static [Stay] {
        &[Stay { option: follow::OPTION, says: "stays with the run, shows its phases, takes it further itself" }]
    }

    async fn stay(&self, _option: &'static str, request: Value, progress: &mut Progress) -> Result<Value, RunError> {
        Box::pin(follow::follow(self, request, progress)).await
    }

    async fn warm(&self) {
        // One cheap call to each endpoint that a tick needs opens its connection while the processor is still whole. No copy
        // has this name: AWS answers that there is none.
        let (_, _) = tokio::join!(
            self.world.store().list(records::OPEN, 1),
            self.world.databases().cluster("recovery-warming-up"),
        );
    }
}
