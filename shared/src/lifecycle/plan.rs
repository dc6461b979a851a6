//! The plan of a run: every snapshot with what becomes of it and why, and the marks that follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::CLOCKS;
use super::copies::{self, Copies};
use super::fresh::stale;
use super::group::{Entries, Group, place};
use super::keep::{Fate, days, keep, size, taken_at};
use super::left::LeftAlone;
use super::marks::{Mark, Marks};
use super::what::{Hold, Line, Mode, What, World};
use crate::database::Snapshot;
use crate::policy::Policy;

/// A plan. Only [`plan`] and [`preview`] make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The time it is for
    pub now: Timestamp,
    /// Whether anything may follow from it
    pub mode: Mode,
    /// Most deletions of one run
    pub max_deletions: i64,
    lines: Vec<Line>,
    /// Where among the lines each ARN stands that this run may delete: what is due, and what may take its place
    may_go: BTreeMap<String, usize>,
    marks: Marks,
    copies: Copies,
}

impl Plan {
    /// Every snapshot, by database, oldest first
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The marks as they are after this run; they are written **before** anything is deleted
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The copies to other regions, as they stand
    pub fn copies(&self) -> &Copies {
        &self.copies
    }

    /// What this run deletes, or would delete in a dry run
    pub fn due(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.what, What::Due { .. }))
    }

    /// What only the number of deletions of one run holds, the oldest first. It takes the place of what the last look spares:
    /// otherwise as many shared ones as one run deletes would hold all the others for ever.
    pub fn reserve(&self) -> Vec<&Line> {
        let waits = |line: &&Line| self.mode == Mode::Real && waits_for_its_turn(&line.what);
        let mut waiting: Vec<&Line> = self.lines.iter().filter(waits).collect();
        waiting.sort_by_key(|line| (taken_at(&line.snapshot), &line.snapshot.arn));
        waiting
    }

    /// The line of this ARN, where this run may delete it
    pub(super) fn may_go(&self, arn: &str) -> Option<&Line> {
        self.lines.get(*self.may_go.get(arn)?)
    }

    /// What this run is to delete: nothing in a dry run and in a preview
    pub fn to_delete(&self) -> impl Iterator<Item = &Line> {
        self.due().filter(|_| self.mode == Mode::Real)
    }

    /// Only the lines of one database
    #[must_use]
    pub fn only(mut self, database: &str) -> Self {
        self.lines.retain(|line| line.database.as_deref() == Some(database));
        self.may_go = may_go(&self.lines);
        self
    }
}

/// The plan of a run.
pub fn plan(now: Timestamp, policy: &Policy, world: &World, marks: &Marks) -> Plan {
    let mode = if policy.cleanup.dry_run { Mode::DryRun } else { Mode::Real };
    planned((now, now), policy, world, marks, mode)
}

/// The plan as it would be at `as_of`, if the policy and the snapshots stay as they are and runs take place in between: what
/// no rule keeps a grace period earlier is marked by then. Freshness is that of now. Nothing follows from it.
pub fn preview(now: Timestamp, as_of: Timestamp, policy: &Policy, world: &World, marks: &Marks) -> Plan {
    // The document's own time says which clock is right, and a preview has none.
    let marks = Marks { at: None, ..marks.clone() };
    let earlier = as_of.checked_sub(days(policy.cleanup.grace_days.max(1))).ok().filter(|earlier| *earlier > now);
    let marks = match earlier {
        Some(earlier) => Marks { at: None, ..planned((now, earlier), policy, world, &marks, Mode::Preview).marks },
        None => marks,
    };
    planned((now, as_of), policy, world, &marks, Mode::Preview)
}

fn planned((real_now, now): (Timestamp, Timestamp), policy: &Policy, world: &World, marks: &Marks, mode: Mode) -> Plan {
    let copies = copies::copies(now, policy, world);
    let mut lines = fates(now, policy, world);
    let behind = marks.at.filter(|at| at.duration_since(now) > CLOCKS);
    let mut kept_marks = carried(world, marks);
    for line in &mut lines {
        let What::Held { why, .. } = &line.what else { continue };
        let why = why.clone();
        let mark = marks.of(&line.snapshot);
        // The first run that finds it dropped marks it; a clock that is behind marks nothing.
        let since = mark.map(|mark| mark.since).or(behind.is_none().then_some(now));
        if let (Some(since), Some(created_at)) = (since, line.snapshot.created_at) {
            // Within the tolerance a snapshot may be younger than now; its mark is not older than itself.
            let since = since.max(created_at);
            let mark = Mark { created_at, since, why: why.clone() };
            kept_marks.insert(line.snapshot.arn.clone(), mark);
        }
        let held = |by| What::Held { since, why: why.clone(), by };
        let database = line.database.as_deref().unwrap_or_default();
        line.what = match (behind, since) {
            (Some(at), _) => held(Hold::Clock(at)),
            (None, Some(since)) => match due_at(since, policy.cleanup.grace_days) {
                Some(due_at) if !is_due(now, since, due_at) => What::Marked { since, due_at, why },
                _ => match floor(real_now, policy, world, &copies, (database, &line.snapshot)) {
                    Some(by) => held(by),
                    None => What::Due { since, why },
                },
            },
            (None, None) => held(Hold::Clock(now)),
        };
    }
    limit(&mut lines, policy.cleanup.max_deletions);
    let marks = if mode == Mode::Preview || behind.is_none() {
        Marks { version: Marks::VERSION, at: marks.at.max(Some(now)), marks: kept_marks }
    } else {
        marks.clone()
    };
    Plan { now, mode, max_deletions: policy.cleanup.max_deletions, may_go: may_go(&lines), lines, marks, copies }
}

