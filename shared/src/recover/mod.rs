//! Recoveries: a database that was lost is brought back whole, handed over, and cut over to when somebody asks.
//!
//! A drill's copy is as small as it can be and goes away; a recovery's mirrors its source and stays. So it has a record of its
//! own ([`Record`]), and shares with [`crate::restore`] what is the same: names, tags, points, the health of statuses, and
//! the rule that a record is written before an act and after it.
//!
//! ```text
//! planned → restoring → building → checking → handed_over → closed
//!                                              │
//!                     cut over, only by request: cutting_over ⇄ cut over ⇄ undoing   (`cutover`)
//! ```
//!
//! | module | what belongs there |
//! |---|---|
//! | `blueprint` | everything that makes a database what it is and that AWS does not copy; read once, kept in the record |
//! | `build` | from a blueprint to the calls that make the copy, and what is set afterwards |
//! | `differences` | the copy read back, field by field against its blueprint, each with the command that mends it |
//! | `machine` | the next step of a recovery, and of an inspection |
//! | `cutover` | moving a proxy's targets or swapping names, step by step, with the exact undo |
//! | `facts` | what AWS was seen to hold of a database: the ground of the next three |
//! | `windows` | what can be restored, to when, and how |
//! | `resolve` | what a request means: the point, from what, in words; or what would be right in its place |
//! | `gone` | blueprints of databases that nobody can read any more, and small ones for inspections |
//! | `abroad` | what holds of a database in the region that its backups were copied to |
//! | `vault` | recovery points of AWS Backup: what their restore is told, and what they tell |
//! | `dry_run` | every call that would be made, its cost, what is in its way |
//! | `names` | run ids |
//!
//! **Nothing here deletes.** There is no act that removes anything, and no function with these acts has a right to. A failed
//! check never ends a recovery: the copy stands, and people decide.

mod abroad;
mod act;
mod blueprint;
mod build;
mod cutover;
mod differences;
mod dry_run;
mod facts;
mod gone;
mod machine;
mod names;
mod record;
mod resolve;
#[cfg(test)]
pub(crate) mod tests;
mod vault;
mod windows;

pub use abroad::backup_arn;
pub use act::{Act, Change, CreateMember, From, RestoreCluster, RestoreInstance};
pub use blueprint::{Blueprint, Insights, Member, ReadFrom, Settings};
pub use build::{MOST_MEMBERS, Need, Step, members, steps};
pub use cutover::{
    ASKED_FOR, BACK_LIMIT, CutOver, Direction, End, Health, MOST_ATTEMPTS, MOVE_LIMIT, Move, Named, PAUSE, ProxyFacts,
    Server, Standing, Target, proxy_moves, swap_moves,
};
pub use cutover::{Seen as CutOverSeen, Step as CutOverStep};
pub use differences::{Difference, differences};
pub use dry_run::{Call, Cost, DryRun, Parameters, Wish, call, dry_run};
pub use facts::{Facts, Living};
pub use gone::{Missing, ask_for, missing};
pub use machine::{
    COMPLETING_LIMIT, Decision, Observed, PART_LIMIT, Task, WARN_BEFORE, decide, is_to_be_read_back, looks_at_job,
    outcome,
};
pub use names::recovery_id;
pub use record::{ByJob, Copy, Entered, GivenUp, Letter, Phase, Questions, Record, VERSION};
pub use resolve::{BELOW_LATEST, JobRun, Resolved, job_of, resolve};
pub use windows::{KeyLine, Listed, MOST_SHOWN, Part, PointLine, RetainedLine, SnapshotLine, Span, VaultLine, Windows};
