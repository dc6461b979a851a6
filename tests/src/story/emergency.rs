//! emergency-restore at work: its runs taken to their end, killed, aged, and what must hold however they went.

use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::acting::older;
use super::{Ran, Story, When, until};
use crate::stack::{Call, binary, stack};

/// The function
pub const EMERGENCY_RESTORE: &str = "emergency-restore";
/// A whole recovery takes some seconds; a machine that builds at the same time was seen to take a minute
const A_RECOVERY: Duration = Duration::from_mins(5);
/// Pause between two ticks; in AWS it is a minute
const TICK_EVERY: Duration = Duration::from_millis(150);
/// The longest pause before a refused act or move is asked for again, and a little more
const BEFORE_ASKING_AGAIN: SignedDuration = SignedDuration::from_secs(31);

impl Story {
    /// Asks emergency-restore: the real binary, as its own process
    pub fn emergency(&self, request: &Value) -> Ran {
        self.ask(EMERGENCY_RESTORE, request)
    }

    /// The same many times at once
    pub fn emergency_at_once(&self, request: &Value, times: usize) -> Vec<Ran> {
        let all: Vec<_> = (0..times).map(|_| self.spawn_of(EMERGENCY_RESTORE, request)).collect();
        all.into_iter().map(super::process::Running::wait).collect()
    }

    /// The same in the other region of the story
    pub fn emergency_away(&self, request: &Value) -> Ran {
        self.spawn_away(EMERGENCY_RESTORE, request).wait()
    }

    /// Ticks in the other region until a run is handed over and filed; gives the record
    #[track_caller]
    pub fn recover_away_to_the_end(&self, run: &str) -> Value {
        let is_over = |record: &Value| {
            assert_ne!(text(record, "/phase"), "stuck", "{record:#}");
            text(record, "/phase") == "handed_over" && self.object(&format!("runs/open/{run}.json")).is_none()
        };
        let (record, red) = self.tick_through(run, "it is handed over", is_over, |tick| self.emergency_away(tick));
        assert!(red.is_empty(), "{red:#?}");
        record
    }

    /// Runs a command that an answer hands out for emergency-restore, a Lambda of that name; gives its answer
    #[track_caller]
    pub fn run_request(&self, command: &str) -> Value {
        self.run_request_to(EMERGENCY_RESTORE, command)
    }

    /// The same for another function
    #[track_caller]
    pub(super) fn run_request_to(&self, function: &str, command: &str) -> Value {
        self.cloud.make_function_once(function, &binary(function), &self.bucket(), &self.function_environment());
        let told: Value = serde_json::from_str(&self.run(command)).unwrap();
        assert!(told.get("FunctionError").is_none(), "{told:#}");
        serde_json::from_str(text(&told, "/Payload")).unwrap()
    }

    /// Asks for a recovery that begins well; gives its run
    #[track_caller]
    pub fn recover(&self, to: &str) -> String {
        run_in(&self.emergency(&json!({"database": self.name, "to": to})).ok())
    }

    /// The record of a run, under way or filed
    #[track_caller]
    pub fn run_record(&self, run: &str) -> Value {
        self.found_record(run).unwrap_or_else(|| panic!("no record of {run}"))
    }

    fn found_record(&self, run: &str) -> Option<Value> {
        if let Some(open) = self.object(&format!("runs/open/{run}.json")) {
            return Some(open);
        }
        let end = format!("/{run}.json");
        let filed = self.cloud.keys(&self.bucket(), "runs/closed/");
        filed.into_iter().find(|key| key.ends_with(&end)).and_then(|key| self.object(&key))
    }

    /// Ticks until the record of a run says so; none of the ticks may fail. Gives the record.
    #[track_caller]
    pub fn recover_until(&self, run: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let (record, red) = self.recover_through(run, what, reached);
        assert!(red.is_empty(), "{what}: {red:#?}");
        record
    }

