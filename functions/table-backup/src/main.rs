//! table-backup: see the library for its story.

use std::process::ExitCode;

use data_check::{SignedTokens, ca_bundle};
use lifeboat::aws::{s3::Bucket, secrets::SecretsManager, sns::Topic};
use lifeboat::run::{Environment, RunError, SystemClock, TOPIC_ARN, run};
use table_backup::TableBackup;

const NAME: &str = "table-backup";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match wired().await {
        Ok(function) => run(NAME, function).await,
        // Every event is refused with the error itself.
        Err(error) => run(NAME, error).await,
    }
}

async fn wired() -> Result<TableBackup<Bucket, SecretsManager, SignedTokens, Topic, SystemClock>, RunError> {
    let environment = Environment::read(&[TOPIC_ARN])?;
    let ca_bundle = ca_bundle()?;
    let config = lifeboat::aws::config().await;
    Ok(TableBackup {
        store: Bucket::new(&config, environment.bucket.clone()),
        secrets: SecretsManager::new(&config),
        tokens: SignedTokens::of(&config),
        post: Topic::new(&config, environment.topic_arn.clone()),
        clock: SystemClock,
        ca_bundle,
        environment,
    })
}
