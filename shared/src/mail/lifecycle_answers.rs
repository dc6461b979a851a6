//! What `snapshot-lifecycle` answers to a request: a few lines that a person can act on.

use super::command::{SNAPSHOT_LIFECYCLE, invoke};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::Letter;
use super::text::clean;
use crate::database::{Export, Seen, Snapshot};
use crate::lifecycle::{CreateSnapshot, Plan, StartExport, Taken, first_to_go};
use crate::moment;

fn said(lines: &[String], request: Option<(&str, &str)>) -> String {
    let mut letter = Letter::default();
    for line in lines {
        letter.say("", line);
    }
    if let Some(command) = request.and_then(|(key, value)| invoke(SNAPSHOT_LIFECYCLE, &[(key, value.into())])) {
        letter.command(&command);
    }
    letter.sealed("INFO", "").body
}

/// The answer to `{"snapshot": …}`, once AWS has taken the request
pub fn taken_message(taken: &Taken, timezone: &str) -> String {
    match taken {
        Taken::Before { identifier } => {
            let line = format!("The same request made {identifier} before; no second one is made. How far it is:");
            said(&[line], Some(("snapshot_status", identifier)))
        }
        Taken::New(CreateSnapshot { database, identifier, keep_until, thinned_out, .. }) => {
            let mut lines = vec![format!("AWS is making {identifier}, of {database}. It is not complete yet.")];
            if let Some(until) = keep_until {
                lines.push(format!("It is kept until {} at least.", moment::both(*until, &zone(timezone))));
            }
            if !thinned_out {
                lines.push(format!(
                    "No pattern of the policy reaches its name, so it is never deleted: add \"pre-maintenance-*\" to \
                     snapshots.patterns of {database}."
                ));
            }
            lines.push("Wait until it is available before the change begins. How far it is:".to_owned());
            said(&lines, Some(("snapshot_status", identifier)))
        }
    }
}

/// The answer to `{"snapshot_status": …}`
pub fn status_message(identifier: &str, seen: &Seen<Snapshot>, timezone: &str) -> String {
    let name = clean(identifier, LONGEST_VALUE);
    let snapshot = match seen {
        Seen::Absent => return said(&[format!("There is no snapshot {name}.")], None),
        Seen::Unknown(why) => {
            let why = clean(why, LONGEST_VALUE);
            return said(&[format!("Whether there is a snapshot {name} could not be told: {why}. Ask again.")], None);
        }
        Seen::Present(snapshot) => snapshot,
    };
    let made =
        snapshot.created_at.map_or_else(String::new, |at| format!(", made {}", moment::both(at, &zone(timezone))));
    let far = snapshot.details.percent.map_or_else(String::new, |percent| format!(", {percent} % done"));
    match snapshot.status.as_str() {
        "available" => said(&[format!("{name} is complete{made}."), "It can be restored.".to_owned()], None),
        "failed" => {
            let now = "Take another one before the change begins; the failed one can be deleted.";
            said(&[format!("{name} FAILED: it cannot be restored."), now.to_owned()], None)
        }
        status => {
            let status = clean(status, 40);
            let lines =
                [format!("{name} is not complete: {status}{far}."), "Wait with the change. Ask again:".to_owned()];
            said(&lines, Some(("snapshot_status", identifier)))
        }
    }
}

/// The answer where AWS refuses a snapshot because the account has as many as it may
pub fn quota_message(database: &str, plan: &Plan, clustered: bool) -> String {
    let database = clean(database, LONGEST_VALUE);
    let first = first_to_go(plan, clustered);
    let mut lines = vec![
        format!("No snapshot of {database} was made: the account holds as many manual snapshots as AWS allows."),
        "Do not begin the change. Delete some, or ask AWS for a higher quota, then ask again.".to_owned(),
    ];
    if first.is_empty() {
        lines.push("The policy lets none go: every one is kept, or none of ours. The plan says why:".to_owned());
    } else {
        lines.push("The policy would let these go first:".to_owned());
        lines.extend(first.iter().map(|snapshot| format!("- {}", clean(&snapshot.identifier, 70))));
        lines.push("Look at the plan before you delete one:".to_owned());
    }
    said(&lines, Some(("plan", "*")))
}

/// The answer to `{"export_status": …}`
pub fn export_status_message(task: &str, export: Option<&Export>) -> String {
    let name = clean(task, LONGEST_VALUE);
    let Some(export) = export else {
        return said(&[format!("There is no export {name}.")], None);
    };
    let far = export.percent.map_or_else(String::new, |percent| format!(", {percent} % done"));
    let mut lines = match export.status.as_str() {
        "COMPLETE" => vec![format!("The export {name} is complete.")],
        "FAILED" => vec![format!("The export {name} FAILED. What it wrote is not whole.")],
        "CANCELED" | "CANCELING" => vec![format!("The export {name} was cancelled. What it wrote is not whole.")],
        status => vec![format!("The export {name} is not complete: {}{far}.", clean(status, 40))],
    };
    let told = [("Why", &export.failure), ("AWS warns", &export.warning)];
    for (what, words) in told {
        lines.extend(words.as_ref().map(|words| format!("{what}: {}", clean(words, LONGEST_VALUE))));
    }
    let open = matches!(export.status.as_str(), "STARTING" | "IN_PROGRESS");
    said(&lines, open.then_some(("export_status", task)))
}

/// The answer to `{"export": …}`, once AWS has taken the request
pub fn export_message(export: &StartExport) -> String {
    let StartExport { task, bucket, prefix, .. } = export;
    let prefix = prefix.as_deref().map_or_else(String::new, |prefix| format!("{}/", prefix.trim_end_matches('/')));
    let lines = [
        format!("AWS is exporting the snapshot to s3://{bucket}/{prefix}{task}/ in Parquet."),
        "That takes from half an hour to many hours. The snapshot must stay until it is complete. How far it is:"
            .to_owned(),
    ];
    let mut letter = Letter::default();
    for line in &lines {
        letter.say("", line);
    }
    let args = ["aws", "rds", "describe-export-tasks", "--export-task-identifier", task];
    letter.command(&super::shell::Command::new(&args));
    letter.sealed("INFO", "").body
}
