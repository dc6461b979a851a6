//! What people and schedules send to `snapshot-lifecycle`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{DrillEvent, enveloped, own_tick, scheduled_time};
use crate::policy::{Fields, Mistakes, Wrong, found, nearest, read_line, read_object, read_snapshot};

/// What woke `snapshot-lifecycle`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LifecycleEvent {
    /// Time for a run
    Tick {
        /// Which event it was, for the log
        because: String,
        /// What it is time for
        work: Work,
    },
    /// Take a snapshot
    Take(TakeSnapshot),
    /// How far a snapshot is
    Status {
        /// Its identifier
        snapshot: String,
    },
    /// How far an export is
    ExportStatus {
        /// Identifier of the task
        task: String,
    },
    /// Show the plan
    Plan(ShowPlan),
    /// Export a snapshot to S3
    Export(ExportSnapshot),
}

/// What a run does
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Everything: a schedule, or a request
    Everything,
    /// Copies only: a snapshot is complete. An account may have many a day, and each run that deletes may delete as many as
    /// the policy allows one run.
    Copies,
}

/// A request for a snapshot
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeSnapshot {
    /// The database's name in the policy
    pub database: String,
    /// Why
    pub reason: String,
    /// How long it is kept whatever the policy's numbers say
    pub keep: Option<KeepFor>,
    /// The time it was scheduled for, which is the idempotency key
    pub scheduled_time: Option<Timestamp>,
}

/// How long a snapshot is kept
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepFor {
    /// Days from now
    Days(i64),
    /// Until then
    Until(Timestamp),
}

/// A request to see the plan
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowPlan {
    /// The database's name in the policy; all when it is none
    pub database: Option<String>,
    /// For which time; now when left out
    pub as_of: Option<AsOf>,
}

/// The time that a plan is shown for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The end of this day in the policy's zone: what will have happened by then
    Day(Date),
    /// This moment
    Moment(Timestamp),
}

impl AsOf {
    /// The moment
    pub fn at(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Moment(at) => Some(at),
            Self::Day(date) => {
                let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
                next.checked_sub(jiff::SignedDuration::from_secs(1)).ok()
            }
        }
    }
}

/// A request for an export to S3
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportSnapshot {
    /// Identifier or ARN of the snapshot
    pub snapshot: String,
    /// Bucket
    pub bucket: String,
    /// Prefix in the bucket
    pub prefix: Option<String>,
    /// KMS key
    pub kms_key_id: String,
    /// ARN of the role that writes
    pub role: String,
    /// The time it was scheduled for, which is the idempotency key
    pub scheduled_time: Option<Timestamp>,
}

/// The keys of which a request has exactly one
const KEYS: [&str; 6] = ["snapshot", "snapshot_status", "plan", "export", "export_status", "tick"];

/// How schedules name themselves, in EventBridge's rules and in its scheduler
const SCHEDULE: &str = "Scheduled Event";

/// What `snapshot-lifecycle` takes, in words
const ALLOWED: &str = "{\"snapshot\": \"orders\", \"reason\": \"schema migration 42\"} with keep_until or keep_days and \
     scheduled_time as wanted; {\"snapshot_status\": \"<id>\"}; {\"plan\": \"orders\"} or {\"plan\": \"*\"} with as_of; \
     {\"export\": \"<id>\", \"bucket\", \"kms_key_id\", \"role\"}; {\"export_status\": \"<task>\"}; {\"tick\": true}; or an event of EventBridge";

/// What an event means to `snapshot-lifecycle`
pub fn lifecycle_event(event: &Value) -> Result<LifecycleEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    if map.contains_key("detail-type") || map.contains_key("detail") {
        // Whatever wakes it and is no schedule, known or not, is no reason to delete.
        let scheduled = map.get("detail-type").and_then(Value::as_str) == Some(SCHEDULE);
        let work = if scheduled { Work::Everything } else { Work::Copies };
        return enveloped(event).and_then(|event| woken(event, work));
    }
    let given: Vec<&str> = KEYS.into_iter().filter(|key| map.get(*key).is_some_and(|value| !value.is_null())).collect();
    let read = match given.as_slice() {
        ["snapshot"] => take,
        ["snapshot_status"] => status,
        ["plan"] => plan,
        ["export"] => export,
        ["export_status"] => export_status,
        ["tick"] => tick,
        [] => {
            let near = map.keys().find_map(|key| nearest(key, KEYS));
            let names: Vec<&str> = map.keys().map(String::as_str).take(10).collect();
            let was = if names.is_empty() { "is empty".to_owned() } else { format!("has only {}", names.join(", ")) };
            return Err(Mistakes::one("", was, ALLOWED, near));
        }
        several => {
            let was = format!("has {} at once", several.join(" and "));
            return Err(Mistakes::one("", was, "one of them in each request", None));
        }
    };
    let mut mistakes = Mistakes::default();
    let event = read_object(event, "", &mut mistakes, read);
    mistakes.or(event)
}

