//! What a drill from a snapshot restores, at home or where a copy of it is.

use super::{Chosen, Found, Source, fits, no_database, stood_in, unread, unusable};
use crate::database::{Configuration, Seen, Snapshot, Window};
use crate::restore::plan::{Plan, SourceChoice, SourceFacts};
use crate::restore::point::{came_from, choose_snapshot, point_of, region_of};

pub(super) fn from_snapshot(plan: &Plan, source: &Source) -> Found {
    let facts = match (&source.facts, &plan.region) {
        (Seen::Present(facts), _) => Some(facts),
        (Seen::Unknown(why), None) => return Err(unread(&plan.identifier, why)),
        (Seen::Absent, None) => return Err(no_database(plan)),
        (Seen::Unknown(_) | Seen::Absent, Some(_)) => None,
    };
    if let Some(facts) = facts {
        fits(plan, &facts.engine)?;
    }
    let snapshots = match &source.snapshots {
        Seen::Present(snapshots) => of_this_database(plan, source, snapshots),
        Seen::Absent => Vec::new(),
        Seen::Unknown(why) => return Err(unread(&format!("the snapshots of {}", plan.identifier), why)),
    };
    let snapshot = match choose_snapshot(&plan.source, &plan.identifier, &snapshots) {
        Ok(snapshot) => snapshot,
        Err(_) if source.facts.is_absent() => return Err(no_database(plan)),
        Err(trouble) => return Err(unusable(&trouble, facts.cloned(), false)),
    };
    fits(plan, &snapshot.engine)?;
    let point = point_of(snapshot);
    match facts {
        Some(facts) => Ok(Chosen { facts: facts.clone(), point, notes: Vec::new() }),
        None => Ok(Chosen { facts: of_snapshot(snapshot, source), point, notes: stood_in(plan, source) }),
    }
}

/// Of the snapshots of a name those of the database itself: in another region only what was copied there from its own. A
/// snapshot that somebody named is that person's choice.
fn of_this_database(plan: &Plan, source: &Source, snapshots: &[Snapshot]) -> Vec<Snapshot> {
    let home = source.arn().and_then(region_of);
    let elsewhere = plan.region.as_deref().filter(|region| home != Some(*region));
    match (&plan.source, elsewhere) {
        (SourceChoice::LatestSnapshot, Some(region)) => {
            snapshots.iter().filter(|snapshot| came_from(snapshot, region, home)).cloned().collect()
        }
        _ => snapshots.to_vec(),
    }
}

/// What a snapshot tells of its source, and an earlier drill remembers
fn of_snapshot(snapshot: &Snapshot, source: &Source) -> SourceFacts {
    let remembered = source.remembered.clone();
    let alone = || SourceFacts {
        arn: snapshot.arn.clone(),
        resource_id: String::new(),
        engine: snapshot.engine.clone(),
        engine_version: String::new(),
        window: Window::default(),
        configuration: Configuration {
            encrypted: snapshot.encrypted,
            storage_gib: snapshot.storage_gib,
            ..Configuration::default()
        },
        class: None,
        database_name: None,
        is_gone: false,
    };
    SourceFacts {
        engine: snapshot.engine.clone(),
        engine_version: snapshot.engine_version.clone(),
        window: Window::default(),
        ..remembered.unwrap_or_else(alone)
    }
}
