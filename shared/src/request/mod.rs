//! What people, schedules and AWS send.
//!
//! Two kinds of events. A **tick** only wakes a function up: its content is not used, because events arrive late, twice or
//! never, and the facts are read from S3 and AWS. A **request** is itself the fact, and is parsed strictly: unknown keys are
//! refused, and nothing is done before the whole of it is right.

mod checkup;
mod lifecycle;
mod plans;
mod recovery;
mod tables;
mod tested;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::Value;

pub use checkup::{CheckupEvent, checkup_event};
pub use lifecycle::{AsOf, ExportSnapshot, KeepFor, LifecycleEvent, ShowPlan, TakeSnapshot, Work, lifecycle_event};
pub use plans::{Planned, Plans, plans};
pub use recovery::{By, CutOverRequest, RecoveryEvent, StartRecovery, Wanted, With, recovery_event};
pub use tables::{TablesEvent, VerifyTables, tables_event};
pub use tested::{RestoreTested, plan_of_test};

use crate::policy::{Fields, Mistakes, Source, Wrong, found, nearest, read_object, read_source};

/// What woke `restore-drill`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrillEvent {
    /// Time to look at the runs under way
    Tick {
        /// Which event it was, for the log
        because: String,
    },
    /// Start a drill
    Start(StartDrill),
    /// AWS Backup has restored something for a test: look into it
    Validate(RestoreTested),
}

/// A request to start drills
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartDrill {
    /// Which drills
    pub drill: Which,
    /// The time it was scheduled for, which is the idempotency key; now when left out
    pub scheduled_time: Option<Timestamp>,
    /// Which backup, in place of the policy's word
    pub source: Option<Source>,
}

/// Which drills a request means
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// `*`: the first drill of every database
    All,
    /// `orders`: the only or first drill of a database
    First(String),
    /// `orders/weekly`
    Named(String, String),
}

/// Sources whose events are ticks, whatever their detail. What AWS Backup says of a restore test that is done is a request.
const TICKING: [&str; 2] = ["aws.rds", "aws.backup"];

/// Sources of "Scheduled Event": rules of `EventBridge`, and its Scheduler where a schedule has no input
const SCHEDULING: [&str; 2] = ["aws.events", "aws.scheduler"];

/// How the Scheduler's placeholders start. One that arrives as it is was never filled in (Scheduler user guide, "Adding
/// context attributes").
const PLACEHOLDER: &str = "<aws.scheduler.";

/// What `restore-drill` takes, in words
const ALLOWED: &str = "{\"drill\": \"orders/weekly\"}, {\"drill\": \"orders\"} or {\"drill\": \"*\"}, \
     with scheduled_time, source and snapshot as wanted; {\"tick\": true}; or an event of EventBridge";

/// What an event means to `restore-drill`
pub fn drill_event(event: &Value) -> Result<DrillEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    if map.contains_key("detail-type") || map.contains_key("detail") {
        let tick = enveloped(event)?;
        let of_backup = event.get("source").and_then(Value::as_str) == Some("aws.backup");
        let tested = if of_backup { tested::restore_tested(event) } else { None };
        return tested.map_or(Ok(tick), |tested| tested.map(DrillEvent::Validate));
    }
    let mut mistakes = Mistakes::default();
    let read = if map.contains_key("tick") { own_tick } else { start };
    let event = read_object(event, "", &mut mistakes, read);
    mistakes.or(event)
}

/// An event in `EventBridge`'s envelope
fn enveloped(event: &Value) -> Result<DrillEvent, Mistakes> {
    let word = |key: &str| event.get(key).and_then(Value::as_str);
    let was = |key: &str| event.get(key).map_or_else(|| "is missing".to_owned(), found);
    let sources = || SCHEDULING.into_iter().chain(TICKING);
    let Some(source) = word("source").filter(|source| sources().any(|known| known == *source)) else {
        let near = word("source").and_then(|source| nearest(source, sources()));
        let allowed = format!("an event of {}", sources().collect::<Vec<_>>().join(", "));
        return Err(Mistakes::one("source", was("source"), allowed, near));
    };
    let Some(what) = word("detail-type").filter(|what| TICKING.contains(&source) || *what == "Scheduled Event") else {
        let allowed = if TICKING.contains(&source) { "a text" } else { "Scheduled Event" };
        return Err(Mistakes::one("detail-type", was("detail-type"), allowed, None));
    };
    let what: String = what.chars().filter(|c| !c.is_control()).take(80).collect();
    Ok(DrillEvent::Tick { because: format!("{source}: {what}") })
}

fn own_tick(fields: &mut Fields<'_, '_>) -> Option<DrillEvent> {
    let tick =
        fields.by("tick", |value| (*value == Value::Bool(true)).then_some(()).ok_or_else(|| Wrong::allowed("true")));
    fields.need("tick", "true", tick)?;
    Some(DrillEvent::Tick { because: "asked to look".to_owned() })
}

fn start(fields: &mut Fields<'_, '_>) -> Option<DrillEvent> {
    let allowed = "\"orders/weekly\", \"orders\" or \"*\"";
    let drill = fields.text("drill", allowed, |text| which(text).ok_or_else(|| Wrong::allowed(allowed)));
    let drill = fields.need("drill", ALLOWED, drill);
    let scheduled_time = fields.text("scheduled_time", "a time in RFC 3339", scheduled_time);
    let source = read_source(fields);
    Some(DrillEvent::Start(StartDrill { drill: drill?, scheduled_time, source }))
}

/// `*`, `orders`, `orders/weekly`; whether there is such a drill is for the policy to say
fn which(text: &str) -> Option<Which> {
    let name = |text: &str| !text.is_empty() && text.len() <= 128 && !text.contains(['/', '*', '<']);
    match text.split_once('/') {
        None if text == "*" => Some(Which::All),
        None => name(text).then(|| Which::First(text.to_owned())),
        Some((database, drill)) => {
            (name(database) && name(drill)).then(|| Which::Named(database.to_owned(), drill.to_owned()))
        }
    }
}

/// A time with an offset, of a year that has four digits and in which AWS has backups: run ids are made from it
fn scheduled_time(text: &str) -> Result<Timestamp, Wrong> {
    if text.contains(PLACEHOLDER) {
        let allowed = "a time in RFC 3339. This is the Scheduler's placeholder as it is written in a schedule's input: \
             it was not filled in, because EventBridge Scheduler did not send this event";
        return Err(Wrong::allowed(allowed));
    }
    let time: Option<Timestamp> = text.parse().ok();
    let usual = |time: &Timestamp| (946_684_800..4_102_444_800).contains(&time.as_second());
    let allowed = "a time in RFC 3339 with its offset, of the years 2000 to 2099, such as \"2026-11-22T18:00:00Z\"";
    time.filter(usual).ok_or_else(|| Wrong::allowed(allowed))
}