fn waits_for_its_turn(what: &What) -> bool {
    matches!(what, What::Held { since: Some(_), by: Hold::Limit(_), .. })
}

fn may_go(lines: &[Line]) -> BTreeMap<String, usize> {
    let may_go = |what: &What| matches!(what, What::Due { .. }) || waits_for_its_turn(what);
    let found = lines.iter().enumerate().filter(|(_, line)| may_go(&line.what));
    found.map(|(index, line)| (line.snapshot.arn.clone(), index)).collect()
}

/// Every snapshot once, with what the numbers say; what is dropped is `Held` until the rest is known.
fn fates(now: Timestamp, policy: &Policy, world: &World) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut groups: BTreeMap<(&str, bool), (Group<'_>, Vec<usize>)> = BTreeMap::new();
    let entries = Entries::of(policy);
    for (region, snapshots) in &world.regions {
        for (snapshot, twice) in once(snapshots) {
            let found = if twice { Err(LeftAlone::Twice) } else { entries.group(now, (&world.home, region), snapshot) };
            let what = match found {
                Ok(group) => {
                    let of = groups.entry((group.database, group.abroad)).or_insert_with(|| (group, Vec::new()));
                    of.1.push(lines.len());
                    What::Kept(Vec::new())
                }
                Err(left) => What::LeftAlone(left),
            };
            let database = entries.name_of(&snapshot.source).map(str::to_owned);
            lines.push(Line { snapshot: Arc::clone(snapshot), region: region.clone(), database, what });
        }
    }
    let zone = policy.zone();
    for (group, indices) in groups.values() {
        let of: Vec<&Snapshot> =
            indices.iter().filter_map(|index| Some(lines.get(*index)?.snapshot.as_ref())).collect();
        let fates = keep(now, &group.keep, &zone, &of);
        for (index, fate) in indices.iter().zip(fates) {
            if let Some(line) = lines.get_mut(*index) {
                line.what = match fate {
                    Fate::Kept { reasons } => What::Kept(reasons),
                    Fate::Dropped { reason } => What::Held { since: None, why: reason, by: Hold::Clock(now) },
                };
            }
        }
    }
    let names = policy.databases.iter().enumerate().map(|(place, (name, _))| (name.clone(), place));
    let places: BTreeMap<String, usize> = names.collect();
    lines.sort_by_cached_key(|line| {
        let place = line.database.as_ref().and_then(|name| places.get(name)).copied();
        (place.is_none(), place, line.region != world.home, taken_at(&line.snapshot), line.snapshot.arn.clone())
    });
    lines
}

/// Each snapshot once, and whether its entries contradict each other. A list that is walked while it changes may show one
/// twice, and counting it twice would lower the floor.
pub(super) fn once(snapshots: &[Arc<Snapshot>]) -> impl Iterator<Item = (&Arc<Snapshot>, bool)> {
    let mut by_arn: BTreeMap<&str, (&Arc<Snapshot>, bool)> = BTreeMap::new();
    for snapshot in snapshots {
        let seen = by_arn.entry(&snapshot.arn).or_insert((snapshot, false));
        if seen.0 != snapshot {
            seen.1 = true;
            let order = |one: &Snapshot| (one.created_at, one.status.clone(), one.identifier.clone());
            if order(snapshot) < order(seen.0) {
                seen.0 = snapshot;
            }
        }
    }
    by_arn.into_values()
}

/// Marks in regions that were not read this time; nothing is known about their snapshots.
fn carried(world: &World, marks: &Marks) -> BTreeMap<String, Mark> {
    let unread = |arn: &str| place(arn).is_some_and(|place| !world.regions.contains_key(place.region));
    marks.marks.iter().filter(|(arn, _)| unread(arn)).map(|(arn, mark)| (arn.clone(), mark.clone())).collect()
}

/// When a mark's grace period is over
pub(super) fn due_at(since: Timestamp, grace_days: i64) -> Option<Timestamp> {
    since.checked_add(days(grace_days)).ok()
}

/// Over, and a later run than the one that marked
pub(super) fn is_due(now: Timestamp, since: Timestamp, due_at: Timestamp) -> bool {
    now > since && now >= due_at
}

/// The floor that holds a snapshot whose time is over
pub(super) fn floor(
    now: Timestamp,
    policy: &Policy,
    world: &World,
    copies: &Copies,
    (database, snapshot): (&str, &Snapshot),
) -> Option<Hold> {
    let unknown = || Some("the policy does not name its database".to_owned());
    let limits = policy.database(database).map(|entry| &entry.backups);
    let stale = limits.map_or_else(unknown, |limits| stale(now, limits, world.newest.get(database)));
    if let Some(why) = stale {
        return Some(Hold::Stale(why));
    }
    let used = world.in_use.get(&snapshot.arn).cloned();
    used.or_else(|| copies.uses(policy, world, database, &snapshot.arn)).map(Hold::InUse)
}

/// As many as one run may delete, the oldest first; the others wait.
fn limit(lines: &mut [Line], most: i64) {
    let mut due: Vec<(Option<Timestamp>, String)> = lines
        .iter()
        .filter(|line| matches!(line.what, What::Due { .. }))
        .map(|line| (taken_at(&line.snapshot), line.snapshot.arn.clone()))
        .collect();
    due.sort();
    let waiting: std::collections::BTreeSet<String> = due.into_iter().skip(size(most)).map(|(_, arn)| arn).collect();
    for line in lines {
        if let What::Due { since, why } = &line.what
            && waiting.contains(&line.snapshot.arn)
        {
            line.what = What::Held { since: Some(*since), why: why.clone(), by: Hold::Limit(most) };
        }
    }
}
