//! Every rule lets through the samples that are for it, and no others.

use lifeboat::request::{DrillEvent, RecoveryEvent, drill_event, recovery_event};
use serde_json::{Value, json};

use crate::matching::{matches, pattern, sample, sample_of, samples, samples_of};
use crate::terraform::{read, terraform};

#[test]
fn the_rule_lets_through_what_rds_says_about_drills_and_nothing_else() {
    let pattern = pattern("restore_drill.tf", "restore_drill_rds");
    let mut through = 0;
    for (name, event) in samples() {
        let wanted = name.starts_with("tick-rds-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        through += usize::from(wanted);
    }
    assert!(through >= 4, "{through} samples");
}

#[test]
fn the_rule_of_restore_tests_lets_through_what_is_a_request_and_nothing_else() {
    let pattern = pattern("restore_drill.tf", "restore_drill_tests");
    let mut through = 0;
    for (name, event) in samples() {
        let wanted = name.starts_with("validate-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        if wanted {
            assert!(matches!(drill_event(&event), Ok(DrillEvent::Validate(_))), "{name}");
            through += 1;
        }
    }
    assert!(through >= 1, "{through} samples");
}

#[test]
fn what_rings_backup_check_is_let_through_by_its_rule_and_by_no_other() {
    let rules = [
        ("ring-backup-", "backup_check_jobs"),
        ("ring-restore-", "backup_check_points"),
        ("ring-rds-", "backup_check_rds"),
    ];
    let mut through = 0;
    for (prefix, rule) in rules {
        let pattern = pattern("backup_check.tf", rule);
        for (name, event) in samples_of("backup-check") {
            let wanted = name.starts_with(prefix);
            // A malformed envelope is none that EventBridge delivers, whatever the rest of it says.
            assert!(matches(&pattern, &event) == wanted || name.starts_with("bad-envelope-"), "{name} and {rule}");
            if wanted {
                let read = lifeboat::request::checkup_event(&event);
                assert!(matches!(read, Ok(lifeboat::request::CheckupEvent::Rung { .. })), "{name}: {read:?}");
                through += 1;
            }
        }
    }
    assert!(through >= 9, "{through} samples");
}

#[test]
fn a_manual_snapshot_that_is_complete_wakes_snapshot_lifecycle_and_nothing_else_does() {
    use lifeboat::request::{LifecycleEvent, Work};
    let pattern = pattern("snapshot_lifecycle.tf", "snapshot_lifecycle_created");
    let mut through = 0;
    for (name, event) in samples_of("snapshot-lifecycle") {
        let wanted = name.starts_with("tick-rds-") && name.contains("-manual-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        if wanted {
            let read = lifeboat::request::lifecycle_event(&event);
            let copies = matches!(read, Ok(LifecycleEvent::Tick { work: Work::Copies, .. }));
            assert!(copies, "{name}: {read:?}");
            through += 1;
        }
    }
    assert_eq!(through, 2, "of a cluster and of an instance");
}

#[test]
fn the_rule_keeps_out_production_snapshots_and_other_services() {
    use lifeboat::restore::{Purpose, prefix_of};
    let pattern = pattern("restore_drill.tf", "restore_drill_rds");
    assert_eq!(pattern["detail"]["SourceIdentifier"], json!([{"prefix": prefix_of(Purpose::Drill)}]));
    let drill = sample("tick-rds-cluster-created-0170.json");
    assert!(matches(&pattern, &drill));
    let table = [
        ("/detail/SourceIdentifier", json!("prod-orders")),
        ("/detail/SourceIdentifier", json!("prod-drill-orders")),
        ("/detail/SourceIdentifier", json!("drills")),
        ("/detail/SourceIdentifier", json!(7)),
        ("/detail-type", json!("RDS DB Cluster Snapshot Event")),
        ("/source", json!("aws.backup")),
        ("/detail", json!({})),
    ];
    for (place, value) in table {
        let mut event = drill.clone();
        *event.pointer_mut(place).unwrap() = value.clone();
        assert!(!matches(&pattern, &event), "{place} = {value}");
    }
}

#[test]
fn what_the_rules_let_through_is_a_tick() {
    let ticks =
        ["tick-scheduled-event.json", "tick-rds-cluster-created-0170.json", "tick-rds-instance-created-0005.json"];
    for name in ticks {
        assert!(matches!(drill_event(&sample(name)), Ok(DrillEvent::Tick { .. })), "{name}");
    }
    // The tick's own rule has no pattern: its schedule sends "Scheduled Event".
    assert!(read("infra/restore_drill.tf").contains(r#"schedule_expression = "rate(1 minute)""#));
}

#[test]
fn a_schedule_sends_the_request_that_restore_drill_takes() {
    let body = terraform("restore_drill.tf");
    let schedule =
        body.blocks().find(|block| block.labels().first().is_some_and(|it| it.as_str() == "aws_scheduler_schedule"));
    let target = schedule.unwrap().body().blocks().find(|block| block.identifier() == "target").unwrap();
    let input = target.body().attributes().find(|attribute| attribute.key() == "input").unwrap();
    let written = hcl::format::to_string(input.expr()).unwrap();
    let Value::Object(sample) = sample("start-from-scheduler.json") else { panic!("an object") };
    for key in sample.keys() {
        assert!(written.contains(&format!("{key} = ")), "{key} in {written}");
    }
    assert_eq!(sample.len(), 2);
    // The placeholder's form, in which the functions know that nobody filled it in
    let unfilled = crate::matching::sample("bad-placeholder.json");
    assert!(written.contains(unfilled["scheduled_time"].as_str().unwrap()), "{written}");
}

#[test]
fn what_rds_says_about_recoveries_and_inspections_wakes_emergency_restore() {
    use lifeboat::restore::{Purpose, prefix_of};
    let pattern = pattern("emergency_restore.tf", "emergency_restore_rds");
    let prefixes = [Purpose::Recovery, Purpose::Inspection].map(|purpose| json!({"prefix": prefix_of(purpose)}));
    assert_eq!(pattern["detail"]["SourceIdentifier"], json!(prefixes));
    let mut through = 0;
    for (name, event) in samples_of("emergency-restore") {
        let wanted = name.starts_with("tick-rds-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        if wanted {
            assert!(matches!(recovery_event(&event), Ok(RecoveryEvent::Tick { .. })), "{name}");
            through += 1;
        }
    }
    assert_eq!(through, 4, "of a cluster and of instances, of recoveries and of an inspection");
}

#[test]
fn neither_production_nor_a_drill_wakes_emergency_restore() {
    let pattern = pattern("emergency_restore.tf", "emergency_restore_rds");
    let recovery = sample_of("emergency-restore", "tick-rds-cluster-created-0170.json");
    for other in ["prod-orders", "prod-recovery-orders", "recovery", "drill-orders-202611221800", "inspection-orders"] {
        let mut event = recovery.clone();
        event["detail"]["SourceIdentifier"] = json!(other);
        assert!(!matches(&pattern, &event), "{other}");
    }
    // What restore-drill's rule lets through, this one does not, and the other way round.
    for (name, event) in samples() {
        assert!(!matches(&pattern, &event), "{name}");
    }
    assert!(!matches(&crate::matching::pattern("restore_drill.tf", "restore_drill_rds"), &recovery));
}

#[test]
fn the_schedule_of_emergency_restore_sends_what_it_takes_for_a_tick() {
    assert!(read("infra/emergency_restore.tf").contains(r#"schedule_expression = "rate(1 minute)""#));
    for name in ["tick-scheduled-event.json", "tick-scheduler-without-input.json", "tick-by-hand.json"] {
        let event = sample_of("emergency-restore", name);
        assert!(matches!(recovery_event(&event), Ok(RecoveryEvent::Tick { .. })), "{name}");
    }
}

#[test]
fn every_kind_of_request_to_emergency_restore_has_a_sample() {
    let mut kinds: Vec<&str> = samples_of("emergency-restore")
        .iter()
        .map(|(name, event)| match (recovery_event(event), name.starts_with("bad-")) {
            (Ok(event), false) => match event {
                RecoveryEvent::Tick { .. } => "tick",
                RecoveryEvent::Windows { database: None } => "windows of all",
                RecoveryEvent::Windows { .. } => "windows of one",
                RecoveryEvent::Restore(request) if request.dry_run => "dry run",
                RecoveryEvent::Restore(request) if request.inspect_for.is_some() => "inspection",
                RecoveryEvent::Restore(_) => "recovery",
                RecoveryEvent::Status { .. } => "status",
                RecoveryEvent::CutOver(_) => "cut over",
                RecoveryEvent::UndoCutOver { .. } => "undo",
                RecoveryEvent::Extend { .. } => "extend",
            },
            (Err(_), true) => "refused",
            (read, _) => panic!("{name}: {read:?}"),
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let wanted = [
        "cut over",
        "dry run",
        "extend",
        "inspection",
        "recovery",
        "refused",
        "status",
        "tick",
        "undo",
        "windows of all",
        "windows of one",
    ];
    assert_eq!(kinds, wanted);
}
