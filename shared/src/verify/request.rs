//! The request that carries the questions to `data-check`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Check;
use crate::database::Engine;

/// How `data-check` gets into the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Login {
    /// The master user, with the secret that RDS manages for the copy
    ManagedSecret {
        /// ARN in Secrets Manager; known once the secret is active
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret_arn: Option<String>,
    },
    /// An IAM token for a database user that exists in the backup
    Iam {
        /// The database user
        user: String,
    },
}

/// What `data-check` is asked. It is sent asynchronously; the answer is written to `checks/<run>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// Run id: names the answer
    pub run: String,
    /// Which asking of this run it is, counted from 1; the answer repeats it
    #[serde(default = "first_attempt")]
    pub attempt: u32,
    /// Engine of the copy
    pub engine: Engine,
    /// Host of the copy's endpoint
    pub endpoint: String,
    /// Port of the copy's endpoint
    pub port: u16,
    /// Database to connect to
    pub database: String,
    /// How to get in
    pub login: Login,
    /// The questions
    pub checks: Vec<Check>,
    /// The instant the copy stands for; ages are measured from it. The time of connecting when left out
    #[serde(default)]
    pub restored_to: Option<Timestamp>,
    /// Zone in which a column without a zone is read
    #[serde(default)]
    pub timezone: Option<String>,
    /// Run id of the last passed drill of the same database; its answers, `checks/<run>.json`, are compared with
    #[serde(default)]
    pub compare_with: Option<String>,
    /// Seconds that all checks together may take
    #[serde(default = "default_seconds")]
    pub seconds: u32,
}

fn first_attempt() -> u32 {
    1
}

/// Leaves two minutes of a Lambda's fifteen for connecting and writing the answer
fn default_seconds() -> u32 {
    780
}
