//! The restore machine.
//!
//! One machine brings a backup up as a copy, has its data questioned, and takes the copy down again. It never runs to its
//! end in one go: a run lives in its [`Record`], and each tick takes it as far as the world allows.
//!
//! ```text
//! observe  read the record, and the copy in AWS           (the flow, through `ports`)
//! decide   (now, record, observed) -> next record + acts   (here, pure)
//! record   write the next record, If-Match                 a lost race is `Skipped`: somebody else is on it
//! act      one call each, named in the record beforehand
//! record   write the outcome
//! tell     report, mail, metrics: acts like the others
//! ```
//!
//! Phases: `planned → restoring → attaching → opening → checking → tearing_down → closed`.
//!
//! **Order.** The record is written before an act and after it. So a crash leaves an act *asked, not known*, and the next
//! tick looks: the names come from the record, so the thing either is there with our tag or is not. Only when it is not
//! there and [`ACT_LEASE`] has passed is it asked for again.
//!
//! **Races.** Whoever wins the conditional write performs the acts that the write announced. Ten ticks at once make one
//! writer and nine losers.
//!
//! **AWS Backup.** A recovery point is restored by a restore job, whose copy has none of our tags. The run *adopts* it (the
//! `adopt` act) once the job has named its ARN; a reply that was lost is asked for again under the same token.
//!
//! **Restore tests.** What AWS Backup restored for a test of its own is only opened and questioned (a *validation*): the cluster is
//! AWS Backup's, the instance that the run attaches is the run's, and goes before AWS Backup gets its answer.
//!
//! **Limits.** Everything that waits has an end: the run its deadline, a refused act its [`MAX_ATTEMPTS`], tear-down its
//! [`TEAR_DOWN_LIMIT`], a restore job that is late its [`LATE_JOB_LIMIT`], telling its [`TELL_LIMIT`].

mod act;
mod decide;
mod ending;
mod job;
mod lent;
mod names;
mod owned;
mod plan;
mod point;
mod progress;
mod record;
mod resolve;
mod status;
mod sweep;
mod tags;
#[cfg(test)]
mod tests;
mod told;
mod wanted;

pub use act::{Act, Adjust, CreateInstance, RestoreCluster, RestoreInstance, StartRestoreJob, TestAnswer};
pub use decide::{
    ACT_LEASE, ANSWER_LIMIT, CAPACITY_PAUSE, CHECK_LIMIT, Decision, LATE_JOB_LIMIT, MAX_ATTEMPTS, NOT_YET_VISIBLE,
    Observed, RETRY_AFTER, TEAR_DOWN_LIMIT, TELL_LIMIT, copy_is_gone, decide, outcome, owes_an_answer,
};
pub use ending::{EndNote, Ending, Last, MOST_TRIES, ended_key, ending, ends_an_inspection};
pub(crate) use job::{has_failed, is_complete};
pub use lent::{Lent, RESTORE_TEST};
pub use names::{Purpose, closed_key, drill_id, instance_of, open_key, prefix_of, validation_id};
pub(crate) use names::{aside, fitted, hash};
pub use owned::{Candidate, Claim, NotOurs, Owned, Refusal, stamp_of};
pub use plan::{Copy, Plan, Sandbox, SourceChoice, SourceFacts};
pub use point::{Point, PointTrouble, choose as choose_point, newest_recovery_point};
pub(crate) use point::{is_continuous, point_of, point_of_vault, region_of, restorable};
pub use progress::{ActState, Asked, Failure, Phase, PhaseEntry};
pub use record::{Leftover, Milestones, Record, VALIDATION_MINUTES, VERSION, without_bulk};
pub use resolve::{Chosen, Resolved, Source, resolve};
pub use status::{Health, health};
pub use sweep::{MOST_SWEPT, Sweep, SweepOfBackups, not_swept_just_now, still_kept, sweep, sweep_backups};
pub use tags::{EXPIRES_AT, PURPOSE, RUN, SOURCE, copy_tags};
pub(crate) use told::Told;
pub(crate) use wanted::backup_role;
pub use wanted::makes_only;
