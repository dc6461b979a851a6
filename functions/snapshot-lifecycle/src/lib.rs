//! snapshot-lifecycle: the flow. Observe, decide, record, act, record, tell.
//!
//! Nothing is decided here: `lifeboat::lifecycle` says which snapshots are kept, copied and let go, `lifeboat::mail` what
//! people read. This crate reads the world, writes the marks conditionally, and performs what follows.
//!
//! | module | its part |
//! |---|---|
//! | [`tick`] | one run, from the first look to the mail; where a snapshot is complete, copies only |
//! | [`look`] | what is seen of snapshots, of their databases' newest backups, and of what is in use |
//! | [`marks`] | `lifecycle.json`: read, and written before anything is deleted |
//! | [`delete`] | looking once more and deleting, side by side, through the `Doomed` gate |
//! | [`copy`] | copies to another region are begun |
//! | [`sweep`] | what expired copies left behind goes, through the `Owned` gate; the rest is told |
//! | [`take`], [`export`], [`status`] | requests: a snapshot, an export, how far they are |
//! | [`show`] | the plan, shown |
//! | [`tell`] | mail, metrics, sign of life, the answer |
//! | [`wait`] | `--wait`: stays with a snapshot until it is complete |
//! | [`aws`] | the real world, wired |

pub mod aws;
pub mod copy;
pub mod delete;
pub mod export;
pub mod look;
pub mod marks;
pub mod show;
pub mod status;
pub mod sweep;
pub mod take;
pub mod tell;
pub mod tick;
pub mod wait;
pub mod world;

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::policy::Policy;
use lifeboat::ports::Clock;
use lifeboat::request::{LifecycleEvent, Work, lifecycle_event};
use lifeboat::run::{Handler, PolicySource, Progress, RunError, Stay};
use serde_json::Value;

pub use world::World;

/// Time kept at the end of an invocation: for the last call, with all its tries, and for telling
pub const RESERVE: SignedDuration = SignedDuration::from_secs(75);

/// The function: the world it works on and where its policy is
#[derive(Debug)]
pub struct SnapshotLifecycle<W> {
    world: W,
    policy: PolicySource,
    bucket: String,
}

impl<W: World> SnapshotLifecycle<W> {
    /// On a world
    pub fn new(world: W, policy: PolicySource, bucket: String) -> Self {
        Self { world, policy, bucket }
    }

    /// The world it works on
    pub fn world(&self) -> &W {
        &self.world
    }

    /// The policy as it is now: read anew by every invocation, so that a change counts at once
    pub(crate) async fn policy(&self) -> Result<Policy, RunError> {
        lifeboat::flow::read_policy(self.world.store(), &self.policy, &self.bucket).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// The region of the databases. Without it no snapshot is known to be of this region, and every one would be left alone
    /// without a word.
    pub(crate) fn home(&self) -> Result<&str, RunError> {
        let home = self.world.home();
        if home.is_empty() {
            return Err(RunError {
                kind: "Configuration",
                message: "no region is set: set AWS_REGION to the region of the databases".to_owned(),
            });
        }
        Ok(home)
    }
}

impl<W: World> Handler for SnapshotLifecycle<W> {
    async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
        let until = deadline.saturating_sub(RESERVE).unwrap_or(deadline);
        match lifecycle_event(&event).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))? {
            LifecycleEvent::Tick { because, work } => {
                tracing::debug!(because, ?work, "ticking");
                match work {
                    Work::Everything => tick::tick(self, until).await,
                    Work::Copies => tick::copies_only(self).await,
                }
            }
            LifecycleEvent::Take(request) => take::take(self, &request).await,
            LifecycleEvent::Status { snapshot } => status::status(self, &snapshot).await,
            LifecycleEvent::Plan(request) => show::show(self, &request).await,
            LifecycleEvent::Export(request) => export::export(self, &request).await,
            LifecycleEvent::ExportStatus { task } => export::status(self, &task).await,
        }
    }

    fn examples(&self) -> &'static str {
        "'{\"plan\": \"*\"}'
'{\"plan\": \"orders\", \"as_of\": \"2026-12-24\"}'
'{\"snapshot\": \"orders\", \"reason\": \"schema migration 42\"}'
--wait '{\"snapshot\": \"orders\", \"reason\": \"schema migration 42\"}'
'{\"tick\": true}'"
    }

    fn stays(&self) -> &'static [Stay] {
        &[Stay { option: wait::OPTION, says: "takes a snapshot, and ends with 0 only when it is complete" }]
    }

    async fn stay(&self, _: &'static str, request: Value, progress: &mut Progress) -> Result<Value, RunError> {
        wait::wait(self, request, progress).await
    }
}

/// The region in an ARN, where it is one
pub(crate) fn region_of(name: &str) -> Option<&str> {
    name.starts_with("arn:").then(|| name.split(':').nth(3)).flatten().filter(|region| !region.is_empty())
}

/// Whether an ARN is that of a cluster's snapshot
pub(crate) fn is_clustered(arn: &str) -> bool {
    arn.contains(":cluster-snapshot:")
}

/// AWS's certain word that a snapshot is not there. Its codes of snapshots stand among those of backups that cannot be
/// used, as a restore meets them.
pub(crate) fn is_gone(fault: &Fault) -> bool {
    fault.class == Class::NotFound || (fault.class == Class::Backup && fault.code.contains("SnapshotNotFound"))
}
