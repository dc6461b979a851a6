//! Wires `data-check` to the world and runs it.

use std::process::ExitCode;

use data_check::{DataCheck, SignedTokens, ca_bundle};
use lifeboat::aws::{s3::Bucket, secrets::SecretsManager};
use lifeboat::run::{Environment, Handler, RunError, SystemClock, run};
use lifeboat::sql::Drivers;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match wired().await {
        Ok(data_check) => run("data-check", data_check).await,
        // Every event is refused with the error itself.
        Err(error) => run("data-check", error).await,
    }
}

async fn wired() -> Result<impl Handler, RunError> {
    let environment = Environment::read(&[])?;
    let connect = Drivers::trusting(ca_bundle()?);
    let config = lifeboat::aws::config().await;
    Ok(DataCheck {
        store: Bucket::new(&config, environment.bucket.clone()),
        secrets: SecretsManager::new(&config),
        tokens: SignedTokens::of(&config),
        connect,
        clock: SystemClock,
        environment,
    })
}
