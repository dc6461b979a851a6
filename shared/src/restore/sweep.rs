//! The sweeper: what earlier runs left behind, found by names and tags alone.
//!
//! A record can be lost; a copy cannot hide. Whatever carries one of our prefixes or our purpose tag is listed; what is past
//! its `lifeboat:expires-at` is removed through the same gate as everything else, and the rest is reported.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::owned::named_after;
use super::record::Leftover;
use super::tags::{EXPIRES_AT, PURPOSE, RUN};
use super::{Candidate, Claim, NotOurs, Owned, Purpose, prefix_of};
use crate::database::{Cluster, Instance, RetainedBackup, Sharing, Snapshot, SnapshotKind};

/// Most things that one sweep removes: more than this is no leftover but a mistake
pub const MOST_SWEPT: usize = 10;

/// How long restore-drill is left alone with inspections whose time is over
const ENDING: SignedDuration = SignedDuration::from_hours(6);

/// What a sweep found
#[derive(Debug, Default)]
pub struct Sweep {
    /// Instances past their time
    pub instances: Vec<Owned<Instance>>,
    /// Clusters past their time
    pub clusters: Vec<Owned<Cluster>>,
    /// Ours by name or tag, of a run that is not under way, and not ours to remove (yet)
    pub reported: Vec<Leftover>,
}

/// Sorts every cluster and instance of the account. `under_way` are the runs with an open record: their copies are no
/// leftovers, whatever their age, as long as they have not expired.
pub fn sweep(
    now: Timestamp,
    clusters: Vec<Cluster>,
    instances: Vec<Instance>,
    under_way: &BTreeSet<String>,
    protected: &BTreeSet<String>,
) -> Sweep {
    let mut found = Sweep::default();
    for instance in instances {
        match sorted("instance", &instance, now, under_way, protected) {
            Sorted::Expired(owned) if found.instances.len() < MOST_SWEPT => found.instances.push(owned),
            Sorted::Expired(owned) => {
                found.reported.push(leftover("instance", owned.get(), "waits for the next sweep"));
            }
            Sorted::Reported(leftover) => found.reported.push(leftover),
            Sorted::NotOurs => {}
        }
    }
    for cluster in clusters {
        match sorted("cluster", &cluster, now, under_way, protected) {
            Sorted::Expired(owned) if found.clusters.len() < MOST_SWEPT => found.clusters.push(owned),
            Sorted::Expired(owned) => found.reported.push(leftover("cluster", owned.get(), "waits for the next sweep")),
            Sorted::Reported(leftover) => found.reported.push(leftover),
            Sorted::NotOurs => {}
        }
    }
    found.reported.sort();
    found
}

/// Leaves out what belongs to inspections that are kept on: `kept` are those whose records say that their time is not over,
/// whatever the tags say. Tags and record move together, but a copy's instance that was just being made when somebody asked for
/// more time has the old time still.
pub fn still_kept<T: Candidate>(things: Vec<T>, kept: &BTreeSet<String>) -> Vec<T> {
    let is_kept = |thing: &T| {
        let purpose = thing.tags().get(PURPOSE).and_then(|word| Purpose::from_word(word));
        purpose == Some(Purpose::Inspection) && thing.tags().get(RUN).is_some_and(|run| kept.contains(run))
    };
    things.into_iter().filter(|thing| !is_kept(thing)).collect()
}

/// Leaves out inspections whose time was over just now: restore-drill ends them, and tells people. Whoever sweeps behind it
/// removes only what that could not, for so long.
pub fn not_swept_just_now<T: Candidate>(now: Timestamp, things: Vec<T>) -> Vec<T> {
    let is_ending = |thing: &T| {
        let tags = thing.tags();
        let purpose = tags.get(PURPOSE).and_then(|word| Purpose::from_word(word));
        let ends = tags.get(EXPIRES_AT).and_then(|at| at.parse::<Timestamp>().ok());
        // What a validation attached is in AWS Backup's cluster: it is restore-drill's alone.
        purpose == Some(Purpose::Validation)
            || purpose == Some(Purpose::Inspection)
                && ends.is_some_and(|at| now < at.saturating_add(ENDING).unwrap_or(at))
    };
    things.into_iter().filter(|thing| !is_ending(thing)).collect()
}

/// What a sweep found among snapshots and retained automated backups
#[derive(Debug, Default)]
pub struct SweepOfBackups {
    /// Manual snapshots of copies past their time, as they were listed: each is read once more, and who else may restore it
    /// is asked, before it is claimed
    pub snapshots: Vec<Arc<Snapshot>>,
    /// Retained automated backups of copies past their time
    pub retained: Vec<Owned<RetainedBackup>>,
    /// Ours by name or tag, and not ours to remove (yet)
    pub reported: Vec<Leftover>,
}

