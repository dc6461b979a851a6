//! What a plan is made from and what it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::fresh::NewestBackup;
use super::keep::Reason;
use super::left::LeftAlone;
use crate::database::Snapshot;
use crate::moment;

/// What was read
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// The region of the databases
    pub home: String,
    /// Manual snapshots by region: at home, and where copies go. A region that could not be read is left out.
    pub regions: BTreeMap<String, Vec<Arc<Snapshot>>>,
    /// The newest backups by database (its name in the policy)
    pub newest: BTreeMap<String, NewestBackup>,
    /// Snapshots in use beyond what the copies show (exports, restores): ARN and by what
    pub in_use: BTreeMap<String, String>,
}

/// Whether anything may follow from a plan
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What is due is deleted
    Real,
    /// The same plan; nothing is deleted. Marks are kept, as they touch nothing of anybody's.
    DryRun,
    /// A plan for another time; nothing is deleted and no mark is kept
    Preview,
}

/// What becomes of one snapshot
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// None of ours to thin out
    LeftAlone(LeftAlone),
    /// Kept
    Kept(Vec<Reason>),
    /// No rule keeps it; it goes when the grace period is over
    Marked {
        /// Marked at
        since: Timestamp,
        /// Deleted by the first run after
        due_at: Timestamp,
        /// Why no rule keeps it
        why: String,
    },
    /// To be deleted in this run
    Due {
        /// Marked at
        since: Timestamp,
        /// Why no rule keeps it
        why: String,
    },
    /// No rule keeps it, and a floor holds it all the same
    Held {
        /// Marked at; none where not even a mark was made
        since: Option<Timestamp>,
        /// Why no rule keeps it
        why: String,
        /// The floor
        by: Hold,
    },
}

/// A floor
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The newest backup of the database is stale
    Stale(String),
    /// As many as one run may delete are due already
    Limit(i64),
    /// Something is made from it just now
    InUse(String),
    /// This run's clock is behind an earlier run's
    Clock(Timestamp),
}

/// One snapshot in a plan
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The snapshot, as it was listed
    pub snapshot: Arc<Snapshot>,
    /// Region it was found in
    pub region: String,
    /// The database's name in the policy, where it has one
    pub database: Option<String>,
    /// What becomes of it
    pub what: What,
}

impl Hold {
    /// In words
    pub fn words(&self) -> String {
        match self {
            Self::Stale(why) => format!("the newest backup is not fresh: {why}"),
            Self::Limit(most) => format!("a later run deletes it: one run deletes at most {most}"),
            Self::InUse(by) => by.clone(),
            Self::Clock(at) => {
                format!("this run's clock is behind an earlier run's ({}): one of them is wrong", moment::utc(*at))
            }
        }
    }
}

impl What {
    /// One word for tables and logs
    pub fn word(&self) -> &'static str {
        match self {
            Self::LeftAlone(_) => "left alone",
            Self::Kept(_) => "kept",
            Self::Marked { .. } => "marked",
            Self::Due { .. } => "delete",
            Self::Held { .. } => "held",
        }
    }

    /// Why, in words
    pub fn why(&self) -> String {
        match self {
            Self::LeftAlone(why) => why.to_string(),
            Self::Kept(reasons) => reasons.iter().map(Reason::words).collect::<Vec<_>>().join("; "),
            Self::Marked { why, .. } | Self::Due { why, .. } => why.clone(),
            Self::Held { why, by: by @ Hold::Limit(_), .. } => format!("{why}; {}", by.words()),
            Self::Held { why, by, .. } => format!("{}; otherwise it would go: {why}", by.words()),
        }
    }
}
