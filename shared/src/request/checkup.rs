//! What schedules, events of AWS and people send to `backup-check`.

use serde_json::{Map, Value};

use super::{SCHEDULING, TICKING};
use crate::policy::{Fields, Mistakes, Wrong, found, nearest, read_object};

/// What woke `backup-check`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckupEvent {
    /// Time for a whole check
    Tick {
        /// Which event it was, for the log
        because: String,
    },
    /// Check one database now, or all
    Check {
        /// The database's name in the policy; all when it is none
        database: Option<String>,
    },
    /// AWS says that something failed: where to look first. The content is a hint, and no more.
    Rung {
        /// Which event it was, for the log
        because: String,
        /// Identifiers and ARNs that the event names
        about: Vec<String>,
    },
}

/// What `backup-check` takes, in words
const ALLOWED: &str = "{\"check\": \"orders\"}; {\"check\": \"*\"}; {\"tick\": true} or {}; or an event of EventBridge";
/// The keys of which a request has exactly one
const KEYS: [&str; 2] = ["check", "tick"];
/// The one event of a schedule
const SCHEDULED: &str = "Scheduled Event";
/// Fields of an event's detail that name what it is about. AWS writes `{}` in place of an ARN that is not known yet.
const NAMING: [&str; 11] = [
    "SourceIdentifier",
    "SourceArn",
    "resourceArn",
    "sourceResourceArn",
    "recoveryPointArn",
    "backupVaultName",
    "backupVaultArn",
    "sourceBackupVaultArn",
    "destinationBackupVaultArn",
    "destinationRecoveryPointArn",
    "createdResourceArn",
];
/// Fields of an event's detail that say how it went: jobs of AWS Backup have `state` or `status`, events of RDS an id
const SAYING: [&str; 3] = ["state", "status", "EventID"];
/// Most names that are taken from an event
const MOST_NAMES: usize = 20;
/// Longest name that is taken from an event: an ARN is no longer
const LONGEST_NAME: usize = 1024;
/// Longest word about an event, for the log
const LONGEST_WORD: usize = 80;

/// What an event means to `backup-check`
pub fn checkup_event(event: &Value) -> Result<CheckupEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    if map.contains_key("detail-type") || map.contains_key("detail") {
        return enveloped(map);
    }
    let given: Vec<&str> = KEYS.into_iter().filter(|key| map.get(*key).is_some_and(|value| !value.is_null())).collect();
    let read = match given.as_slice() {
        ["check"] => check,
        ["tick"] => tick,
        [] if map.values().all(Value::is_null) => return Ok(asked_to_look()),
        [] => {
            let near = map.keys().find_map(|key| nearest(key, KEYS));
            let names: Vec<&str> = map.keys().map(String::as_str).take(10).collect();
            return Err(Mistakes::one("", format!("has only {}", names.join(", ")), ALLOWED, near));
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

fn asked_to_look() -> CheckupEvent {
    CheckupEvent::Tick { because: "asked to look".to_owned() }
}

fn tick(fields: &mut Fields<'_, '_>) -> Option<CheckupEvent> {
    let is_true = |value: &Value| (*value == Value::Bool(true)).then_some(()).ok_or_else(|| Wrong::allowed("true"));
    fields.by("tick", is_true).map(|()| asked_to_look())
}

/// Whether there is such a database is for the policy to say.
fn check(fields: &mut Fields<'_, '_>) -> Option<CheckupEvent> {
    let allowed = "\"*\" or the name of a database of the policy";
    let database = fields.text("check", allowed, |text| match text {
        "*" => Ok(None),
        name if !name.is_empty() && name.len() <= 128 && !name.contains(['/', '*', '<']) => Ok(Some(name.to_owned())),
        _ => Err(Wrong::allowed(allowed)),
    });
    Some(CheckupEvent::Check { database: database? })
}

/// An event in `EventBridge`'s envelope. The envelope is held to its form, as anything else was not sent by AWS; what is in
/// it is taken as far as it can be read, as AWS's own examples contradict each other.
fn enveloped(map: &Map<String, Value>) -> Result<CheckupEvent, Mistakes> {
    let was = |key: &str| map.get(key).map_or_else(|| "is missing".to_owned(), found);
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    let sources = || SCHEDULING.into_iter().chain(TICKING);
    let Some(source) = text("source").filter(|source| sources().any(|known| known == *source)) else {
        let near = text("source").and_then(|source| nearest(source, sources()));
        let allowed = format!("an event of {}", sources().collect::<Vec<_>>().join(", "));
        return Err(Mistakes::one("source", was("source"), allowed, near));
    };
    let rings = TICKING.contains(&source);
    let Some(what) = text("detail-type").filter(|what| rings || *what == SCHEDULED) else {
        let allowed = if rings { "a text" } else { SCHEDULED };
        return Err(Mistakes::one("detail-type", was("detail-type"), allowed, None));
    };
    let because = format!("{source}: {}", word(what));
    if !rings {
        return Ok(CheckupEvent::Tick { because });
    }
    let Some(Value::Object(detail)) = map.get("detail") else {
        return Err(Mistakes::one("detail", was("detail"), "an object", None));
    };
    let resources = match map.get("resources") {
        None | Some(Value::Null) => [].as_slice(),
        Some(Value::Array(resources)) => resources,
        Some(_) => return Err(Mistakes::one("resources", was("resources"), "a list", None)),
    };
    let said = SAYING.iter().find_map(|key| detail.get(*key).and_then(Value::as_str));
    let because = said.map_or_else(|| because.clone(), |said| format!("{because} {}", word(said)));
    let mut about: Vec<String> = Vec::new();
    let named = NAMING.iter().filter_map(|key| detail.get(*key)).chain(resources);
    for name in named.filter_map(Value::as_str).filter(|name| is_name(name)) {
        if about.len() < MOST_NAMES && !about.iter().any(|known| known == name) {
            about.push(name.to_owned());
        }
    }
    Ok(CheckupEvent::Rung { because, about })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn word(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_WORD).collect()
}
