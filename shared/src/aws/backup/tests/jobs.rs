//! Restore jobs, as AWS Backup tells of them.

use super::*;

#[tokio::test]
async fn a_job_is_told_in_awss_words() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_restore_job).match_requests(seen.all()).then_output(|| {
        DescribeRestoreJobOutput::builder()
            .restore_job_id("job-1")
            .status(RestoreJobStatus::Failed)
            .status_message("no such subnet group")
            .created_resource_arn("arn:aws:rds:ap-northeast-1:123456789012:cluster:drill-1")
            .build()
    });
    let job = vaults(&[&rule]).restore_job("job-1").await.unwrap();
    let wanted = RestoreJob {
        id: "job-1".to_owned(),
        status: "FAILED".to_owned(),
        message: Some("no such subnet group".to_owned()),
        created_arn: Some("arn:aws:rds:ap-northeast-1:123456789012:cluster:drill-1".to_owned()),
    };
    assert_eq!((job, seen.only().restore_job_id()), (Some(wanted), Some("job-1")));
}

#[tokio::test]
async fn what_a_job_leaves_out_stays_out() {
    let rule = mock!(Client::describe_restore_job).then_output(|| DescribeRestoreJobOutput::builder().build());
    let job = vaults(&[&rule]).restore_job("job-1").await.unwrap();
    let wanted = RestoreJob { id: "job-1".to_owned(), status: String::new(), message: None, created_arn: None };
    assert_eq!(job, Some(wanted));
}

#[tokio::test]
async fn a_job_that_is_not_there_is_none_and_one_that_could_not_be_asked_for_is_not() {
    for code in ["ResourceNotFoundException", "InvalidParameterValueException"] {
        let rule = mock!(Client::describe_restore_job).then_http_response(move || backup_error(400, code));
        assert_eq!(vaults(&[&rule]).restore_job("job-1").await.unwrap(), None, "{code}");
    }
    let table = [
        (403, "AccessDeniedException", Class::Permission),
        (400, "DependencyFailureException", Class::Unknown),
        (400, "MissingParameterValueException", Class::Configuration),
    ];
    for (status, code, class) in table {
        let rule = mock!(Client::describe_restore_job).then_http_response(move || backup_error(status, code));
        assert_eq!(vaults(&[&rule]).restore_job("job-1").await.unwrap_err().class, class, "{code}");
    }
    let rule = mock!(Client::describe_restore_job).then_http_response(|| wire(404, "<html>no such page</html>"));
    assert_eq!(vaults(&[&rule]).restore_job("job-1").await.unwrap_err().class, Class::Permanent);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_asked_again_and_then_it_passes_by_itself() {
    let rule = mock!(Client::describe_restore_job)
        .sequence()
        .http_response(|| backup_error(500, "ServiceUnavailableException"))
        .repeatedly()
        .build();
    assert_eq!(vaults(&[&rule]).restore_job("job-1").await.unwrap_err().class, Class::Transient);
    assert!(rule.num_calls() > 1);
}
