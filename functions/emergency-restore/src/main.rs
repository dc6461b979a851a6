//! emergency-restore: shows what can be restored, brings a database back whole, cuts over when asked.

use std::process::ExitCode;

use emergency_restore::EmergencyRestore;
use emergency_restore::aws::Aws;
use lifeboat::run::{DATA_CHECK, Environment, TOPIC_ARN, run};

const NAME: &str = "emergency-restore";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match Environment::read(&[TOPIC_ARN, DATA_CHECK]) {
        Ok(environment) => {
            let (policy, bucket) = (environment.policy.clone(), environment.bucket.clone());
            run(NAME, EmergencyRestore::new(Aws::connect(environment).await, policy, bucket)).await
        }
        Err(error) => run(NAME, error).await,
    }
}
