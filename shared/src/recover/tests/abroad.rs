//! A region that is lost: what was copied to another one is restored there.

use super::fixtures::{aurora, facts, instance, now, recovery_point, snapshot};
use crate::database::{Seen, SnapshotKind};
use crate::recover::{Facts, ReadFrom, Resolved, ask_for, backup_arn, resolve};
use crate::request::{StartRecovery, Wanted, With};

const SNAPSHOT: &str = "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:copy-of-orders";

/// The other region: no database, a copied snapshot of nine hours ago, and a copied point
fn elsewhere() -> Facts {
    let mut copied = snapshot("copy-of-orders", SnapshotKind::Manual, "2026-11-20T04:00:00Z");
    copied.arn = SNAPSHOT.to_owned();
    copied.details.copied_from =
        Some("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:rds:prod-orders-2026-11-20-02-04".to_owned());
    copied.details.original_created_at = Some("2026-11-20T02:04:11Z".parse().unwrap());
    let mut point = recovery_point("0001", "COMPLETED", "2026-11-19T03:00:00Z");
    point.arn = "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:awsbackup:copyjob-1".to_owned();
    Facts {
        living: Seen::Absent,
        snapshots: Seen::Present(vec![copied]),
        vaults: vec![("prod".to_owned(), Seen::Present(vec![point]))],
        retained: Seen::Present(Vec::new()),
        ..facts()
    }
}

fn asks(from: Wanted) -> StartRecovery {
    StartRecovery {
        database: "orders".to_owned(),
        from,
        dry_run: false,
        inspect_for: None,
        with: With::default(),
        scheduled_time: None,
    }
}

fn latest(facts: &Facts) -> Resolved {
    let wish = asks(Wanted::Time("latest".to_owned()));
    resolve(&wish, now(), &jiff::tz::TimeZone::UTC, facts, &Seen::Absent).unwrap()
}

#[test]
fn the_newest_copy_is_taken_and_told_with_its_age_and_with_what_is_not_in_it() {
    insta::assert_snapshot!(latest(&elsewhere()).told);
    let only_points = Facts { snapshots: Seen::Present(Vec::new()), ..elsewhere() };
    insta::assert_snapshot!(latest(&only_points).told);
}

#[test]
fn what_belongs_to_the_lost_region_is_asked_for_anew_and_the_rest_is_remembered() {
    let (facts, resolved) = (elsewhere(), latest(&elsewhere()));
    assert_eq!(backup_arn(&facts, &resolved.point), Some(SNAPSHOT));
    let known = crate::recover::Blueprint { read_from: ReadFrom::Record("recovery-orders-1".to_owned()), ..aurora() };
    let (abroad, notes) = known.abroad(SNAPSHOT);
    insta::assert_snapshot!(notes.join("\n"));
    insta::assert_snapshot!(ask_for(&abroad).unwrap_err().to_string());
    let with =
        With { subnet_group: Some("dr".to_owned()), security_groups: Some(vec!["sg-9".to_owned()]), ..With::default() };
    assert!(ask_for(&abroad.with(&with)).is_ok(), "classes, readers, roles and windows are known");
    assert_eq!(abroad.members.len(), 3);
    assert_eq!(abroad.settings.roles, aurora().settings.roles);
    let texts = serde_json::to_string(&(&abroad.settings, &abroad.members)).unwrap();
    for of_home in ["key/1", "eu-west-1a", "sg-1", "private"] {
        assert!(!texts.contains(of_home), "{of_home}: {texts}");
    }
}

#[test]
fn at_home_nothing_is_left_out() {
    let here = "arn:aws:rds:eu-west-1:123456789012:snapshot:one";
    for blueprint in [aurora(), instance()] {
        assert_eq!(blueprint.abroad(here), (blueprint.clone(), Vec::new()));
    }
}
