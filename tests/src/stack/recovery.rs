//! What the control API makes of databases that are lost, and of what stands around them: proxies, jobs of Glue.
//!
//! Identifiers are globs where it says so, and of every region where no region is named: they have to be the story's own.

use serde_json::{Value, json};

use super::Stack;

impl Stack {
    /// A cluster with its instances, or an instance, is gone at once, protected or not; its automated backups are retained or
    /// not
    pub fn lose(&self, region: &str, kind: &str, identifier: &str, retained: bool) {
        let gone = json!({"region": region, "kind": kind, "id": identifier, "retained": retained});
        self.control("POST", "/gone", Some(&gone));
    }

    /// What is in a cluster or an instance now counts as having been there for so long: a restore to any time since then
    /// brings it, until the data changes
    pub fn settle(&self, region: &str, kind: &str, identifier: &str, seconds: u32) {
        let settled = json!({"region": region, "kind": kind, "id": identifier, "seconds": seconds});
        self.control("POST", "/settled", Some(&settled));
    }

    /// The restorable window of clusters or instances that are called like that: from so many seconds ago to so many seconds
    /// ago. The last word holds.
    pub fn window(&self, kind: &str, identifier: &str, earliest: u32, latest: u32) {
        let window = json!({"kind": kind, "id": identifier, "earliest_seconds": earliest, "latest_seconds": latest});
        self.control("POST", "/window", Some(&window));
    }

    /// What [`Stack::window`] said of this name does not hold any more
    pub fn true_window(&self, identifier: &str) {
        self.control("DELETE", &format!("/window?id={identifier}"), None);
    }

    /// A database proxy that is there, with a healthy target (its kind and identifier) or without one
    pub fn proxy(&self, region: &str, name: &str, target: Option<(&str, &str)>) {
        let target = target.map(|(kind, identifier)| json!({"kind": kind, "id": identifier}));
        self.control("POST", "/proxies", Some(&json!({"region": region, "name": name, "target": target})));
    }

    /// Instances behind a proxy that are called like that stay in a state (`UNAVAILABLE`), with AWS's reason (`AUTH_FAILURE`)
    pub fn target_stays(&self, proxy: &str, target: &str, state: &str, reason: Option<&str>) {
        let said = json!({"proxy": proxy, "target": target, "state": state, "reason": reason});
        self.control("POST", "/proxy-targets", Some(&said));
    }

    /// The targets of a proxy are as healthy as they are
    pub fn targets_are_free(&self, proxy: &str) {
        self.control("DELETE", &format!("/proxy-targets?proxy={proxy}"), None);
    }

    /// Runs of a job of Glue (`tests/local/lifeboat_local/glue.py` has the fields), of which `EventBridge` is told; without
    /// any, a job that never ran. Gives their ids.
    pub fn glue_runs(&self, region: &str, job: &str, runs: &[Value]) -> Vec<String> {
        let made = self.control("POST", "/glue-runs", Some(&json!({"region": region, "job": job, "runs": runs})));
        let ids = made.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
        ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// RDS has no room for instances whose identifier is like that, so many times (-1: until healed). Gives the fault's number.
    pub fn no_capacity(&self, identifier: &str, times: i64) -> u64 {
        let error = json!({"kind": "error", "code": "InsufficientDBInstanceCapacity", "message": "none left"});
        self.fault("CreateDBInstance", &json!({"DBInstanceIdentifier": identifier}), times, &error)
    }
}
