//! Words of answers that the pure modules do not have: short, and nothing is decided here.

use jiff::Timestamp;
use lifeboat::mail::{self, Mail};
use lifeboat::recover::{Letter, Record};
use serde_json::{Value, json};

use crate::begin::source_of;

/// A mail of a run
pub fn mail(record: &Record, letter: Letter, bucket: &str, now: Timestamp) -> Mail {
    mail::recovery_mail(record, letter, bucket, now)
}

/// Where a run stands, in words
pub fn status(record: &Record, now: Timestamp) -> String {
    mail::status_of_run_message(record, now)
}

/// Where a run stands, as fields
pub fn fields(record: &Record, now: Timestamp) -> Value {
    serde_json::to_value(mail::run_status(record, now)).unwrap_or_else(|_| json!({"run": record.run}))
}

/// A run has begun
pub fn begun(record: &Record, told: &str, others: &[String], trouble: Option<&str>, now: Timestamp) -> String {
    let run = &record.run;
    let mut lines = vec![
        format!("{run} has begun: {} is restored {told}.", source_of(record)),
        "The source is not touched, and it goes on by itself, whoever watches. A mail comes when it can be used."
            .to_owned(),
        format!("Where it stands: emergency-restore '{{\"run\": \"{run}\"}}', or --follow before it."),
    ];
    if !others.is_empty() {
        lines.push(format!("ALSO UNDER WAY for {}: {}.", record.database, others.join(", ")));
    }
    if let Some(trouble) = trouble {
        lines.push(format!("Trouble with the first step, which is tried again: {trouble}"));
    }
    lines.push(String::new());
    lines.push(status(record, now));
    lines.join("\n")
}

/// Runs under way, a line each
pub fn tick_message(answers: &[Value]) -> String {
    let line = |answer: &Value| {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let details = [text("phase"), text("waiting_for")];
        let details: Vec<&str> = details.iter().map(String::as_str).filter(|detail| !detail.is_empty()).collect();
        let details = if details.is_empty() { String::new() } else { format!(": {}", details.join(", ")) };
        format!("{} is {}{details}", text("run"), text("state"))
    };
    let lines: Vec<String> = answers.iter().map(line).collect();
    if lines.is_empty() { "no recovery is under way".to_owned() } else { lines.join("\n") }
}
