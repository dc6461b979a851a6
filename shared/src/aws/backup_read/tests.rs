use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_backup::operation::describe_backup_vault::DescribeBackupVaultOutput;
use aws_sdk_backup::operation::get_backup_plan::GetBackupPlanOutput;
use aws_sdk_backup::operation::list_backup_jobs::ListBackupJobsOutput;
use aws_sdk_backup::operation::list_backup_plans::ListBackupPlansOutput;
use aws_sdk_backup::operation::list_copy_jobs::ListCopyJobsOutput;
use aws_sdk_backup::operation::list_recovery_points_by_backup_vault::ListRecoveryPointsByBackupVaultOutput;
use aws_sdk_backup::operation::list_restore_jobs::ListRestoreJobsOutput;
use aws_sdk_backup::types::{
    BackupJobState, BackupPlan as RawPlan, BackupPlansListMember, CalculatedLifecycle, CopyAction, CopyJobState,
    Lifecycle, RecoveryPointCreator, RecoveryPointStatus, RestoreDeletionStatus, RestoreJobCreator, RestoreJobStatus,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::*;
use crate::aws::testing::{Seen, wire};

const ORDERS: &str = "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders";

fn looks(rules: &[&Rule]) -> BackupLooks {
    BackupLooks::of(mock_client!(aws_sdk_backup, RuleMode::MatchAny, rules))
}

fn backup_error(status: u16, code: &str) -> HttpResponse {
    let mut answer = wire(status, r#"{"Message":"said AWS"}"#);
    answer.headers_mut().insert("x-amzn-errortype", code.to_owned());
    answer
}

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[tokio::test]
async fn a_vault_comes_with_its_lock() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_backup_vault).match_requests(seen.all()).then_output(|| {
        DescribeBackupVaultOutput::builder()
            .backup_vault_name("prod")
            .encryption_key_arn("arn:key")
            .locked(true)
            .lock_date(DateTime::from_secs(300))
            .min_retention_days(7)
            .max_retention_days(35)
            .build()
    });
    let vault = looks(&[&rule]).vault("prod").await.unwrap();
    let wanted = Vault {
        name: "prod".to_owned(),
        kms_key: Some("arn:key".to_owned()),
        locked: true,
        lock_date: at(300),
        min_days: Some(7),
        max_days: Some(35),
    };
    assert_eq!((vault, seen.only().backup_vault_name()), (Some(wanted), Some("prod")));
}

#[tokio::test]
async fn a_vault_that_is_denied_is_not_one_that_is_gone_and_neither_is_an_empty_one() {
    for (status, code, class) in [
        (400, "ResourceNotFoundException", Class::NotFound),
        (403, "AccessDeniedException", Class::Permission),
        (400, "InvalidParameterValueException", Class::Configuration),
    ] {
        let vault = mock!(Client::describe_backup_vault).then_http_response(move || backup_error(status, code));
        let points =
            mock!(Client::list_recovery_points_by_backup_vault).then_http_response(move || backup_error(status, code));
        let looks = looks(&[&vault, &points]);
        match looks.vault("prod").await {
            Ok(found) => assert_eq!((found, class), (None, Class::NotFound), "{code}"),
            Err(fault) => assert_eq!(fault.class, class, "{code}"),
        }
        assert_eq!(looks.points("prod").await.unwrap_err().class, class, "{code}");
    }
}

