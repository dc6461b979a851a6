//! Restoring what a drill restored, once more, and bringing back what is gone: commands to paste, made of what the drill did.
//!
//! emergency-restore does it wherever it can. In another region, where it is not, commands of the AWS CLI stand in: the copy
//! that they make belongs to whoever makes it: its name has none of our prefixes and it has none of our tags, so that
//! no sweeper takes it away. It stands in the drill's network, where production does not meet it.

use serde_json::Value;

use super::command::{EMERGENCY_RESTORE, invoke, is_region};
use super::facts::is_gone;
use super::recovery_plan::wanted;
use super::shell::Command;
use crate::database::{Capacity, Engine};
use crate::restore::{Point, Purpose, Record, instance_of, prefix_of};

/// How the name of a copy made by hand starts; shorter than `drill-`, so it fits where the drill's did
const BY_HAND: &str = "look-";

/// A restore that is given no tags takes production's
const TAGS: [&str; 2] = ["--tags", "Key=restored-by,Value=hand"];

/// How long an inspection of a drill's backup stands: a working day
const LOOK_FOR: &str = "8h";

/// Asks what can be restored: from when to when, and from what.
pub(super) fn windows(record: &Record) -> Option<Command> {
    invoke(EMERGENCY_RESTORE, &[("database", record.plan.database.as_str().into())])
}

/// Brings a database back that is gone: to the last moment that RDS kept of it, or from the very backup that was drilled.
pub(super) fn bring_back(record: &Record) -> Option<Command> {
    let latest = ("to", Value::from("latest"));
    let backup = match record.point.as_ref()? {
        Point::Time { .. } => latest,
        point => wanted(point),
    };
    is_within_reach(record).then(|| invoke(EMERGENCY_RESTORE, &[database(record), backup])).flatten()
}

/// Restores the same backup once more, into a copy of one's own: an inspection, where emergency-restore can make one; else by
/// hand, and none of the commands where one of them would not be whole.
pub(super) fn same_backup(record: &Record) -> Vec<Command> {
    if record.purpose == Purpose::Drill && is_within_reach(record) {
        let look = record.point.as_ref().and_then(|point| {
            invoke(EMERGENCY_RESTORE, &[database(record), wanted(point), ("inspect_for", LOOK_FOR.into())])
        });
        let says = "To look into this very backup, in a small copy that goes away by itself:";
        return look.map(|command| command.saying(says)).into_iter().collect();
    }
    made(record).unwrap_or_default()
}

fn database(record: &Record) -> (&'static str, Value) {
    ("database", record.plan.database.as_str().into())
}

/// emergency-restore restores in its own region
fn is_within_reach(record: &Record) -> bool {
    record.plan.region.is_none()
}

fn made(record: &Record) -> Option<Vec<Command>> {
    let source = record.source.as_ref()?;
    let drilled = record.run.strip_prefix(prefix_of(Purpose::Drill))?;
    let copy = format!("{BY_HAND}{}", named(drilled, "-")?);
    let class = named(record.copy.class.as_deref().or(record.plan.sandbox.instance_class.as_deref())?, "-.")?;
    let clustered = record.plan.kind.is_clustered();
    let mut restore = match &record.point {
        Some(Point::Time { to }) => to_a_time(record, &copy, &to.to_string())?,
        Some(Point::Snapshot { identifier, engine_version, .. }) => {
            of_a_snapshot(record, &copy, (identifier, engine_version))?
        }
        // AWS Backup wants the whole of its metadata again; its console has it filled in.
        Some(Point::RecoveryPoint { .. }) | None => return None,
    };
    restore.extend(network(record)?);
    restore.extend(TAGS.map(str::to_owned));
    if !clustered {
        restore.extend(["--db-instance-class", class, "--no-publicly-accessible"].map(str::to_owned));
        let restore = here(record, restore)?;
        return Some(vec![
            restore.saying("To look into this very backup, in a copy of your own (remove it afterwards):"),
        ]);
    }
    if class == "db.serverless" && source.engine != Engine::Docdb {
        let Capacity { min, max } = record.plan.sandbox.capacity.unwrap_or(Capacity { min: 0.5, max: 1.0 });
        restore.push("--serverless-v2-scaling-configuration".to_owned());
        restore.push(format!("MinCapacity={min},MaxCapacity={max}"));
    }
    let (first, engine) = (instance_of(&copy, 1), source.engine.word().to_owned());
    let attach = ["aws", "rds", "create-db-instance", "--db-instance-identifier", &first, "--db-cluster-identifier"];
    let attach = attach.into_iter().chain([copy.as_str(), "--engine", &engine, "--db-instance-class", class]);
    let attach = attach.chain(TAGS);
    let attach = here(record, attach.map(str::to_owned).collect())?;
    Some(vec![
        here(record, restore)?.saying("To look into this very backup, in a copy of your own:"),
        attach.saying("And once it is available (remove both afterwards):"),
    ])
}

