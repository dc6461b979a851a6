//! Secrets Manager (`secrets`). The text of a secret goes to the caller and nowhere else.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

use super::error::{fault, incomplete};
use crate::fault::Fault;
use crate::ports::Secrets;

/// IAM actions of this file. A secret that RDS manages is encrypted with `aws/secretsmanager`, which needs no action of KMS.
pub const ACTIONS: &[&str] = &["secretsmanager:GetSecretValue"];

/// Secrets Manager
#[derive(Debug, Clone)]
pub struct SecretsManager(Client);

impl SecretsManager {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl Secrets for SecretsManager {
    /// Needs `secretsmanager:GetSecretValue`.
    async fn secret(&self, arn: &str) -> Result<String, Fault> {
        let operation = "secretsmanager:GetSecretValue";
        let answer = self.0.get_secret_value().secret_id(arn).send().await;
        let answer = answer.map_err(|error| fault(operation, arn, error))?;
        answer.secret_string.ok_or_else(|| incomplete(operation, arn, "text (a binary secret is no login)"))
    }
}

#[cfg(test)]
mod tests;
