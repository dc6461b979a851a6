//! Deleting, in two stages that run side by side: a last look at the next snapshots while the ones before are deleted.
//!
//! Claims are made in one place, one after the other, so that each knows of every one before: what was claimed counts as
//! gone for the floors and for the limit, whatever comes of its call. What a claim spares leaves its place to the next oldest.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;

use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use lifeboat::database::{Sharing, Snapshot};
use lifeboat::fault::{Class, Fault};
use lifeboat::lifecycle::{Doomed, Ground, Line, Marks, NotDoomed, Plan, Tried, World as Seen};
use lifeboat::mail::Done;
use lifeboat::policy::Policy;
use lifeboat::ports::{DestroySnapshots, LOOKED_AT, ReadSnapshots};

use crate::{SnapshotLifecycle, World, is_clustered, is_gone};

/// Deletions at once, and as many questions about sharing
pub const MOST_AT_ONCE: usize = 8;
/// Snapshots that were looked at and wait for their deletion: more would be no look "just before"
pub const MOST_AHEAD: usize = 2 * MOST_AT_ONCE;
/// Snapshots that take the place of spared ones in one run
pub const MOST_REPLACED: usize = 500;

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
    let mut run = Run {
        function,
        grounds,
        batches: batched(grounds.plan.to_delete()),
        left: grounds.plan.to_delete().count(),
        reserve: grounds.plan.reserve().into_iter().take(MOST_REPLACED).collect(),
        vacant: 0,
        fresh: VecDeque::new(),
        ready: VecDeque::new(),
        tried: Tried::new(function.now(), grounds.policy, grounds.seen),
        listing: false,
        looking: 0,
        deleting: 0,
        calls: FuturesUnordered::new(),
    };
    loop {
        // Nothing new is begun when the time is over; what is under way is waited for.
        if function.now() < until {
            run.claim(done);
            run.look_again();
        }
        match run.calls.next().await {
            None => break,
            Some(step) => run.take(step, done),
        }
    }
    done.unfinished = run.left;
}

/// A run's deletions under way
struct Run<'a, W> {
    function: &'a SnapshotLifecycle<W>,
    grounds: Grounds<'a>,
    /// To be read again
    batches: VecDeque<Batch>,
    /// How many are neither deleted nor given up
    left: usize,
    /// What takes the place of spared ones, oldest first
    reserve: VecDeque<&'a Line>,
    /// Places that spared ones left
    vacant: usize,
    /// Read again, and not asked yet who else may restore them
    fresh: VecDeque<(String, Snapshot)>,
    /// Looked at
    ready: VecDeque<(String, Snapshot)>,
    tried: Tried,
    listing: bool,
    looking: usize,
    deleting: usize,
    calls: Calls<'a>,
}

impl<W: World> Run<'_, W> {
    /// Claims what was looked at, one after the other, as long as there is room for its deletion
    fn claim(&mut self, done: &mut Done) {
        let Grounds { policy, seen, plan, marks } = self.grounds;
        while self.deleting < MOST_AT_ONCE
            && let Some((region, snapshot)) = self.ready.pop_front()
        {
            let identifier = snapshot.identifier.clone();
            let now = self.function.now();
            let ground = Ground { now, policy, world: seen, plan, marks, tried: &self.tried };
            match Doomed::claim(snapshot, &ground) {
                Ok(doomed) => {
                    tracing::warn!(identifier, region, "deleting a snapshot");
                    self.tried.insert(doomed.get());
                    self.deleting += 1;
                    self.calls.push(Box::pin(one(self.function, region, doomed)));
                }
                Err(why) => {
                    tracing::info!(identifier, region, %why, "spared by the last look");
                    self.vacant += usize::from(matches!(why, NotDoomed::LeftAlone(_)));
                    done.spared.push((identifier, why.to_string()));
                    self.left = self.left.saturating_sub(1);
                }
            }
        }
    }

    /// Begins the looks that there is room for
    fn look_again(&mut self) {
        while self.looking < MOST_AT_ONCE
            && self.looking + self.ready.len() < MOST_AHEAD
            && let Some((region, snapshot)) = self.fresh.pop_front()
        {
            self.looking += 1;
            self.calls.push(Box::pin(shared(self.function, region, snapshot)));
        }
        if self.batches.is_empty() && self.vacant > 0 {
            let next: Vec<&Line> = self.reserve.drain(..self.vacant.min(self.reserve.len())).collect();
            (self.left, self.vacant) = (self.left + next.len(), 0);
            self.batches = batched(next.into_iter());
        }
        if !self.listing
            && self.fresh.len() < MOST_AT_ONCE
            && let Some(batch) = self.batches.pop_front()
        {
            self.listing = true;
            self.calls.push(Box::pin(again(self.function, batch)));
        }
    }

    /// What a call came to
    fn take(&mut self, step: Step, done: &mut Done) {
        match step {
            Step::Again(batch, Ok(found)) => {
                self.listing = false;
                // What is gone already has been deleted by somebody else.
                self.left = self.left.saturating_sub(batch.identifiers.len().saturating_sub(found.len()));
                self.fresh.extend(found.into_iter().map(|snapshot| (batch.region.clone(), snapshot)));
            }
            Step::Again(batch, Err(fault)) => {
                self.listing = false;
                self.left = self.left.saturating_sub(batch.identifiers.len());
                done.failed.extend(batch.identifiers.into_iter().map(|name| (name, fault.to_string())));
            }
            Step::Shared(region, mut snapshot, Ok(sharing)) => {
                self.looking -= 1;
                snapshot.details.sharing = sharing;
                self.ready.push_back((region, *snapshot));
            }
            Step::Shared(_, snapshot, Err(fault)) => {
                self.looking -= 1;
                self.left = self.left.saturating_sub(1);
                if !is_gone(&fault) {
                    done.failed.push((snapshot.identifier, fault.to_string()));
                }
            }
            Step::Deleted { arn, identifier, result } => {
                self.deleting -= 1;
                self.left = self.left.saturating_sub(1);
                match result {
                    Ok(()) => {
                        done.deleted.insert(arn);
                    }
                    Err(why) => done.failed.push((identifier, why)),
                }
            }
        }
    }
}

/// What is to be deleted, in groups that one call can look at
fn batched<'a>(lines: impl Iterator<Item = &'a Line>) -> VecDeque<Batch> {
    let mut groups: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for line in lines {
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
