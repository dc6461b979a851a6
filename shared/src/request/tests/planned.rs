//! The runs that requests come to.

use super::*;
use crate::database::{Capacity, Kind};
use crate::policy::Policy;
use crate::restore::{SourceChoice, drill_id};
use crate::verify::{Check, Login, with_defaults};

const POLICY: &str = r#"{"version": 1, "timezone": "Asia/Tokyo", "databases": {
    "orders": {"kind": "aurora", "identifier": "Prod-Orders", "backups": {"restore_lag_minutes": 15,
            "recovery_points": [{"vault": "prod", "newest_hours": 26}, {"vault": "vaulted", "newest_hours": 50}]},
        "sandbox": {"subnet_group": "private", "security_groups": ["sg-1"], "acu": [0.5, 1],
                    "login": {"method": "managed_secret", "database": "app"}, "deadline_minutes": 90},
        "checks": [{"kind": "tables", "at_least": 81}],
        "drills": {"weekly": {"restore_lag": "1h"}, "quarterly": {"source": "latest_snapshot", "sandbox":
                       {"subnet_group": "dr", "login": {"method": "iam", "user": "checker", "database": "app2"}, "deadline_minutes": 300}},
                   "vault": {"source": "recovery_point"}, "abroad": {"source": "latest_snapshot", "region": "us-west-2", "sandbox": {"restore_role": "arn:aws:iam::123456789012:role/r"}}}},
    "billing": {"kind": "rds", "identifier": "prod-billing", "drills": {"monthly": {}}},
    "archive": {"kind": "rds", "identifier": "prod-archive"}}}"#;

fn planned_for(event: &Value) -> Result<Plans, Mistakes> {
    let DrillEvent::Start(start) = drill_event(event).unwrap() else { panic!("{event} is a tick") };
    plans(&Policy::parse(POLICY).unwrap(), &start)
}

fn only(event: &Value) -> Planned {
    let plans = planned_for(event).unwrap();
    assert!(plans.refused.is_empty());
    assert_eq!(plans.ready.len(), 1);
    plans.ready.into_iter().next().unwrap()
}

fn told(event: &Value) -> String {
    planned_for(event).unwrap_err().to_string()
}

#[test]
fn a_database_alone_means_its_first_drill_whose_runs_carry_no_drill_name() {
    let Planned { plan, run_name } = only(&json!({"drill": "orders"}));
    assert_eq!((plan.drill.as_deref(), run_name.as_deref()), (Some("weekly"), None));
    assert_eq!(plan.identifier, "prod-orders");
    assert_eq!(plan.source, SourceChoice::PointInTime { lag_seconds: 3600 });
    assert_eq!(plan.connect_to.as_deref(), Some("app"));
    assert_eq!(plan.login, Login::ManagedSecret { secret_arn: None });
    assert_eq!(plan.sandbox.capacity, Some(Capacity { min: 0.5, max: 1.0 }));
    assert_eq!((plan.deadline_minutes, plan.expires_hours), (90, 24));
    assert_eq!((plan.timezone.as_str(), plan.restore_lag_minutes), ("Asia/Tokyo", Some(15)));
    assert!(!plan.checks_are_implicit);
    let damage = Check::Damage { except: Vec::new() };
    assert_eq!((plan.checks.len(), plan.checks.last()), (2, Some(&damage)), "damage is always looked for");
    assert_eq!(only(&json!({"drill": "orders/weekly"})), Planned { plan, run_name });
}

#[test]
fn another_drill_carries_its_name_and_what_it_changes() {
    let Planned { plan, run_name } = only(&json!({"drill": "orders/quarterly"}));
    assert_eq!(run_name.as_deref(), Some("quarterly"));
    let scheduled = "2026-11-22T18:00:00Z".parse().unwrap();
    assert_eq!(drill_id(&plan.database, run_name.as_deref(), scheduled), "drill-orders-quarterly-202611221800");
    assert_eq!(plan.source, SourceChoice::LatestSnapshot);
    assert_eq!(plan.sandbox.subnet_group.as_deref(), Some("dr"));
    assert_eq!(plan.sandbox.security_groups, ["sg-1"]);
    assert_eq!(plan.login, Login::Iam { user: "checker".to_owned() });
    assert_eq!((plan.connect_to.as_deref(), plan.deadline_minutes), (Some("app2"), 300));
}

