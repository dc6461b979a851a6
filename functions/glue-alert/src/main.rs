//! glue-alert: see the library for its story.

use std::process::ExitCode;

use glue_alert::GlueAlert;
use glue_alert::aws::Aws;
use lifeboat::run::{Environment, TOPIC_ARN, run};

const NAME: &str = "glue-alert";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Environment::read(&[TOPIC_ARN]) {
        Ok(environment) => {
            let (policy, bucket) = (environment.policy.clone(), environment.bucket.clone());
            run(NAME, GlueAlert::new(Aws::connect(environment).await, policy, bucket)).await
        }
        Err(error) => run(NAME, error).await,
    }
}
