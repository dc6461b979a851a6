//! restore-drill: restores a backup into a temporary copy, questions its data, tears it down, mails the verdict.

use std::process::ExitCode;

use lifeboat::run::{DATA_CHECK, Environment, TOPIC_ARN, run};
use restore_drill::RestoreDrill;
use restore_drill::aws::Aws;

const NAME: &str = "restore-drill";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Environment::read(&[TOPIC_ARN, DATA_CHECK]) {
        Ok(environment) => {
            let (policy, bucket) = (environment.policy.clone(), environment.bucket.clone());
            run(NAME, RestoreDrill::new(Aws::connect(environment).await, policy, bucket)).await
        }
        Err(error) => run(NAME, error).await,
    }
}
