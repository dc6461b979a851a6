//! What is restored: times inside the window, and snapshots.

use super::*;
use crate::database::{Snapshot, SnapshotKind};
use crate::restore::point::PointTrouble;

fn lag(minutes: i64) -> SourceChoice {
    SourceChoice::PointInTime { lag_seconds: minutes * 60 }
}

fn chosen(choice: &SourceChoice, window: Window, snapshots: &[Snapshot]) -> Result<Point, PointTrouble> {
    choose_point(choice, "prod-orders", at(0), window, snapshots)
}

fn week() -> Window {
    Window { earliest: Some(at(-7 * 24 * 60)), latest: Some(at(-4)) }
}

fn snapshot(identifier: &str, minutes: i64, kind: SnapshotKind, status: &str) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:{identifier}"),
        source: "prod-orders".to_owned(),
        kind,
        status: status.to_owned(),
        created_at: (status != "creating").then(|| at(minutes)),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: None,
        tags: Tags::new(),
        details: crate::database::SnapshotDetails::default(),
    }
}

#[test]
fn a_time_inside_the_window_is_taken_as_it_is() {
    assert_eq!(chosen(&lag(60), week(), &[]), Ok(Point::Time { to: at(-60) }));
}

#[test]
fn a_time_that_is_not_restorable_yet_becomes_the_latest_one() {
    assert_eq!(chosen(&lag(0), week(), &[]), Ok(Point::Time { to: at(-4) }));
    assert_eq!(chosen(&lag(3), week(), &[]), Ok(Point::Time { to: at(-4) }));
}

#[test]
fn the_edges_of_the_window_belong_to_it() {
    assert_eq!(chosen(&lag(7 * 24 * 60), week(), &[]), Ok(Point::Time { to: at(-7 * 24 * 60) }));
}

#[test]
fn a_time_before_the_window_is_refused_and_the_window_is_named() {
    let refused = chosen(&lag(8 * 24 * 60), week(), &[]).unwrap_err();
    let words = "2026-11-14 18:00:00 UTC is outside the restorable window of prod-orders: \
                 2026-11-15 18:00:00 UTC to 2026-11-22 17:56:00 UTC";
    assert_eq!(refused.to_string(), words);
}

#[test]
fn no_window_is_no_backup() {
    let refused = chosen(&lag(0), Window::default(), &[]).unwrap_err();
    assert!(refused.to_string().contains("automated backups are off"), "{refused}");
}

#[test]
fn fractions_of_a_second_never_pass_the_latest_restorable_time() {
    let window = Window { latest: Some(at(-4) + SignedDuration::from_millis(700)), ..week() };
    assert_eq!(chosen(&lag(0), window, &[]), Ok(Point::Time { to: at(-4) }));
}

#[test]
fn the_newest_snapshot_that_can_be_restored_is_taken() {
    let all = [
        snapshot("old", -600, SnapshotKind::Manual, "available"),
        snapshot("rds:newest", -60, SnapshotKind::Automated, "available"),
        snapshot("awsbackup:job-1", -30, SnapshotKind::AwsBackup, "available"),
        snapshot("broken", -20, SnapshotKind::Manual, "failed"),
        snapshot("young", -10, SnapshotKind::Manual, "creating"),
    ];
    let Ok(Point::Snapshot { identifier, engine_version, .. }) = chosen(&SourceChoice::LatestSnapshot, week(), &all)
    else {
        panic!("a snapshot");
    };
    assert_eq!((identifier.as_str(), engine_version.as_str()), ("rds:newest", "16.4"));
    let named = SourceChoice::Snapshot { identifier: "old".to_owned() };
    assert_eq!(chosen(&named, week(), &all).unwrap().instant(), Some(at(-600)));
}

#[test]
fn a_snapshot_that_is_not_there_names_those_that_are() {
    let all = [snapshot("old", -600, SnapshotKind::Manual, "available")];
    let named = SourceChoice::Snapshot { identifier: "odl".to_owned() };
    let refused = chosen(&named, week(), &all).unwrap_err().to_string();
    assert_eq!(refused, "prod-orders has no available snapshot named odl to restore; available snapshots: old");
    let none = chosen(&SourceChoice::LatestSnapshot, week(), &[]).unwrap_err().to_string();
    assert!(none.ends_with("available snapshots: none"), "{none}");
}
