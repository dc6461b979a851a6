//! Drills on real parts: the real binaries, a local AWS with real PostgreSQL behind its RDS, real backups and recoveries.
//!
//! The same stories run on the simulation (`drill_on_the_simulation.rs`) with every call failing in every way; here a few of
//! them show that what the simulation says of AWS, of PostgreSQL and of processes that die is so.
//!
//! `cargo build --workspace --bins` builds the binaries; `make setup` the Python of the local AWS.

#[path = "stories/account.rs"]
mod account;
#[path = "stories/checkup.rs"]
mod checkup;
#[path = "stories/checkup_bells.rs"]
mod checkup_bells;
#[path = "stories/checkup_silence.rs"]
mod checkup_silence;
#[path = "stories/checkup_troubles.rs"]
mod checkup_troubles;
#[path = "stories/crowds.rs"]
mod crowds;
#[cfg(feature = "documentdb")]
#[path = "stories/documents.rs"]
mod documents;
#[path = "stories/drills.rs"]
mod drills;
#[path = "stories/glue.rs"]
mod glue;
#[path = "stories/inspections.rs"]
mod inspections;
#[path = "stories/kills.rs"]
mod kills;
#[path = "stories/kinds.rs"]
mod kinds;
#[path = "stories/lambdas.rs"]
mod lambdas;
#[path = "stories/leftovers.rs"]
mod leftovers;
#[path = "stories/lifecycle.rs"]
mod lifecycle;
#[path = "stories/lifecycle_copies.rs"]
mod lifecycle_copies;
#[path = "stories/lifecycle_kills.rs"]
mod lifecycle_kills;
#[path = "stories/lifecycle_leftovers.rs"]
mod lifecycle_leftovers;
#[path = "stories/lifecycle_thinning.rs"]
mod lifecycle_thinning;
#[path = "stories/recovery.rs"]
mod recovery;
#[path = "stories/recovery_account.rs"]
mod recovery_account;
#[path = "stories/recovery_cut_over.rs"]
mod recovery_cut_over;
#[path = "stories/recovery_inspections.rs"]
mod recovery_inspections;
#[path = "stories/recovery_kills.rs"]
mod recovery_kills;
#[path = "stories/recovery_requests.rs"]
mod recovery_requests;
#[path = "stories/recovery_troubles.rs"]
mod recovery_troubles;
#[path = "stories/recovery_vaults.rs"]
mod recovery_vaults;
#[path = "stories/recovery_windows.rs"]
mod recovery_windows;
#[path = "stories/refusals.rs"]
mod refusals;
#[path = "stories/tables.rs"]
mod tables;
#[path = "stories/troubles.rs"]
mod troubles;
#[path = "stories/vaults.rs"]
mod vaults;

#[path = "stories/recovery_follow.rs"]
mod recovery_follow;

/// Every call of a drill of a cluster that makes or removes something, or mails of it. Metrics are not counted: a tick of a
/// quarter hour sends a sign of life besides.
const ONCE: [&str; 7] = [
    "RestoreDBClusterToPointInTime",
    "CreateDBInstance",
    "ModifyDBCluster",
    "Lambda:Invoke",
    "DeleteDBInstance",
    "DeleteDBCluster",
    "SNS:Publish",
];

/// A verdict as [`tests::story::Story::verdict`] gives it
fn verdict(word: &str, because: &str) -> (String, String) {
    (word.to_owned(), because.to_owned())
}
