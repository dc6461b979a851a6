//! Quotas of the account, with what is used of them (`rds-quotas`). Nothing here changes anything.

use super::error::fault;
use super::rds::Rds;
use super::rds_read::ALL;
use crate::database::Quota;
use crate::fault::Fault;
use crate::ports::Quotas;

/// IAM actions of this file. It takes no condition and cannot be narrowed: `Resource` is `*`.
pub const ACTIONS: &[&str] = &["rds:DescribeAccountAttributes"];

impl Quotas for Rds {
    /// Needs `rds:DescribeAccountAttributes`, which has no pages. A quota that lacks a number is none to go by.
    async fn account_quotas(&self) -> Result<Vec<Quota>, Fault> {
        let answer = self.0.describe_account_attributes().send().await;
        let answer = answer.map_err(|error| fault("rds:DescribeAccountAttributes", ALL, error))?;
        let quotas = answer.account_quotas.unwrap_or_default().into_iter();
        Ok(quotas
            .filter_map(|raw| Some(Quota { name: raw.account_quota_name?, used: raw.used?, most: raw.max? }))
            .collect())
    }
}