    /// The same, and gives the errors on the way
    #[track_caller]
    pub fn recover_through(&self, run: &str, what: &str, reached: impl Fn(&Value) -> bool) -> (Value, Vec<String>) {
        self.tick_through(run, what, reached, |tick| self.emergency(tick))
    }

    #[track_caller]
    fn tick_through(
        &self,
        run: &str,
        what: &str,
        reached: impl Fn(&Value) -> bool,
        tick: impl Fn(&Value) -> Ran,
    ) -> (Value, Vec<String>) {
        let end = Instant::now() + A_RECOVERY;
        let mut red = Vec::new();
        loop {
            let record = self.run_record(run);
            if reached(&record) {
                return (record, red);
            }
            let ran = tick(&json!({"tick": true}));
            if ran.code != Some(0) {
                red.push(ran.red());
            }
            assert!(Instant::now() < end, "{what}: not within {A_RECOVERY:?}\n{record:#}\n{red:#?}\n{}", ran.err);
            self.pass_the_pauses();
            sleep(TICK_EVERY);
        }
    }

    /// Ticks until a run is handed over, and filed where it is no inspection; gives the record
    #[track_caller]
    pub fn recover_to_the_end(&self, run: &str) -> Value {
        let is_open = || self.object(&format!("runs/open/{run}.json")).is_some();
        let record = self.recover_until(run, "it is handed over and filed", |record| {
            assert_ne!(text(record, "/phase"), "stuck", "{record:#}");
            text(record, "/phase") == "handed_over" && (!record["expires_at"].is_null() || !is_open())
        });
        assert_eq!(record.get("given_up"), Some(&json!([])), "{record:#}");
        record
    }

    /// Ticks until the cut-over of a run has ended somewhere and the run is filed again; gives the end
    #[track_caller]
    pub fn cut_over_to_the_end(&self, run: &str) -> String {
        let is_open = || self.object(&format!("runs/open/{run}.json")).is_some();
        let ended = |record: &Value| !text(record, "/cut_over/end").is_empty() && !is_open();
        text(&self.recover_until(run, "the cut-over has ended", ended), "/cut_over/end").to_owned()
    }

    /// Kills emergency-restore with signal 9 at its next call of an operation in the region of the story, with these parameters
    /// (globs).
    ///
    /// The process is asked `request`, or to tick; where it ends before the call, others tick after it.
    pub fn kill_emergency_at(&self, operation: &str, matching: &Value, when: When, request: Option<&Value>) {
        let kind = if when == When::Before { "hang_before" } else { "hang_after" };
        let since = stack().call_count();
        let fault = stack().fault_in(&self.cloud.region, operation, matching, 1, &json!({"kind": kind}));
        let ours = |call: &Call| {
            call.region == self.cloud.region && call.fault.as_deref() == Some(kind) && call.status.is_some()
        };
        let done = || stack().calls(since).iter().any(ours);
        let struck = || stack().hits(fault) > 0 && (when == When::Before || done());
        let tick = json!({"tick": true});
        let mut running = self.spawn_of(EMERGENCY_RESTORE, request.unwrap_or(&tick));
        until(&format!("{operation} {matching} is called"), A_RECOVERY, || {
            if struck() {
                return Some(());
            }
            if let Some(ran) = running.ended() {
                assert!(ran.code == Some(0), "{operation} {matching}: {}", ran.err);
                running = self.spawn_of(EMERGENCY_RESTORE, &tick);
            }
            None
        });
        drop(running);
        stack().heal(fault);
        self.pass_the_lease_of_recoveries();
    }

    /// So much time passes that nobody can be at work on an act that was announced
    pub fn pass_the_lease_of_recoveries(&self) {
        self.age_recoveries(SignedDuration::from_mins(2));
    }

