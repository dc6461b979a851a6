//! Restore tests of the simulated AWS Backup: it restores, waits for an answer, and removes what it made.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Engine, RestoreJob, RestoreTest, Tags};
use lifeboat::fault::Fault;
use lifeboat::ports::RestoreTests;
use lifeboat::restore::TestAnswer;
use serde_json::{Value, json};

use super::making::refused;
use super::{Place, State};

/// How long AWS Backup waits for an answer
const WINDOW: SignedDuration = SignedDuration::from_hours(2);
const DELETING_TAKES: SignedDuration = SignedDuration::from_mins(5);

/// A restore test
#[derive(Debug, Clone)]
pub struct Test {
    /// ARN of what it made
    pub made: String,
    /// When it was made
    pub completed_at: Timestamp,
    /// What it was told, and why
    pub told: Option<(String, String)>,
    /// Whether AWS Backup could not remove what it made, because something was still in it
    pub stuck: bool,
}

impl State {
    /// AWS Backup restores a database of the account for a test; the event that it sends
    pub fn restore_test(&mut self, job: &str, source: &str, engine: &Engine, clustered: bool) -> Value {
        let (now, identifier) = (self.now, format!("awsbackup-restore-test-{}", job.to_lowercase()));
        let began = now - SignedDuration::from_mins(12);
        let tags = Tags::from([("awsbackup-restore-test".to_owned(), job.to_owned())]);
        let kind = if clustered { "cluster" } else { "db" };
        if clustered {
            self.home.add_cluster(&identifier, engine, tags, began, began);
        } else {
            self.home.add_instance(&identifier, None, engine, tags, began, began);
        }
        let (made, source) = (self.home.arn(kind, &identifier), self.home.arn(kind, source));
        let test = Test { made: made.clone(), completed_at: now, told: None, stuck: false };
        self.tests.insert(job.to_owned(), test);
        let vault = self.home.vaults.get("prod").into_iter().flatten();
        let point = vault.map(|(point, _)| point).find(|point| point.resource_arn == source);
        let point = point.map_or_else(|| format!("{source}:point"), |point| point.arn.clone());
        let types = match (clustered, engine) {
            (false, _) => "RDS",
            (true, Engine::Docdb) => "DocumentDB",
            (true, _) => "Aurora",
        };
        json!({
            "version": "0", "id": "1", "detail-type": "Restore Job State Change", "source": "aws.backup",
            "account": "123456789012", "time": now.to_string(), "region": "eu-west-1", "resources": [],
            "detail": {
                "restoreJobId": job, "backupVaultArn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:prod",
                "recoveryPointArn": point, "sourceResourceArn": source, "backupSizeInBytes": "0",
                "creationDate": began.to_string(), "iamRoleArn": "arn:aws:iam::123456789012:role/r", "percentDone": 0,
                "resourceType": types, "status": "COMPLETED", "createdResourceArn": made, "completionDate": now.to_string(),
                "restoreTestingPlanArn": "arn:aws:backup:eu-west-1:123456789012:restore-testing-plan:weekly-1"
            }
        })
    }

    /// Windows end, and what was answered is removed
    pub(super) fn work_on_tests(&mut self) {
        let now = self.now;
        for test in self.tests.values_mut() {
            if test.told.is_none() && test.completed_at + WINDOW <= now {
                test.told = Some(("TIMED_OUT".to_owned(), String::new()));
            }
            if test.told.is_none() {
                continue;
            }
            let identifier = test.made.rsplit(':').next().unwrap_or_default();
            let is_member = |facts: &lifeboat::database::Instance| facts.cluster.as_deref() == Some(identifier);
            if self.home.instances.values().any(|thing| is_member(&thing.facts)) {
                test.stuck = true;
                continue;
            }
            if let Some(thing) = self.home.clusters.get_mut(identifier) {
                thing.gone_at.get_or_insert(now + DELETING_TAKES);
            }
            if let Some(thing) = self.home.instances.get_mut(identifier) {
                thing.gone_at.get_or_insert(now + DELETING_TAKES);
            }
        }
    }
}

impl RestoreTests for Place {
    async fn restore_test(&self, job: &str) -> Result<Option<RestoreTest>, Fault> {
        let read = |state: &mut State| {
            let test = state.tests.get(job).map(|test| RestoreTest {
                job: RestoreJob {
                    id: job.to_owned(),
                    status: "COMPLETED".to_owned(),
                    message: None,
                    created_arn: Some(test.made.clone()),
                },
                is_test: true,
                validation: test.told.as_ref().map(|(word, _)| word.clone()),
            });
            Ok(test)
        };
        self.call("backup:DescribeRestoreJob", job, read).await
    }

    async fn answer_test(&self, answer: &TestAnswer) -> Result<(), Fault> {
        let operation = "backup:PutRestoreValidationResult";
        let told = (answer.word().to_owned(), answer.message.clone());
        let put = |state: &mut State| {
            let Some(test) = state.tests.get_mut(&answer.job) else {
                return Err(refused(operation, &answer.job, "ResourceNotFoundException"));
            };
            if test.told.is_some() {
                return Err(refused(operation, &answer.job, "InvalidRequestException"));
            }
            test.told = Some(told);
            Ok(())
        };
        self.call(operation, &answer.job, put).await
    }
}
