//! What woke `glue-alert`.
//!
//! A state change is itself a fact, and is read for as much of it as is there: Glue may add fields, leave some out and learn
//! new states. Without a job's name nothing can be done, so that is refused, loudly.

use jiff::Timestamp;
use serde_json::Value;

use crate::policy::{Fields, Mistakes, Wrong, found, nearest, read_line, read_object};

/// What woke `glue-alert`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertEvent {
    /// Time to look at every job of the policy
    Tick {
        /// Which event it was, for the log
        because: String,
    },
    /// Something became of a run
    Changed(Change),
    /// How does this job stand? Nobody is told but who asks.
    Show {
        /// The job's name
        job: String,
    },
}

/// What an event says of a run
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The job
    pub job: String,
    /// The run, where the event names it
    pub run: Option<String>,
    /// Its state as Glue's word, where the event names it
    pub state: Option<String>,
    /// What the event says
    pub message: Option<String>,
    /// When the event says that it happened
    pub at: Option<Timestamp>,
}

/// Longest name of a job (Glue API, `NameString`)
const LONGEST_NAME: usize = 255;
/// Most characters of a message that are read
const LONGEST_MESSAGE: usize = 20_000;
/// Sources of "Scheduled Event": rules of `EventBridge`, and its Scheduler where a schedule has no input
const SCHEDULING: [&str; 2] = ["aws.events", "aws.scheduler"];
/// Events of a run. The second comes while a run is under way, where a delay notification is set.
const OF_RUNS: [&str; 2] = ["Glue Job State Change", "Glue Job Run Status"];
/// What `glue-alert` takes, in words
const ALLOWED: &str =
    "{\"tick\": true}, {\"job\": \"<name>\"}, a Glue Job State Change or a Scheduled Event of EventBridge";

/// What an event means to `glue-alert`
pub fn alert_event(event: &Value) -> Result<AlertEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    if map.contains_key("detail-type") || map.contains_key("detail") || map.contains_key("source") {
        return enveloped(event);
    }
    // A schedule without an input of its own sends nothing at all.
    if map.is_empty() {
        return Ok(AlertEvent::Tick { because: "asked to look".to_owned() });
    }
    let mut mistakes = Mistakes::default();
    let read = if map.contains_key("job") { show } else { tick };
    let event = read_object(event, "", &mut mistakes, read);
    mistakes.or(event)
}

fn tick(fields: &mut Fields<'_, '_>) -> Option<AlertEvent> {
    let tick =
        fields.by("tick", |value| (*value == Value::Bool(true)).then_some(()).ok_or_else(|| Wrong::allowed("true")));
    fields.need("tick", "true", tick)?;
    Some(AlertEvent::Tick { because: "asked to look".to_owned() })
}

fn show(fields: &mut Fields<'_, '_>) -> Option<AlertEvent> {
    let what = "the name of a Glue job";
    let job = fields.text("job", what, |text| read_line(text, what, LONGEST_NAME));
    Some(AlertEvent::Show { job: fields.need("job", what, job)? })
}

/// An event in `EventBridge`'s envelope
fn enveloped(event: &Value) -> Result<AlertEvent, Mistakes> {
    let was = |key: &str| event.get(key).map_or_else(|| "is missing".to_owned(), found);
    let word = |key: &str| event.get(key).and_then(Value::as_str);
    let (source, what) = (word("source"), word("detail-type"));
    match (source, what) {
        (Some(source), Some("Scheduled Event")) if SCHEDULING.contains(&source) => {
            Ok(AlertEvent::Tick { because: format!("{source}: Scheduled Event") })
        }
        (Some("aws.glue"), Some(what)) if OF_RUNS.contains(&what) => changed(event),
        (Some("aws.glue"), _) => {
            let near = what.and_then(|what| nearest(what, OF_RUNS));
            Err(Mistakes::one("detail-type", was("detail-type"), "Glue Job State Change", near))
        }
        (Some(source), _) if SCHEDULING.contains(&source) => {
            Err(Mistakes::one("detail-type", was("detail-type"), "Scheduled Event", None))
        }
        _ => {
            let known = ["aws.glue", SCHEDULING[0], SCHEDULING[1]];
            let near = source.and_then(|source| nearest(source, known));
            Err(Mistakes::one("source", was("source"), format!("an event of {}", known.join(", ")), near))
        }
    }
}

fn changed(event: &Value) -> Result<AlertEvent, Mistakes> {
    let Some(Value::Object(detail)) = event.get("detail") else {
        let was = event.get("detail").map_or_else(|| "is missing".to_owned(), found);
        return Err(Mistakes::one("detail", was, "an object with jobName, jobRunId and state", None));
    };
    let mut mistakes = Mistakes::default();
    // A field that is left out is one thing; one that is there and no text is a malformed event.
    let mut text = |key: &str, most: usize| match detail.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.chars().take(most).collect::<String>()),
        Some(other) => {
            mistakes.add(&format!("detail.{key}"), found(other), "a text", None);
            None
        }
    };
    let job = text("jobName", LONGEST_NAME);
    let (run, state) = (text("jobRunId", LONGEST_NAME), text("state", 60));
    let message = detail.get("message").and_then(Value::as_str);
    if job.is_none() && !detail.contains_key("jobName") {
        mistakes.add("detail.jobName", "is missing", "the name of the job", None);
    }
    let at = event.get("time").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let message = message.map(|text| text.chars().take(LONGEST_MESSAGE).collect());
    if job.is_none() && mistakes.is_empty() {
        mistakes.add("detail.jobName", "is null", "the name of the job", None);
    }
    mistakes.or(job.map(|job| AlertEvent::Changed(Change { job, run, state, message, at })))
}
