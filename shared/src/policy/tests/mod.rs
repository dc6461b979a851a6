//! Situations of whole policies.

mod asked;
mod corrupted;
mod jobs;
mod live;
mod refused;

use jiff::civil::time;

use super::*;
use crate::database::Capacity;

/// A policy with everything a policy can say
pub(super) const EXAMPLE: &str = include_str!("../example.json");

/// The mistakes of a text, one per line; empty when it is accepted
pub(super) fn mistakes(text: &str) -> Vec<String> {
    Policy::parse(text)
        .map_or_else(|mistakes| mistakes.to_string().lines().map(str::to_owned).collect(), |_| Vec::new())
}

/// A policy with one database of these further keys
pub(super) fn one(kind: &str, rest: &str) -> String {
    let comma = if rest.is_empty() { "" } else { "," };
    format!(r#"{{"version": 1, "databases": {{"a": {{"kind": "{kind}", "identifier": "prod-a"{comma} {rest}}}}}}}"#)
}

#[test]
fn the_example_of_the_design_is_read_whole() {
    let policy = Policy::parse(EXAMPLE).unwrap();
    assert_eq!(policy.timezone, "Asia/Tokyo");
    assert_eq!(policy.protected(), BTreeSet::from(["prod-orders".to_owned()]));
    let orders = policy.database("orders").unwrap();
    assert_eq!(orders.kind, Kind::Aurora);
    assert_eq!(orders.backups.recovery_points, [RecoveryPoints { vault: "prod".to_owned(), newest_hours: 26 }]);
    assert_eq!(orders.sandbox.acu, Some(Capacity { min: 0.5, max: 1.0 }));
    assert_eq!(orders.sandbox.login, Some(Login { method: Method::ManagedSecret, database: "app".to_owned() }));
    assert_eq!(orders.checks.len(), 7);
    assert_eq!(orders.drill("dr-yearly").unwrap().region.as_deref(), Some("us-west-2"));
    assert_eq!(orders.drill("weekly").unwrap().restore_lag.unwrap().as_secs(), 3600);
    assert_eq!(orders.snapshots.as_ref().unwrap().copy_to.as_ref().unwrap().keep_last, 2);
    let (job, etl) = policy.jobs.first().unwrap();
    assert_eq!((job.as_str(), etl.start_by), ("daily-etl", Some(time(7, 30, 0, 0))));
    assert_eq!(
        (etl.checks.len(), etl.on_failure, etl.keep_backups.map(|keep| keep.last)),
        (2, OnFailure::Restore, Some(5))
    );
    assert_eq!(policy.cleanup, Cleanup { grace_days: 2, ..Cleanup::default() });
    assert!(policy.checkup.remediate.retention && !policy.checkup.remediate.deletion_protection);
    assert_eq!(policy.checkup.prices.aurora_backup, Some(0.023));
    assert_eq!(policy.checkup.accept.len(), 1);
}

#[test]
fn the_first_drill_is_the_one_written_first_whatever_the_alphabet_says() {
    let policy = Policy::parse(&one("rds", r#""drills": {"zebra": {}, "weekly": {}, "abc": {}}"#)).unwrap();
    let names: Vec<&str> = policy.database("a").unwrap().drills.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["zebra", "weekly", "abc"]);
}

#[test]
fn what_is_left_out_has_its_default() {
    let policy = Policy::parse(&one("rds", r#""drills": {"weekly": {}}"#)).unwrap();
    assert_eq!((policy.timezone.as_str(), policy.zone()), ("UTC", TimeZone::UTC));
    assert_eq!(policy.cleanup, Cleanup { dry_run: true, grace_days: 1, max_deletions: 20 });
    let database = policy.database("a").unwrap();
    assert_eq!((database.sandbox.deadline_minutes(), database.sandbox.expires_hours()), (120, 24));
    assert_eq!(database.backups, Backups::default());
    assert_eq!(database.snapshots, None);
    assert_eq!(database.drill("weekly").unwrap().source, Source::PointInTime);
}

#[test]
fn null_is_left_out_even_under_keys_of_another_kind_of_check() {
    let check =
        r#"{"kind": "row_count", "table": "t", "at_least": 1, "at_most": null, "column": null, "within": null}"#;
    let text = one(
        "rds",
        &format!(r#""checks": [{check}], "drills": {{"weekly": {{"region": null}}, "off": null}}, "backups": null"#),
    );
    let policy = Policy::parse(&text).unwrap();
    let database = policy.database("a").unwrap();
    assert_eq!(database.checks, [Check::RowCount { table: "t".to_owned(), at_least: Some(1), at_most: None }]);
    assert_eq!(database.drills.len(), 1);
}

#[test]
fn a_drill_changes_only_what_its_sandbox_names() {
    let base = Sandbox { subnet_group: Some("private".to_owned()), deadline_minutes: Some(60), ..Sandbox::default() };
    let change = Sandbox { subnet_group: Some("dr".to_owned()), ..Sandbox::default() };
    let changed = base.changed_by(&change);
    assert_eq!(changed, Sandbox { subnet_group: Some("dr".to_owned()), ..base.clone() });
    assert_eq!(base.changed_by(&Sandbox::default()), base);
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"{"version": 2, "timezone": "Asia/Tokio", "databases": {
        "Orders_DB": {"kind": "auroa", "identifer": "prod-orders", "backups": {"retention_days": 45}},
        "billing": {"kind": "rds", "identifier": "prod--billing", "checks": [{"kind": "row_count", "table": "t", "at_leest": 1}],
                    "drills": {"weekly": {"source": "latest-snapshot", "max_age_days": "8"}}}},
        "cleanup": {"dry_run": "no"}}"#;
    insta::assert_snapshot!(mistakes(text).join("\n"));
}
