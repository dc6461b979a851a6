//! emergency-restore: the flow. Observe, decide, record, act, record, tell.

pub mod aws;
pub mod world;

use jiff::Timestamp;
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::Value;

pub use world::World;

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
}

impl<W: World> Handler for EmergencyRestore<W> {
    async fn handle(&self, _event: Value, _deadline: Timestamp) -> Result<Value, RunError> {
        let policy = lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await?;
        Err(RunError::failed(format!("not built yet, for {} databases", policy.databases.len())))
    }
}
