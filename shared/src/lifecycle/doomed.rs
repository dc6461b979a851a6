//! The gate before every deletion of a snapshot.
//!
//! [`Doomed`] has a private field and one maker, [`Doomed::claim`]. Whoever holds one holds a snapshot that was read just
//! now and found to be one that the plan lets go: nothing about it changed since it was marked, and no floor holds it.

use jiff::Timestamp;
use thiserror::Error;

use super::CLOCKS;
use super::group::group;
use super::keep::{size, tagged};
use super::left::LeftAlone;
use super::marks::Marks;
use super::plan::{Plan, due_at, floor, is_due};
use super::tried::Tried;
use super::what::{Mode, World};
use crate::database::{Sharing, Snapshot};
use crate::policy::Policy;

/// What a claim is judged by
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Now, not the time of the plan
    pub now: Timestamp,
    /// The policy
    pub policy: &'a Policy,
    /// What was read for the plan
    pub world: &'a World,
    /// The plan
    pub plan: &'a Plan,
    /// The marks as this run found them, before it wrote its own: what it marked itself is not in them
    pub marks: &'a Marks,
    /// What this run deleted, or tried to delete, and what stands above the others
    pub tried: &'a Tried,
}

/// Why a snapshot is not deleted
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotDoomed {
    /// Only a plan is shown
    #[error("this is a dry run")]
    DryRun,
    /// Enough for one run
    #[error("this run has deleted as many as one may ({0})")]
    Limit(i64),
    /// Once is enough: by now it may be another one of its name
    #[error("this run has tried to delete it already")]
    Again,
    /// The clock is behind
    #[error("an earlier run took place at {0}, later than this one's clock says it is")]
    Clock(Timestamp),
    /// It changed into something that is left alone
    #[error("{0}")]
    LeftAlone(LeftAlone),
    /// Nobody asked who else may restore it
    #[error("whether it is shared was not asked just before the call")]
    SharingNotAsked,
    /// The plan does not delete this snapshot
    #[error("the plan does not delete this snapshot")]
    NotPlanned,
    /// No mark of an earlier run
    #[error("no earlier run marked it")]
    NotMarked,
    /// Marked, and the grace period is not over
    #[error("its grace period is not over")]
    Grace,
    /// Kept after all
    #[error("it is kept: {0}")]
    Kept(String),
    /// A floor
    #[error("{0}")]
    Held(String),
}

/// A snapshot that may be deleted. Only [`Doomed::claim`] makes one:
///
/// ```compile_fail
/// # fn forge(snapshot: lifeboat::database::Snapshot) {
/// let forged = lifeboat::lifecycle::Doomed(snapshot);
/// # }
/// ```
#[derive(Debug)]
pub struct Doomed<T>(T);

impl Doomed<Snapshot> {
    /// The gate. `snapshot` was read just now, and who else may restore it was asked.
    pub fn claim(snapshot: Snapshot, ground: &Ground<'_>) -> Result<Self, NotDoomed> {
        match refuse(&snapshot, ground) {
            None => Ok(Self(snapshot)),
            Some(why) => Err(why),
        }
    }

    /// What is to be deleted
    pub fn get(&self) -> &Snapshot {
        &self.0
    }
}

fn refuse(snapshot: &Snapshot, ground: &Ground<'_>) -> Option<NotDoomed> {
    let Ground { now, policy, world, plan, marks, tried } = *ground;
    if plan.mode != Mode::Real || policy.cleanup.dry_run {
        return Some(NotDoomed::DryRun);
    }
    let most = policy.cleanup.max_deletions;
    if tried.number() >= size(most) {
        return Some(NotDoomed::Limit(most));
    }
    if tried.contains(&snapshot.arn) {
        return Some(NotDoomed::Again);
    }
    if let Some(at) = [marks.at, Some(plan.now)].into_iter().flatten().find(|at| at.duration_since(now) > CLOCKS) {
        return Some(NotDoomed::Clock(at));
    }
    let same =
        |line: &&super::Line| line.snapshot.arn == snapshot.arn && line.snapshot.created_at == snapshot.created_at;
    let Some(line) = plan.may_go(&snapshot.arn).filter(same) else {
        return Some(NotDoomed::NotPlanned);
    };
    let group = match group(now, policy, (&world.home, &line.region), snapshot) {
        Ok(group) => group,
        Err(left) => return Some(NotDoomed::LeftAlone(left)),
    };
    if snapshot.details.sharing != Sharing::Private {
        return Some(NotDoomed::SharingNotAsked);
    }
    let Some(mark) = marks.of(snapshot) else {
        return Some(NotDoomed::NotMarked);
    };
    if due_at(mark.since, policy.cleanup.grace_days).is_none_or(|due_at| !is_due(now, mark.since, due_at)) {
        return Some(NotDoomed::Grace);
    }
    if let Some(reason) = tagged(now, snapshot).first() {
        return Some(NotDoomed::Kept(reason.words()));
    }
    let least = group.keep.last.max(1);
    if tried.newer((group.database, group.abroad), snapshot) < size(least) {
        return Some(NotDoomed::Kept(format!("one of the newest {least}")));
    }
    let held = floor(now, policy, world, plan.copies(), (group.database, snapshot))?;
    Some(NotDoomed::Held(held.words()))
}
