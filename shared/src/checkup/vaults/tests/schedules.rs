//! Times of plans that passed without a backup.

use super::super::fixtures::*;
use crate::checkup::{Answer, Severity, World};
use crate::database::{BackupJob, BackupPlan};

const ID: &str = "backup-schedule/orders/prod";

/// Orders has one point of this time, and no job tells anything
fn with(made: &str, plans_: Vec<BackupPlan>) -> World {
    let mut world = well();
    *points(&mut world) = vec![point(ORDERS, at(made))];
    *jobs(&mut world) = Vec::new();
    *plans(&mut world) = plans_;
    world
}

fn daily(schedule: &str) -> Vec<BackupPlan> {
    vec![plan("plan-1", vec![rule("daily", schedule)])]
}

#[test]
fn a_time_counts_as_missed_when_its_job_must_have_started() {
    // It starts within one hour, and another is allowed for the lists; it is noon.
    let table = [
        ("cron(0 10 * * ? *)", "2026-11-19T10:00:00Z", Some(Severity::Medium)),
        ("cron(1 10 * * ? *)", "2026-11-19T10:01:00Z", None),
        ("cron(0 10 * * ? *)", "2026-11-20T10:00:00Z", None),
        ("cron(0 10 * * ? *)", "2026-11-20T09:59:59Z", Some(Severity::Medium)),
        ("cron(0 5 ? * SUN *)", "2026-11-15T05:00:00Z", None),
        ("cron(0 5 ? * SUN *)", "2026-11-08T05:00:00Z", Some(Severity::Medium)),
        ("cron(0 5 1 * ? *)", "2026-10-01T05:00:00Z", Some(Severity::Medium)),
        ("rate(12 hours)", "2026-11-19T22:00:00Z", None),
        ("rate(12 hours)", "2026-11-19T21:59:59Z", Some(Severity::Medium)),
        ("cron(0 5 15W * ? *)", "2026-11-20T05:00:00Z", Some(Severity::Unjudged)),
        ("cron(0 5 * * ? 2030)", "2026-11-01T05:00:00Z", None),
    ];
    for (schedule, made, wanted) in table {
        assert_eq!(severity(&with(made, daily(schedule)), ID), wanted, "{schedule}, newest of {made}");
    }
}

#[test]
fn a_missed_time_is_told_with_its_plan_and_measured_in_hours() {
    let finding = found(&with("2026-11-19T05:00:00Z", daily("cron(0 5 * * ? *)")), ID);
    assert_eq!(
        finding.title,
        "no backup of orders was made in vault prod since its schedule was due at 2026-11-20 05:00:00 UTC"
    );
    assert_eq!(finding.evidence[0], "plan the plan-1 (plan-1), rule daily: cron(0 5 * * ? *) in UTC");
    assert_eq!(finding.measure, Some(7.0));
    assert_eq!(finding.mend.command[3..5], ["--backup-plan-id", "plan-1"]);
}

#[test]
fn a_schedule_is_read_in_its_zone_and_with_its_start_window() {
    let mut plans_ = daily("cron(0 3 * * ? *)");
    plans_[0].rules[0].timezone = Some("Asia/Tokyo".to_owned());
    assert_eq!(severity(&with("2026-11-19T18:00:00Z", plans_.clone()), ID), None);
    assert_eq!(severity(&with("2026-11-19T17:59:59Z", plans_.clone()), ID), Some(Severity::Medium));
    plans_[0].rules[0].timezone = Some("Mars/Olympus".to_owned());
    let open = found(&with("2026-11-19T18:00:00Z", plans_), ID);
    assert_eq!((open.severity, open.evidence[0].contains("Mars/Olympus")), (Severity::Unjudged, true));
    let mut patient = daily("cron(0 5 * * ? *)");
    patient[0].rules[0].start_within_minutes = None;
    assert_eq!(severity(&with("2026-11-19T05:00:00Z", patient), ID), None, "AWS gives a job eight hours to start");
}

#[test]
fn a_job_of_any_state_is_a_schedule_that_ran() {
    for state in ["RUNNING", "FAILED", "CREATED"] {
        let mut world = with("2026-11-19T05:00:00Z", daily("cron(0 5 * * ? *)"));
        *jobs(&mut world) = vec![failed("a", at("2026-11-20T05:00:00Z"), state)];
        assert_eq!(severity(&world, ID), None, "{state}");
    }
}

#[test]
fn without_a_job_that_names_the_plan_every_plan_that_may_be_meant_has_to_be_late() {
    let monthly = plan("plan-2", vec![rule("monthly", "cron(0 5 1 * ? *)")]);
    let both = || [daily("cron(0 5 * * ? *)"), vec![monthly.clone()]].concat();
    let mut world = with("2026-11-01T05:00:00Z", both());
    assert_eq!(severity(&world, ID), None, "it may be one of the monthly plan");
    *jobs(&mut world) = vec![job("a", at("2026-11-01T05:00:00Z"))];
    assert_eq!(severity(&world, ID), Some(Severity::Medium), "its job was begun by the daily plan");
    home(&mut world).jobs = Some(Err(denied()));
    assert_eq!(severity(&world, ID), Some(Severity::Unjudged), "a job might have told which plan it is");
    assert_eq!(severity(&with("2026-10-01T05:00:00Z", both()), ID), Some(Severity::Medium), "late for both");
}

#[test]
fn one_rule_of_a_plan_that_is_late_is_enough() {
    let rules = vec![rule("monthly", "cron(0 5 1 * ? *)"), rule("daily", "cron(0 5 * * ? *)")];
    let finding = found(&with("2026-11-18T05:00:00Z", vec![plan("plan-1", rules)]), ID);
    assert!(finding.evidence[0].contains("rule daily"), "{finding:?}");
}

#[test]
fn rules_of_other_vaults_and_databases_without_any_point_are_not_judged() {
    let mut elsewhere = daily("cron(0 5 * * ? *)");
    elsewhere[0].rules[0].vault = "scratch".to_owned();
    assert_eq!(answer(&with("2026-11-01T05:00:00Z", elsewhere), ID), Some(Answer::Fine));
    let mut none = with("2026-11-01T05:00:00Z", daily("cron(0 5 * * ? *)"));
    points(&mut none).clear();
    assert!(matches!(answer(&none, ID), Some(Answer::Silent(_))));
    let of_hand = BackupJob { plan: None, ..job("a", at("2026-11-01T05:00:00Z")) };
    let mut by_hand = with("2026-11-01T05:00:00Z", daily("cron(0 5 * * ? *)"));
    *jobs(&mut by_hand) = vec![of_hand];
    assert_eq!(severity(&by_hand, ID), Some(Severity::Medium));
}

#[test]
fn a_rule_for_continuous_backups_makes_no_new_point_at_its_times() {
    let mut continuous = daily("cron(0 5 * * ? *)");
    continuous[0].rules[0].continuous = true;
    assert_eq!(severity(&with("2026-11-01T05:00:00Z", continuous), ID), None);
}

#[test]
fn a_job_whose_vault_is_not_known_does_not_prove_that_this_one_was_written_to() {
    let mut world = with("2026-11-19T05:00:00Z", daily("cron(0 5 * * ? *)"));
    *jobs(&mut world) = vec![BackupJob { vault: None, ..job("a", at("2026-11-20T05:00:00Z")) }];
    assert_eq!(severity(&world, ID), Some(Severity::Medium));
}
