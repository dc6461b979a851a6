//! What a run has deleted or tried to delete, and what stands above each snapshot: counted once for a run, so that the gate
//! does not walk the whole list for every claim.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::group::Entries;
use super::keep::taken_at;
use super::plan::once;
use super::what::World;
use crate::database::Snapshot;
use crate::policy::Policy;

/// By age, and by ARN where two are as old
type Key = (Option<Timestamp>, String);

fn key(snapshot: &Snapshot) -> Key {
    (taken_at(snapshot), snapshot.arn.clone())
}

/// The snapshots that count for the floor of one database in one region
#[derive(Debug, Clone, Default)]
struct Standing {
    /// Oldest first
    all: Vec<Key>,
    /// Those of them that this run tried to delete
    gone: BTreeSet<Key>,
}

/// What this run deleted, or tried to delete: whatever came of the call, it counts as gone
#[derive(Debug, Clone, Default)]
pub struct Tried {
    arns: BTreeSet<String>,
    groups: BTreeMap<(String, bool), Standing>,
}

impl Tried {
    /// At the beginning of a run: nothing yet, over what was read for its plan.
    pub fn new(now: Timestamp, policy: &Policy, world: &World) -> Self {
        let mut groups: BTreeMap<(String, bool), Standing> = BTreeMap::new();
        let entries = Entries::of(policy);
        for (region, snapshots) in &world.regions {
            // One whose entries contradict each other is none that can be relied on.
            for (snapshot, _) in once(snapshots).filter(|(_, twice)| !twice) {
                if let Ok(of) = entries.group(now, (&world.home, region), snapshot) {
                    groups.entry((of.database.to_owned(), of.abroad)).or_default().all.push(key(snapshot));
                }
            }
        }
        for standing in groups.values_mut() {
            standing.all.sort();
        }
        Self { arns: BTreeSet::new(), groups }
    }

    /// Notes one, **before** its call.
    pub fn insert(&mut self, snapshot: &Snapshot) {
        let key = key(snapshot);
        for standing in self.groups.values_mut() {
            if standing.all.binary_search(&key).is_ok() {
                standing.gone.insert(key.clone());
            }
        }
        self.arns.insert(snapshot.arn.clone());
    }

    /// How many
    pub fn number(&self) -> usize {
        self.arns.len()
    }

    /// Whether this one is among them
    pub(super) fn contains(&self, arn: &str) -> bool {
        self.arns.contains(arn)
    }

    /// How many of its database and region are newer and still there
    pub(super) fn newer(&self, (database, abroad): (&str, bool), snapshot: &Snapshot) -> usize {
        let Some(standing) = self.groups.get(&(database.to_owned(), abroad)) else { return 0 };
        let key = key(snapshot);
        let up_to_it = standing.all.partition_point(|other| *other <= key);
        // The oldest go first, so hardly any that is gone is newer: this walk is short.
        let gone = standing.gone.range(&key..).filter(|other| **other > key).count();
        standing.all.len().saturating_sub(up_to_it).saturating_sub(gone)
    }
}
