//! What reaches `backup-check`, as it arrives.

use super::*;

/// What a file of `events/backup-check` must become
enum Means {
    Tick(&'static str),
    Check(Option<&'static str>),
    Rung(&'static str, &'static [&'static str]),
    Refused(&'static [&'static str]),
}

fn means(file: &str) -> Option<Means> {
    use Means::{Check, Refused, Rung, Tick};
    const LEDGER: &[&str] = &["prod-ledger", "arn:aws:rds:ap-northeast-1:123456789012:db:prod-ledger"];
    const ORDERS: &str = "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders";
    Some(match file {
        "tick-empty" | "tick-by-hand" => Tick("asked to look"),
        "tick-scheduled-event" => Tick("aws.events: Scheduled Event"),
        "tick-scheduler-without-input" => Tick("aws.scheduler: Scheduled Event"),
        "check-one" | "check-with-nulls" => Check(Some("orders")),
        "check-all" => Check(None),
        "ring-rds-instance-failure-0031" => Rung("aws.rds: RDS DB Instance Event RDS-EVENT-0031", LEDGER),
        "ring-rds-instance-key-0418" => Rung("aws.rds: RDS DB Instance Event RDS-EVENT-0418", LEDGER),
        "ring-rds-cluster-deleted-0171" => {
            Rung("aws.rds: RDS DB Cluster Event RDS-EVENT-0171", &["prod-orders", ORDERS])
        }
        "ring-backup-job-failed" => Rung(
            "aws.backup: Backup Job State Change FAILED",
            &[
                "arn:aws:service:us-west-2:1112233445566:resource-type/resource-id",
                "9ab3e749-82c6-4342-9320-5edbf4918b86",
                "arn:aws:backup:us-west-2:1112233445566:backup-vault:9ab3e749-82c6-4342-9320-5edbf4918b86",
            ],
        ),
        "ring-backup-job-partial" => Rung(
            "aws.backup: Backup Job State Change PARTIAL",
            &[
                ORDERS,
                "9ab3e749-82c6-4342-9320-5edbf4918b86",
                "arn:aws:backup:us-west-2:1112233445566:backup-vault:9ab3e749-82c6-4342-9320-5edbf4918b86",
            ],
        ),
        "ring-backup-job-aborted" => Rung("aws.backup: Backup Job State Change ABORTED", &[]),
        "ring-backup-job-expired" => Rung("aws.backup: Backup Job State Change EXPIRED", &[]),
        "ring-backup-copy-job-failed" => Rung("aws.backup: Copy Job State Change FAILED", &[]),
        "quiet-copy-job-running" => Rung("aws.backup: Copy Job State Change RUNNING", &[]),
        "ring-restore-job-failed" => {
            Rung("aws.backup: Restore Job State Change FAILED", &["arn:aws:ec2:us-west-2::image/ami-12b3456dfb7f8cf90"])
        }
        "ring-restore-recovery-point-partial" => Rung("aws.backup: Recovery Point State Change PARTIAL", &[]),
        // No rule delivers these. One that does only has the function look.
        "quiet-recovery-point-completed" => Rung("aws.backup: Recovery Point State Change COMPLETED", &[]),
        "bad-list" => Refused(&["(the whole document): is a list of 1"]),
        "bad-text" => Refused(&["(the whole document): is \"orders\""]),
        "bad-several-at-once" => Refused(&["(the whole document): has check and tick at once"]),
        "bad-unknown-key" => Refused(&["dry_run: is an unknown key"]),
        "bad-misspelt-key" => Refused(&["(the whole document): has only chek"]),
        "bad-check-not-a-text" => Refused(&["check: is 7"]),
        "bad-check-of-a-drill" => Refused(&["check: is \"orders/weekly\""]),
        "bad-tick-false" => Refused(&["tick: is false"]),
        "bad-glue-job-failed" => Refused(&["source: is \"aws.glue\""]),
        "bad-envelope-without-detail" => Refused(&["detail: is missing"]),
        "bad-envelope-detail-a-text" => Refused(&["detail: is \"{"]),
        "bad-envelope-without-source" => Refused(&["source: is missing"]),
        "bad-envelope-type-not-a-text" => Refused(&["detail-type: is a list of 1"]),
        "bad-envelope-resources-a-text" => Refused(&["resources: is \"arn:aws:rds\""]),
        _ => return None,
    })
}

#[test]
fn every_event_of_the_folder_becomes_what_its_name_says() {
    let events = events("backup-check");
    assert!(events.len() >= 33, "{}", events.len());
    for (name, event) in &events {
        let means = means(name).unwrap_or_else(|| panic!("nobody says what {name}.json must become"));
        match (means, checkup_event(event)) {
            (Means::Tick(because), Ok(CheckupEvent::Tick { because: was })) => assert_eq!(was, because, "{name}"),
            (Means::Check(database), Ok(CheckupEvent::Check { database: was })) => {
                assert_eq!(was.as_deref(), database, "{name}");
            }
            (Means::Rung(because, about), Ok(CheckupEvent::Rung { because: was, about: named })) => {
                assert_eq!(was, because, "{name}");
                assert!(about.is_empty() || named == about, "{name}: {named:?}");
                assert!(!named.is_empty(), "{name}");
            }
            (Means::Refused(starts), Err(mistakes)) => {
                let told = mistakes.to_string();
                let lines: Vec<&str> = told.lines().collect();
                assert_eq!(lines.len(), starts.len(), "{name}: {told}");
                assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{name}: {told}");
            }
            (_, was) => panic!("{name}: {was:?}"),
        }
    }
}

#[test]
fn what_aws_left_open_or_wrote_in_another_type_is_passed_over() {
    let event = json!({"source": "aws.backup", "detail-type": "Copy Job State Change", "resources": [7, {}, "arn:a"],
        "detail": {"state": 3, "status": "FAILED", "destinationRecoveryPointArn": {}, "backupVaultName": "", "resourceArn":
        "arn:b\nc", "sourceBackupVaultArn": "arn:a", "backupSizeInBytes": "12", "percentDone": {}}});
    let wanted = CheckupEvent::Rung {
        because: "aws.backup: Copy Job State Change FAILED".to_owned(),
        about: vec!["arn:a".to_owned()],
    };
    assert_eq!(checkup_event(&event), Ok(wanted));
    let bare = json!({"source": "aws.rds", "detail-type": "RDS Something New", "detail": {}});
    assert!(matches!(checkup_event(&bare), Ok(CheckupEvent::Rung { about, .. }) if about.is_empty()));
}

#[test]
fn an_event_that_names_very_much_is_heard_to_a_bound() {
    let many: Vec<String> = (0..100).map(|n| format!("arn:{n}")).collect();
    let long = "x".repeat(5000);
    let event = json!({"source": "aws.rds", "detail-type": long, "resources": many, "detail": {"SourceArn": long}});
    let Ok(CheckupEvent::Rung { because, about }) = checkup_event(&event) else { panic!() };
    assert_eq!((because.len(), about.len()), ("aws.rds: ".len() + 80, 20));
}

#[test]
fn the_nearest_word_of_a_request_is_offered() {
    let told = |event: &Value| checkup_event(event).unwrap_err().to_string();
    assert!(told(&json!({"chek": "orders"})).ends_with("Nearest: check"));
    assert!(told(&json!({"check": "orders", "cheek": true})).ends_with("Nearest: check"));
}