#[test]
fn a_request_may_choose_another_backup() {
    let source = |event: &Value| only(event).plan.source;
    assert_eq!(source(&json!({"drill": "orders", "source": "latest_snapshot"})), SourceChoice::LatestSnapshot);
    let named = SourceChoice::Snapshot { identifier: "pre-42".to_owned() };
    assert_eq!(source(&json!({"drill": "orders", "snapshot": "pre-42"})), named);
    let now = SourceChoice::PointInTime { lag_seconds: 0 };
    assert_eq!(source(&json!({"drill": "orders/quarterly", "source": "point_in_time"})), now);
    assert_eq!(source(&json!({"drill": "orders/vault", "source": "point_in_time"})), now);
}

#[test]
fn a_database_without_checks_or_login_gets_the_implicit_ones() {
    let plan = only(&json!({"drill": "billing"})).plan;
    assert_eq!((plan.kind, plan.connect_to.as_deref()), (Kind::Rds, None));
    assert_eq!(plan.login, Login::ManagedSecret { secret_arn: None });
    assert_eq!((plan.checks, plan.checks_are_implicit), (with_defaults(&[]), true));
    assert_eq!(plan.source, SourceChoice::PointInTime { lag_seconds: 0 });
}

#[test]
fn a_star_starts_what_can_be_started_and_tells_of_the_rest() {
    let names =
        |plans: &Plans| -> Vec<String> { plans.ready.iter().map(|planned| planned.plan.database.clone()).collect() };
    let plans = planned_for(&json!({"drill": "*"})).unwrap();
    assert_eq!((names(&plans), plans.refused.is_empty()), (vec!["orders".to_owned(), "billing".to_owned()], true));
    let plans = planned_for(&json!({"drill": "*", "source": "recovery_point"})).unwrap();
    assert_eq!(names(&plans), ["orders"]);
    let refused = plans.refused.to_string();
    assert!(refused.starts_with("source: is recovery_point for billing/monthly"), "{refused}");
    assert_eq!(refused.lines().count(), 1);
}

#[test]
fn a_recovery_point_is_looked_for_in_every_vault_of_the_policy() {
    let vaults = || vec!["prod".to_owned(), "vaulted".to_owned()];
    let source = |event: &Value| only(event).plan.source;
    assert_eq!(source(&json!({"drill": "orders/vault"})), SourceChoice::RecoveryPoint { vaults: vaults() });
    let asked = source(&json!({"drill": "orders", "source": "recovery_point"}));
    assert_eq!(asked, SourceChoice::RecoveryPoint { vaults: vaults() });
}

#[test]
fn a_drill_in_another_region_keeps_the_region_and_its_role() {
    let Planned { plan, run_name } = only(&json!({"drill": "orders/abroad"}));
    assert_eq!((plan.region.as_deref(), run_name.as_deref()), (Some("us-west-2"), Some("abroad")));
    assert_eq!(plan.sandbox.restore_role.as_deref(), Some("arn:aws:iam::123456789012:role/r"));
    assert_eq!(plan.source, SourceChoice::LatestSnapshot);
    assert_eq!(only(&json!({"drill": "orders"})).plan.region, None);
}

#[test]
fn names_that_are_not_there_are_answered_with_those_that_are() {
    let table = [
        (
            "order",
            "drill: names the database \"order\". Allowed: a database of the policy: orders, billing, archive. Nearest: orders",
        ),
        (
            "order/weekly",
            "drill: names the database \"order\". Allowed: a database of the policy: orders, billing, archive. Nearest: orders/weekly",
        ),
        (
            "orders/weakly",
            "drill: names the drill \"weakly\" of orders. Allowed: a drill of orders: weekly, quarterly, vault, abroad. Nearest: orders/weekly",
        ),
        ("archive", "drill: names archive. Allowed: a database with drills; archive has none in the policy"),
        (
            "archive/weekly",
            "drill: names the drill \"weekly\" of archive. Allowed: a database with drills; archive has none in the policy",
        ),
    ];
    for (drill, wanted) in table {
        assert_eq!(told(&json!({"drill": drill})), wanted);
    }
}

#[test]
fn what_cannot_be_is_said_before_anything_is_made() {
    let told_of = |drill: &str, source: &str| told(&json!({"drill": drill, "source": source}));
    let elsewhere = told_of("orders/abroad", "point_in_time");
    assert!(
        elsewhere.starts_with("source: is point_in_time for orders/abroad. Allowed: latest_snapshot"),
        "{elsewhere}"
    );
    assert!(elsewhere.contains("automated backups stay in their own region"), "{elsewhere}");
    let vaultless = told_of("billing", "recovery_point");
    assert!(vaultless.contains("a vault under the database's backups.recovery_points"), "{vaultless}");
    assert!(told(&json!({"drill": "*", "snapshot": "pre-42"})).starts_with("snapshot: is \"pre-42\""));
}
