//! Events as they arrive.

mod checkup;
mod lifecycle;
mod lifecycle_events;
mod planned;
mod recovering;
mod tested;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;

/// What a file of `events/restore-drill` must become
enum Becomes {
    Tick(&'static str),
    Start(&'static str, Option<&'static str>, Option<Source>),
    /// What was tested, and what was made of it
    Validate(&'static str, &'static str),
    Refused(&'static [&'static str]),
}

use Becomes::{Refused, Start, Tick, Validate};

fn becomes(file: &str) -> Option<Becomes> {
    let evening = Some("2026-11-22T18:00:00Z");
    let snapshot = || Source::Snapshot("pre-maintenance-20261120".to_owned());
    Some(match file {
        "tick-scheduled-event" => Tick("aws.events: Scheduled Event"),
        "tick-scheduler-without-input" => Tick("aws.scheduler: Scheduled Event"),
        "tick-rds-cluster-created-0170" => Tick("aws.rds: RDS DB Cluster Event"),
        "tick-rds-instance-created-0005" | "tick-rds-instance-restored-0019" | "tick-rds-instance-stopped-0087" => {
            Tick("aws.rds: RDS DB Instance Event")
        }
        "tick-backup-restore-job-created" => Tick("aws.backup: Restore Job State Change"),
        "validate-backup-restore-test-completed" => Validate("database-2", "awsbackup-restore-test-aurora-1a2b3c"),
        "tick-by-hand" => Tick("asked to look"),
        "start-from-scheduler" => Start("orders/weekly", evening, None),
        "start-second-drill-from-scheduler" => Start("orders/quarterly", evening, None),
        "start-on-demand" => Start("orders", None, Some(Source::LatestSnapshot)),
        "start-named-snapshot" => Start("orders", None, Some(snapshot())),
        "start-with-nulls" => Start("orders", None, None),
        "start-recovery-point" => Start("orders", None, Some(Source::RecoveryPoint)),
        "start-in-another-region-from-scheduler" => Start("orders/dr-yearly", evening, None),
        "start-all" => Start("*", None, None),
        "bad-empty" => Refused(&["drill: is missing"]),
        "bad-list" => Refused(&["(the whole document): is a list of 1"]),
        "bad-unknown-key" => Refused(&["shedule_time: is an unknown key"]),
        "bad-unknown-source" => Refused(&["source: is \"latest-snapshot\""]),
        "bad-several-at-once" => Refused(&[
            "drill: is 7",
            "scheduled_time: is \"yesterday\"",
            "snapshot: is missing",
            "dry_run: is an unknown key",
        ]),
        "bad-snapshot-beside-another-source" => Refused(&["snapshot: is \"pre-maintenance-20261120\""]),
        "bad-placeholder" => Refused(&["scheduled_time: is \"<aws.scheduler.scheduled-time>\""]),
        "bad-time-without-offset" => Refused(&["scheduled_time: is \"2026-11-22T18:00:00\""]),
        "bad-tick-false" => Refused(&["tick: is false"]),
        "bad-glue-job-failed" => Refused(&["source: is \"aws.glue\""]),
        "bad-emergency-restore-request" => {
            Refused(&["drill: is missing", "database: is an unknown key", "to: is an unknown key"])
        }
        _ => return None,
    })
}

fn events(function: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
    };
    files.map(read).collect()
}

#[test]
fn every_event_of_the_folder_becomes_what_its_name_says() {
    let events = events("restore-drill");
    assert!(events.len() >= 26, "{}", events.len());
    for (name, event) in &events {
        let becomes = becomes(name).unwrap_or_else(|| panic!("nobody says what {name}.json must become"));
        match (becomes, drill_event(event)) {
            (Tick(because), Ok(DrillEvent::Tick { because: was })) => assert_eq!(was, because, "{name}"),
            (Start(drill, at, source), Ok(DrillEvent::Start(start))) => {
                let scheduled_time = at.map(|at| at.parse().unwrap());
                assert_eq!(start, StartDrill { drill: which(drill).unwrap(), scheduled_time, source }, "{name}");
            }
            (Validate(source, made), Ok(DrillEvent::Validate(tested))) => {
                assert_eq!((tested.source.as_str(), tested.identifier.as_str()), (source, made), "{name}");
            }
            (Refused(starts), Err(mistakes)) => {
                let told = mistakes.to_string();
                let lines: Vec<&str> = told.lines().collect();
                assert_eq!(lines.len(), starts.len(), "{name}: {told}");
                assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{name}: {told}");
            }
            (_, was) => panic!("{name}: {was:?}"),
        }
    }
}

#[test]
fn a_tick_is_a_tick_whatever_is_in_it() {
    for detail in [json!(null), json!("{}"), json!([1]), json!({"EventID": 7})] {
        let event = json!({"source": "aws.rds", "detail-type": "RDS Something New", "detail": detail});
        assert!(matches!(drill_event(&event), Ok(DrillEvent::Tick { .. })), "{event}");
    }
}

#[test]
fn an_envelope_that_nobody_should_have_sent_is_named() {
    let table = [
        (json!({"source": "aws.ec2", "detail-type": "x"}), "source: is \"aws.ec2\""),
        (json!({"source": 1, "detail-type": "x"}), "source: is 1"),
        (json!({"detail": {}}), "source: is missing"),
        (json!({"source": "aws.events", "detail-type": "AWS API Call"}), "detail-type: is \"AWS API Call\""),
        (json!({"source": "aws.rds", "detail-type": 3}), "detail-type: is 3"),
        (json!({"tick": true, "drill": "orders"}), "drill: is an unknown key"),
        (json!({"drill": "a/b/c"}), "drill: is \"a/b/c\""),
        (json!({"drill": "orders/"}), "drill: is \"orders/\""),
        (json!({"drill": "orders/*"}), "drill: is \"orders/*\""),
        (json!({"drill": "a", "scheduled_time": "1999-01-01T00:00:00Z"}), "scheduled_time: is"),
    ];
    for (event, wanted) in table {
        let told = drill_event(&event).unwrap_err().to_string();
        assert!(told.starts_with(wanted) && told.lines().count() == 1, "{event}: {told}");
    }
}
