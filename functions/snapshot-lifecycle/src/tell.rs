//! What people learn of a run: mails, numbers, a sign of life, the answer.

use lifeboat::flow::Troubles;
use lifeboat::lifecycle::{LeftBehind, Line, Mode, Plan, ToldLeft, What};
use lifeboat::mail::{self, Done, Mail};
use lifeboat::policy::Policy;
use lifeboat::ports::{Meter, Post, Store};
use serde_json::{Value, json};

use crate::{SnapshotLifecycle, World, show};

/// The function, as its sign of life names it
pub const NAME: &str = "snapshot-lifecycle";

/// Tells what a run did and what it found.
pub async fn tell<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    (plan, done): (&Plan, &Done),
    left: &[LeftBehind],
    troubles: &mut Troubles,
) {
    if let Some(mail) = mail::lifecycle_mail(plan, done, &policy.timezone) {
        send(function, &mail, troubles).await;
    }
    tell_left(function, policy, left, troubles).await;
    let mut metrics = mail::lifecycle_metrics(plan, done);
    metrics.extend(mail::heartbeat(NAME));
    if let Err(fault) = function.world().meter().measure(&metrics).await {
        troubles.say("metrics", fault.to_string());
    }
}

/// The mail about what is left behind: once for each new thing, and again after a week
async fn tell_left<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    left: &[LeftBehind],
    troubles: &mut Troubles,
) {
    let now = function.now();
    let Some(mail) = mail::left_behind_mail(left, &policy.timezone, now) else { return };
    for one in left {
        tracing::warn!(identifier = one.left.identifier, what = one.left.what, note = one.left.note, "left behind");
    }
    let store = function.world().store();
    // What cannot be read was never told: one mail too many is better than none.
    let told = match store.read(ToldLeft::KEY).await {
        Ok(stored) => stored.and_then(|stored| serde_json::from_slice(&stored.body).ok()).unwrap_or_default(),
        Err(fault) => {
            troubles.note(ToldLeft::KEY, &fault);
            ToldLeft::default()
        }
    };
    let Some(after) = told.after(now, left) else { return };
    if !send(function, &mail, troubles).await {
        return;
    }
    let body = serde_json::to_vec(&after).unwrap_or_default();
    if let Err(fault) = store.put(ToldLeft::KEY, body, "application/json").await {
        troubles.note(ToldLeft::KEY, &fault);
    }
}

async fn send<W: World>(function: &SnapshotLifecycle<W>, mail: &Mail, troubles: &mut Troubles) -> bool {
    match function.world().post().send(&mail.subject, &mail.body).await {
        Ok(()) => true,
        Err(fault) => {
            troubles.say("mail", fault.to_string());
            false
        }
    }
}

/// Most snapshots in each list of a run's answer; a request for the plan answers with all of them
pub const MOST_ANSWERED: usize = 500;

/// The answer of a run
pub fn answer(plan: &Plan, done: &Done, begun: usize, left: &[LeftBehind]) -> Value {
    let lines = |of: fn(&What) -> bool| -> Vec<Value> {
        plan.lines().iter().filter(|line| of(&line.what)).take(MOST_ANSWERED).map(show::line).collect()
    };
    // What took the place of a spared one was held by the limit.
    let held = || -> Vec<Value> {
        let stays = |line: &&Line| matches!(line.what, What::Held { .. }) && !done.deleted.contains(&line.snapshot.arn);
        plan.lines().iter().filter(stays).take(MOST_ANSWERED).map(show::line).collect()
    };
    let named = |all: &[(String, String)]| -> Vec<Value> {
        all.iter().map(|(name, why)| json!({"snapshot": name, "why": why})).collect()
    };
    let is_marked = |what: &What| matches!(what, What::Marked { .. });
    let (due, marked) = (plan.due().count(), plan.lines().iter().filter(|line| is_marked(&line.what)).count());
    let deletions = match plan.mode {
        Mode::Real => format!("{} of {due} deleted", done.deleted.len()),
        Mode::DryRun | Mode::Preview => format!("dry run: {due} would be deleted"),
    };
    let message = format!(
        "snapshots: {deletions}, {} marked, {} spared, {} failed, {} left to the next run; {begun} copies begun; {} left \
         behind by copies and tests",
        marked,
        done.spared.len(),
        done.failed.len(),
        done.unfinished,
        left.len(),
    );
    let copies = plan.copies();
    json!({
        "message": message,
        "dry_run": plan.mode != Mode::Real,
        "due": lines(|what| matches!(what, What::Due { .. })),
        "deleted": done.deleted.iter().take(MOST_ANSWERED).collect::<Vec<_>>(), "spared": named(&done.spared), "failed": named(&done.failed),
        "unfinished": done.unfinished, "marked": lines(is_marked), "held": held(),
        "copies": {"begun": begun, "under_way": copies.under_way.len(), "waiting": copies.queued.len(),
                   "there": copies.there, "refused": copies.refused.len(), "not_begun": named(&done.not_copied)},
        "left_behind": left.iter().map(|one| &one.left).collect::<Vec<_>>(),
    })
}