fn to_a_time(record: &Record, copy: &str, to: &str) -> Option<Vec<String>> {
    let source = record.source.as_ref()?;
    let resource_id = is_gone(record).then(|| named(&source.resource_id, "-")).flatten();
    let identifier = named(&record.plan.identifier, "-")?;
    let (call, from, of, target, time) = match (record.plan.kind.is_clustered(), resource_id) {
        (true, Some(id)) => {
            ("cluster", "--source-db-cluster-resource-id", id, "--db-cluster-identifier", "--restore-to-time")
        }
        (true, None) => {
            ("cluster", "--source-db-cluster-identifier", identifier, "--db-cluster-identifier", "--restore-to-time")
        }
        (false, Some(id)) => {
            ("instance", "--source-dbi-resource-id", id, "--target-db-instance-identifier", "--restore-time")
        }
        (false, None) => (
            "instance",
            "--source-db-instance-identifier",
            identifier,
            "--target-db-instance-identifier",
            "--restore-time",
        ),
    };
    let call = format!("restore-db-{call}-to-point-in-time");
    Some(["aws", "rds", &call, from, of, target, copy, time, to].map(str::to_owned).into())
}

fn of_a_snapshot(record: &Record, copy: &str, (snapshot, version): (&str, &str)) -> Option<Vec<String>> {
    let snapshot = named(snapshot, "-:")?;
    if !record.plan.kind.is_clustered() {
        let from = ["restore-db-instance-from-db-snapshot", "--db-snapshot-identifier", snapshot];
        let args = ["aws", "rds"].into_iter().chain(from).chain(["--db-instance-identifier", copy]);
        return Some(args.map(str::to_owned).collect());
    }
    let engine = record.source.as_ref()?.engine.word().to_owned();
    let from = ["restore-db-cluster-from-snapshot", "--snapshot-identifier", snapshot, "--engine", &engine];
    let args = ["aws", "rds"].into_iter().chain(from);
    let args = args.chain(["--engine-version", named(version, "-._")?, "--db-cluster-identifier", copy]);
    Some(args.map(str::to_owned).collect())
}

/// The drill's subnet group and security groups: without them AWS takes its default ones
fn network(record: &Record) -> Option<Vec<String>> {
    let sandbox = &record.plan.sandbox;
    let mut args = Vec::new();
    if let Some(group) = &sandbox.subnet_group {
        args.extend(["--db-subnet-group-name".to_owned(), named(group, "-._ ")?.to_owned()]);
    }
    if !sandbox.security_groups.is_empty() {
        args.push("--vpc-security-group-ids".to_owned());
        for group in &sandbox.security_groups {
            args.push(named(group, "-")?.to_owned());
        }
    }
    Some(args)
}

/// In the region of the drill, where that is not the caller's own
fn here(record: &Record, mut args: Vec<String>) -> Option<Command> {
    if let Some(region) = &record.plan.region {
        is_region(region).then_some(())?;
        args.extend(["--region".to_owned(), region.clone()]);
    }
    Some(Command::new(&args.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// A name that AWS could have given: nothing in it may mean something to a shell or hide in a mail
fn named<'a>(name: &'a str, more: &str) -> Option<&'a str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (starts && name.len() <= 255 && name.chars().all(fits)).then_some(name)
}
