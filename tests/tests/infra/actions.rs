//! Each role is held to exactly what its function calls.

use std::collections::BTreeSet;

use crate::adapters::{adapter, adapters};
use crate::terraform::{allowed, set, statements};

#[test]
fn restore_drill_may_do_exactly_what_its_adapters_call() {
    assert_eq!(allowed(&statements("restore_drill.tf", "restore_drill")), adapters("restore-drill"));
}

#[test]
fn backup_check_may_do_exactly_what_it_calls() {
    // It removes nothing from the bucket, so that part of the adapter stays shut.
    let unused = set(&["s3:DeleteObject"]);
    let called: BTreeSet<String> = adapters("backup-check").difference(&unused).cloned().collect();
    assert_eq!(allowed(&statements("backup_check.tf", "backup_check")), called);
}

#[test]
fn snapshot_lifecycle_may_do_exactly_what_it_calls() {
    // It looks at recovery points and at restore tests; jobs, plans and vaults are backup-check's.
    let unused = set(&[
        "s3:DeleteObject",
        "backup:DescribeBackupVault",
        "backup:ListBackupJobs",
        "backup:ListCopyJobs",
        "backup:ListBackupPlans",
        "backup:GetBackupPlan",
    ]);
    let called: BTreeSet<String> = adapters("snapshot-lifecycle").difference(&unused).cloned().collect();
    assert_eq!(allowed(&statements("snapshot_lifecycle.tf", "snapshot_lifecycle")), called);
}

#[test]
fn emergency_restore_may_do_exactly_what_it_calls() {
    // It looks at recovery points; jobs, plans and vaults are backup-check's.
    let unused = set(&[
        "backup:DescribeBackupVault",
        "backup:ListBackupJobs",
        "backup:ListCopyJobs",
        "backup:ListRestoreJobs",
        "backup:ListBackupPlans",
        "backup:GetBackupPlan",
    ]);
    // What restores a recovery point and what tells a quota before it is reached are in the role whether their adapters are in the
    // build or not: the answer has commands for them too, and whoever pastes one needs no other right than this role has.
    let asked_by_hand: BTreeSet<String> = adapter("backup").iter().map(|action| (*action).to_owned()).collect();
    let quotas = set(&["rds:DescribeAccountAttributes"]);
    let called: BTreeSet<String> =
        adapters("emergency-restore").into_iter().chain(asked_by_hand).chain(quotas).collect();
    let called: BTreeSet<String> = called.difference(&unused).cloned().collect();
    assert_eq!(allowed(&statements("emergency_restore.tf", "emergency_restore")), called);
}

#[test]
fn none_of_the_adapters_of_emergency_restore_deletes_or_stops_anything_but_its_own_open_record() {
    let verbs =
        ["Delete", "Stop", "Start", "Reboot", "Failover", "Promote", "Switchover", "Remove", "Schedule", "Disable"];
    let ends =
        |action: &&String| action.split(':').nth(1).is_some_and(|verb| verbs.iter().any(|it| verb.starts_with(it)));
    let all = adapters("emergency-restore");
    let found: Vec<&String> = all.iter().filter(ends).filter(|action| *action != "backup:StartRestoreJob").collect();
    assert_eq!(found, ["s3:DeleteObject"]);
}

#[test]
fn data_check_may_do_exactly_what_it_calls() {
    // The adapter of S3 lists and deletes too. data-check puts its answer and reads that of an earlier drill, so the rest of
    // the adapter stays shut.
    let unused = set(&["s3:DeleteObject", "s3:ListBucket"]);
    // A token is signed without a call; the database asks for this right when somebody logs in with it.
    let tokens = set(&["rds-db:connect"]);
    let called: BTreeSet<String> = adapters("data-check").difference(&unused).chain(&tokens).cloned().collect();
    assert_eq!(allowed(&statements("data_check.tf", "data_check")), called);
}

#[test]
fn the_surroundings_of_every_function_are_logs_traces_and_network() {
    let basics = set(&[
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "sqs:SendMessage",
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ]);
    assert_eq!(allowed(&statements("modules/lambda_function/main.tf", "basics")), basics);
}

#[test]
fn who_deletes_cannot_read_data_and_who_reads_data_cannot_delete() {
    let deletes = |actions: &BTreeSet<String>| actions.iter().any(|action| action.starts_with("rds:Delete"));
    let reads = |actions: &BTreeSet<String>| {
        let data = ["secretsmanager:GetSecretValue", "rds-db:", "rds-data:"];
        actions.iter().any(|action| data.iter().any(|prefix| action.starts_with(prefix)))
    };
    let drill = allowed(&statements("restore_drill.tf", "restore_drill"));
    let check = allowed(&statements("data_check.tf", "data_check"));
    assert!(deletes(&drill) && !reads(&drill));
    assert!(reads(&check) && !deletes(&check));
    let tables = allowed(&statements("table_backup.tf", "table_backup"));
    assert!(reads(&tables) && !deletes(&tables));
}
