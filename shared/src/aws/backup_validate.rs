//! Restore tests of AWS Backup (`backup-validate`): what became of one, and the answer to it.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::types::RestoreValidationStatus;

use super::backup::{no_such_job, restore_job};
use super::error::fault;
use crate::database::RestoreTest;
use crate::fault::Fault;
use crate::ports::RestoreTests;
use crate::restore::TestAnswer;

/// IAM actions of this file
pub const ACTIONS: &[&str] = &["backup:DescribeRestoreJob", "backup:PutRestoreValidationResult"];

/// The restore tests of one account and region
#[derive(Debug, Clone)]
pub struct Tests(Client);

impl Tests {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl RestoreTests for Tests {
    /// Needs `backup:DescribeRestoreJob`.
    async fn restore_test(&self, job: &str) -> Result<Option<RestoreTest>, Fault> {
        let answer = self.0.describe_restore_job().restore_job_id(job).send().await;
        match answer.map_err(|error| fault("backup:DescribeRestoreJob", job, error)) {
            Ok(answer) => Ok(Some(RestoreTest {
                is_test: answer.created_by().is_some_and(|by| by.restore_testing_plan_arn().is_some()),
                validation: answer.validation_status().map(|status| status.as_str().to_owned()),
                job: restore_job(answer, job),
            })),
            Err(fault) if no_such_job(&fault) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Needs `backup:PutRestoreValidationResult`. A second answer is refused, whatever it says.
    async fn answer_test(&self, answer: &TestAnswer) -> Result<(), Fault> {
        let status = if answer.passed { RestoreValidationStatus::Successful } else { RestoreValidationStatus::Failed };
        let call = self.0.put_restore_validation_result().restore_job_id(&answer.job).validation_status(status);
        let sent = call.validation_status_message(&answer.message).send().await;
        sent.map_err(|error| fault("backup:PutRestoreValidationResult", &answer.job, error)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::operation::describe_restore_job::DescribeRestoreJobOutput;
    use aws_sdk_backup::operation::put_restore_validation_result::PutRestoreValidationResultOutput;
    use aws_sdk_backup::types::{RestoreJobCreator, RestoreJobStatus};
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;

    const PLAN: &str = "arn:aws:backup:eu-west-1:123456789012:restore-testing-plan:weekly";

    #[tokio::test]
    async fn a_restore_test_is_told_from_other_jobs_and_its_answer_is_read() {
        let rule = mock!(Client::describe_restore_job).match_requests(|asked| asked.restore_job_id() == Some("JOB-1"));
        let rule = rule.then_output(|| {
            let by = RestoreJobCreator::builder().restore_testing_plan_arn(PLAN).build();
            DescribeRestoreJobOutput::builder()
                .restore_job_id("JOB-1")
                .status(RestoreJobStatus::Completed)
                .created_resource_arn("arn:made")
                .created_by(by)
                .validation_status(RestoreValidationStatus::TimedOut)
                .build()
        });
        let tests = Tests::of(mock_client!(aws_sdk_backup, [&rule]));
        let test = tests.restore_test("JOB-1").await.unwrap().unwrap();
        assert!(test.is_test);
        assert_eq!(
            (test.validation.as_deref(), test.job.created_arn.as_deref()),
            (Some("TIMED_OUT"), Some("arn:made"))
        );
    }

    #[tokio::test]
    async fn the_answer_names_the_job_the_word_and_the_reason() {
        for (passed, word) in [(true, "SUCCESSFUL"), (false, "FAILED")] {
            let rule = mock!(Client::put_restore_validation_result).match_requests(move |asked| {
                asked.restore_job_id() == Some("JOB-1")
                    && asked.validation_status().map(RestoreValidationStatus::as_str) == Some(word)
                    && asked.validation_status_message() == Some("because")
            });
            let rule = rule.then_output(|| PutRestoreValidationResultOutput::builder().build());
            let tests = Tests::of(mock_client!(aws_sdk_backup, [&rule]));
            let answer = TestAnswer { job: "JOB-1".to_owned(), passed, message: "because".to_owned() };
            assert_eq!(answer.word(), word);
            tests.answer_test(&answer).await.unwrap();
        }
    }
}
