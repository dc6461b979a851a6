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

mod databases;
mod drills;
mod facts;
mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
mod look;
#[cfg(test)]
mod nothing_missing;
mod remedy;
mod risk;
mod sheet;
mod state;
mod storage;
mod vaults;
mod windows;

pub use drills::drills_since;
pub use facts::{DrillFacts, Region, RunFacts, Unknown, VaultFacts, World};
pub use finding::{Finding, Mend, Severity};
pub use remedy::{Protect, RaiseRetention, Remedies, remedies};
pub use risk::{BUNDLE_UNTIL, regions_with_quotas, wanted_keys};
pub use sheet::{Answer, Sheet};
pub use state::{AskedSharing, Compared, Known, Standing, State, WORSE_BY, compare};

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
