//! What the control API makes of backups: recovery points, the ends of restore jobs, regions that are down.

use serde_json::{Value, json};

use super::Stack;

impl Stack {
    /// A recovery point of a cluster or an instance, taken now: a real snapshot in an AWS Backup vault. Gives its ARN.
    pub fn take_recovery_point(&self, region: &str, vault: &str, source: &str) -> String {
        self.recovery_point(&json!({"region": region, "vault": vault, "source": source}))
    }

    /// What a copy job makes of a recovery point in another region. Gives the ARN of the copy.
    pub fn copy_recovery_point(&self, arn: &str, region: &str, vault: &str) -> String {
        self.recovery_point(&json!({"copy_of": arn, "region": region, "vault": vault}))
    }

    fn recovery_point(&self, wanted: &Value) -> String {
        let made = self.control("POST", "/recovery-points", Some(wanted));
        made.get("RecoveryPointArn").and_then(Value::as_str).unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    /// The next restore job whose copy's identifier is like that ends in a status, with a message. `made` says whether the
    /// copy is there all the same.
    pub fn end_restore_job(&self, identifier: &str, status: &str, message: &str, made: bool) {
        let wish = json!({"id": identifier, "status": status, "message": message, "made": made});
        self.control("POST", "/restore-jobs", Some(&wish));
    }

    /// Restore jobs of a recovery point
    pub fn restore_jobs(&self, recovery_point: &str) -> Vec<Value> {
        let all = self.control("GET", "/restore-jobs", None);
        let of_point = |job: &&Value| job.get("RecoveryPointArn").and_then(Value::as_str) == Some(recovery_point);
        all.as_array().unwrap().iter().filter(of_point).cloned().collect()
    }

    /// Services of a region answer errors only (`["RDS", "Backup"]`; `["*"]` is all of them), until it is up again
    pub fn region_is_down(&self, region: &str, services: &[&str]) {
        let down = json!({"region": region, "down": true, "services": services});
        self.control("POST", "/region", Some(&down));
    }

    /// The region is up
    pub fn region_is_up(&self, region: &str) {
        self.control("POST", "/region", Some(&json!({"region": region, "down": false})));
    }
}
