//! What can be put back.

use std::collections::BTreeSet;

use super::*;
use crate::database::{Engine, Snapshot, SnapshotDetails, SnapshotKind, Tags, Window};

fn window(earliest: &str, latest: &str) -> Seen<Window> {
    let time = |text: &str| (!text.is_empty()).then(|| at(text));
    Seen::Present(Window { earliest: time(earliest), latest: time(latest) })
}

fn snapshot(identifier: &str, kind: SnapshotKind, status: &str, taken: &str) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:r:1:cluster-snapshot:{identifier}"),
        source: "prod-orders".to_owned(),
        kind,
        status: status.to_owned(),
        created_at: Some(at(taken)),
        engine: Engine::from("aurora-mysql"),
        engine_version: "8.0".to_owned(),
        encrypted: false,
        storage_gib: None,
        tags: Tags::default(),
        details: SnapshotDetails::default(),
    }
}

#[test]
fn the_moment_is_a_minute_before_the_run_and_inside_the_window_or_says_why_not() {
    let began = at("2026-11-20T06:00:00.700Z");
    let before = at("2026-11-20T05:59:00Z");
    let (none, nothing) = (Seen::Present(Vec::new()), Seen::Present(Vec::new()));
    let moment = |window: &Seen<Window>| moment_before(began, window, &none, &nothing);
    assert_eq!(moment(&window("2026-11-13T00:00:00Z", "2026-11-20T06:10:00Z")), Moment::Restorable { at: before });
    assert_eq!(moment(&window("", "2026-11-20T06:10:00Z")), Moment::Restorable { at: before });
    let latest = at("2026-11-20T05:55:00Z");
    assert_eq!(moment(&window("2026-11-13T00:00:00Z", "2026-11-20T05:55:00Z")), Moment::NotYet { at: before, latest });
    let Moment::TooLate { earliest, snapshot, .. } = moment(&window("2026-11-20T05:59:01Z", "2026-11-20T06:10:00Z"))
    else {
        panic!("the window begins a second later")
    };
    assert_eq!((earliest, snapshot), (Some(at("2026-11-20T05:59:01Z")), None));
    assert!(matches!(moment(&window("", "")), Moment::TooLate { earliest: None, .. }));
    assert!(matches!(moment(&Seen::Unknown("denied".to_owned())), Moment::NotKnown { .. }));
    assert!(matches!(moment(&Seen::Absent), Moment::Gone { retained: false, .. }));
}

#[test]
fn the_newest_usable_snapshot_from_before_is_named_where_the_window_does_not_reach() {
    let all = Seen::Present(vec![
        snapshot("too-new", SnapshotKind::Manual, "available", "2026-11-20T06:30:00Z"),
        snapshot("failed", SnapshotKind::Manual, "failed", "2026-11-20T05:00:00Z"),
        snapshot("awsbackup:x", SnapshotKind::AwsBackup, "available", "2026-11-20T04:00:00Z"),
        snapshot("rds:prod-orders-2", SnapshotKind::Automated, "available", "2026-11-20T03:00:00Z"),
        snapshot("older", SnapshotKind::Manual, "available", "2026-11-19T03:00:00Z"),
    ]);
    let found = moment_before(at("2026-11-20T06:00:00Z"), &window("", ""), &all, &Seen::Absent);
    let Moment::TooLate { snapshot: Some((name, taken)), .. } = found else { panic!("{found:?}") };
    assert_eq!((name.as_str(), taken), ("rds:prod-orders-2", at("2026-11-20T03:00:00Z")));
}

fn backup(id: &str, taken: &str, run: Option<&str>, tables: &[&str]) -> TableBackup {
    TableBackup {
        id: id.to_owned(),
        database: "orders".to_owned(),
        at: at(taken),
        job_run: run.map(str::to_owned),
        tables: tables.iter().map(|name| BackedUp { name: (*name).to_owned(), rows: Some(3) }).collect(),
    }
}

#[test]
fn tables_go_back_to_what_was_taken_for_the_run_or_just_before_it() {
    let runs = BTreeSet::from(["jr_1".to_owned(), "jr_1_attempt_1".to_owned()]);
    let tables = ["silver.a".to_owned(), "silver.b".to_owned(), "silver.c".to_owned()];
    let seek = Seek { runs: &runs, began: at("2026-11-20T06:00:00Z"), tables: &tables };
    let all = [
        backup("for-the-retry", "2026-11-20T06:11:00Z", Some("jr_1_attempt_1"), &["silver.a"]),
        backup("for-it", "2026-11-20T06:00:30Z", Some("jr_1"), &["silver.a"]),
        backup("for-another", "2026-11-20T05:59:00Z", Some("jr_0"), &["silver.b"]),
        backup("just-before", "2026-11-20T05:00:00Z", None, &["silver.a", "silver.b"]),
        backup("earlier", "2026-11-20T04:00:00Z", None, &["silver.b"]),
        backup("after", "2026-11-20T07:00:00Z", None, &["silver.b"]),
        backup("long-ago", "2026-11-18T05:00:00Z", None, &["silver.c"]),
    ];
    let ids: Vec<Option<String>> = of_tables(&seek, &all).into_iter().map(|(_, it)| it.map(|it| it.id)).collect();
    assert_eq!(ids, [Some("for-it".to_owned()), Some("just-before".to_owned()), None]);
}

#[test]
fn a_list_of_a_later_version_is_read_for_what_is_known() {
    let text = r#"{"version": 3, "id": "b1", "database": "orders", "at": "2026-11-20T05:00:00Z", "job_run": null, "new": {},
        "tables": [{"name": "silver.a", "rows": 7, "checksum": "x", "backup_table": "silver.lb_a"}, {"name": "silver.b"}]}"#;
    let read: TableBackup = serde_json::from_str(text).unwrap();
    assert_eq!((read.tables[0].rows, read.tables[1].rows), (Some(7), None));
    assert_eq!(backup_prefix("orders"), "tables/orders/");
}
