//! What people send to `emergency-restore`.
//!
//! A time is kept as it was written: what it means depends on the policy's zone and on Glue, which are not known here.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{DrillEvent, enveloped, own_tick, scheduled_time};
use crate::moment::LONGEST_SPAN;
use crate::policy::{Fields, Mistakes, Wrong, found, nearest, read_line, read_object, read_snapshot};

/// What woke `emergency-restore`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryEvent {
    /// Time to look at what is under way
    Tick {
        /// Which event it was, for the log
        because: String,
    },
    /// Show what can be restored
    Windows {
        /// The database's name in the policy; all when it is none
        database: Option<String>,
    },
    /// Bring a database back
    Restore(Box<StartRecovery>),
    /// Where a run stands
    Status {
        /// Run id
        run: String,
    },
    /// Cut over to a run's copy
    CutOver(CutOverRequest),
    /// Put a cut-over back
    UndoCutOver {
        /// Run id
        run: String,
    },
    /// Keep an inspection longer
    Extend {
        /// Run id
        run: String,
        /// From now
        by: SignedDuration,
    },
}

/// A request to bring a database back
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRecovery {
    /// The database's name in the policy
    pub database: String,
    /// From which backup
    pub from: Wanted,
    /// Say only what would be made
    pub dry_run: bool,
    /// A small copy to investigate in, for so long; none for a recovery
    pub inspect_for: Option<SignedDuration>,
    /// What is not known of a database that is gone
    pub with: With,
    /// The idempotency key; now when left out
    pub scheduled_time: Option<Timestamp>,
}

/// Which backup
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A time, as written
    Time(String),
    /// A snapshot by its identifier or ARN; `latest` for the newest
    Snapshot(String),
    /// A recovery point by its ARN; `latest` for the newest
    RecoveryPoint(String),
}

/// What somebody says because nobody else knows it
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct With {
    /// Subnet group
    pub subnet_group: Option<String>,
    /// Security groups
    pub security_groups: Option<Vec<String>>,
    /// Cluster parameter group, or parameter group of an RDS instance
    pub parameter_group: Option<String>,
    /// Class of every instance
    pub instance_class: Option<String>,
    /// Number of readers
    pub readers: Option<i64>,
}

/// A request to cut over
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOverRequest {
    /// Run id
    pub run: String,
    /// How
    pub by: By,
    /// Though checks failed, or could not be asked
    pub despite_failed_checks: bool,
}

/// How to cut over
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An RDS Proxy is pointed at the copy
    Proxy {
        /// Its name
        name: String,
        /// Its target group; `default` when left out
        group: Option<String>,
    },
    /// The source is renamed aside, the copy into its place
    SwapNames,
}

/// What `emergency-restore` takes, in words
const ALLOWED: &str = "{} for what can be restored; {\"database\": \"orders\", \"to\": \"1 hour ago\"} with dry_run, \
     inspect_for or with as wanted; {\"run\": \"<id>\"} with cut_over, undo_cut_over or extend; or an event of EventBridge";
/// Longest an inspection may live at once: it costs, and it is a copy of production's data
const LONGEST_INSPECTION: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Shortest: a copy takes a quarter of an hour to come up
const SHORTEST_INSPECTION: SignedDuration = SignedDuration::from_mins(30);
/// Most readers of a cluster
const MOST_READERS: i64 = 15;

/// What an event means to `emergency-restore`
pub fn recovery_event(event: &Value) -> Result<RecoveryEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    if map.contains_key("detail-type") || map.contains_key("detail") {
        return enveloped(event).and_then(woken);
    }
    let has = |key: &str| map.get(key).is_some_and(|value| !value.is_null());
    let read = match (has("tick"), has("run"), has("database")) {
        (true, false, false) => tick,
        (false, true, false) => of_run,
        (false, false, true) => of_database,
        (false, false, false) if map.values().all(Value::is_null) => {
            return Ok(RecoveryEvent::Windows { database: None });
        }
        (false, false, false) => {
            let near = map.keys().find_map(|key| nearest(key, ["database", "run", "tick"]));
            let names: Vec<&str> = map.keys().map(String::as_str).take(10).collect();
            return Err(Mistakes::one("", format!("has only {}", names.join(", ")), ALLOWED, near));
        }
        _ => {
            return Err(Mistakes::one(
                "",
                "has several of database, run and tick",
                "one of them in each request",
                None,
            ));
        }
    };
    let mut mistakes = Mistakes::default();
    let event = read_object(event, "", &mut mistakes, read);
    mistakes.or(event)
}

fn woken(event: DrillEvent) -> Result<RecoveryEvent, Mistakes> {
    match event {
        DrillEvent::Tick { because } => Ok(RecoveryEvent::Tick { because }),
        DrillEvent::Start(_) | DrillEvent::Validate(_) => Err(Mistakes::one("", "asks for a drill", ALLOWED, None)),
    }
}

fn tick(fields: &mut Fields<'_, '_>) -> Option<RecoveryEvent> {
    own_tick(fields).and_then(|event| woken(event).ok())
}

