//! backup-check: see the library for its story.

use std::process::ExitCode;

use backup_check::BackupCheck;
use backup_check::aws::Aws;
use lifeboat::run::{Environment, TOPIC_ARN, run};

const NAME: &str = "backup-check";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Environment::read(&[TOPIC_ARN]) {
        Ok(environment) => {
            let (policy, bucket) = (environment.policy.clone(), environment.bucket.clone());
            run(NAME, BackupCheck::new(Aws::connect(environment).await, policy, bucket)).await
        }
        Err(error) => run(NAME, error).await,
    }
}
