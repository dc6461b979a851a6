use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_backup::operation::describe_restore_job::DescribeRestoreJobOutput;
use aws_sdk_backup::operation::get_recovery_point_restore_metadata::GetRecoveryPointRestoreMetadataOutput;
use aws_sdk_backup::operation::list_recovery_points_by_backup_vault::ListRecoveryPointsByBackupVaultOutput;
use aws_sdk_backup::operation::start_restore_job::{StartRestoreJobInput, StartRestoreJobOutput};
use aws_sdk_backup::types::{RecoveryPointStatus, RestoreJobStatus};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;

use super::*;
use crate::aws::testing::{Seen, wire};

const POINT: &str = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:awsbackup:job-1";
const ORDERS: &str = "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders";
const RUN_ID: &str = "drill-orders-quarterly-202611221800";

fn vaults(rules: &[&Rule]) -> BackupVaults {
    BackupVaults::of(mock_client!(aws_sdk_backup, RuleMode::MatchAny, rules))
}

/// An error as AWS Backup writes it
fn backup_error(status: u16, code: &str) -> HttpResponse {
    let mut answer = wire(status, r#"{"Message":"said AWS"}"#);
    answer.headers_mut().insert("x-amzn-errortype", code.to_owned());
    answer
}

fn point(arn: &str) -> RecoveryPointByBackupVault {
    RecoveryPointByBackupVault::builder().recovery_point_arn(arn).build()
}

fn act() -> StartRestoreJob {
    let metadata = [("DBClusterIdentifier", RUN_ID), ("EngineVersion", "16.4"), ("vpcSecurityGroupIds", "[\"sg-1\"]")];
    StartRestoreJob {
        identifier: RUN_ID.to_owned(),
        recovery_point: POINT.to_owned(),
        role: "arn:aws:iam::123456789012:role/restores".to_owned(),
        resource_type: "Aurora".to_owned(),
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        token: RUN_ID.to_owned(),
    }
}

#[tokio::test]
async fn points_are_asked_for_by_vault_and_database_and_come_as_they_are() {
    let seen = Seen::new();
    let rule = mock!(Client::list_recovery_points_by_backup_vault).match_requests(seen.all()).then_output(|| {
        let full = RecoveryPointByBackupVault::builder()
            .recovery_point_arn(POINT)
            .backup_vault_name("prod")
            .resource_arn(ORDERS)
            .resource_type("Aurora")
            .status(RecoveryPointStatus::from("REHYDRATING"))
            .creation_date(DateTime::from_secs(1_795_366_800))
            .backup_size_in_bytes(7)
            .encryption_key_arn("arn:aws:kms:ap-northeast-1:123456789012:key/1");
        let nameless = RecoveryPointByBackupVault::builder().backup_vault_name("prod").build();
        let points = vec![full.build(), nameless, point("arn:bare")];
        ListRecoveryPointsByBackupVaultOutput::builder().set_recovery_points(Some(points)).build()
    });
    let found = vaults(&[&rule]).recovery_points("prod", ORDERS).await.unwrap();
    let full = RecoveryPoint {
        arn: POINT.to_owned(),
        vault: "prod".to_owned(),
        resource_arn: ORDERS.to_owned(),
        resource_type: "Aurora".to_owned(),
        status: "REHYDRATING".to_owned(),
        created_at: "2026-11-22T17:00:00Z".parse().ok(),
        bytes: Some(7),
        kms_key: Some("arn:aws:kms:ap-northeast-1:123456789012:key/1".to_owned()),
    };
    let bare = RecoveryPoint {
        arn: "arn:bare".to_owned(),
        vault: "prod".to_owned(),
        resource_arn: String::new(),
        resource_type: String::new(),
        status: String::new(),
        created_at: None,
        bytes: None,
        kms_key: None,
    };
    assert_eq!(found, [full, bare]);
    let asked = seen.only();
    assert_eq!((asked.backup_vault_name(), asked.by_resource_arn()), (Some("prod"), Some(ORDERS)));
    assert_eq!((asked.max_results(), asked.by_resource_type()), (Some(1000), None));
}

#[tokio::test]
async fn all_points_means_all_pages() {
    let rule = mock!(Client::list_recovery_points_by_backup_vault).then_compute_output(|asked| {
        let (arn, next) = match asked.next_token() {
            None => ("arn:1", Some("2")),
            Some("2") => ("arn:2", Some("3")),
            _ => ("arn:3", None),
        };
        let page = ListRecoveryPointsByBackupVaultOutput::builder().recovery_points(point(arn));
        page.set_next_token(next.map(str::to_owned)).build()
    });
    let found = vaults(&[&rule]).recovery_points("prod", ORDERS).await.unwrap();
    let arns: Vec<&str> = found.iter().map(|point| point.arn.as_str()).collect();
    assert_eq!((arns, rule.num_calls()), (vec!["arn:1", "arn:2", "arn:3"], 3));
}

#[tokio::test]
async fn points_without_end_are_an_error_and_no_short_list() {
    let page = AtomicUsize::new(0);
    let rule = mock!(Client::list_recovery_points_by_backup_vault).then_compute_output(move |_| {
        let next = page.fetch_add(1, Ordering::Relaxed).to_string();
        ListRecoveryPointsByBackupVaultOutput::builder().recovery_points(point("arn:1")).next_token(next).build()
    });
    let fault = vaults(&[&rule]).recovery_points("prod", ORDERS).await.unwrap_err();
    assert_eq!((fault.code.as_str(), rule.num_calls()), ("TooMany", 51));
    assert!(fault.message.contains("50 pages of 1000"), "{fault}");
}

#[tokio::test]
async fn a_vault_that_is_not_there_is_no_empty_vault() {
    for (status, code, class) in [
        (400, "ResourceNotFoundException", Class::NotFound),
        (403, "AccessDeniedException", Class::Permission),
        (400, "InvalidParameterValueException", Class::Configuration),
    ] {
        let rule =
            mock!(Client::list_recovery_points_by_backup_vault).then_http_response(move || backup_error(status, code));
        let fault = vaults(&[&rule]).recovery_points("prod", ORDERS).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.resource.as_str()), (class, code, "prod"));
    }
}

