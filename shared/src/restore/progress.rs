//! How far a run has come: its phases, and where each act stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Class;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Asked for; nothing made yet
    Planned,
    /// The volume is being restored
    Restoring,
    /// An instance is being attached to the restored cluster
    Attaching,
    /// Access is being opened for the checks
    Opening,
    /// The data is being questioned
    Checking,
    /// The copy is being removed
    TearingDown,
    /// The verdict stands; telling goes on until everybody has been told
    Closed,
}

impl Phase {
    /// Every phase, in order
    pub const ALL: [Self; 7] = [
        Self::Planned,
        Self::Restoring,
        Self::Attaching,
        Self::Opening,
        Self::Checking,
        Self::TearingDown,
        Self::Closed,
    ];

    /// The phase in words, for people
    pub fn words(self) -> &'static str {
        match self {
            Self::Planned => "planning",
            Self::Restoring => "restoring the volume",
            Self::Attaching => "attaching an instance",
            Self::Opening => "opening access",
            Self::Checking => "checking the data",
            Self::TearingDown => "tearing down",
            Self::Closed => "closed",
        }
    }
}

/// When a phase was entered
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseEntry {
    /// The phase
    pub phase: Phase,
    /// When
    pub at: Timestamp,
}

/// Where an act stands
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ActState {
    /// Announced by a write of the record; whether it was done is not known
    Asked,
    /// AWS accepted it
    Done {
        /// When the answer came
        at: Timestamp,
    },
    /// AWS refused it
    Refused {
        /// When the answer came
        at: Timestamp,
        /// Why
        failure: Failure,
    },
}

/// Why an act failed, as the record keeps it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means
    pub class: Class,
    /// Operation, resource, code and message in one line
    pub message: String,
}

/// One act, under its name in [`super::Record::acts`]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When it was announced last
    #[serde(rename = "asked_at")]
    pub at: Timestamp,
    /// How often it was announced
    pub attempt: u32,
    /// What came of it
    #[serde(flatten)]
    pub state: ActState,
}