fn of_database(fields: &mut Fields<'_, '_>) -> Option<RecoveryEvent> {
    let what = "the name of a database of the policy";
    let database = fields.text("database", what, |text| read_line(text, what, 63));
    let to = "latest; a time such as 2026-02-04T10:00:00Z, 90m ago or yesterday 06:30; or before job NAME";
    let time = fields.text("to", to, |text| read_line(text, to, 300)).map(Wanted::Time);
    let snapshot = "a snapshot's identifier or ARN, or latest";
    let snapshot = fields.text("snapshot", snapshot, read_snapshot).map(Wanted::Snapshot);
    let point = "the ARN of a recovery point, or latest";
    let point = fields.text("recovery_point", point, |text| {
        if text == "latest" || text.starts_with("arn:") {
            read_line(text, point, 400)
        } else {
            Err(Wrong::allowed(point))
        }
    });
    let point = point.map(Wanted::RecoveryPoint);
    let given = ["to", "snapshot", "recovery_point"].map(|key| fields.value(key).is_some());
    let dry_run = fields.truth("dry_run");
    let inspect_for = fields.span("inspect_for", LONGEST_INSPECTION);
    if inspect_for.is_some_and(|span| span < SHORTEST_INSPECTION) {
        fields.wrong("inspect_for", "is too short", Wrong::allowed("at least 30m: a copy takes a while to come up"));
    }
    let with = fields.object("with", |fields| Some(with(fields))).unwrap_or_default();
    let scheduled_time = fields.text("scheduled_time", "a time in RFC 3339", scheduled_time);
    let others = dry_run.is_some() || inspect_for.is_some() || with != With::default() || scheduled_time.is_some();
    match given.iter().filter(|given| **given).count() {
        0 if others => {
            fields.wrong("to", "is missing", Wrong::allowed(to));
            None
        }
        0 => Some(RecoveryEvent::Windows { database: Some(database?) }),
        1 => Some(RecoveryEvent::Restore(Box::new(StartRecovery {
            database: database?,
            from: time.or(snapshot).or(point)?,
            dry_run: dry_run.unwrap_or_default(),
            inspect_for,
            with,
            scheduled_time,
        }))),
        _ => {
            fields.wrong(
                "to",
                "stands beside another backup",
                Wrong::allowed("one of to, snapshot and recovery_point"),
            );
            None
        }
    }
}

fn with(fields: &mut Fields<'_, '_>) -> With {
    let mut name = |key, what: &str| fields.text(key, what, |text| read_line(text, what, 255));
    let subnet_group = name("subnet_group", "the name of a DB subnet group");
    let parameter_group = name("parameter_group", "the name of a parameter group");
    let instance_class = name("instance_class", "a class such as db.r6g.large");
    let group = "ids of security groups (sg-…)";
    let security_groups = fields.list("security_groups", group, |text| {
        if text.starts_with("sg-") { read_line(text, group, 63) } else { Err(Wrong::allowed(group)) }
    });
    let readers = fields.whole("readers", 0..=MOST_READERS);
    With { subnet_group, security_groups, parameter_group, instance_class, readers }
}

/// A run id of ours: whether there is such a run is for the bucket to say
fn run_id(text: &str) -> Result<String, Wrong> {
    let allowed = "the id of a recovery or an inspection, such as recovery-orders-20260204101500";
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ours = ["recovery-", "inspect-"].iter().any(|prefix| text.starts_with(prefix));
    let fits = ours && text.len() <= 63 && text.chars().all(fine);
    if fits { Ok(text.to_owned()) } else { Err(Wrong::allowed(allowed)) }
}

fn of_run(fields: &mut Fields<'_, '_>) -> Option<RecoveryEvent> {
    let run = fields.text("run", "the id of a recovery or an inspection", run_id);
    let cut_over = fields.object("cut_over", by);
    let undo = only_true(fields, "undo_cut_over");
    let extend = fields.span("extend", LONGEST_SPAN);
    let despite = fields.truth("despite_failed_checks");
    let given = ["cut_over", "undo_cut_over", "extend"].map(|key| fields.value(key).is_some());
    if given.iter().filter(|given| **given).count() > 1 {
        let one = Wrong::allowed("one of cut_over, undo_cut_over and extend in each request");
        fields.wrong("cut_over", "stands beside another wish", one);
        return None;
    }
    if despite.is_some() && fields.value("cut_over").is_none() {
        fields.wrong("despite_failed_checks", "goes with cut_over", Wrong::allowed("nothing here"));
    }
    if extend.is_some_and(|by| by.is_zero() || by > LONGEST_INSPECTION) {
        fields.wrong("extend", "is too short or too long", Wrong::allowed("a span up to 14d, such as 4h"));
    }
    let run = run?;
    match given {
        [true, ..] => {
            let despite_failed_checks = despite.unwrap_or_default();
            Some(RecoveryEvent::CutOver(CutOverRequest { run, by: cut_over?, despite_failed_checks }))
        }
        [_, true, _] => undo.map(|()| RecoveryEvent::UndoCutOver { run }),
        [_, _, true] => Some(RecoveryEvent::Extend { run, by: extend? }),
        _ => Some(RecoveryEvent::Status { run }),
    }
}

fn by(fields: &mut Fields<'_, '_>) -> Option<By> {
    let what = "the name of an RDS Proxy";
    let name = fields.text("proxy", what, |text| read_line(text, what, 63));
    let group = "the name of its target group";
    let group = fields.text("target_group", group, |text| read_line(text, group, 63));
    let swap = only_true(fields, "swap_names");
    match (fields.value("proxy").is_some(), fields.value("swap_names").is_some()) {
        (true, false) => Some(By::Proxy { name: name?, group }),
        (false, true) if group.is_some() => {
            fields.wrong("target_group", "goes with a proxy", Wrong::allowed("nothing here"));
            None
        }
        (false, true) => swap.map(|()| By::SwapNames),
        _ => {
            let allowed = "{\"proxy\": \"orders-proxy\"} or {\"swap_names\": true}";
            fields.wrong("proxy", "is missing, or stands beside swap_names", Wrong::allowed(allowed));
            None
        }
    }
}

fn only_true(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<()> {
    fields.by(key, |value| (*value == Value::Bool(true)).then_some(()).ok_or_else(|| Wrong::allowed("true")))
}
