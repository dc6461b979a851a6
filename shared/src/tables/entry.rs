//! One line of the registry: a table in a backup, and what has become of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TableName;

/// What has become of a copy
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being made; found without anybody at work, it is what a crash left
    Copying,
    /// It is all there, counted and summed
    Whole,
    /// A restore of it is under way
    Restoring,
    /// It was put back
    Restored,
    /// It was put back, and that was undone
    Undone,
    /// It was dropped; the line stays as what is known of it
    Dropped,
}

impl State {
    /// Every state
    pub const ALL: [Self; 6] =
        [Self::Copying, Self::Whole, Self::Restoring, Self::Restored, Self::Undone, Self::Dropped];

    /// The registry's word
    pub fn word(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Whole => "whole",
            Self::Restoring => "restoring",
            Self::Restored => "restored",
            Self::Undone => "undone",
            Self::Dropped => "dropped",
        }
    }

    /// The state of a registry's word
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether the copy is there and can be put back
    pub fn can_be_restored(self) -> bool {
        matches!(self, Self::Whole | Self::Restored | Self::Undone)
    }
}

/// How far a restore is, where the server cannot do it in one transaction
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The staging table is being filled; the live table is untouched
    Staging,
    /// It is whole, and the one step that changes places is next, or has been
    Swapping,
    /// Everything was done
    Done,
}

/// The last restore of a copy: what its undo needs
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restore {
    /// When
    pub at: Timestamp,
    /// How far it is
    pub phase: Phase,
    /// Whether this takes a restore back
    #[serde(default)]
    pub undoing: bool,
    /// Name of the table that comes in, in the live table's schema; none where an undo leaves no table
    pub incoming: Option<String>,
    /// Where the live table of before is, in its schema; none where there was none
    pub aside: Option<String>,
    /// What the server said of the live table of before; the engine's own facts
    pub before: Option<serde_json::Value>,
    /// The restore before this one, for where this one comes to nothing
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Restore>>,
}

/// A table that was put aside
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Its name, in the source's schema
    pub table: String,
    /// Since when
    pub at: Timestamp,
}

/// What is known of a copy besides its state
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Rows
    pub rows: u64,
    /// Sum over the rows' hashes, in which their order does not count
    pub checksum: String,
    /// Size of the source when it was copied, indexes and all
    pub bytes: u64,
    /// Why the backup was made
    pub reason: Option<String>,
    /// The job run it was made for
    pub job_run: Option<String>,
    /// What a copy does not carry: kept here, and put back by a restore as far as it can be
    pub carried_not: Vec<String>,
    /// What the server said of the source; the engine's own facts
    pub facts: serde_json::Value,
    /// Its last restore
    pub restore: Option<Restore>,
    /// Tables that restores put aside and that are still there
    pub asides: Vec<Aside>,
    /// A check of the live table failed after this backup was made, and has not passed since
    pub open_failure: Option<String>,
}

/// One line of the registry
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The backup's id
    pub backup: String,
    /// The table that was copied
    pub source: TableName,
    /// The copy's name
    pub copy: String,
    /// What has become of it
    pub state: State,
    /// When the backup was begun
    pub at: Timestamp,
    /// The rest
    pub details: Details,
}

impl Entry {
    /// The newest copy of a table that can be put back, or the one of a backup by its id
    pub fn find<'e>(entries: &'e [Self], source: &TableName, backup: Option<&str>) -> Option<&'e Self> {
        let fits = |entry: &&Self| {
            entry.source == *source
                && entry.state.can_be_restored()
                && backup.is_none_or(|backup| entry.backup == backup)
        };
        entries.iter().filter(fits).max_by(|a, b| (a.at, &a.backup).cmp(&(b.at, &b.backup)))
    }

    /// The copy of a table whose restore was the last, and can be undone
    pub fn last_restored<'e>(entries: &'e [Self], source: &TableName) -> Option<&'e Self> {
        let fits = |entry: &&Self| entry.source == *source && entry.state == State::Restored;
        let when = |entry: &Self| entry.details.restore.as_ref().map(|restore| restore.at);
        entries.iter().filter(fits).max_by_key(|entry| when(entry))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::tables) fn entry(table: &str, at: &str, state: State) -> Entry {
        let at: Timestamp = at.parse().unwrap();
        let source = TableName::new("silver", table);
        let backup = crate::tables::backup_id("warehouse", at);
        let copy = crate::tables::copy_name(&source, &backup, at);
        Entry { backup, copy, source, state, at, details: Details::default() }
    }

    #[test]
    fn the_newest_copy_is_the_newest_that_is_whole() {
        let entries = [
            entry("a", "2026-11-18T00:00:00Z", State::Restored),
            entry("a", "2026-11-19T00:00:00Z", State::Dropped),
            entry("a", "2026-11-20T00:00:00Z", State::Copying),
            entry("b", "2026-11-20T00:00:00Z", State::Whole),
        ];
        let source = TableName::new("silver", "a");
        assert_eq!(Entry::find(&entries, &source, None), entries.first());
        assert_eq!(Entry::find(&entries, &source, Some("warehouse-20261119000000")), None);
    }

    #[test]
    fn every_state_has_its_word() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
    }
}
