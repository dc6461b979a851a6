//! What the control API makes of an account: snapshots in no time, quotas, rates, keys, metrics, what AWS Backup remembers.
//!
//! Names are globs where a thing may be one of many; regions are those of one story, so that no story meets another. The
//! fields of what is passed as JSON stand in the files that are named.

use serde_json::{Value, json};

use super::Stack;

impl Stack {
    /// Snapshots that are just there, with nothing in them: `tests/local/lifeboat_local/seeds.py` has the fields. Gives their
    /// ARNs.
    pub fn seed_snapshots(&self, region: &str, snapshots: &[Value]) -> Vec<String> {
        let made = self.control("POST", "/snapshots", Some(&json!({"region": region, "snapshots": snapshots})));
        texts(made.get("arns"))
    }

    /// Who else may restore snapshots from now on; `all` is everybody
    pub fn share_snapshots(&self, region: &str, identifier: &str, accounts: &[&str]) {
        let shared = json!({"region": region, "id": identifier, "accounts": accounts});
        self.control("POST", "/share", Some(&shared));
    }

    /// RDS of a region takes so many calls a second, and so many at once. Gives the rule's number.
    pub fn throttle(&self, region: &str, rate: f64, burst: u32) -> u64 {
        let rule = json!({"region": region, "rate": rate, "burst": burst});
        self.control("POST", "/throttle", Some(&rule)).get("id").and_then(Value::as_u64).unwrap()
    }

    /// Calls that a rate has seen, and those of them that it threw back
    pub fn throttled(&self, rule: u64) -> (u64, u64) {
        let all = self.control("GET", "/throttle", None);
        let mut found = all.as_array().unwrap().iter().filter(|one| number(one, "id") == rule);
        let found = found.next().unwrap_or_else(|| panic!("no rate {rule}: {all}"));
        (number(found, "calls"), number(found, "throttled"))
    }

    /// Takes a rate away
    pub fn unthrottle(&self, rule: u64) {
        self.control("DELETE", &format!("/throttle?id={rule}"), None);
    }

    /// Every call of an operation (a glob, `Describe*`) in a region takes so much longer. Gives the number of the fault, which
    /// [`Stack::heal`] takes.
    pub fn slow_down(&self, region: &str, operation: &str, seconds: f64) -> u64 {
        self.strike(region, operation, -1, &json!({"kind": "delay", "seconds": seconds}))
    }

    /// Every call of an operation in a region is refused with a code
    pub fn refuse(&self, region: &str, operation: &str, code: &str, http: u16) -> u64 {
        self.strike(
            region,
            operation,
            -1,
            &json!({"kind": "error", "code": code, "http": http, "message": "refused on purpose"}),
        )
    }

    /// The next call of an operation in a region waits until the fault is healed; then it is cut off, and is answered when it
    /// is asked again
    pub fn hold(&self, region: &str, operation: &str) -> u64 {
        self.strike(region, operation, 1, &json!({"kind": "hang_before"}))
    }

    /// Something goes wrong with calls of an operation in a region that have these parameters (globs), always (`times` -1) or so
    /// often. Gives the number of the fault.
    pub fn fault_in(&self, region: &str, operation: &str, matching: &Value, times: i64, fault: &Value) -> u64 {
        let strike =
            json!({"operation": operation, "match": matching, "region": region, "times": times, "fault": fault});
        self.control("POST", "/faults", Some(&strike)).get("id").and_then(Value::as_u64).unwrap()
    }

    fn strike(&self, region: &str, operation: &str, times: i64, fault: &Value) -> u64 {
        let strike = json!({"operation": operation, "region": region, "times": times, "fault": fault});
        self.control("POST", "/faults", Some(&strike)).get("id").and_then(Value::as_u64).unwrap()
    }

    /// How many of something the account may have: `ManualSnapshots`, `ManualClusterSnapshots`, …
    pub fn quota(&self, region: &str, name: &str, most: u32) {
        self.control("POST", "/quota", Some(&json!({"region": region, "name": name, "most": most})));
    }

