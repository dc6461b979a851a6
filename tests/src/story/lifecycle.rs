//! snapshot-lifecycle at work on the story's account.

use std::process::Command;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::acting::older;
use super::process::Running;
use super::{A_STEP, Ran, Story, until};
use crate::stack::{Cloud, stack};

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
            older(at(&mut marks, "at"), by);
            for mark in at(&mut marks, "marks").as_object_mut().unwrap().values_mut() {
                older(&mut mark["since"], by);
            }
            marks.to_string()
        };
        self.cloud.change(&self.bucket(), MARKS, aged);
    }

    /// Pastes the commands of a mail that give a resource a tag, as a person does whose AWS CLI is set to the story's region.
    /// Gives the resources.
    pub fn paste_tags(&self, text: &str) -> Vec<String> {
        let mut tagged = Vec::new();
        for command in pasted(text) {
            let after = |flag: &str| {
                let at = command.iter().position(|word| word == flag)?;
                command.get(at + 1).map(String::as_str)
            };
            let (Some(name), Some(tag)) = (after("--resource-name"), after("--tags")) else { continue };
            let region = after("--region").unwrap_or(&self.cloud.region).to_owned();
            let (key, value) = tag.strip_prefix("Key=").and_then(|tag| tag.split_once(",Value=")).unwrap();
            let given = [("ResourceName", name), ("Tags.Tag.1.Key", key), ("Tags.Tag.1.Value", value)];
            drop(Cloud { region }.rds("AddTagsToResource", &given).ok());
            tagged.push(name.to_owned());
        }
        tagged
    }

    /// The marks, by ARN
    pub fn marks(&self) -> Vec<String> {
        let marks = self.object(MARKS).unwrap_or_default();
        marks.get("marks").and_then(Value::as_object).map(|marks| marks.keys().cloned().collect()).unwrap_or_default()
    }
}

/// The commands of the AWS CLI in a mail, each with its arguments as a shell reads them
pub fn pasted(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.lines();
    let mut script = String::from("aws() { printf '%s\\n' \"$@\"; echo; }\n");
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("aws ") {
            continue;
        }
        let mut line = line;
        while line.ends_with('\\') {
            script.push_str(line);
            script.push('\n');
            line = lines.next().unwrap_or_else(|| panic!("a command has no end: {text}"));
        }
        script.push_str(line);
        script.push('\n');
    }
    let ran = Command::new("sh").args(["-eu", "-c", &script]).output().unwrap();
    assert!(ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8(ran.stdout).unwrap();
    said.split_terminator("\n\n").map(|command| command.lines().map(str::to_owned).collect()).collect()
}

fn at<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    value.get_mut(key).unwrap_or_else(|| panic!("the marks have no {key}"))
}
