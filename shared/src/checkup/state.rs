//! `findings.json`: what was found before, since when, and what was told of it.
//!
//! A finding is *new* when the document does not know its id, *worse* when its severity rose or its measure grew by
//! [`WORSE_BY`], *resolved* when its question was asked again and answered "fine" (or its subject is gone). A question that
//! was not asked, or could not be answered, resolves nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::sheet::Sheet;
use crate::database::{Sample, Sharing};
use crate::policy::Policy;

/// How much larger a measure has to be before a finding counts as worse
pub const WORSE_BY: f64 = 1.5;

/// The document
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of this document
    pub version: u32,
    /// When the last whole check looked
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// When the last digest went out
    #[serde(default)]
    pub digest_at: Option<Timestamp>,
    /// When the last weekly mail went out
    #[serde(default)]
    pub weekly_at: Option<Timestamp>,
    /// What is known, by id
    #[serde(default)]
    pub findings: BTreeMap<String, Known>,
    /// Billed backup bytes by database, a value a day, oldest first
    #[serde(default)]
    pub history: BTreeMap<String, Vec<Sample>>,
    /// Who else may restore a snapshot, by ARN, as far as it was asked
    #[serde(default)]
    pub sharing: BTreeMap<String, AskedSharing>,
}

/// A finding that is known
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// As it was found last
    pub finding: Finding,
    /// When it was first found
    pub since: Timestamp,
    /// When it was found last
    pub seen_at: Timestamp,
    /// When a mail told of it last; none: not yet
    #[serde(default)]
    pub told_at: Option<Timestamp>,
}

/// An answer about sharing
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedSharing {
    /// When the snapshot was made: a name may be used again
    pub created_at: Option<Timestamp>,
    /// When it was asked
    pub asked_at: Timestamp,
    /// The answer
    pub sharing: Sharing,
}

impl Default for State {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            looked_at: None,
            digest_at: None,
            weekly_at: None,
            findings: BTreeMap::new(),
            history: BTreeMap::new(),
            sharing: BTreeMap::new(),
        }
    }
}

impl State {
    /// The version that this code reads and writes
    pub const VERSION: u32 = 1;
    /// Key in the bucket
    pub const KEY: &'static str = "findings.json";

    /// Reads the document. One of a newer version is left alone; one that cannot be read is an error, as writing over it
    /// would tell every finding anew and hide what happened.
    pub fn parse(text: &str) -> Result<Self, String> {
        let state: Self = serde_json::from_str(text).map_err(|error| {
            format!("{} cannot be read ({error}); repair it, or remove it to begin anew", Self::KEY)
        })?;
        if state.version != Self::VERSION {
            let (was, known) = (state.version, Self::VERSION);
            return Err(format!("{} is of version {was}, this code reads {known}; deploy the newer code", Self::KEY));
        }
        Ok(state)
    }
}

/// How a finding stands against the day before
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not known before
    New,
    /// Known, and worse
    Worse,
    /// Known, and as it was or better
    Ongoing,
}

/// A sheet against the document
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compared {
    /// What was found, worst first, with how it stands and since when
    pub found: Vec<(Standing, Known)>,
    /// What was found before and is well now, or is gone
    pub resolved: Vec<Known>,
    /// What was found and the policy accepts, with the policy's reason
    pub accepted: Vec<(Finding, String)>,
    /// The document as it is after this check, before anything is told
    pub next: State,
}

/// Compares. `only` is the database that was checked alone: what is about others stays as it is.
pub fn compare(_now: Timestamp, _policy: &Policy, _sheet: &Sheet, state: &State, _only: Option<&str>) -> Compared {
    Compared { next: state.clone(), ..Compared::default() }
}
