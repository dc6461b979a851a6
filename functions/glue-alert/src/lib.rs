//! glue-alert: the flow. Observe, decide, record, tell, record.
//!
//! Glue's events tell of a failure within seconds and promise nothing; the poll asks Glue's own list, and finds what no event
//! tells. Both go one way: look at jobs, compare with what is remembered, claim what is to be told, tell it.
//!
//! Nothing is decided here: `lifeboat::glue` judges, `lifeboat::mail` writes what people read.
//!
//! | module | its part |
//! |---|---|
//! | [`watch`] | jobs looked at, compared, claimed and told |
//! | [`look`] | the runs of jobs |
//! | [`way`] | what can be restored, for the mail about a failure |
//! | [`memory`] | `jobs.json`, written conditionally |
//! | [`show`] | how a job stands, for whoever asks |
//! | [`aws`] | the real world, wired |

pub mod aws;
pub mod look;
pub mod memory;
pub mod show;
pub mod watch;
pub mod way;
pub mod world;

use jiff::Timestamp;
use lifeboat::glue::{AlertEvent, State, alert_event};
use lifeboat::policy::Policy;
use lifeboat::ports::{Clock, Store};
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::Value;

pub use world::World;

/// The function: the world it works on and where its policy is
#[derive(Debug)]
pub struct GlueAlert<W> {
    world: W,
    policy: PolicySource,
    bucket: String,
}

impl<W: World> GlueAlert<W> {
    /// On a world
    pub fn new(world: W, policy: PolicySource, bucket: String) -> Self {
        Self { world, policy, bucket }
    }

    /// The world it works on
    pub fn world(&self) -> &W {
        &self.world
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// The policy as it is now: read anew by every invocation, so that a change counts at once
    pub(crate) async fn policy(&self) -> Result<Policy, RunError> {
        lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await
    }
}

impl<W: World> Handler for GlueAlert<W> {
    async fn handle(&self, event: Value, _deadline: Timestamp) -> Result<Value, RunError> {
        match alert_event(&event).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))? {
            AlertEvent::Tick { because } => {
                tracing::info!(because, "polling");
                watch::poll(self).await
            }
            AlertEvent::Changed(change) => {
                tracing::info!(job = change.job, run = change.run, state = change.state, "told of a run");
                watch::changed(self, &change).await
            }
            AlertEvent::Show { job } => show::show(self, &job).await,
        }
    }

    fn examples(&self) -> &'static str {
        "'{\"tick\": true}'
'{\"job\": \"daily-etl\"}'"
    }

    async fn warm(&self) {
        // Opens the connection that every invocation needs first.
        let _ = self.world.store().read(State::KEY).await;
    }
}