#[tokio::test]
async fn points_of_databases_are_told_and_others_left_out() {
    let rule = mock!(Client::list_recovery_points_by_backup_vault).then_compute_output(|asked| {
        assert_eq!((asked.backup_vault_name(), asked.max_results()), (Some("prod"), Some(1000)));
        let point = |arn: &str, kind: &str| {
            let lifecycle = CalculatedLifecycle::builder().delete_at(DateTime::from_secs(500)).build();
            RecoveryPointByBackupVault::builder()
                .recovery_point_arn(arn)
                .resource_arn(ORDERS)
                .resource_type(kind)
                .status(RecoveryPointStatus::Expired)
                .status_message("cannot be deleted")
                .calculated_lifecycle(lifecycle)
                .completion_date(DateTime::from_secs(200))
                .source_backup_vault_arn("arn:aws:backup:us-west-2:1:backup-vault:dr")
                .build()
        };
        let untyped = RecoveryPointByBackupVault::builder().recovery_point_arn("arn:untyped").resource_arn(ORDERS);
        let points =
            vec![point("arn:a", "Aurora"), point("arn:ebs", "EBS"), point("arn:n", "Neptune"), untyped.build()];
        let more = point("arn:d", "DocumentDB");
        match asked.next_token() {
            None => ListRecoveryPointsByBackupVaultOutput::builder().set_recovery_points(Some(points)).next_token("2"),
            Some(_) => ListRecoveryPointsByBackupVaultOutput::builder().recovery_points(more),
        }
        .build()
    });
    let points = looks(&[&rule]).points("prod").await.unwrap();
    let arns: Vec<&str> = points.iter().map(|point| point.point.arn.as_str()).collect();
    assert_eq!((arns, rule.num_calls()), (vec!["arn:a", "arn:untyped", "arn:d"], 2));
    let first = &points[0];
    assert_eq!(
        (first.message.as_deref(), first.delete_at, first.completed_at),
        (Some("cannot be deleted"), at(500), at(200))
    );
    assert_eq!(first.copied_from.as_deref(), Some("arn:aws:backup:us-west-2:1:backup-vault:dr"));
    assert_eq!((first.point.vault.as_str(), first.point.status.as_str()), ("prod", "EXPIRED"));
}

#[tokio::test]
async fn points_without_end_are_an_error() {
    let page = AtomicUsize::new(0);
    let rule = mock!(Client::list_recovery_points_by_backup_vault).then_compute_output(move |_| {
        let next = page.fetch_add(1, Ordering::Relaxed).to_string();
        ListRecoveryPointsByBackupVaultOutput::builder().next_token(next).build()
    });
    let fault = looks(&[&rule]).points("prod").await.unwrap_err();
    assert_eq!((fault.code.as_str(), rule.num_calls()), ("TooMany", 51));
}

#[tokio::test]
async fn backup_jobs_are_asked_for_by_time_and_told_in_awss_words() {
    let seen = Seen::new();
    let rule = mock!(Client::list_backup_jobs).match_requests(seen.all()).then_output(|| {
        let job = |kind: &str| {
            aws_sdk_backup::types::BackupJob::builder()
                .backup_job_id("job-1")
                .backup_vault_name("prod")
                .resource_arn(ORDERS)
                .resource_type(kind)
                .state(BackupJobState::Expired)
                .status_message("did not start in time")
                .created_by(RecoveryPointCreator::builder().backup_plan_id("plan-1").build())
                .creation_date(DateTime::from_secs(100))
                .completion_date(DateTime::from_secs(200))
                .build()
        };
        ListBackupJobsOutput::builder().backup_jobs(job("EC2")).backup_jobs(job("Aurora")).build()
    });
    let jobs = looks(&[&rule]).jobs(JobKind::Backup, at(50).unwrap()).await.unwrap();
    let wanted = BackupJob {
        kind: JobKind::Backup,
        id: "job-1".to_owned(),
        state: "EXPIRED".to_owned(),
        message: Some("did not start in time".to_owned()),
        resource_arn: ORDERS.to_owned(),
        vault: Some("prod".to_owned()),
        plan: Some("plan-1".to_owned()),
        created_at: at(100),
        ended_at: at(200),
        is_test: false,
        made: None,
        deletion: None,
    };
    assert_eq!(jobs, [wanted]);
    assert_eq!(seen.only().by_created_after().map(DateTime::secs), Some(50));
}

#[tokio::test]
async fn copy_jobs_name_the_vault_that_they_write_to() {
    let rule = mock!(Client::list_copy_jobs).then_output(|| {
        let job = aws_sdk_backup::types::CopyJob::builder()
            .copy_job_id("copy-1")
            .destination_backup_vault_arn("arn:aws:backup:us-west-2:123456789012:backup-vault:dr")
            .resource_arn(ORDERS)
            .resource_type("Aurora")
            .state(CopyJobState::Failed)
            .build();
        ListCopyJobsOutput::builder().copy_jobs(job).build()
    });
    let jobs = looks(&[&rule]).jobs(JobKind::Copy, at(50).unwrap()).await.unwrap();
    assert_eq!((jobs[0].kind, jobs[0].vault.as_deref(), jobs[0].state.as_str()), (JobKind::Copy, Some("dr"), "FAILED"));
}

