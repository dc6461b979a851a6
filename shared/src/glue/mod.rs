//! Glue jobs that write to databases: what became of a run, who has to know, and what can be put back.
//!
//! Events tell of failures at once and promise nothing: they come late, twice, out of order or never. So an event only adds
//! what it says to what Glue's own list says, and the poll asks the same questions without it.
//!
//! | module | what belongs there |
//! |---|---|
//! | `run` | a run, its state, and the attempts that are one run for people |
//! | `event` | what woke the function |
//! | `cause` | a likely cause, from the error message, with the line that led to it |
//! | `usual` | how long good runs take, and when one is far too long |
//! | `calendar` | by when a run has to have started |
//! | `memory` | `jobs.json`: what is wrong, since when, and what was told of it |
//! | `judge` | what is wrong now, compared with what is remembered |
//! | `letters` | who tells what: once, however many look at once, and again if a mail was lost |
//! | `way_back` | what can be restored of what a run may have written |

mod calendar;
mod cause;
mod event;
mod judge;
mod letters;
mod memory;
mod run;
#[cfg(test)]
mod tests;
mod usual;
mod way_back;

pub use calendar::{Missed, missed};
pub use cause::{Cause, cause};
pub use event::{AlertEvent, Change, alert_event};
pub use judge::{LOOK_BACK, Look, judge, runs_of};
pub use letters::{LEASE, Letter, Occasion, claim, failed_run, release, told};
pub use memory::{Ended, Issue, Kind, State};
pub use run::{Attempts, Run, RunState, attempts, root_of};
pub use usual::{Usual, far_too_long, usual};
pub use way_back::{
    BackedUp, MOST_BACKUPS, Moment, Seek, TableBackup, WayBack, backup_prefix, moment_before, of_tables,
};
