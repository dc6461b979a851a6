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
//!
//! Ids of findings. A question that was asked is on the sheet under its id, whatever came of it; every one of these can be
//! *unjudged* but `tested` and `ca-bundle`, which rest on the policy and on the code alone. Names of things that come and go
//! (`<identifier>`, `<snapshot>`, `<run>`) stand below the id of the list that they are found in: while that id is unjudged,
//! nothing in the list counts as gone. What was looked at and told nothing is *silent*: what is known of it stays.
//!
//! | question | id | severity |
//! |---|---|---|
//! | it exists, as what the policy says | `exists/<database>` | high |
//! | automated backups are on | `automated-backups/<database>` | high |
//! | they are kept as long as asked | `retention/<database>` | medium; unjudged where AWS Backup owns them |
//! | the window is as deep as the retention | `window-depth/<database>` | medium |
//! | the latest restorable time is recent | `restore-lag/<database>` | high |
//! | the newest automated snapshot is recent | `newest-snapshot/<database>` | high |
//! | another region has a recent copy | `copy/<database>/<region>` | medium: old; high: none |
//! | the policy names every database | `unlisted/<kind>`, `unlisted/<kind>/<identifier>` | low |
//! | the backup window can be read | `backup-window/<database>` | unjudged |
//! | it keeps clear of maintenance | `window-maintenance/<database>` | low |
//! | it keeps clear of a job's start | `window-job/<database>/<job>` | low |
//! | it keeps clear of AWS Backup's schedule | `window-aws-backup/<database>` | medium |
//! | a vault has a young recovery point | `recovery-point/<database>/<vault>` | high; medium: all of them cold |
//! | keys of vaults and points can be used | `vault-key/<vault>`, `point-keys/<database>/<vault>` | high |
//! | AWS could delete what expired | `expired-points/<vault>` | medium |
//! | jobs did what they were for | `backup-jobs/<database>`, `copy-jobs/…`, `restore-jobs/…`, each `…/<vault>` | high: a backup to a vault of the policy failed or expired; medium; low: issues |
//! | jobs of other resources did | `other-backup-jobs`, `other-copy-jobs`, `other-restore-jobs` | low |
//! | copies of restore tests are gone | `restore-test-copies` | medium |
//! | no time of a plan was missed | `backup-schedule/<database>/<vault>` | medium |
//! | no lock is soon for ever by mistake | `vault-lock/<vault>` | medium |
//! | rules fit the locks; AWS takes them | `vault-lock-rules/<vault>`, `plan-rules/<vault>` | high; medium, low: ignored |
//! | billed storage is within its limit | `billed/<database>` | medium; low: cannot be measured |
//! | it grows within its limit | `growth/<database>` | medium; low: cannot be measured |
//! | no old snapshot is left over | `old-snapshots/<database>` | low |
//! | database and snapshots are encrypted | `encrypted/<database>` | low |
//! | no snapshot is shared | `sharing/<database>[/<region>]`, `…/<snapshot>` | high: public; medium: accounts |
//! | deletion protection is on | `deletion-protection/<database>` | medium |
//! | keys can be used | `key/<database>[/<region>]` | high |
//! | quotas leave room | `quota/<region>/<name>` | medium: from 80 %; high: from 95 % |
//! | copies in flight leave room | `copies-in-flight/<region>/<clusters or instances>` | low |
//! | the version is in standard support | `engine-version/<database>` | low: 90 days before; medium: over |
//! | certificates are valid | `certificate/<database>` | medium: 90 days before; high: 30 |
//! | the roots that data-check ships are valid | `ca-bundle` | medium: 90 days before; high: 30 |
//! | it is drilled at all | `tested/<database>` | low |
//! | the last passed drill is recent | `drill-age/<database>/<drill>` | medium |
//! | the last drill passed | `drill-result/<database>/<drill>` | high: failed; medium: inconclusive; low: never was |
//! | it left nothing behind | `drill-left/<database>/<drill>` | high |
//! | recoveries and inspections under way | `running`, `running/<run>` | low |
//! | recovered copies, expired inspections | `copy-standing/<region>`, `…/<identifier>` | low; medium: expired |

mod compare;
mod databases;
mod drills;
mod facts;
mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
pub(crate) mod healthy;
mod index;
mod look;
mod mended;
#[cfg(test)]
mod nothing_missing;
mod overview;
mod remedy;
mod risk;
mod schedule;
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
pub use drills::drills_since;
pub use facts::{DrillFacts, Region, RunFacts, Unknown, VaultFacts, World};
pub use finding::{Finding, Mend, Severity};
pub use mended::Mended;
pub use overview::{Overview, overview};
pub use remedy::{Protect, RaiseRetention, Remedies, remedies};
pub use risk::{BUNDLE_UNTIL, regions_with_quotas, wanted_keys};
pub use sheet::{Answer, Sheet};
pub use state::{AcceptedAs, AskedSharing, Ended, Ending, Known, State, ToldAs};
pub use storage::{Billed, Costs, DatabaseCosts, Manual, costs};
pub use telling::{Tell, tell};
pub use vaults::lock_line;

use jiff::Timestamp;

use crate::policy::Policy;
use index::Index;

/// Asks every question.
pub fn judge(now: Timestamp, policy: &Policy, world: &World) -> Sheet {
    let mut sheet = Sheet::default();
    let asks: [fn(&Asking<'_>, &mut Sheet); 6] =
        [databases::ask, windows::ask, vaults::ask, storage::ask, risk::ask, drills::ask];
    let index = Index::of(world);
    let asking = Asking { now, policy, world, index: &index };
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
    /// The same lists by name
    index: &'a Index<'a>,
}
