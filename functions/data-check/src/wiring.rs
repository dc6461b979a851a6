//! `data-check`, wired to the world. Its builds differ in nothing but the drivers that they were given.

use lifeboat::aws::{s3::Bucket, secrets::SecretsManager};
use lifeboat::run::{Environment, Handler, RunError, SystemClock};
use lifeboat::sql::Drivers;

use crate::{DataCheck, SignedTokens, ca_bundle};

/// The function over AWS, with every driver of this build
pub async fn wired() -> Result<impl Handler, RunError> {
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
