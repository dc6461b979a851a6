//! Copies to another region: which are to be made, which are under way, which cannot be made and why.
//!
//! Nothing is remembered: the name of a copy follows from its snapshot, so that what stands in the other region says how
//! far it is. What exceeds AWS's limit of copies in flight waits for a later run.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::copy::{CopySnapshot, act, copy_id, deletion, is_copy_of, stands};
use super::group::{Entries, place};
use super::keep::{size, taken_at};
use super::what::World;
use crate::database::Snapshot;
use crate::policy::Policy;

/// Copies of cluster snapshots in flight to one region, Aurora and DocumentDB together (Aurora user guide, "Copying a DB
/// cluster snapshot": 5 for each destination region and account)
pub const CLUSTER_COPIES: usize = 5;
/// Copies of instances' snapshots in flight to one region (RDS user guide, "Copying a DB snapshot")
pub const INSTANCE_COPIES: usize = 20;

/// A copy that AWS is making
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The database's name in the policy
    pub database: String,
    /// ARN of the snapshot
    pub source_arn: String,
    /// Identifier of the copy
    pub target: String,
    /// Region
    pub region: String,
    /// How far it is
    pub percent: Option<i32>,
}

/// A copy that cannot be made
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCopied {
    /// The database's name in the policy
    pub database: String,
    /// The snapshot; none where it is not about a single one
    pub snapshot: Option<String>,
    /// Region
    pub region: String,
    /// What is in the way, and what to do
    pub why: String,
    /// The command that deletes a copy of ours that failed, as its arguments; empty otherwise
    pub command: Vec<String>,
}

/// How the copies stand
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copies {
    /// To be begun now
    pub start: Vec<CopySnapshot>,
    /// To be begun by a later run, as so many are in flight
    pub queued: Vec<CopySnapshot>,
    /// Being made
    pub under_way: Vec<UnderWay>,
    /// Complete
    pub there: usize,
    /// Not possible
    pub refused: Vec<NotCopied>,
}

impl Copies {
    /// By which copy a snapshot is needed. Where the other region could not be read, by one that nobody can rule out.
    pub(super) fn uses(&self, policy: &Policy, world: &World, database: &str, arn: &str) -> Option<String> {
        let wanted = self.start.iter().chain(&self.queued).find(|copy| copy.source_arn == arn);
        if let Some(copy) = wanted {
            return Some(format!("it is still to be copied to {}", copy.region));
        }
        if let Some(copy) = self.under_way.iter().find(|copy| copy.source_arn == arn) {
            return Some(format!("{} is being copied from it in {}", copy.target, copy.region));
        }
        // It was to be copied and could not be: gone here, it would be nowhere.
        let refused = |no: &&NotCopied| {
            let identifier = no.snapshot.as_deref();
            no.database == database
                && identifier.is_some_and(|identifier| arn.splitn(7, ':').nth(6) == Some(identifier))
        };
        if let Some(no) =
            self.refused.iter().find(refused).filter(|_| place(arn).is_some_and(|at| at.region == world.home))
        {
            return Some(format!("it is to be copied to {}, and cannot be: {}", no.region, no.why));
        }
        let to = policy.database(database)?.snapshots.as_ref()?.copy_to.as_ref()?;
        let unread = !world.regions.contains_key(&to.region) && place(arn).is_some_and(|at| at.region != to.region);
        unread.then(|| format!("{} could not be read, and a copy may be under way there", to.region))
    }
}

