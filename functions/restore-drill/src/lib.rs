//! restore-drill: the flow. Observe, decide, record, act, record, tell.
//!
//! Nothing is decided here: `lifeboat::restore` says what to do next, `lifeboat::verify` what the answers mean,
//! `lifeboat::mail` what people read. This crate reads the world, writes records conditionally, and performs acts.
//!
//! | module | its part |
//! |---|---|
//! | [`start`] | a request becomes a record; the same request twice becomes one |
//! | [`validate`] | a restore test of AWS Backup becomes a record |
//! | [`tick`] | every open run is taken as far as it goes; leftovers are swept |
//! | [`run`] | one run, step by step |
//! | [`observe`] | what is seen of the world for a step |
//! | [`source`] | what is seen of the source and its backups |
//! | [`act`] | one call for each act, through the `Owned` gate where it changes something |
//! | [`tell`] | report, mail, metrics, the closed record |
//! | [`grounds`] | what an invocation may not touch, and where it looks |
//! | [`aws`] | the real world, wired |
//! | [`sweep`] | leftovers of earlier runs |
//! | [`ended`] | inspections whose time is over: their end is mailed before the last of them goes |

pub mod act;
pub mod aws;
pub mod ended;
pub mod grounds;
pub mod observe;
pub mod run;
pub mod source;
pub mod start;
pub mod sweep;
pub mod tell;
pub mod tick;
pub mod validate;
pub mod world;

use jiff::{SignedDuration, Timestamp};
use lifeboat::policy::Policy;
use lifeboat::ports::{Clock, Databases, Store};
use lifeboat::request::{DrillEvent, drill_event};
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::Value;

pub use grounds::Grounds;
pub use lifeboat::flow::Troubles;
pub use world::World;

/// Time kept at the end of an invocation for writing what came of the last act
pub const RESERVE: SignedDuration = SignedDuration::from_secs(15);

/// The function: the world it works on and where its policy is
#[derive(Debug)]
pub struct RestoreDrill<W> {
    world: W,
    policy: PolicySource,
    bucket: String,
}

impl<W: World> RestoreDrill<W> {
    /// A restore-drill on a world
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

    /// The policy as it is now: read anew by every invocation, so that a change counts at once
    pub(crate) async fn policy(&self) -> Result<Policy, RunError> {
        lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await
    }
}

impl<W: World> Handler for RestoreDrill<W> {
    async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
        let until = deadline.saturating_sub(RESERVE).unwrap_or(deadline);
        match drill_event(&event).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))? {
            DrillEvent::Start(request) => start::start(self, &request, until).await,
            DrillEvent::Validate(tested) => validate::validate(self, &tested, until).await,
            DrillEvent::Tick { because } => {
                tracing::debug!(because, "ticking");
                tick::tick(self, until).await
            }
        }
    }

    fn examples(&self) -> &'static str {
        "'{\"drill\": \"orders\"}'
'{\"drill\": \"orders/quarterly\", \"source\": \"latest_snapshot\"}'
'{\"drill\": \"*\"}'
'{\"tick\": true}'"
    }

    async fn warm(&self) {
        // One cheap call to each endpoint that a tick needs opens its connection while the processor is still whole. No
        // copy has this name: AWS answers that there is none.
        let (_, _) = tokio::join!(
            self.world.store().list("runs/open/", 1),
            self.world.databases(None).cluster("drill-warming-up"),
        );
    }
}

impl<W: World> RestoreDrill<W> {
    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }
}
