//! What is wrong with backups: would a restore work today, how much would be lost, what do the backups cost, what is at risk.
//!
//! [`World`] is what was read, [`judge`] asks every question of it and writes the answers on a [`Sheet`]. **A question that
//! could not be answered is a finding of its own kind, and never "fine".** What is new, worse or resolved is told by
//! comparing a sheet with `findings.json` ([`State`]).
//!
//! | module | questions |
//! |---|---|
//! | `databases` | automated backups on, retention, depth of the window, lag, newest snapshot; names nobody knows |
//! | `windows` | backup windows that meet maintenance, jobs, or AWS Backup's schedules |
//! | `vaults` | recovery points, jobs, locks, plans, copies in other regions |
//! | `storage` | billed storage, growth, old snapshots and their price |
//! | `risk` | encryption, sharing, protection, keys, quotas, versions, certificates |
//! | `drills` | drills that are too old, failed or left something; recoveries that still run |

mod compare;
mod databases;
mod drills;
mod facts;
mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
mod mended;
mod overview;
mod remedy;
mod risk;
mod sheet;
mod state;
mod storage;
mod telling;
#[cfg(test)]
mod tests;
mod vaults;
mod windows;

pub(crate) use compare::accepted_by;
pub use compare::{Compared, Standing, WORSE_BY, compare};
pub use facts::{DrillFacts, Region, RunFacts, Unknown, VaultFacts, World};
pub use finding::{Finding, Mend, Severity};
pub use mended::Mended;
pub use overview::{Overview, overview};
pub use remedy::{Protect, RaiseRetention, Remedies, remedies};
pub use sheet::{Answer, Sheet};
pub use state::{AskedSharing, Ended, Ending, Known, State, ToldAs};
pub use storage::{Billed, Costs, DatabaseCosts, Manual, costs};
pub use telling::{Tell, tell};
pub use vaults::lock_line;

use jiff::Timestamp;

use crate::policy::Policy;

/// Asks every question.
pub fn judge(now: Timestamp, policy: &Policy, world: &World) -> Sheet {
    let mut sheet = Sheet::default();
    let asks: [fn(&Asking<'_>, &mut Sheet); 6] =
        [databases::ask, windows::ask, vaults::ask, storage::ask, risk::ask, drills::ask];
    let asking = Asking { now, policy, world };
    for ask in asks {
        ask(&asking, &mut sheet);
    }
    sheet
}

/// What every question is asked with
#[derive(Debug, Clone, Copy)]
struct Asking<'a> {
    now: Timestamp,
    policy: &'a Policy,
    world: &'a World,
}
