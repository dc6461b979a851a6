//! The one client of RDS. What may be done with it is decided by the features that are on: `rds-read`, `rds-make`,
//! `rds-destroy`, `rds-snapshots` and so on.

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_rds::Client;
use aws_sdk_rds::config::Builder;

use super::RDS_ATTEMPTS;
#[cfg(feature = "rds-snapshots")]
use super::pacer::Pacer;

/// RDS, and DocumentDB with it: AWS's models give both the same endpoint (`rds.<region>`), signing name (`rds`), API version
/// (2014-10-31), protocol (query) and names of actions in IAM, so a client of their own would send the same bytes. What the API
/// of DocumentDB does not know is left out of its calls: the tests hold each to the members of its model.
///
/// Calls of snapshots follow one pace, which a value and its clones share: one value for each region, so that its workers slow
/// down together.
#[derive(Debug, Clone)]
pub struct Rds(pub(super) Client, #[cfg(feature = "rds-snapshots")] pub(super) Pacer);

impl Rds {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        let retries = RetryConfig::standard().with_max_attempts(RDS_ATTEMPTS);
        Self::of(Client::from_conf(Builder::from(config).retry_config(retries).build()))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(
            client,
            #[cfg(feature = "rds-snapshots")]
            Pacer::default(),
        )
    }
}
