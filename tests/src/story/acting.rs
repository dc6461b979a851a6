//! What a story does.

use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::process::Ran;
use super::{Story, now, until};
use crate::stack::stack;

/// A whole drill takes some seconds, on a machine that does nothing else; a busy one was seen to take most of a minute
const A_DRILL: Duration = Duration::from_mins(5);
/// Pause between two ticks; in AWS it is a minute
const TICK_EVERY: Duration = Duration::from_millis(150);
/// What a lost act and a list that is behind are given in the machine: nobody is on it after this
const NOBODY_IS_ON_IT: SignedDuration = SignedDuration::from_mins(6);

/// The machine's pause before it asks a data check again, and a little more
const BEFORE_ASKING_AGAIN: SignedDuration = SignedDuration::from_secs(31);

/// On which side of a call's effect
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It was asked for and nothing was done
    Before,
    /// It was done and no answer came
    After,
}

impl Story {
    /// A request of a schedule for a drill of this database, scheduled for now
    pub fn request(&self, drill: &str) -> Value {
        let scheduled = Timestamp::from_second(now().as_second()).unwrap();
        json!({"drill": format!("{}/{drill}", self.name), "scheduled_time": scheduled.to_string()})
    }

    /// A schedule starts a drill, and all goes well at first; gives the run
    #[track_caller]
    pub fn start(&self, drill: &str) -> String {
        let answer = self.invoke(&self.request(drill)).ok();
        answer.pointer("/runs/0/run").and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// One tick, from a process of its own
    pub fn tick(&self) -> Ran {
        self.invoke(&tick())
    }

    /// Ticks until the drills under way have ended, and none of the ticks may fail
    #[track_caller]
    pub fn drill_to_the_end(&self) {
        let red = self.tick_to_the_end();
        assert!(red.is_empty(), "{red:#?}");
    }

    /// Ticks until the drills under way have ended; gives the errors on the way
    pub fn tick_to_the_end(&self) -> Vec<String> {
        self.tick_until("the drill has ended", |_| false)
    }

    /// Ticks until the record of a drill under way says so, or none is under way; gives the errors on the way
    pub fn tick_until(&self, what: &str, reached: impl Fn(&Value) -> bool) -> Vec<String> {
        self.tick_on(what, 1, reached)
    }

    /// Ticks, that many at once, until the drills under way have ended; gives the errors on the way
    pub fn tick_at_once_to_the_end(&self, times: usize) -> Vec<String> {
        self.tick_on("the drill has ended", times, |_| false)
    }

    fn tick_on(&self, what: &str, times: usize, reached: impl Fn(&Value) -> bool) -> Vec<String> {
        let end = Instant::now() + A_DRILL;
        let mut red = Vec::new();
        loop {
            let ran = self.invoke_at_once(&tick(), times);
            red.extend(ran.iter().filter(|ran| ran.code != Some(0)).map(Ran::red));
            let open = self.open_records();
            if open.is_empty() || open.iter().any(&reached) {
                return red;
            }
            let log: Vec<&str> = ran.iter().map(|ran| ran.err.as_str()).collect();
            assert!(Instant::now() < end, "{what}: not within {A_DRILL:?}\n{open:#?}\n{red:#?}\n{}", log.concat());
            self.pass_the_last_look(&open);
            sleep(TICK_EVERY);
        }
    }

    /// Once a copy is gone the machine looks again some minutes after it was asked for, since AWS's lists are behind at times.
    /// Here those minutes pass at once.
    pub fn pass_the_last_look(&self, open: &[Value]) {
        if self.copies().is_empty() && !open.is_empty() && open.iter().all(|record| phase(record) == "tearing_down") {
            self.age(NOBODY_IS_ON_IT);
        }
    }

    /// Kills the function with signal 9 at its next call of an operation.
    ///
    /// `operation` is a name of the stack's, `CreateDBInstance` or `S3:PutObject`; for S3 with a glob of keys after a space.
    ///
    /// The process is asked `request`, or to tick; where it ends before the call, others tick after it.
    pub fn kill_at(&self, operation: &str, when: When, request: Option<&Value>) {
        let kind = if when == When::Before { "hang_before" } else { "hang_after" };
        let fault = self.fault(operation, &json!({"kind": kind}), -1);
        let since = stack().call_count();
        let struck = || {
            let done = || self.calls_since(since, operation).iter().any(super::seeing::done);
            stack().hits(fault) > 0 && (when == When::Before || done())
        };
        let mut running = self.spawn(request.unwrap_or(&tick()));
        until(&format!("{operation} is called"), A_DRILL, || {
            if struck() {
                return Some(());
            }
            if running.ended().is_some() {
                running = self.spawn(&tick());
            }
            None
        });
        drop(running);
        stack().heal(fault);
    }

    /// So much time passes that nobody can be at work on an act that was announced
    pub fn pass_the_lease(&self) {
        self.age(NOBODY_IS_ON_IT);
    }

    /// Makes every record under way older: what it remembers happened so much earlier.
    ///
    /// The machine's limits are minutes and hours, and this is how a story gets past them.
    pub fn age(&self, by: SignedDuration) {
        let aged = |text: &str| {
            let mut record: Value = serde_json::from_str(text).unwrap();
            for part in ["/requested_at", "/phases", "/acts", "/milestones", "/answers", "/source/window"] {
                if let Some(part) = record.pointer_mut(part) {
                    older(part, by);
                }
            }
            record.to_string()
        };
        for key in self.cloud.keys(&self.bucket(), "runs/open/") {
            self.cloud.change(&self.bucket(), &key, aged);
        }
    }

    /// Ticks until the data check of a run has answered that often, each time with trouble that may pass. The machine's pauses
    /// before it asks again pass at once.
    pub fn ask_in_vain(&self, run: &str, times: u64) {
        let key = format!("checks/{run}.json");
        let attempt = || self.object(&key).and_then(|answers| answers.get("attempt").and_then(Value::as_u64));
        let aged = |text: &str| {
            let mut answers: Value = serde_json::from_str(text).unwrap();
            if let Some(finished) = answers.get_mut("finished_at") {
                older(finished, BEFORE_ASKING_AGAIN);
            }
            answers.to_string()
        };
        for asking in 1..=times {
            self.tick_until("the data check was in vain", |_| attempt() == Some(asking));
            assert_eq!(attempt(), Some(asking), "the drill has ended before");
            self.cloud.change(&self.bucket(), &key, aged);
        }
    }

    /// Something goes wrong with calls of this story's function: always (`times` -1) or so often
    pub fn fault(&self, operation: &str, fault: &Value, times: i64) -> u64 {
        let (operation, matching) = self.matching(operation);
        stack().fault(operation, &matching, times, fault)
    }

    /// Calls are refused with a code
    pub fn refuse(&self, operation: &str, code: &str, http: u16, message: &str) -> u64 {
        self.fault(operation, &json!({"kind": "error", "code": code, "http": http, "message": message}), -1)
    }

    /// Pins the status of copies of this story, those to come too
    pub fn pin_copies(&self, kind: &str, status: &str) -> u64 {
        stack().pin(kind, &format!("drill-{}-*", self.name), status)
    }
}

fn tick() -> Value {
    json!({"tick": true})
}

/// The phase of a record
pub(super) fn phase(record: &Value) -> &str {
    record.get("phase").and_then(Value::as_str).unwrap_or_default()
}

/// Every time in a value is so much earlier
pub(super) fn older(value: &mut Value, by: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Ok(at) = text.parse::<Timestamp>() {
                *text = (at - by).to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| older(item, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| older(field, by)),
        _ => {}
    }
}
