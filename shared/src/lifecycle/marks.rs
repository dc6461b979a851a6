//! `lifecycle.json`: which snapshots are marked for deletion, since when and why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::database::Snapshot;

/// The document. A mark belongs to a snapshot by ARN **and** time of creation, as an identifier may be used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Version of this document
    pub version: u32,
    /// The latest time at which a run took place; a clock that is behind it is wrong
    pub at: Option<Timestamp>,
    /// The marks by ARN
    pub marks: BTreeMap<String, Mark>,
}

/// One mark
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// When the snapshot was made
    pub created_at: Timestamp,
    /// When it was marked
    pub since: Timestamp,
    /// Why no rule keeps it
    pub why: String,
}

impl Default for Marks {
    fn default() -> Self {
        Self { version: Self::VERSION, at: None, marks: BTreeMap::new() }
    }
}

impl Marks {
    /// The version that this code reads and writes
    pub const VERSION: u32 = 1;

    /// Key in the bucket
    pub const KEY: &'static str = "lifecycle.json";

    /// Reads the document. One that cannot be read stops the run: without marks nothing may be deleted, and writing over
    /// them would hide what happened.
    pub fn parse(text: &str) -> Result<Self, String> {
        let marks: Self = serde_json::from_str(text).map_err(|error| {
            format!("{} cannot be read ({error}); repair it, or remove it to begin anew", Self::KEY)
        })?;
        if marks.version != Self::VERSION {
            let (was, known) = (marks.version, Self::VERSION);
            return Err(format!("{} is of version {was}, this code reads {known}; deploy the newer code", Self::KEY));
        }
        Ok(marks)
    }

    /// The mark of this very snapshot
    pub fn of(&self, snapshot: &Snapshot) -> Option<&Mark> {
        // One that is older than its snapshot was made by a clock that was behind.
        let created = snapshot.created_at?;
        self.marks.get(&snapshot.arn).filter(|mark| mark.created_at == created && mark.since >= created)
    }
}