fn woken(event: DrillEvent, work: Work) -> Result<LifecycleEvent, Mistakes> {
    match event {
        DrillEvent::Tick { because } => Ok(LifecycleEvent::Tick { because, work }),
        DrillEvent::Start(_) | DrillEvent::Validate(_) => Err(Mistakes::one("", "asks for a drill", ALLOWED, None)),
    }
}

fn tick(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    own_tick(fields).and_then(|event| woken(event, Work::Everything).ok())
}

/// Whether there is such a database is for the policy to say
fn name(text: &str) -> Result<String, Wrong> {
    let fine = !text.is_empty() && text.len() <= 63 && !text.contains(['/', '*', '<']);
    if fine { Ok(text.to_owned()) } else { Err(Wrong::allowed("the name of a database of the policy")) }
}

fn take(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    let database = fields.text("snapshot", "the name of a database of the policy", name);
    let what = "why it is taken";
    let reason = fields.text("reason", what, |text| read_line(text, what, 200));
    let reason = fields.need("reason", "why it is taken, such as \"schema migration 42\"", reason);
    let until = fields.text("keep_until", "a time in RFC 3339", scheduled_time);
    let days = fields.whole("keep_days", 1..=3660);
    if fields.value("keep_until").is_some() && fields.value("keep_days").is_some() {
        fields.wrong("keep_days", "stands beside keep_until", Wrong::allowed("one of the two"));
    }
    let scheduled_time = fields.text("scheduled_time", "a time in RFC 3339", scheduled_time);
    let keep = until.map(KeepFor::Until).or(days.map(KeepFor::Days));
    Some(LifecycleEvent::Take(TakeSnapshot { database: database?, reason: reason?, keep, scheduled_time }))
}

fn status(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    let snapshot = fields.text("snapshot_status", "a snapshot's identifier or ARN", read_snapshot)?;
    Some(LifecycleEvent::Status { snapshot })
}

fn export_status(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    let task = fields.text("export_status", "the identifier of an export task", read_snapshot)?;
    Some(LifecycleEvent::ExportStatus { task })
}

fn plan(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    let database = fields.text("plan", "\"*\" or the name of a database of the policy", |text| {
        if text == "*" { Ok(None) } else { name(text).map(Some) }
    });
    let allowed = "a date such as \"2026-12-24\", or a time in RFC 3339";
    let as_of = fields.text("as_of", allowed, |text| {
        if text.len() != 10 {
            return scheduled_time(text).map(AsOf::Moment);
        }
        let date: Option<Date> = text.parse().ok();
        let usual = |date: &Date| (2000..2100).contains(&date.year());
        date.filter(usual).map(AsOf::Day).ok_or_else(|| Wrong::allowed(allowed))
    });
    let shown_only = "true: a request shows the plan, and deletes nothing. Deletions come with the schedule, when \
         cleanup.dry_run is false in the policy";
    fields.by("dry_run", |value| (*value == Value::Bool(true)).then_some(()).ok_or_else(|| Wrong::allowed(shown_only)));
    Some(LifecycleEvent::Plan(ShowPlan { database: database?, as_of }))
}

fn export(fields: &mut Fields<'_, '_>) -> Option<LifecycleEvent> {
    let snapshot = fields.text("export", "a snapshot's identifier or ARN", read_snapshot);
    let line = |fields: &mut Fields<'_, '_>, key: &'static str, what: &str, longest| {
        fields.text(key, what, |text| read_line(text, what, longest))
    };
    let bucket = line(fields, "bucket", "the name of an S3 bucket", 63);
    let bucket = fields.need("bucket", "the name of an S3 bucket", bucket);
    let prefix = line(fields, "prefix", "a prefix in the bucket", 512);
    let key = "a KMS key's id, ARN or alias: an export is always encrypted";
    let kms_key_id = line(fields, "kms_key_id", key, 2048);
    let kms_key_id = fields.need("kms_key_id", key, kms_key_id);
    let role = "the ARN of the role with which RDS writes to the bucket";
    let role_arn = fields.text("role", role, |text| {
        if text.starts_with("arn:") { read_line(text, role, 2048) } else { Err(Wrong::allowed(role)) }
    });
    let role_arn = fields.need("role", role, role_arn);
    let scheduled_time = fields.text("scheduled_time", "a time in RFC 3339", scheduled_time);
    Some(LifecycleEvent::Export(ExportSnapshot {
        snapshot: snapshot?,
        bucket: bucket?,
        prefix,
        kms_key_id: kms_key_id?,
        role: role_arn?,
        scheduled_time,
    }))
}
