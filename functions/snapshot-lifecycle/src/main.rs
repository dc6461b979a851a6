//! snapshot-lifecycle: see the library for its story.

use std::process::ExitCode;

use lifeboat::run::{Environment, TOPIC_ARN, run};
use snapshot_lifecycle::SnapshotLifecycle;
use snapshot_lifecycle::aws::Aws;

const NAME: &str = "snapshot-lifecycle";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Environment::read(&[TOPIC_ARN]) {
        Ok(environment) => {
            let (policy, bucket) = (environment.policy.clone(), environment.bucket.clone());
            run(NAME, SnapshotLifecycle::new(Aws::connect(environment).await, policy, bucket)).await
        }
        Err(error) => run(NAME, error).await,
    }
}