/// The same for what copies leave behind as backups: manual snapshots of them, and what RDS retained.
pub fn sweep_backups(
    now: Timestamp,
    snapshots: &[Arc<Snapshot>],
    retained: &[RetainedBackup],
    under_way: &BTreeSet<String>,
    protected: &BTreeSet<String>,
) -> SweepOfBackups {
    let mut found = SweepOfBackups::default();
    let prefixed = |name: &str| [Purpose::Drill, Purpose::Inspection].iter().any(|of| name.starts_with(prefix_of(*of)));
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.kind == SnapshotKind::Manual) {
        let what = if snapshot.arn.contains(":cluster-snapshot:") { "cluster snapshot" } else { "snapshot" };
        match sorted(what, &as_if_private(snapshot), now, under_way, protected) {
            Sorted::Expired(_) if found.snapshots.len() < MOST_SWEPT => found.snapshots.push(Arc::clone(snapshot)),
            Sorted::Expired(owned) => found.reported.push(leftover(what, owned.get(), "waits for the next sweep")),
            Sorted::Reported(leftover) => found.reported.push(leftover),
            // Under a name of its own, and without tags of ours: what it was taken of still says whose it is.
            Sorted::NotOurs if prefixed(&snapshot.source) && !under_way.contains(&snapshot.source) => {
                found.reported.push(leftover(what, snapshot.as_ref(), &format!("taken of {}", snapshot.source)));
            }
            Sorted::NotOurs => {}
        }
    }
    for backup in retained {
        match sorted("automated backup", backup, now, under_way, protected) {
            Sorted::Expired(owned) if found.retained.len() < MOST_SWEPT => found.retained.push(owned),
            Sorted::Expired(owned) => {
                found.reported.push(leftover("automated backup", owned.get(), "waits for the next sweep"));
            }
            Sorted::Reported(leftover) => found.reported.push(leftover),
            Sorted::NotOurs => {}
        }
    }
    found.reported.sort();
    found
}

/// The lists do not tell who else may restore it; the claim just before the call knows.
fn as_if_private(snapshot: &Snapshot) -> Snapshot {
    let mut one = snapshot.clone();
    if one.details.sharing == Sharing::NotAsked {
        one.details.sharing = Sharing::Private;
    }
    one
}

enum Sorted<T> {
    Expired(Owned<T>),
    Reported(Leftover),
    NotOurs,
}

fn sorted<T: Candidate + Clone>(
    what: &str,
    thing: &T,
    now: Timestamp,
    under_way: &BTreeSet<String>,
    protected: &BTreeSet<String>,
) -> Sorted<T> {
    if !looks_like_ours(thing) || thing.status() == "deleting" {
        return Sorted::NotOurs;
    }
    match Owned::claim(thing.clone(), Claim::Expired { now }, protected) {
        Ok(owned) => Sorted::Expired(owned),
        Err(_) if is_under_way(thing, under_way) => Sorted::NotOurs,
        Err(NotOurs { why, .. }) => Sorted::Reported(leftover(what, thing, &why.to_string())),
    }
}

/// By its tags, or by its name where it has no run's: what AWS Backup is making for a run has no tags of ours yet
fn is_under_way<T: Candidate>(thing: &T, under_way: &BTreeSet<String>) -> bool {
    match thing.tags().get(RUN) {
        Some(run) => under_way.contains(run),
        None => under_way.iter().any(|run| named_after(thing.identifier(), run)),
    }
}

/// A recovery is kept by somebody: it is ours by tag, and no leftover
fn looks_like_ours<T: Candidate>(thing: &T) -> bool {
    let by_name = [Purpose::Drill, Purpose::Inspection, Purpose::Validation]
        .iter()
        .any(|purpose| thing.identifier().starts_with(prefix_of(*purpose)));
    let by_tag = thing.tags().get(PURPOSE).and_then(|word| Purpose::from_word(word));
    by_name || matches!(by_tag, Some(Purpose::Drill | Purpose::Inspection | Purpose::Validation))
}

fn leftover<T: Candidate>(what: &str, thing: &T, note: &str) -> Leftover {
    Leftover {
        what: what.to_owned(),
        identifier: thing.identifier().to_owned(),
        run: thing.tags().get(RUN).cloned(),
        note: format!("{}: {note}", thing.status()),
        region: None,
    }
}
