//! Restore tests of AWS Backup: which events are requests, and what must be in them.

use super::*;

fn sample() -> Value {
    events("restore-drill").remove("validate-backup-restore-test-completed").unwrap()
}

fn changed(key: &str, value: Value) -> Result<DrillEvent, Mistakes> {
    let mut event = sample();
    event["detail"][key] = value;
    drill_event(&event)
}

#[test]
fn a_restore_test_that_is_done_is_a_request_and_everything_else_a_tick() {
    let Ok(DrillEvent::Validate(tested)) = drill_event(&sample()) else { panic!("a request") };
    assert_eq!((tested.vault.as_str(), tested.clustered), ("ExampleVault", true));
    assert!(tested.began_at < tested.completed_at);
    let ticks = [
        ("status", json!("FAILED")),
        ("status", json!("RUNNING")),
        ("restoreTestingPlanArn", json!(null)),
        ("resourceType", json!("EBS")),
    ];
    for (key, value) in ticks {
        assert!(matches!(changed(key, value.clone()), Ok(DrillEvent::Tick { .. })), "{key} = {value}");
    }
}

#[test]
fn a_restore_test_is_read_strictly() {
    let table = [
        ("restoreJobId", json!("../runs")),
        ("restoreJobId", json!(7)),
        ("restoreTestingPlanArn", json!("weekly")),
        ("recoveryPointArn", json!({})),
        ("backupVaultArn", json!("prod")),
        ("sourceResourceArn", json!("arn:aws:ec2:us-west-2:111122223333:volume:vol-1")),
        ("createdResourceArn", json!(null)),
        ("completionDate", json!("Jul 15, 2020 9:39:07 PM")),
    ];
    for (key, value) in table {
        let told = changed(key, value.clone()).unwrap_err().to_string();
        assert!(told.starts_with(&format!("detail.{key}: ")) && told.lines().count() == 1, "{key} = {value}: {told}");
    }
    let elsewhere = [
        "arn:aws:rds:eu-west-1:111122223333:cluster:a",
        "arn:aws:rds:us-west-2:999999999999:cluster:a",
        "arn:aws:rds:us-west-2:111122223333:db:a",
    ];
    for arn in elsewhere {
        assert!(changed("createdResourceArn", json!(arn)).is_err(), "{arn}");
    }
    let Ok(DrillEvent::Validate(tested)) = changed("creationDate", json!("2099-01-01T00:00:00Z")) else { panic!() };
    assert_eq!(tested.began_at, tested.completed_at, "a clock that is ahead makes no negative time");
}
