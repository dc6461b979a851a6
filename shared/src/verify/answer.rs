//! Answers: what `data-check` found, and whether that is what was expected.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Check;

/// What a query brought back for one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A number: rows, tables, orphans
    Count(u64),
    /// The newest time in a column; `None` where no row has one
    Newest(Option<Timestamp>),
    /// One value as text; `None` is SQL's NULL
    Value(Option<String>),
    /// What was asked about is not there: the table or its schema, in the server's words
    Missing(String),
    /// Each declared key with the rows that break it, only the broken ones named
    Keys {
        /// How many keys were probed
        probed: u64,
        /// `constraint on table` and its number of orphans
        broken: Vec<(String, u64)>,
        /// How many keys were probed on a sample of their table's rows only
        #[serde(default, skip_serializing_if = "is_zero")]
        sampled: u64,
    },
    /// Objects by name, each with what it is in a few words: `column public.users.email` and `text not null`. What is too
    /// long for a few words, or may show a secret, is a hash.
    Objects(BTreeMap<String, String>),
    /// Signs of damage
    Damages {
        /// What was looked for, in words: `invalid indexes`
        looked_for: Vec<String>,
        /// What was found
        found: Vec<Damage>,
        /// What was not looked at, with the reason: `NULLs in public.huge: more than 1,000,000 rows`
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
    },
}

/// One sign of damage
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Damage {
    /// The object, as `except` would name it: `public.users_email_idx`
    pub object: String,
    /// What is wrong with it: `invalid index`
    pub what: String,
}

/// What a driver brings back for one check
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What was found
    pub found: Found,
    /// How many rows the server sent for it
    pub rows: u64,
}

impl From<Found> for Reply {
    /// The rows that such an answer comes in
    fn from(found: Found) -> Self {
        let rows = match &found {
            Found::Count(_) | Found::Newest(_) | Found::Value(_) => 1,
            Found::Missing(_) => 0,
            Found::Keys { probed, .. } => *probed,
            Found::Objects(objects) => u64::try_from(objects.len()).unwrap_or(u64::MAX),
            Found::Damages { found, .. } => u64::try_from(found.len()).unwrap_or(u64::MAX),
        };
        Self { found, rows }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Asked, and as expected
    Passed,
    /// Asked, and not as expected
    Failed,
    /// Asked, and there was nothing to compare it with yet; it proves nothing either way
    Noted,
    /// Could not be asked
    NotAsked {
        /// Why
        reason: String,
    },
}

/// One check with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// The check as it was asked
    pub check: Check,
    /// What it came to
    pub outcome: Outcome,
    /// What came, in words; never row data beyond the one value asked for
    pub found: String,
    /// What was expected, in words
    pub expected: String,
    /// What came, as a value; kept for the next drill to compare with
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Found>,
    /// How many rows the server sent for it
    #[serde(default)]
    pub rows: u64,
    /// How long it took
    pub millis: u64,
}

/// Why nothing could be asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// No connection: network, security groups, DNS
    Network,
    /// The certificate could not be verified
    Tls,
    /// The server refused the login, or the secret could not be read
    Login,
    /// No driver for this engine in this version
    Unsupported,
    /// The database named in the policy is not in the copy
    NoDatabase,
    /// Anything else
    Other,
}

/// What kept `data-check` from asking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// Kind
    pub kind: TroubleKind,
    /// In words, without secrets
    pub message: String,
}

/// The whole answer of one data check, `checks/<run>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Version of this document, 1
    pub version: u32,
    /// Run it answers
    pub run: String,
    /// Which asking of the run it answers
    pub attempt: u32,
    /// Endpoint that was asked, `host:port`
    pub endpoint: String,
    /// Database that was asked
    pub database: String,
    /// What the server says it is
    #[serde(default)]
    pub server_version: Option<String>,
    /// When the first query was answered: the database works
    #[serde(default)]
    pub first_query_at: Option<Timestamp>,
    /// The instant that the copy stood for, where the request told it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_to: Option<Timestamp>,
    /// When the last check was done
    pub finished_at: Timestamp,
    /// Why nothing could be asked
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// The checks, in the order asked
    pub checks: Vec<CheckAnswer>,
}