/// How the copies of every database stand, and which are to be begun. The newest of every database comes first.
pub fn copies(now: Timestamp, policy: &Policy, world: &World) -> Copies {
    let mut all = Copies::default();
    let mut waiting: Vec<(usize, CopySnapshot)> = Vec::new();
    let mut flying: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for (region, snapshots) in &world.regions {
        for snapshot in snapshots.iter().filter(|one| in_flight(one)) {
            let clustered = place(&snapshot.arn).is_none_or(|place| place.clustered);
            *flying.entry((region, clustered)).or_default() += 1;
            elsewhere(policy, world, region, snapshot, &mut all);
        }
    }
    let mut found_there: BTreeMap<&str, There<'_>> = BTreeMap::new();
    let mut at_home: Option<BTreeMap<&str, Vec<&Snapshot>>> = None;
    for (name, entry) in &policy.databases {
        let Some(to) = entry.snapshots.as_ref().and_then(|rules| rules.copy_to.as_ref()) else { continue };
        let refuse = |snapshot: Option<&Snapshot>, why: &str| NotCopied {
            database: name.clone(),
            snapshot: snapshot.map(|snapshot| snapshot.identifier.clone()),
            region: to.region.clone(),
            why: why.to_owned(),
            command: Vec::new(),
        };
        if to.region == world.home {
            all.refused.push(refuse(None, "it is the region of the database itself: name another one in copy_to"));
            continue;
        }
        let (Some(there), Some(here)) = (world.regions.get(&to.region), world.regions.get(&world.home)) else {
            all.refused.push(refuse(None, "its snapshots could not be read: the next run looks again"));
            continue;
        };
        let by_name = at_home.get_or_insert_with(|| by_database(now, policy, (&world.home, here)));
        let mut wanted = by_name.remove(name.as_str()).unwrap_or_default();
        wanted.sort_by_key(|one| Reverse((taken_at(one), &one.arn)));
        wanted.dedup_by_key(|one| &one.arn);
        let known = found_there.entry(&to.region).or_insert_with(|| There::of_region(there));
        for (rank, snapshot) in wanted.into_iter().take(size(to.keep_last.max(1))).enumerate() {
            let Some(target) = copy_id(snapshot) else { continue };
            let found = known.of(snapshot, &target);
            match found.map(|one| stands(one, snapshot, &entry.identifier)) {
                Some(Ok(true)) => all.there += 1,
                // It is counted among those under way, or will be gone by the next run.
                Some(Ok(false)) => {}
                Some(Err(why)) => {
                    let command = found.map(|copy| deletion(copy, &entry.identifier, &to.region)).unwrap_or_default();
                    all.refused.push(NotCopied { command, ..refuse(Some(snapshot), &why) });
                }
                None => match act(name, snapshot, target, to, &entry.identifier) {
                    Ok(act) => waiting.push((rank, act)),
                    Err(why) => all.refused.push(refuse(Some(snapshot), &why)),
                },
            }
        }
    }
    waiting.sort_by(|one, other| (one.0, &one.1.source_arn).cmp(&(other.0, &other.1.source_arn)));
    for (_, copy) in waiting {
        let most = if copy.clustered { CLUSTER_COPIES } else { INSTANCE_COPIES };
        let region = world.regions.get_key_value(&copy.region).map_or("", |(region, _)| region.as_str());
        let count = flying.entry((region, copy.clustered)).or_default();
        if *count < most {
            *count += 1;
            all.start.push(copy);
        } else {
            all.queued.push(copy);
        }
    }
    all
}

/// The snapshots at home that rules of the policy reach, by the names of their databases
fn by_database<'a>(
    now: Timestamp,
    policy: &'a Policy,
    (home, here): (&str, &'a [Arc<Snapshot>]),
) -> BTreeMap<&'a str, Vec<&'a Snapshot>> {
    let entries = Entries::of(policy);
    let mut found: BTreeMap<&str, Vec<&Snapshot>> = BTreeMap::new();
    for snapshot in here {
        if let Ok(group) = entries.group(now, (home, home), snapshot)
            && !group.abroad
        {
            found.entry(group.database).or_default().push(snapshot);
        }
    }
    found
}

/// The snapshots of another region, by what a copy is known by
struct There<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Snapshot>>,
    by_source: BTreeMap<&'a str, Vec<&'a Snapshot>>,
}

impl<'a> There<'a> {
    fn of_region(snapshots: &'a [Arc<Snapshot>]) -> Self {
        let mut there = Self { by_name: BTreeMap::new(), by_source: BTreeMap::new() };
        for one in snapshots {
            there.by_name.entry(&one.identifier).or_default().push(one);
            if let Some(from) = one.details.copied_from.as_deref() {
                there.by_source.entry(from).or_default().push(one);
            }
        }
        there
    }

    /// The copy of a snapshot: the one of its name, else one that AWS says was made from it
    fn of(&self, snapshot: &Snapshot, target: &str) -> Option<&'a Snapshot> {
        let named = self.by_name.get(target).into_iter().flatten();
        let made = self.by_source.get(snapshot.arn.as_str()).into_iter().flatten();
        named.chain(made).copied().find(|one| is_copy_of(one, snapshot, target))
    }
}

/// AWS is making it; a snapshot of the other region's own counts too, as its status does not tell
fn in_flight(snapshot: &Snapshot) -> bool {
    ["copying", "creating", "pending"].contains(&snapshot.status.as_str())
}

/// Notes a copy in flight of one of our snapshots, whoever began it.
fn elsewhere(policy: &Policy, world: &World, region: &str, copy: &Snapshot, all: &mut Copies) {
    let here = world.regions.get(&world.home).into_iter().flatten();
    let source = here
        .into_iter()
        .find(|one| one.arn != copy.arn && copy_id(one).is_some_and(|target| is_copy_of(copy, one, &target)));
    if let Some(source) = source {
        let named = policy.databases.iter().find(|(_, entry)| entry.identifier == source.source);
        all.under_way.push(UnderWay {
            database: named.map_or_else(|| source.source.clone(), |(name, _)| name.clone()),
            source_arn: source.arn.clone(),
            target: copy.identifier.clone(),
            region: region.to_owned(),
            percent: copy.details.percent,
        });
    }
}