#[tokio::test]
async fn a_restore_test_tells_what_became_of_its_copy() {
    let rule = mock!(Client::list_restore_jobs).then_output(|| {
        let job = RestoreJobsListMember::builder()
            .restore_job_id("restore-1")
            .recovery_point_arn("arn:aws:rds:eu-west-1:1:snapshot:awsbackup:job-1")
            .backup_vault_arn("arn:aws:backup:eu-west-1:1:backup-vault:prod")
            .status(RestoreJobStatus::Completed)
            .created_resource_arn("arn:made")
            .created_by(RestoreJobCreator::builder().restore_testing_plan_arn("arn:plan").build())
            .deletion_status(RestoreDeletionStatus::Failed)
            .deletion_status_message("it has a member");
        ListRestoreJobsOutput::builder().restore_jobs(job.build()).build()
    });
    let jobs = looks(&[&rule]).jobs(JobKind::Restore, at(50).unwrap()).await.unwrap();
    let job = &jobs[0];
    assert_eq!((job.is_test, job.made.as_deref(), job.vault.as_deref()), (true, Some("arn:made"), Some("prod")));
    assert_eq!(job.deletion, Some(("FAILED".to_owned(), Some("it has a member".to_owned()))));
}

fn listed(ids: &[String]) -> ListBackupPlansOutput {
    let plans = ids.iter().map(|id| BackupPlansListMember::builder().backup_plan_id(id).build());
    ListBackupPlansOutput::builder().set_backup_plans_list(Some(plans.collect())).build()
}

#[tokio::test]
async fn plans_come_with_their_rules_and_one_that_went_meanwhile_is_left_out() {
    let list = mock!(Client::list_backup_plans).then_output(|| listed(&["plan-1".to_owned(), "gone".to_owned()]));
    let plan = mock!(Client::get_backup_plan)
        .match_requests(|asked| asked.backup_plan_id() == Some("plan-1"))
        .then_output(|| {
            let week = Lifecycle::builder().delete_after_days(7).build();
            let month = Lifecycle::builder().delete_after_days(30).move_to_cold_storage_after_days(8).build();
            let copy = CopyAction::builder().destination_backup_vault_arn("arn:dr").lifecycle(month).build().unwrap();
            let rule = RawRule::builder().rule_name("daily").target_backup_vault_name("prod").copy_actions(copy);
            let rule = rule.schedule_expression("cron(0 5 ? * * *)").start_window_minutes(60).lifecycle(week);
            let rule = rule.enable_continuous_backup(true).schedule_expression_timezone("Asia/Tokyo").build().unwrap();
            let plan = RawPlan::builder().backup_plan_name("databases").rules(rule).build().unwrap();
            GetBackupPlanOutput::builder().backup_plan(plan).build()
        });
    let gone = mock!(Client::get_backup_plan)
        .match_requests(|asked| asked.backup_plan_id() == Some("gone"))
        .then_http_response(|| backup_error(400, "ResourceNotFoundException"));
    let plans = looks(&[&list, &plan, &gone]).plans().await.unwrap();
    let rule = BackupRule {
        name: "daily".to_owned(),
        vault: "prod".to_owned(),
        schedule: Some("cron(0 5 ? * * *)".to_owned()),
        timezone: Some("Asia/Tokyo".to_owned()),
        start_within_minutes: Some(60),
        delete_after_days: Some(7),
        cold_after_days: None,
        continuous: true,
        copies: vec![("arn:dr".to_owned(), Some(30), Some(8))],
    };
    let wanted = BackupPlan { id: "plan-1".to_owned(), name: "databases".to_owned(), rules: vec![rule] };
    assert_eq!(plans, [wanted]);
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_is_no_plan_without_rules_and_too_many_are_an_error() {
    let list = mock!(Client::list_backup_plans).then_output(|| listed(&["plan-1".to_owned()]));
    let plan = mock!(Client::get_backup_plan).then_http_response(|| backup_error(403, "AccessDeniedException"));
    assert_eq!(looks(&[&list, &plan]).plans().await.unwrap_err().class, Class::Permission);
    let many: Vec<String> = (0..301).map(|n| n.to_string()).collect();
    let list = mock!(Client::list_backup_plans).then_output(move || listed(&many));
    let fault = looks(&[&list, &plan]).plans().await.unwrap_err();
    assert_eq!((fault.code.as_str(), plan.num_calls()), ("TooMany", 1));
}
