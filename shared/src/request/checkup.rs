//! What schedules, events of AWS and people send to `backup-check`.

use serde_json::Value;

use crate::policy::{Mistakes, found};

/// What woke `backup-check`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckupEvent {
    /// Time for a whole check
    Tick {
        /// Which event it was, for the log
        because: String,
    },
    /// Check one database now, or all
    Check {
        /// The database's name in the policy; all when it is none
        database: Option<String>,
    },
    /// AWS says that something failed: where to look first. The content is a hint, and no more.
    Rung {
        /// Which event it was, for the log
        because: String,
        /// Identifiers and ARNs that the event names
        about: Vec<String>,
    },
}

/// What an event means to `backup-check`
pub fn checkup_event(event: &Value) -> Result<CheckupEvent, Mistakes> {
    Err(Mistakes::one("", found(event), "nothing yet", None))
}
