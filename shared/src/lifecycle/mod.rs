//! What becomes of manual snapshots: which are kept, which are copied to another region, which are let go, and when.
//!
//! **Order.** A snapshot that no rule keeps is *marked* on one run and deleted on a later one, when the grace period is
//! over, if it is then still one that no rule keeps. Marks are a document of ours (`lifecycle.json`): nothing is tagged.
//!
//! **Floors.** Whatever the numbers say: never the newest `keep_last` of a database, never while its newest backup is stale
//! or not known, never more than `max_deletions` a run, and never what is not certainly ours to thin out ([`LeftAlone`]).
//! Every rule is asked twice, by [`plan()`] over the whole list and by [`Doomed::claim`] over the snapshot read just before
//! the call. Only the second makes the value that a deletion takes.
//!
//! **Clocks.** The document keeps the latest time at which a run took place. A run whose clock is behind it marks nothing
//! and deletes nothing. A clock that runs ahead makes every backup look stale, which has the same end; one that is ahead by
//! less than backups may be old is one that AWS believes, as it refuses calls that are signed more than minutes ahead.
//!
//! **Throttling.** All calls of a run share one [`Pace`], so that none is lost and few are wasted.

mod copies;
mod copy;
mod doomed;
mod export;
#[cfg(test)]
pub(crate) mod fixtures;
mod fresh;
mod group;
mod keep;
mod left;
mod marks;
mod pace;
mod pattern;
mod plan;
mod tags;
mod take;
#[cfg(test)]
mod tests;
mod tidy;
mod tried;
mod what;

pub use copies::{CLUSTER_COPIES, Copies, INSTANCE_COPIES, NotCopied, UnderWay, copies};
pub use copy::{CopySnapshot, copy_id};
pub use doomed::{Doomed, Ground, NotDoomed};
pub use export::{StartExport, export};
pub use fresh::{NewestBackup, USUAL_HOURS, stale};
pub(crate) use keep::tagged;
pub use keep::{Fate, Keep, Reason, keep, taken_at};
pub use left::LeftAlone;
pub use marks::{Mark, Marks};
pub use pace::{Pace, Ticket, Turn};
pub use pattern::matches as pattern_matches;
pub(crate) use pattern::means as pattern_means;
pub use plan::{Plan, plan, preview};
pub use tags::{KEEP, KEEP_UNTIL, REASON, TAKEN_AT, tag_value, telling};
pub use take::{CreateSnapshot, SAME_REQUEST, Taken, first_to_go, take};
pub use tidy::{LONGEST_VALIDATION, LeftBehind, TOLD_AGAIN, ToldLeft, expired_points, reported, restore_tests};
pub use tried::Tried;
pub use what::{Hold, Line, Mode, What, World};

use jiff::SignedDuration;

/// How far two clocks may be apart before one of them counts as wrong
pub const CLOCKS: SignedDuration = SignedDuration::from_mins(5);
