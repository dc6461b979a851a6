//! The end of an inspection: told once, before the last of it goes.
//!
//! The copy itself is what is left to do: as long as it stands, a sweep meets it. So the mail goes out before the volume is
//! removed, and a note in the bucket, written before the mail, keeps the next sweep from sending it again. Whoever dies in
//! between leaves a copy that the next sweep meets, and a note that says how far it came. A mail that cannot be sent keeps no
//! copy for good.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::ACT_LEASE;
use super::status::{Health, health};
use super::tags::{EXPIRES_AT, PURPOSE, RUN};
use super::{Candidate, Purpose};
use crate::database::{Cluster, Instance};

/// How often the mail of an end is tried before the copy goes without
pub const MOST_TRIES: u32 = 3;

/// What is remembered of an end
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndNote {
    /// Version of this document
    pub version: u32,
    /// Run id
    pub run: String,
    /// The end that it is about: an inspection that is kept longer ends again
    pub ends: Timestamp,
    /// When the mail was announced last
    pub at: Timestamp,
    /// How often it was announced
    pub attempt: u32,
    /// Whether it went out
    pub told: bool,
}

/// What to do with an inspection whose time is over
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Write this note, send the mail, then remove it
    Tell(EndNote),
    /// Somebody else announced the mail just now: the next sweep looks again
    Wait,
    /// Remove it
    Remove {
        /// Whether people were told; if not, the run ends red
        told: bool,
    },
}

/// Key of the note
pub fn ended_key(run: &str) -> String {
    format!("runs/ended/{run}.json")
}

/// The next step for an inspection whose time was over at `ends`
pub fn ending(now: Timestamp, run: &str, ends: Timestamp, note: Option<&EndNote>) -> Ending {
    // A note of an earlier end is none of this one.
    let note = note.filter(|note| note.ends >= ends);
    let attempt = match note {
        Some(note) if note.told => return Ending::Remove { told: true },
        Some(note) if now.duration_since(note.at) < ACT_LEASE => return Ending::Wait,
        Some(note) if note.attempt >= MOST_TRIES => return Ending::Remove { told: false },
        Some(note) => note.attempt.saturating_add(1),
        None => 1,
    };
    Ending::Tell(EndNote { version: 1, run: run.to_owned(), ends, at: now, attempt, told: false })
}

/// A thing whose removal ends an inspection
pub trait Last: Candidate {
    /// Whether the next call removes it: what is stopped or protected takes another one first
    fn goes_next(&self) -> bool;
}

impl Last for Cluster {
    fn goes_next(&self) -> bool {
        health(&self.status) != Health::Stopped && !self.configuration.deletion_protection
    }
}

impl Last for Instance {
    fn goes_next(&self) -> bool {
        // A member goes with its cluster.
        self.cluster.is_none() && health(&self.status) != Health::Stopped && !self.configuration.deletion_protection
    }
}

/// The run and its end, where the removal of this thing is the end of an inspection
pub fn ends_an_inspection<T: Last>(thing: &T) -> Option<(&str, Timestamp)> {
    let tags = thing.tags();
    let purpose = tags.get(PURPOSE).and_then(|word| Purpose::from_word(word));
    let ends = tags.get(EXPIRES_AT)?.parse().ok()?;
    (purpose == Some(Purpose::Inspection) && thing.goes_next()).then_some((tags.get(RUN)?.as_str(), ends))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const RUN_ID: &str = "inspect-orders-20261122100000";

    fn at(minutes: i64) -> Timestamp {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        noon + SignedDuration::from_mins(minutes)
    }

    fn note(minutes: i64, attempt: u32, told: bool) -> EndNote {
        EndNote { version: 1, run: RUN_ID.to_owned(), ends: at(0), at: at(minutes), attempt, told }
    }

    #[test]
    fn an_end_is_told_once_and_what_cannot_be_told_ends_all_the_same() {
        let tell = |minutes, attempt| Ending::Tell(note(minutes, attempt, false));
        let table = [
            ("nobody was told", 1, None, tell(1, 1)),
            ("somebody is at it", 1, Some(note(1, 1, false)), Ending::Wait),
            ("whoever was at it died", 16, Some(note(1, 1, false)), tell(16, 2)),
            ("it went out", 2, Some(note(1, 1, true)), Ending::Remove { told: true }),
            ("it went out in the end", 60, Some(note(46, 3, true)), Ending::Remove { told: true }),
            ("it cannot be sent", 60, Some(note(46, 3, false)), Ending::Remove { told: false }),
            ("the last try may still be under way", 46, Some(note(46, 3, false)), Ending::Wait),
        ];
        for (situation, minutes, known, wanted) in table {
            assert_eq!(ending(at(minutes), RUN_ID, at(0), known.as_ref()), wanted, "{situation}");
        }
    }

    #[test]
    fn what_was_kept_longer_after_its_end_was_told_is_told_of_again() {
        let told = note(1, 1, true);
        let again = ending(at(250), RUN_ID, at(240), Some(&told));
        assert!(matches!(again, Ending::Tell(EndNote { attempt: 1, told: false, .. })), "{again:?}");
    }
}