    /// When a certificate authority of a region ends
    pub fn certificate(&self, region: &str, identifier: &str, until: &str) {
        self.control("POST", "/certificates", Some(&json!({"region": region, "id": identifier, "until": until})));
    }

    /// Until when a major version is supported: dates. This holds in every region.
    pub fn engine_support(&self, engine: &str, major: &str, standard: &str, extended: Option<&str>) {
        let support = json!({"engine": engine, "major": major, "standard_until": standard, "extended_until": extended});
        self.control("POST", "/support", Some(&support));
    }

    /// What a Describe shows of clusters or instances from now on (`AwsBackupRecoveryPointArn`, `CertificateDetails`, …); null
    /// takes a field away. Identifiers are of every region: they have to be the story's own.
    pub fn upkeep(&self, kind: &str, identifier: &str, shown: &Value) {
        self.control("POST", "/upkeep", Some(&json!({"kind": kind, "id": identifier, "api": shown})));
    }

    /// What AWS measured of a cluster on consecutive days, the last of them yesterday; `None` is a day without a value
    pub fn measured(&self, region: &str, namespace: &str, metric: &str, cluster: &str, values: &[Option<f64>]) {
        let values =
            json!({"region": region, "namespace": namespace, "name": metric, "cluster": cluster, "values": values});
        self.control("POST", "/metric", Some(&values));
    }

    /// The state of a KMS key: `Enabled`, `Disabled`, `PendingDeletion` (in so many days), `missing`
    pub fn key_state(&self, arn: &str, state: &str, deleted_in_days: Option<u32>) {
        let mut key = json!({"arn": arn, "state": state});
        if let (Some(key), Some(days)) = (key.as_object_mut(), deleted_in_days) {
            key.insert("deleted_in_days".to_owned(), days.into());
        }
        self.control("POST", "/key", Some(&key));
    }

    /// The next export whose task is called like that fails with these words
    pub fn export_fails(&self, task: &str, message: &str) {
        self.control("POST", "/exports", Some(&json!({"task": task, "message": message})));
    }

    /// The lock of a vault, which is made where there is none: `locked`, `min_days`, `max_days`, `lock_date`
    pub fn vault_lock(&self, region: &str, vault: &str, lock: &Value) {
        self.control("POST", "/vault-lock", Some(&with(lock, &json!({"region": region, "vault": vault}))));
    }

    /// Recovery points with nothing in them (`tests/local/lifeboat_local/backup_points.py` has the fields): of a `resource`,
    /// so many, with a status
    pub fn seed_recovery_points(&self, region: &str, vault: &str, points: &Value) {
        self.control("POST", "/recovery-points", Some(&with(points, &json!({"region": region, "vault": vault}))));
    }

    /// A job of AWS Backup (`backup`, `copy`, `restore`) in a state; `more` has the other fields of
    /// `tests/local/lifeboat_local/backup_history.py`. EventBridge is told of it unless `silent`. Gives the ids.
    pub fn backup_job(&self, region: &str, kind: &str, state: &str, more: &Value) -> Vec<String> {
        let job = with(more, &json!({"region": region, "kind": kind, "state": state}));
        texts(self.control("POST", "/jobs", Some(&job)).get("ids"))
    }

    /// A backup plan, as `CreateBackupPlan` takes it. Gives its id.
    pub fn backup_plan(&self, region: &str, plan: &Value) -> String {
        let made = self.control("POST", "/plans", Some(&json!({"region": region, "plan": plan})));
        made.get("id").and_then(Value::as_str).unwrap_or_else(|| panic!("{made}")).to_owned()
    }
}

fn number(one: &Value, name: &str) -> u64 {
    one.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Fields, and over them others
fn with(fields: &Value, over: &Value) -> Value {
    let mut all = fields.as_object().cloned().unwrap_or_default();
    all.extend(over.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}