    /// The pauses before something is asked again that was refused pass at once
    fn pass_the_pauses(&self) {
        let is_refused =
            |asked: &Value| asked.to_string().contains("\"state\":\"refused\"") || asked["refused"].is_array();
        self.change_recoveries(|record| {
            let acts = record["acts"].as_object().cloned().unwrap_or_default();
            let refused =
                acts.iter().filter(|(_, asked)| is_refused(asked)).map(|(name, _)| format!("/acts/{}", escaped(name)));
            let mut parts: Vec<String> = refused.collect();
            parts.extend(
                record
                    .pointer("/cut_over/asked")
                    .filter(|asked| is_refused(asked))
                    .map(|_| "/cut_over/asked/refused".to_owned()),
            );
            for part in &parts {
                older(record.pointer_mut(part).unwrap(), BEFORE_ASKING_AGAIN);
            }
            !parts.is_empty()
        });
    }

    /// Changes every record of a recovery under way that is to be changed
    fn change_recoveries(&self, change: impl Fn(&mut Value) -> bool) {
        for key in self.cloud.keys(&self.bucket(), "runs/open/") {
            // Most looks find nothing to change, and write nothing.
            let Some(mut now) = self.object(&key) else { continue };
            if !change(&mut now) {
                continue;
            }
            self.cloud.change(&self.bucket(), &key, |text| {
                let mut record: Value = serde_json::from_str(text).unwrap();
                change(&mut record);
                record.to_string()
            });
        }
    }

    /// What every record of a recovery under way remembers happened so much earlier
    pub fn age_recoveries(&self, by: SignedDuration) {
        self.change_recoveries(|record| {
            for part in ["/requested_at", "/phases", "/acts", "/copy", "/cut_over"] {
                if let Some(part) = record.pointer_mut(part) {
                    older(part, by);
                }
            }
            true
        });
    }

    /// An inspection's time is over in so long: by its record and by the tags of everything that it made
    pub fn ends_in(&self, run: &str, span: SignedDuration) {
        let end = (super::now() + span).round(jiff::Unit::Second).unwrap().to_string();
        self.change_recoveries(|record| {
            let is_it = text(record, "/run") == run;
            if is_it {
                record["expires_at"] = end.clone().into();
            }
            is_it
        });
        for thing in self.everything_of(run) {
            let word = if thing.kind == "cluster" { "cluster" } else { "db" };
            let name = self.cloud.arn("rds", &format!("{word}:{}", thing.identifier));
            let tag = [("Tags.Tag.1.Key", "lifeboat:expires-at"), ("Tags.Tag.1.Value", end.as_str())];
            drop(self.cloud.rds("AddTagsToResource", &[&[("ResourceName", name.as_str())][..], &tag].concat()).ok());
        }
    }

    /// restore-drill sweeps: it does so every quarter of an hour, and whenever a drill meets a quota. `number` tells several
    /// sweeps of a story apart.
    pub fn sweep(&self, number: usize) {
        let no_room =
            json!({"kind": "error", "code": "DBClusterQuotaExceededFault", "http": 403, "message": "no room"});
        let drills = json!({"DBClusterIdentifier": "drill-*"});
        let fault = stack().fault_in(&self.cloud.region, "RestoreDBClusterToPointInTime", &drills, 1, &no_room);
        let minutes = SignedDuration::from_mins(i64::try_from(number).unwrap());
        let scheduled = (super::now() - minutes).round(jiff::Unit::Second).unwrap();
        let wish = json!({"drill": format!("{}/weekly", self.name), "scheduled_time": scheduled.to_string()});
        self.invoke(&wish);
        self.tick_to_the_end();
        assert_eq!(stack().hits(fault), 1, "the drill met no quota");
    }
}

/// A key as a part of a JSON pointer
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The run that an answer names
#[track_caller]
pub fn run_in(answer: &Value) -> String {
    answer.get("run").and_then(Value::as_str).unwrap_or_else(|| panic!("no run in {answer:#}")).to_owned()
}

/// A text in a document; empty where there is none
pub fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
