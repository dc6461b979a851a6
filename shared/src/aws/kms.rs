//! Keys (`kms`): whether a backup could still be opened. Nothing here changes a key or uses one.

use aws_config::SdkConfig;
use aws_sdk_kms::Client;
use aws_sdk_kms::types::KeyManagerType;

use super::error::{fault, incomplete};
use super::time;
use crate::database::Key;
use crate::fault::{Class, Fault};
use crate::ports::Keys;

/// IAM actions of this file. `Resource` is the account's keys; the policy of each key has to allow it too.
pub const ACTIONS: &[&str] = &["kms:DescribeKey"];

/// The keys of one account and region
#[derive(Debug, Clone)]
pub struct KeyReader(Client);

impl KeyReader {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl Keys for KeyReader {
    /// Needs `kms:DescribeKey`.
    async fn key(&self, arn: &str) -> Result<Option<Key>, Fault> {
        let operation = "kms:DescribeKey";
        let answer = match self.0.describe_key().key_id(arn).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = fault(operation, arn, error);
                return if fault.class == Class::NotFound { Ok(None) } else { Err(fault) };
            }
        };
        let told = answer.key_metadata.ok_or_else(|| incomplete(operation, arn, "key"))?;
        let state = told.key_state.as_ref().ok_or_else(|| incomplete(operation, arn, "state of the key"))?;
        Ok(Some(Key {
            state: state.as_str().to_owned(),
            deleted_at: time(told.deletion_date.as_ref()),
            aws_managed: told.key_manager == Some(KeyManagerType::Aws),
            arn: told.arn.unwrap_or_else(|| arn.to_owned()),
        }))
    }
}

#[cfg(test)]
mod tests;
