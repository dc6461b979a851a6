//! What each file of `events/snapshot-lifecycle` becomes.

use super::*;

enum Becomes {
    Tick(&'static str),
    Take(&'static str, &'static str, Option<KeepFor>, Option<&'static str>),
    Status(&'static str),
    Plan(Option<&'static str>, Option<AsOf>),
    Export,
    ExportStatus,
    Refused(&'static [&'static str]),
}

fn becomes(file: &str) -> Option<Becomes> {
    use Becomes::{Export, ExportStatus, Plan, Refused, Status, Take, Tick};
    let at = |text: &str| text.parse().unwrap();
    Some(match file {
        "tick-scheduled-event" => Tick("aws.events: Scheduled Event"),
        "tick-scheduler-without-input" => Tick("aws.scheduler: Scheduled Event"),
        "tick-by-hand" => Tick("asked to look"),
        "tick-rds-cluster-snapshot-manual-0075" | "tick-rds-cluster-snapshot-automated-0169" => {
            Tick("aws.rds: RDS DB Cluster Snapshot Event")
        }
        "tick-rds-snapshot-manual-0042" | "tick-rds-snapshot-automated-0091" => Tick("aws.rds: RDS DB Snapshot Event"),
        "take" => Take("orders", "schema migration 42", None, None),
        "take-with-nulls" => Take("orders", "x", None, None),
        "take-and-keep-for-days" => Take("orders", "schema migration 42", Some(KeepFor::Days(90)), None),
        "take-and-keep-until-from-scheduler" => {
            let until = KeepFor::Until(at("2027-12-31T00:00:00Z"));
            Take("orders", "end of year", Some(until), Some("2026-12-31T18:00:00Z"))
        }
        "status" => Status("pre-maintenance-orders-schema-migration-42-202611201200"),
        "status-by-arn" => Status("arn:aws:rds:us-west-2:123456789012:cluster-snapshot:copy-pre-1-20261120120000"),
        "plan-all" => Plan(None, None),
        "plan-of-a-day" => Plan(Some("orders"), Some(AsOf::Day(jiff::civil::date(2026, 12, 24)))),
        "plan-of-a-moment" => Plan(Some("orders"), Some(AsOf::Moment(at("2026-12-24T01:00:00Z")))),
        "export" => Export,
        "export-status" => ExportStatus,
        "bad-empty" => Refused(&["(the whole document): is empty"]),
        "bad-list" => Refused(&["(the whole document): is a list of 1"]),
        "bad-without-reason" => Refused(&["reason: is missing"]),
        "bad-two-at-once" => Refused(&["(the whole document): has snapshot and plan at once"]),
        "bad-unknown-key" => Refused(&["keep_day: is an unknown key"]),
        "bad-keeps-twice" => Refused(&["keep_days: stands beside keep_until"]),
        "bad-placeholder" => Refused(&["scheduled_time: is \"<aws.scheduler.scheduled-time>\""]),
        "bad-plan-that-deletes" => Refused(&["dry_run: is false"]),
        "bad-day" => Refused(&["as_of: is \"24.12.2026\""]),
        "bad-export-without-key" => Refused(&["kms_key_id: is missing"]),
        "bad-drill" => Refused(&["(the whole document): has only drill"]),
        "bad-glue-job-failed" => Refused(&["source: is \"aws.glue\""]),
        _ => return None,
    })
}

#[test]
fn every_event_of_the_folder_becomes_what_its_name_says() {
    let events = events("snapshot-lifecycle");
    assert_eq!(events.len(), 30);
    for (name, event) in &events {
        let becomes = becomes(name).unwrap_or_else(|| panic!("nobody says what {name}.json must become"));
        match (becomes, lifecycle_event(event)) {
            (Becomes::Tick(because), Ok(LifecycleEvent::Tick { because: was, work })) => {
                let copies = if name.starts_with("tick-rds-") { Work::Copies } else { Work::Everything };
                assert_eq!((was.as_str(), work), (because, copies), "{name}");
            }
            (Becomes::Take(database, reason, keep, at), Ok(LifecycleEvent::Take(was))) => {
                let scheduled_time = at.map(|at| at.parse().unwrap());
                let (database, reason) = (database.to_owned(), reason.to_owned());
                assert_eq!(was, TakeSnapshot { database, reason, keep, scheduled_time }, "{name}");
            }
            (Becomes::Status(wanted), Ok(LifecycleEvent::Status { snapshot })) => assert_eq!(snapshot, wanted),
            (Becomes::Plan(database, as_of), Ok(LifecycleEvent::Plan(was))) => {
                assert_eq!(was, ShowPlan { database: database.map(str::to_owned), as_of }, "{name}");
            }
            (Becomes::Export, Ok(LifecycleEvent::Export(was))) => assert_eq!(was.kms_key_id, "alias/archive"),
            (Becomes::ExportStatus, Ok(LifecycleEvent::ExportStatus { task })) => {
                assert_eq!(task, "export-pre-1-202611201200");
            }
            (Becomes::Refused(starts), Err(mistakes)) => {
                let told = mistakes.to_string();
                let lines: Vec<&str> = told.lines().collect();
                assert_eq!(lines.len(), starts.len(), "{name}: {told}");
                assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{name}: {told}");
            }
            (_, was) => panic!("{name}: {was:?}"),
        }
    }
}