#[tokio::test]
async fn metadata_keep_the_case_of_their_keys() {
    let seen = Seen::new();
    let rule = mock!(Client::get_recovery_point_restore_metadata).match_requests(seen.all()).then_output(|| {
        GetRecoveryPointRestoreMetadataOutput::builder()
            .restore_metadata("EngineVersion", "16.4")
            .restore_metadata("dbClusterIdentifier", "prod-orders")
            .build()
    });
    let metadata = vaults(&[&rule]).restore_metadata("prod", POINT).await.unwrap();
    let pairs: Vec<_> = metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("EngineVersion", "16.4"), ("dbClusterIdentifier", "prod-orders")]);
    let asked = seen.only();
    assert_eq!((asked.backup_vault_name(), asked.recovery_point_arn()), (Some("prod"), Some(POINT)));
}

#[tokio::test]
async fn an_answer_without_metadata_or_without_a_job_is_incomplete() {
    let metadata = mock!(Client::get_recovery_point_restore_metadata)
        .then_output(|| GetRecoveryPointRestoreMetadataOutput::builder().build());
    let fault = vaults(&[&metadata]).restore_metadata("prod", POINT).await.unwrap_err();
    assert_eq!((fault.class, fault.resource.as_str()), (Class::Unknown, POINT));
    // A job may have been started: only looking can tell.
    let start = mock!(Client::start_restore_job).then_output(|| StartRestoreJobOutput::builder().build());
    let fault = vaults(&[&start]).restore(&act()).await.unwrap_err();
    assert_eq!((fault.class, fault.resource.as_str()), (Class::Unknown, RUN_ID));
}

#[tokio::test]
async fn a_restore_says_everything_and_copies_no_tags() {
    let seen = Seen::new();
    let rule = mock!(Client::start_restore_job)
        .match_requests(seen.all())
        .then_output(|| StartRestoreJobOutput::builder().restore_job_id("job-1").build());
    assert_eq!(vaults(&[&rule]).restore(&act()).await.unwrap(), "job-1");
    let wanted = StartRestoreJobInput::builder()
        .recovery_point_arn(POINT)
        .iam_role_arn("arn:aws:iam::123456789012:role/restores")
        .resource_type("Aurora")
        .idempotency_token(RUN_ID)
        .metadata("DBClusterIdentifier", RUN_ID)
        .metadata("EngineVersion", "16.4")
        .metadata("vpcSecurityGroupIds", "[\"sg-1\"]")
        .copy_source_tags_to_restored_resource(false);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning_and_a_lost_point_is_a_lost_backup() {
    let table = [
        (400, "ResourceNotFoundException", Class::Backup),
        (400, "InvalidParameterValueException", Class::Configuration),
        (400, "MissingParameterValueException", Class::Configuration),
        (400, "InvalidRequestException", Class::Configuration),
        (403, "AccessDeniedException", Class::Permission),
        (400, "LimitExceededException", Class::Quota),
        (400, "ThrottlingException", Class::Transient),
        (503, "ThrottlingException", Class::Transient),
        // The job may have been started before the server broke, and its copy has no tags to be found by.
        (500, "ServiceUnavailableException", Class::Unknown),
        (502, "InternalFailure", Class::Unknown),
    ];
    for (status, code, class) in table {
        let rule = mock!(Client::start_restore_job).then_http_response(move || backup_error(status, code));
        let fault = vaults(&[&rule]).restore(&act()).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "backup:StartRestoreJob"), "{fault}");
        assert_eq!((fault.code.as_str(), fault.resource.as_str()), (code, RUN_ID));
    }
    let rule = mock!(Client::get_recovery_point_restore_metadata)
        .then_http_response(|| backup_error(400, "ResourceNotFoundException"));
    assert_eq!(vaults(&[&rule]).restore_metadata("prod", POINT).await.unwrap_err().class, Class::Backup);
}

mod jobs;
