//! Words of answers that the pure modules do not have: short, and nothing is decided here.

use jiff::Timestamp;
use lifeboat::mail::{self, Mail};
use lifeboat::recover::{Facts, Letter, Record, Resolved};
use lifeboat::restore::Point;
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
        format!("{run} has begun: {} is restored {told}.", source_of(&record.from)),
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

/// Recovery points are AWS Backup's to restore, by a job with a role of its own, which this function does not have
pub fn not_from_a_vault(resolved: &Resolved, facts: &Facts) -> String {
    let Point::RecoveryPoint { arn, vault, resource_type, .. } = &resolved.point else { return String::new() };
    let database = &facts.database;
    let has_snapshot = facts.snapshots.present().is_some_and(|all| !all.is_empty());
    let instead = if has_snapshot {
        format!(
            "Faster, and with every setting: emergency-restore '{{\"database\": \"{database}\", \"snapshot\": \
             \"latest\"}}'\n"
        )
    } else {
        String::new()
    };
    format!(
        "recovery_point is {arn}, which only AWS Backup restores; emergency-restore does not do that yet. Nothing was \
         made.\n{instead}By hand, with a new identifier in the metadata:\n  aws backup \
         get-recovery-point-restore-metadata --backup-vault-name {vault} --recovery-point-arn {arn} --query \
         RestoreMetadata > metadata.json\n  aws backup start-restore-job --recovery-point-arn {arn} --resource-type \
         {resource_type} --metadata file://metadata.json --iam-role-arn \
         arn:aws:iam::ACCOUNT:role/service-role/AWSBackupDefaultServiceRole\nThen check the copy with a drill of source \
         recovery_point"
    )
}
