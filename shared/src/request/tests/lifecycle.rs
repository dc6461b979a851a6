//! Requests for snapshots, as they arrive.

use jiff::civil::date;

use super::*;
use crate::moment;

fn take(event: &Value) -> TakeSnapshot {
    match lifecycle_event(event) {
        Ok(LifecycleEvent::Take(take)) => take,
        other => panic!("{event}: {other:?}"),
    }
}

#[test]
fn a_snapshot_is_asked_for() {
    let read = take(&json!({"snapshot": "orders", "reason": "schema migration 42"}));
    assert_eq!((read.database.as_str(), read.reason.as_str()), ("orders", "schema migration 42"));
    assert_eq!((read.keep, read.scheduled_time), (None, None));
    let read = take(&json!({"snapshot": "orders", "reason": "x", "keep_days": 30, "keep_until": null,
                            "scheduled_time": "2026-11-22T18:00:00Z"}));
    assert_eq!(read.keep, Some(KeepFor::Days(30)));
    assert_eq!(read.scheduled_time, Some("2026-11-22T18:00:00Z".parse().unwrap()));
    let read = take(&json!({"snapshot": "orders", "reason": "x", "keep_until": "2026-12-24T00:00:00+09:00"}));
    assert_eq!(read.keep, Some(KeepFor::Until("2026-12-23T15:00:00Z".parse().unwrap())));
}

#[test]
fn a_plan_is_asked_for() {
    let plan = |event: &Value| match lifecycle_event(event) {
        Ok(LifecycleEvent::Plan(plan)) => plan,
        other => panic!("{event}: {other:?}"),
    };
    assert_eq!(plan(&json!({"plan": "*"})), ShowPlan { database: None, as_of: None });
    let day = plan(&json!({"plan": "orders", "as_of": "2026-12-24", "dry_run": true}));
    let as_of = AsOf::Day(date(2026, 12, 24));
    assert_eq!(day, ShowPlan { database: Some("orders".to_owned()), as_of: Some(as_of) });
    assert_eq!(as_of.at(&moment::zone("Asia/Tokyo").unwrap()).unwrap().to_string(), "2026-12-24T14:59:59Z");
    let at = "2026-12-24T10:00:00Z";
    let moment = plan(&json!({"plan": "*", "as_of": at})).as_of;
    assert_eq!(moment, Some(AsOf::Moment(at.parse().unwrap())));
}

#[test]
fn a_status_an_export_and_a_tick_are_asked_for() {
    let status = lifecycle_event(&json!({"snapshot_status": "pre-1"}));
    assert_eq!(status, Ok(LifecycleEvent::Status { snapshot: "pre-1".to_owned() }));
    let export = json!({"export": "pre-1", "bucket": "b", "prefix": "p", "kms_key_id": "alias/k", "role": "arn:aws:iam::1:role/r"});
    let Ok(LifecycleEvent::Export(export)) = lifecycle_event(&export) else { panic!() };
    assert_eq!((export.bucket.as_str(), export.prefix.as_deref()), ("b", Some("p")));
    let ticks = [
        json!({"tick": true}),
        json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}),
        json!({"source": "aws.rds", "detail-type": "RDS DB Cluster Snapshot Event", "detail": {"EventID": "RDS-EVENT-0075"}}),
    ];
    for event in ticks {
        let Ok(LifecycleEvent::Tick { work, .. }) = lifecycle_event(&event) else { panic!("{event}") };
        let wanted = if event["source"] == "aws.rds" { Work::Copies } else { Work::Everything };
        assert_eq!(work, wanted, "{event}");
    }
}

#[test]
fn every_mistake_is_told_at_once_with_what_would_be_right() {
    let table = [
        (json!([]), vec!["(the whole document): is a list of 0"]),
        (json!({}), vec!["(the whole document): is empty"]),
        (json!({"snapshoot": "orders"}), vec!["(the whole document): has only snapshoot. Allowed: {\"snapshot\""]),
        (json!({"snapshot": "a", "plan": "*"}), vec!["(the whole document): has snapshot and plan at once"]),
        (
            json!({"snapshot": 7, "resaon": "x", "keep_days": 0}),
            vec!["snapshot: is 7", "reason: is missing", "keep_days: is 0", "resaon: is an unknown key"],
        ),
        (
            json!({"snapshot": "a", "reason": "x", "keep_days": 3, "keep_until": "2026-12-24T00:00:00Z"}),
            vec!["keep_days: stands beside keep_until"],
        ),
        (json!({"snapshot": "a", "reason": "one\ntwo"}), vec!["reason: is"]),
        (
            json!({"snapshot": "a", "reason": "x", "scheduled_time": "<aws.scheduler.scheduled-time>"}),
            vec!["scheduled_time: is"],
        ),
        (json!({"snapshot": "*", "reason": "x"}), vec!["snapshot: is \"*\""]),
        (
            json!({"plan": "orders", "dry_run": false}),
            vec!["dry_run: is false. Allowed: true: a request shows the plan"],
        ),
        (json!({"plan": "*", "as_of": "24.12.2026"}), vec!["as_of: is"]),
        (json!({"plan": "*", "as_of": "1999-12-24"}), vec!["as_of: is"]),
        (json!({"plan": "*", "as_off": "2026-12-24"}), vec!["as_off: is an unknown key"]),
        (json!({"export": "pre-1"}), vec!["bucket: is missing", "kms_key_id: is missing", "role: is missing"]),
        (
            json!({"export": "pre 1", "bucket": "b", "kms_key_id": "k", "role": "r"}),
            vec!["export: is \"pre 1\"", "role: is \"r\""],
        ),
        (json!({"tick": false}), vec!["tick: is false"]),
        (json!({"source": "aws.glue", "detail-type": "x"}), vec!["source: is \"aws.glue\""]),
    ];
    for (event, starts) in table {
        let told = lifecycle_event(&event).unwrap_err().to_string();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), starts.len(), "{event}: {told}");
        assert!(lines.iter().zip(&starts).all(|(line, start)| line.starts_with(start)), "{event}: {told}");
    }
}

#[test]
fn the_nearest_word_is_offered() {
    let told = |event: &Value| lifecycle_event(event).unwrap_err().to_string();
    assert!(told(&json!({"snapshoot": "orders"})).ends_with("Nearest: snapshot"));
    assert!(told(&json!({"plan": "*", "as_off": "2026-12-24"})).ends_with("Nearest: as_of"));
}
