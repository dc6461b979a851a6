//! Deleting, in two stages that run side by side: a last look at the next snapshots while the ones before are deleted.
//!
//! Claims are made in one place, one after the other, so that each knows of every one before: what was claimed counts as
//! gone for the floors and for the limit, whatever comes of its call.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;

use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use lifeboat::database::{Sharing, Snapshot};
use lifeboat::fault::{Class, Fault};
use lifeboat::lifecycle::{Doomed, Ground, Marks, Plan, Tried, World as Seen};
use lifeboat::mail::Done;
use lifeboat::policy::Policy;
use lifeboat::ports::{DestroySnapshots, LOOKED_AT, ReadSnapshots};

use crate::{SnapshotLifecycle, World, is_clustered, is_gone};

/// Deletions at once, and as many questions about sharing
pub const MOST_AT_ONCE: usize = 8;
/// Snapshots that were looked at and wait for their deletion: more would be no look "just before"
pub const MOST_AHEAD: usize = 2 * MOST_AT_ONCE;

/// What the claims are judged by
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    /// The policy
    pub policy: &'a Policy,
    /// What was read for the plan
    pub seen: &'a Seen,
    /// The plan
    pub plan: &'a Plan,
    /// The marks as this run found them
    pub marks: &'a Marks,
}

/// Some that are looked at in one call
struct Batch {
    region: String,
    clustered: bool,
    identifiers: Vec<String>,
}

/// What a call came to
enum Step {
    Again(Batch, Result<Vec<Snapshot>, Fault>),
    Shared(String, Box<Snapshot>, Result<Sharing, Fault>),
    Deleted { arn: String, identifier: String, result: Result<(), String> },
}

type Calls<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Step> + Send + 'a>>>;

/// Deletes what the plan lets go, until it is all done or the time is over.
pub async fn delete<W: World>(
    function: &SnapshotLifecycle<W>,
    grounds: Grounds<'_>,
    until: Timestamp,
    done: &mut Done,
) {
    let Grounds { policy, seen, plan, marks } = grounds;
    let mut batches = batches(plan);
    let mut left: usize = plan.to_delete().count();
    let mut fresh: VecDeque<(String, Snapshot)> = VecDeque::new();
    let mut ready: VecDeque<(String, Snapshot)> = VecDeque::new();
    let mut tried = Tried::new(function.now(), policy, seen);
    let (mut listing, mut looking, mut deleting) = (false, 0_usize, 0_usize);
    let mut calls: Calls<'_> = FuturesUnordered::new();
    loop {
        // Nothing new is begun when the time is over; what is under way is waited for.
        if function.now() < until {
            while deleting < MOST_AT_ONCE
                && let Some((region, snapshot)) = ready.pop_front()
            {
                let identifier = snapshot.identifier.clone();
                let ground = Ground { now: function.now(), policy, world: seen, plan, marks, tried: &tried };
                match Doomed::claim(snapshot, &ground) {
                    Ok(doomed) => {
                        tracing::warn!(identifier, region, "deleting a snapshot");
                        tried.insert(doomed.get());
                        deleting += 1;
                        calls.push(Box::pin(one(function, region, doomed)));
                    }
                    Err(why) => {
                        tracing::info!(identifier, region, %why, "spared by the last look");
                        done.spared.push((identifier, why.to_string()));
                        left = left.saturating_sub(1);
                    }
                }
            }
            while looking < MOST_AT_ONCE
                && looking + ready.len() < MOST_AHEAD
                && let Some((region, snapshot)) = fresh.pop_front()
            {
                looking += 1;
                calls.push(Box::pin(shared(function, region, snapshot)));
            }
            if !listing
                && fresh.len() < MOST_AT_ONCE
                && let Some(batch) = batches.pop_front()
            {
                listing = true;
                calls.push(Box::pin(again(function, batch)));
            }
        }
        match calls.next().await {
            None => break,
            Some(Step::Again(batch, Ok(found))) => {
                listing = false;
                // What is gone already has been deleted by somebody else.
                left = left.saturating_sub(batch.identifiers.len().saturating_sub(found.len()));
                fresh.extend(found.into_iter().map(|snapshot| (batch.region.clone(), snapshot)));
            }
            Some(Step::Again(batch, Err(fault))) => {
                listing = false;
                left = left.saturating_sub(batch.identifiers.len());
                done.failed.extend(batch.identifiers.into_iter().map(|name| (name, fault.to_string())));
            }
            Some(Step::Shared(region, mut snapshot, Ok(sharing))) => {
                looking -= 1;
                snapshot.details.sharing = sharing;
                ready.push_back((region, *snapshot));
            }
            Some(Step::Shared(_, snapshot, Err(fault))) => {
                looking -= 1;
                left = left.saturating_sub(1);
                if !is_gone(&fault) {
                    done.failed.push((snapshot.identifier, fault.to_string()));
                }
            }
            Some(Step::Deleted { arn, identifier, result }) => {
                deleting -= 1;
                left = left.saturating_sub(1);
                match result {
                    Ok(()) => {
                        done.deleted.insert(arn);
                    }
                    Err(why) => done.failed.push((identifier, why)),
                }
            }
        }
    }
    done.unfinished = left;
}

/// What is to be deleted, in groups that one call can look at
fn batches(plan: &Plan) -> VecDeque<Batch> {
    let mut groups: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for line in plan.to_delete() {
        let group = groups.entry((&line.region, is_clustered(&line.snapshot.arn))).or_default();
        group.push(line.snapshot.identifier.clone());
    }
    let mut batches = VecDeque::new();
    for ((region, clustered), identifiers) in groups {
        for chunk in identifiers.chunks(LOOKED_AT) {
            batches.push_back(Batch { region: region.to_owned(), clustered, identifiers: chunk.to_vec() });
        }
    }
    batches
}

async fn again<W: World>(function: &SnapshotLifecycle<W>, batch: Batch) -> Step {
    let databases = function.world().databases(Some(&batch.region));
    let found = databases.again(&batch.identifiers, batch.clustered).await;
    Step::Again(batch, found)
}

async fn shared<W: World>(function: &SnapshotLifecycle<W>, region: String, snapshot: Snapshot) -> Step {
    let databases = function.world().databases(Some(&region));
    let sharing = databases.sharing(&snapshot.identifier, is_clustered(&snapshot.arn)).await;
    Step::Shared(region, Box::new(snapshot), sharing)
}

async fn one<W: World>(function: &SnapshotLifecycle<W>, region: String, doomed: Doomed<Snapshot>) -> Step {
    let (arn, identifier) = (doomed.get().arn.clone(), doomed.get().identifier.clone());
    let databases = function.world().databases(Some(&region));
    let result = match databases.delete(doomed).await {
        Ok(()) => Ok(()),
        Err(fault) if is_gone(&fault) => Ok(()),
        // A lost reply, or somebody else is at it: looking tells.
        Err(fault) if matches!(fault.class, Class::Unknown | Class::WrongState) => {
            match databases.again(std::slice::from_ref(&identifier), is_clustered(&arn)).await {
                Ok(found) if found.iter().all(|snapshot| snapshot.status == "deleting") => Ok(()),
                Ok(_) | Err(_) => Err(fault.to_string()),
            }
        }
        Err(fault) => Err(fault.to_string()),
    };
    Step::Deleted { arn, identifier, result }
}
