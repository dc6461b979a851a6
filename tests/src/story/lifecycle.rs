//! snapshot-lifecycle at work on the story's account.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::acting::older;
use super::process::Running;
use super::{A_STEP, Ran, Story, until};
use crate::stack::stack;

/// The function
const LIFECYCLE: &str = "snapshot-lifecycle";
/// Its document of marks
const MARKS: &str = "lifecycle.json";

impl Story {
    /// Asks snapshot-lifecycle
    pub fn lifecycle(&self, request: &Value) -> Ran {
        self.ask(LIFECYCLE, request)
    }

    /// One run of it, which has to go well; gives its answer
    #[track_caller]
    pub fn lifecycle_run(&self) -> Value {
        self.lifecycle(&json!({"tick": true})).ok()
    }

    /// So many runs of it at once
    pub fn lifecycle_runs_at_once(&self, times: usize) -> Vec<Ran> {
        let all: Vec<Running> = (0..times).map(|_| self.spawn_of(LIFECYCLE, &json!({"tick": true}))).collect();
        all.into_iter().map(Running::wait).collect()
    }

    /// Asks it with `--wait`, as a script does before a change
    pub fn lifecycle_waits(&self, request: &Value) -> Ran {
        self.spawn_with(LIFECYCLE, &["--wait", &request.to_string()]).wait()
    }

    /// A run of it, killed with signal 9 after the effect of its n-th call to a region, before the answer comes. Says whether
    /// there was such a call; if not, the run has ended by itself.
    pub fn kill_lifecycle_after_call(&self, number: usize, region: &str) -> bool {
        let since = stack().call_count();
        let fault = json!({"operation": "*", "region": region, "times": -1, "after": number - 1,
                           "fault": {"kind": "hang_after"}});
        let fault = stack().control("POST", "/faults", Some(&fault)).get("id").and_then(Value::as_u64).unwrap();
        let mut running = self.spawn_of(LIFECYCLE, &json!({"tick": true}));
        let killed = until("a run of snapshot-lifecycle hangs or ends", A_STEP, || {
            // A call that is struck after its effect has its status as soon as the effect is there.
            let struck = stack().calls(since).iter().any(|call| call.region == region && call.was_struck());
            if struck { Some(true) } else { running.ended().map(|_| false) }
        });
        drop(running);
        stack().heal(fault);
        killed
    }

    /// Changes what the policy says of the database
    pub fn change_policy(&self, change: impl Fn(&mut Value)) {
        let changed = |text: &str| {
            let mut policy: Value = serde_json::from_str(text).unwrap();
            change(policy.pointer_mut(&format!("/databases/{}", self.name)).unwrap());
            policy.to_string()
        };
        self.cloud.change(&self.bucket(), "policy.json", changed);
    }

    /// What the policy says of cleaning up
    pub fn clean_up_with(&self, cleanup: &Value) {
        let changed = |text: &str| {
            let mut policy: Value = serde_json::from_str(text).unwrap();
            policy.as_object_mut().unwrap().insert("cleanup".to_owned(), cleanup.clone());
            policy.to_string()
        };
        self.cloud.change(&self.bucket(), "policy.json", changed);
    }

    /// Every mark is so much older: this is how a story gets past the grace period
    pub fn age_marks(&self, by: SignedDuration) {
        let aged = |text: &str| {
            let mut marks: Value = serde_json::from_str(text).unwrap();
            older(&mut marks["at"], by);
            for mark in marks["marks"].as_object_mut().unwrap().values_mut() {
                older(&mut mark["since"], by);
            }
            marks.to_string()
        };
        self.cloud.change(&self.bucket(), MARKS, aged);
    }

    /// The marks, by ARN
    pub fn marks(&self) -> Vec<String> {
        let marks = self.object(MARKS).unwrap_or_default();
        marks["marks"].as_object().map(|marks| marks.keys().cloned().collect()).unwrap_or_default()
    }
}
