//! Requests for recoveries, as people send them at 3 a.m.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::request::{By, CutOverRequest, RecoveryEvent, Wanted, recovery_event};

fn read(event: &Value) -> RecoveryEvent {
    recovery_event(event).unwrap_or_else(|mistakes| panic!("{event}: {mistakes}"))
}

fn restore(event: &Value) -> crate::request::StartRecovery {
    match read(event) {
        RecoveryEvent::Restore(start) => *start,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_at_all_shows_what_can_be_restored() {
    assert_eq!(read(&json!({})), RecoveryEvent::Windows { database: None });
    assert_eq!(read(&json!({"database": null})), RecoveryEvent::Windows { database: None });
    assert_eq!(read(&json!({"database": "orders"})), RecoveryEvent::Windows { database: Some("orders".to_owned()) });
}

#[test]
fn a_restore_names_one_backup() {
    let start = restore(&json!({"database": "orders", "to": "1 hour ago", "dry_run": true}));
    assert_eq!((start.from, start.dry_run), (Wanted::Time("1 hour ago".to_owned()), true));
    let start = restore(&json!({"database": "orders", "snapshot": "latest"}));
    assert_eq!((start.from, start.dry_run), (Wanted::Snapshot("latest".to_owned()), false));
    let start = restore(&json!({"database": "orders", "to": "yesterday 06:30", "inspect_for": "8h"}));
    assert_eq!(start.inspect_for, Some(SignedDuration::from_hours(8)));
    let with = json!({"security_groups": ["sg-1", "sg-2"], "readers": 0, "instance_class": "db.r6g.large"});
    let start = restore(&json!({"database": "orders", "recovery_point": "latest", "with": with}));
    assert_eq!(start.with.security_groups.map(|groups| groups.len()), Some(2));
}

#[test]
fn a_run_is_looked_at_cut_over_to_put_back_and_extended() {
    let run = "recovery-orders-20260204101500";
    let proxy = By::Proxy { name: "orders-proxy".to_owned(), group: None };
    let table = [
        (json!({"run": run}), RecoveryEvent::Status { run: run.to_owned() }),
        (
            json!({"run": run, "cut_over": {"proxy": "orders-proxy"}}),
            RecoveryEvent::CutOver(CutOverRequest { run: run.to_owned(), by: proxy, despite_failed_checks: false }),
        ),
        (
            json!({"run": run, "cut_over": {"swap_names": true}, "despite_failed_checks": true}),
            RecoveryEvent::CutOver(CutOverRequest {
                run: run.to_owned(),
                by: By::SwapNames,
                despite_failed_checks: true,
            }),
        ),
        (json!({"run": run, "undo_cut_over": true}), RecoveryEvent::UndoCutOver { run: run.to_owned() }),
        (
            json!({"run": "inspect-orders-20260204101500", "extend": "4h"}),
            RecoveryEvent::Extend {
                run: "inspect-orders-20260204101500".to_owned(),
                by: SignedDuration::from_hours(4),
            },
        ),
    ];
    for (event, wanted) in table {
        assert_eq!(read(&event), wanted);
    }
}

#[test]
fn what_is_not_meant_is_refused_before_anything_is_done() {
    let run = "recovery-orders-20260204101500";
    let table = [
        (json!([]), "list"),
        (json!({"databse": "orders"}), "database"),
        (json!({"database": "orders", "too": "1 hour ago"}), "too"),
        (json!({"database": "orders", "dry_run": true}), "to"),
        (json!({"database": "orders", "to": "1h ago", "snapshot": "latest"}), "one of to, snapshot"),
        (json!({"database": "orders", "to": "1h ago", "run": run}), "several"),
        (json!({"database": "orders", "to": "1h ago", "inspect_for": "5m"}), "at least 30m"),
        (json!({"database": "orders", "to": "1h ago", "inspect_for": "60d"}), "inspect_for"),
        (json!({"database": "orders", "to": "1h ago", "with": {"security_groups": ["default"]}}), "sg-"),
        (json!({"run": "drill-orders-202602041015"}), "recovery"),
        (json!({"run": "prod-orders"}), "recovery"),
        (json!({"run": run, "cut_over": {}}), "swap_names"),
        (json!({"run": run, "cut_over": {"proxy": "a", "swap_names": true}}), "swap_names"),
        (json!({"run": run, "cut_over": {"swap_names": false}}), "true"),
        (json!({"run": run, "cut_over": {"proxy": "a"}, "undo_cut_over": true}), "one of cut_over"),
        (json!({"run": run, "undo_cut_over": false}), "true"),
        (json!({"run": run, "despite_failed_checks": true}), "cut_over"),
        (json!({"run": run, "extend": "0s"}), "14d"),
        (json!({"drill": "orders"}), "emergency"),
    ];
    for (event, word) in table {
        match recovery_event(&event) {
            // A drill's request is none of ours; whatever its words, it is refused.
            Err(mistakes) => assert!(mistakes.to_string().contains(word) || word == "emergency", "{event}: {mistakes}"),
            Ok(read) => panic!("{event} was read as {read:?}"),
        }
    }
}

#[test]
fn a_schedule_is_a_tick_and_nothing_else() {
    let event = json!({
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "123456789012",
        "time": "2026-11-22T18:01:00Z", "region": "eu-west-1", "resources": [], "detail": {}
    });
    assert!(matches!(read(&event), RecoveryEvent::Tick { .. }));
    assert!(matches!(read(&json!({"tick": true})), RecoveryEvent::Tick { .. }));
}

proptest! {
    #[test]
    fn no_request_is_more_than_refused(database in ".{0,80}", to in ".{0,80}", key in "[a-z_]{1,12}") {
        let _ = recovery_event(&json!({"database": database, "to": to}));
        let _ = recovery_event(&json!({"database": "orders", "to": "latest", key: to}));
    }
}
