//! Adapters: one file for each service, each behind a feature. They translate and never decide.
//!
//! | file | port | feature |
//! |---|---|---|
//! | `rds_read` | [`crate::ports::Databases`] | `rds-read` |
//! | `rds_make` | [`crate::ports::MakeDatabases`] | `rds-make` |
//! | `rds_destroy` | [`crate::ports::DestroyDatabases`] | `rds-destroy` |
//! | `s3` | [`crate::ports::Store`] | `s3` |
//! | `sns` | [`crate::ports::Post`] | `sns` |
//! | `cloudwatch` | [`crate::ports::Meter`] | `cloudwatch` |
//! | `rds_snapshots` | [`crate::ports::ReadSnapshots`], [`crate::ports::MakeSnapshots`] | `rds-snapshots` |
//! | `rds_snapshots_destroy` | [`crate::ports::DestroySnapshots`] | `rds-snapshots-destroy` |
//! | `rds_inventory` | [`crate::ports::Inventory`] | `rds-inventory` |
//! | `rds_remedy` | [`crate::ports::Remedy`] | `rds-remedy` |
//! | `cloudwatch_read` | [`crate::ports::Measured`] | `cloudwatch-read` |
//! | `rds_quotas` | [`crate::ports::Quotas`] | `rds-quotas` |
//! | `rds_recover` | [`crate::ports::Blueprints`], [`crate::ports::NamedSnapshots`], [`crate::ports::Recover`] | `rds-recover` |
//! | `rds_cut_over` | [`crate::ports::CutOvers`] | `rds-cut-over` |
//! | `glue` | [`crate::ports::Jobs`] | `glue` |
//! | `kms` | [`crate::ports::Keys`] | `kms` |
//! | `backup` | [`crate::ports::Vaults`] | `backup` |
//! | `backup_validate` | [`crate::ports::RestoreTests`] | `backup-validate` |
//! | `backup_read` | [`crate::ports::BackupFacts`] | `backup-read` |
//! | `invoke` | [`crate::ports::DataCheck`] | `invoke` |
//! | `secrets` | [`crate::ports::Secrets`] | `secrets` |
//!
//! Each file lists in `ACTIONS` the IAM actions that its calls need; a test holds Terraform to the union of them.
//!
//! A walk over pages or a batch ends at a bound with a name; reaching it is a [`Fault`](crate::fault::Fault) with the code
//! `TooMany`, never a shorter answer: a list that ends early would hide what is behind its end.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::Region;
pub use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

#[cfg(feature = "backup")]
pub mod backup;
#[cfg(feature = "backup-read")]
pub mod backup_read;
#[cfg(feature = "backup-validate")]
pub mod backup_validate;
#[cfg(feature = "cloudwatch")]
pub mod cloudwatch;
#[cfg(feature = "cloudwatch-read")]
pub mod cloudwatch_read;
#[cfg(any(
    feature = "backup",
    feature = "backup-read",
    feature = "rds-read",
    feature = "s3",
    feature = "sns",
    feature = "cloudwatch",
    feature = "cloudwatch-read",
    feature = "glue",
    feature = "kms",
    feature = "invoke",
    feature = "secrets"
))]
mod error;
#[cfg(feature = "glue")]
pub mod glue;
mod http;
#[cfg(feature = "invoke")]
pub mod invoke;
#[cfg(feature = "kms")]
pub mod kms;
#[cfg(any(feature = "glue", feature = "s3"))]
mod line;
#[cfg(feature = "rds-snapshots")]
mod pacer;
#[cfg(any(feature = "backup", feature = "backup-read", feature = "rds-read"))]
mod pages;
#[cfg(feature = "rds-read")]
pub mod rds;
#[cfg(feature = "rds-recover")]
mod rds_blueprint;
#[cfg(feature = "rds-cut-over")]
pub mod rds_cut_over;
#[cfg(feature = "rds-destroy")]
pub mod rds_destroy;
#[cfg(feature = "rds-read")]
mod rds_facts;
#[cfg(feature = "rds-inventory")]
pub mod rds_inventory;
#[cfg(feature = "rds-make")]
pub mod rds_make;
#[cfg(feature = "rds-recover")]
mod rds_named;
#[cfg(feature = "rds-quotas")]
pub mod rds_quotas;
#[cfg(feature = "rds-read")]
pub mod rds_read;
#[cfg(feature = "rds-recover")]
pub mod rds_recover;
#[cfg(feature = "rds-remedy")]
pub mod rds_remedy;
#[cfg(feature = "rds-read")]
mod rds_retained;
#[cfg(feature = "rds-snapshots")]
pub mod rds_snapshots;
#[cfg(feature = "rds-snapshots-destroy")]
pub mod rds_snapshots_destroy;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "sns")]
pub mod sns;
#[cfg(test)]
mod testing;

/// To open a connection. The SDK's own default, said aloud.
const CONNECT: Duration = Duration::from_millis(3100);
/// One try of a call, from request to the last byte of the answer
const ATTEMPT: Duration = Duration::from_secs(15);
/// A call with all its tries
const OPERATION: Duration = Duration::from_mins(1);
/// Tries of one call to RDS: its control plane throttles whole accounts, and a drill has the time
#[cfg(feature = "rds-read")]
const RDS_ATTEMPTS: u32 = 5;

/// What every client shares: region, credentials, one HTTP client, retries and timeouts. Made once in a process.
///
/// In Lambda the credentials are the function's; elsewhere the caller's, from the environment or a profile (with feature
/// `sso` also from IAM Identity Center).
pub async fn config() -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http::client())
        .retry_config(RetryConfig::standard())
        .timeout_config(timeouts());
    // In Lambda they are in the environment and nowhere else; the default chain would make a client of STS to look further.
    if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        return loader.credentials_provider(EnvironmentVariableCredentialsProvider::new()).load().await;
    }
    loader.load().await
}

/// The same in another region
#[must_use]
pub fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(Region::new(region.to_owned())).build()
}

/// AWS's time as ours
#[cfg(any(
    feature = "backup",
    feature = "backup-read",
    feature = "cloudwatch-read",
    feature = "kms",
    feature = "rds-read"
))]
fn time(raw: Option<&aws_smithy_types::DateTime>) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(raw?.as_nanos()).ok()
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}
