//! One run. What woke the function up is not used; what stands in AWS and in the bucket is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lifeboat::fault::Fault;
use lifeboat::flow::Troubles;
use lifeboat::lifecycle::{Mode, Plan, World as Seen, copies, plan};
use lifeboat::mail::Done;
use lifeboat::policy::Policy;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::look::Lists;
use crate::marks::{Found, Written};
use crate::{SnapshotLifecycle, World, copy, delete, look, marks, sweep, tell};

/// One run.
pub async fn tick<W: World>(function: &SnapshotLifecycle<W>, until: Timestamp) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let home = function.home()?;
    let mut troubles = Troubles::default();
    let (found, mut seen, lists, open) = tokio::join!(
        marks::read(function.world().store()),
        look::snapshots(function, &policy, home, &mut troubles),
        look::lists(function, None),
        look::open_runs(function),
    );
    let found = found?;
    let plan = planned(function, &policy, &mut seen, &found, (&lists, &open), &mut troubles).await;
    let mut done = Done::default();
    // Writing the marks is the lock. Where there is nothing to write (a clock that is behind, or an earlier run at the very same
    // time) there is none, and nothing is deleted.
    let locked = plan.marks() != &found.marks;
    if locked {
        match marks::write(function.world().store(), plan.marks(), &found).await {
            Written::Won => {}
            Written::Lost => {
                tracing::info!("another run is on it");
                troubles.end()?;
                return Ok(json!({"message": "another run is on it; nothing was done", "state": "skipped"}));
            }
            Written::Unsure(why) => return Err(RunError::unavailable(format!("nothing was deleted: {why}"))),
        }
    }
    let begun = copy::begin(function, plan.copies(), &mut done).await;
    if plan.mode == Mode::Real && locked {
        let grounds = delete::Grounds { policy: &policy, seen: &seen, plan: &plan, marks: &found.marks };
        delete::delete(function, grounds, until, &mut done).await;
    }
    let left = sweep::sweep(function, &policy, &seen, (lists, open), until, &mut troubles).await;
    tell::tell(function, &policy, (&plan, &done), &left, &mut troubles).await;
    let answer = tell::answer(&plan, &done, begun, &left);
    for (identifier, why) in done.failed.iter().chain(&done.not_copied) {
        troubles.say(identifier, why.as_str());
    }
    troubles.end()?;
    Ok(answer)
}

/// What a snapshot that is complete is a reason for: copies are begun, and nothing is marked, deleted or swept. There is no mail
/// and no sign of life either: those are the schedule's, which would not be missed otherwise.
pub async fn copies_only<W: World>(function: &SnapshotLifecycle<W>) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let home = function.home()?;
    let mut troubles = Troubles::default();
    let seen = look::snapshots(function, &policy, home, &mut troubles).await;
    let found = copies(function.now(), &policy, &seen);
    let mut done = Done::default();
    let begun = copy::begin(function, &found, &mut done).await;
    for (identifier, why) in &done.not_copied {
        troubles.say(identifier, why.as_str());
    }
    troubles.end()?;
    let (under_way, waiting) = (found.under_way.len(), found.queued.len());
    Ok(json!({
        "message": format!("copies: {begun} begun, {under_way} under way, {waiting} waiting; nothing else was looked at"),
        "copies": {"begun": begun, "under_way": under_way, "waiting": waiting, "there": found.there,
                   "refused": found.refused.len()},
    }))
}

/// The plan, looked at twice: first with nothing known of backups, which says of which databases it matters.
async fn planned<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    seen: &mut Seen,
    found: &Found,
    (lists, open): (&Result<Lists, Fault>, &Result<BTreeSet<String>, Fault>),
    troubles: &mut Troubles,
) -> Plan {
    let now = function.now();
    let waiting = look::waiting(&plan(now, policy, seen, &found.marks));
    if !waiting.is_empty() {
        if let Err(fault) = lists {
            troubles.say("databases", format!("clusters and instances could not be listed: {fault}"));
        }
        seen.newest = look::newest(function, policy, &waiting, lists, troubles).await;
        look::in_use(function, seen, open, troubles).await;
    }
    plan(now, policy, seen, &found.marks)
}
