//! A job of Glue that writes tables of the source, and what guards it: glue-alert as a Lambda that hears Glue's events,
//! table-backup with a login of its own.

// Policies are changed by their keys.
#![expect(clippy::indexing_slicing, reason = "test support")]

use serde_json::{Value, json};

use super::{A_STEP, Ran, Story, now, text, until};
use crate::stack::{binary, stack};

/// The functions
const GLUE_ALERT: &str = "glue-alert";
const TABLE_BACKUP: &str = "table-backup";

impl Story {
    /// The policy says how the live source is reached, by a password that RDS manages, and what a job does to it
    pub fn guard(&self, job: &str, entry: Value) {
        let source = self.source();
        let managed = [
            ("DBClusterIdentifier", source.as_str()),
            ("ManageMasterUserPassword", "true"),
            ("ApplyImmediately", "true"),
        ];
        drop(self.cloud.rds("ModifyDBCluster", &managed).ok());
        let secret = until("RDS manages the password", A_STEP, || {
            let shown = self.described("cluster", &source);
            if shown.tag("SecretStatus") == Some("active") { shown.tag("SecretArn").map(str::to_owned) } else { None }
        });
        let (host, port) = self.door(&source);
        let mut policy = self.object("policy.json").unwrap();
        policy["databases"][self.name]["live"] = json!({
            "endpoint": host, "port": port, "database": "app", "engine": "aurora-postgresql",
            "login": {"method": "secret", "secret_arn": secret},
        });
        let mut entry = entry;
        entry["database"] = self.name.into();
        policy["jobs"] = json!({job: entry});
        self.cloud.put(&self.bucket(), "policy.json", policy.to_string().into_bytes());
    }

    /// glue-alert is deployed, and a rule hands it Glue's events of runs that went wrong
    pub fn listen_to_glue(&self) {
        let function =
            self.cloud.make_function(GLUE_ALERT, &binary(GLUE_ALERT), &self.bucket(), &self.function_environment());
        let pattern = json!({
            "source": ["aws.glue"], "detail-type": ["Glue Job State Change"],
            "detail": {"state": ["FAILED", "TIMEOUT", "STOPPED", "ERROR"]},
        });
        self.cloud.on_events("glue-runs", &pattern, &function);
    }

    /// A run of a job that began five seconds ago and has just failed; Glue tells of it, or its event is lost. Gives its id.
    pub fn job_failed(&self, job: &str, run: Option<&str>, is_told: bool) -> String {
        let mut failed =
            json!({"state": "FAILED", "age_seconds": 5, "seconds": 4, "error": "Command failed with exit code 1"});
        if let Some(run) = run {
            failed["id"] = run.into();
        }
        let said = json!({"region": self.cloud.region, "job": job, "runs": [failed], "silent": !is_told});
        text(&stack().control("POST", "/glue-runs", Some(&said)), "/ids/0").to_owned()
    }

    /// Glue's event of a run that failed
    pub fn glue_event(&self, job: &str, run: &str) -> Value {
        json!({
            "version": "0", "id": "abcdef01-0000-4000-8000-000000000002", "detail-type": "Glue Job State Change",
            "source": "aws.glue", "account": "123456789012", "time": now().to_string(), "region": self.cloud.region,
            "resources": [],
            "detail": {"jobName": job, "severity": "ERROR", "state": "FAILED", "jobRunId": run, "message": "failed"},
        })
    }

    /// Asks glue-alert: the real binary, as its own process
    pub fn glue_alert(&self, request: &Value) -> Ran {
        self.ask(GLUE_ALERT, request)
    }

    /// The same many times at once
    pub fn glue_alert_at_once(&self, request: &Value, times: usize) -> Vec<Ran> {
        let all: Vec<_> = (0..times).map(|_| self.spawn_of(GLUE_ALERT, request)).collect();
        all.into_iter().map(super::process::Running::wait).collect()
    }

    /// Asks table-backup: the real binary, as its own process
    pub fn table_backup(&self, request: &Value) -> Ran {
        self.ask(TABLE_BACKUP, request)
    }

    /// Runs a command that a mail hands out for table-backup, a Lambda of that name; gives its answer
    #[track_caller]
    pub fn run_table_backup(&self, command: &str) -> Value {
        self.run_request_to(TABLE_BACKUP, command)
    }
}

/// The requests to a function in the commands of a mail, as a shell reads them, each once
pub fn requests_to(function: &str, mail: &str) -> Vec<Value> {
    let after = |words: &[String], option: &str| {
        words.iter().position(|word| word == option).and_then(|at| words.get(at + 1)).cloned()
    };
    let mut found: Vec<Value> = Vec::new();
    for words in super::pasted(mail) {
        if after(&words, "--function-name").as_deref() == Some(function) {
            let payload = after(&words, "--payload").unwrap_or_else(|| panic!("{words:?}"));
            let request = serde_json::from_str(&payload).unwrap();
            if !found.contains(&request) {
                found.push(request);
            }
        }
    }
    found
}
