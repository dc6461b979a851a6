//! What is in the account of a story beside its database, and the functions that look after it.

use serde_json::{Value, json};

use super::{Ran, Story};
use crate::stack::{Call, stack};

impl Story {
    /// Asks another function than restore-drill (`snapshot-lifecycle`, `backup-check`): the real binary, as its own process
    pub fn ask(&self, function: &str, request: &Value) -> Ran {
        self.spawn_of(function, request).wait()
    }

    /// Asks one and kills it with signal 9 at its next call of an operation, before or after the call's effect
    pub fn kill_of(&self, function: &str, request: &Value, operation: &str, matching: &Value, when: super::When) {
        let kind = if when == super::When::Before { "hang_before" } else { "hang_after" };
        let since = stack().call_count();
        let fault = stack().fault(operation, matching, -1, &json!({"kind": kind}));
        let mut running = self.spawn_of(function, request);
        super::until(&format!("{function} calls {operation}"), super::A_STEP, || {
            // A call that is struck after its effect has its status as soon as the effect is there.
            let ours = |call: &Call| call.operation == operation && call.region == self.cloud.region && call.was_done();
            let done = || stack().calls(since).iter().any(ours);
            assert!(running.ended().is_none(), "{function} ended before it called {operation}");
            (stack().hits(fault) > 0 && (when == super::When::Before || done())).then_some(())
        });
        drop(running);
        stack().heal(fault);
    }

    /// Manual snapshots of the source that are just there, with nothing in them; the identifiers may have `{n}` for their
    /// number, the newest is so many days old, and each other one is a day older
    pub fn seed_snapshots(&self, identifier: &str, count: u32, newest_days_ago: u32, tags: &Value) -> Vec<String> {
        const DAY: u32 = 86400;
        let snapshots = json!({
            "id": identifier, "source": self.source(), "clustered": self.source.is_clustered(), "count": count,
            "age_seconds": newest_days_ago * DAY, "every_seconds": DAY, "tags": tags,
        });
        self.seed_snapshots_as(&[snapshots])
    }

    /// Snapshots that are just there, with the fields of `tests/local/lifeboat_local/seeds.py`
    pub fn seed_snapshots_as(&self, snapshots: &[Value]) -> Vec<String> {
        stack().seed_snapshots(&self.cloud.region, snapshots)
    }

    /// Identifiers of the snapshots of the region that are there, in order
    pub fn snapshots(&self) -> Vec<String> {
        let all = stack().existing(&self.cloud.region).into_iter();
        let mut all: Vec<String> =
            all.filter(|thing| thing.kind.ends_with("snapshot")).map(|thing| thing.identifier).collect();
        all.sort();
        all
    }

    /// Calls of an operation in the region of the story since it began, by its functions and by itself
    pub fn calls_here(&self, operation: &str) -> usize {
        let all = stack().calls(self.since).into_iter();
        all.filter(|call| call.region == self.cloud.region && call.operation == operation).count()
    }

    /// A rate of RDS in the region of the story
    pub fn throttle(&self, rate: f64, burst: u32) -> u64 {
        stack().throttle(&self.cloud.region, rate, burst)
    }

    /// A quota in the region of the story
    pub fn quota(&self, name: &str, most: u32) {
        stack().quota(&self.cloud.region, name, most);
    }

    /// What AWS measured of the source as billed backup storage, day by day, the last of them yesterday
    pub fn backup_storage(&self, bytes: &[Option<f64>]) {
        let namespace = if matches!(self.source, super::Source::Documents) { "AWS/DocDB" } else { "AWS/RDS" };
        stack().measured(&self.cloud.region, namespace, "TotalBackupStorageBilled", &self.source(), bytes);
    }

    /// A job of AWS Backup for the source that came to a state
    pub fn backup_job(&self, kind: &str, state: &str, message: &str) -> Vec<String> {
        let more = json!({"resource": self.source(), "message": message, "vault": self.vault()});
        stack().backup_job(&self.cloud.region, kind, state, &more)
    }
}
