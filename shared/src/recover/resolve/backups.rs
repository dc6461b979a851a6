//! A request that names a backup, or that has nothing but backups left.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::words::{key_words, refusal};
use super::{Ground, MOST_NAMED, Resolved, elsewhere};
use crate::database::{RecoveryPoint, RestoreMetadata, Seen, Snapshot, SnapshotKind};
use crate::lifecycle::taken_at;
use crate::moment;
use crate::policy::{Mistakes, nearest};
use crate::recover::act::From;
use crate::recover::facts::{KeyUse, can_be_restored};
use crate::restore::{Point, is_continuous, point_of, point_of_vault, region_of, restorable};

/// What is asked for where the newest will do
const LATEST: &str = "latest";

pub(super) fn snapshot(ground: &Ground<'_>, name: &str) -> Result<Resolved, Mistakes> {
    let identifier = &ground.facts.identifier;
    let all = match &ground.facts.snapshots {
        Seen::Present(all) => all.as_slice(),
        Seen::Absent => &[],
        Seen::Unknown(why) => {
            let was = format!("cannot be looked up: the snapshots of {identifier} could not be read: {why}");
            return Err(Mistakes::one("snapshot", was, "the same once AWS can be asked; ask again", None));
        }
    };
    if name == LATEST {
        let none = || {
            let was = format!("is latest, and {identifier} has no snapshot that can be restored");
            Mistakes::one("snapshot", was, others(ground, all), None)
        };
        return best_snapshot(ground).map(|newest| of_snapshot(ground, newest)).ok_or_else(none);
    }
    let Some(found) = all.iter().find(|snapshot| snapshot.identifier == name || snapshot.arn == name) else {
        let near = nearest(name, all.iter().map(|snapshot| snapshot.identifier.as_str()));
        let (what, allowed) = elsewhere::not_found(ground, name);
        let was = format!("names {name:?}, {what}");
        let allowed =
            allowed.map_or_else(|| others(ground, all), |allowed| format!("{allowed}; or {}", others(ground, all)));
        return Err(Mistakes::one("snapshot", was, allowed, near.or_else(|| Some(LATEST.to_owned()))));
    };
    if found.kind == SnapshotKind::AwsBackup {
        let was = format!("names {name:?}, which belongs to AWS Backup");
        let instead = format!("\"recovery_point\": {:?} in its place", found.arn);
        return Err(Mistakes::one("snapshot", was, instead, None));
    }
    if found.status != "available" {
        let was = format!("names {name:?}, which is {}", found.status);
        return Err(Mistakes::one("snapshot", was, others(ground, all), Some(LATEST.to_owned())));
    }
    if !found.engine.fits(ground.facts.kind) {
        let was = format!("names {name:?}, which is of {}", found.engine.word());
        let allowed = format!("a snapshot of a database that is {}", ground.facts.kind.word());
        return Err(Mistakes::one("snapshot", was, allowed, None));
    }
    if let Some(copy) = elsewhere::to_be_copied_first(ground, found) {
        let was = format!(
            "names {name:?}, which is encrypted and another account's: AWS restores such a one from a copy only"
        );
        return Err(Mistakes::one("snapshot", was, copy, None));
    }
    let mut resolved = of_snapshot(ground, found);
    // Shared with this account, or of another region: AWS finds it by its ARN only.
    if let (Point::Snapshot { identifier, .. }, true) = (&mut resolved.point, name == found.arn) {
        identifier.clone_from(&found.arn);
    }
    Ok(resolved)
}

pub(super) fn recovery_point(ground: &Ground<'_>, name: &str) -> Result<Resolved, Mistakes> {
    let facts = ground.facts;
    if facts.vaults.is_empty() {
        let was = "is asked for, and the policy names no vault of this database";
        let allowed = format!("databases.{}.backups.recovery_points in the policy first", facts.database);
        return Err(Mistakes::one("recovery_point", was, allowed, None));
    }
    let all: Vec<&RecoveryPoint> = points(ground);
    let unread = unread_vaults(ground);
    if name == LATEST {
        let none = || {
            let was = format!("is latest, and no vault has a point of {} that can be restored", facts.identifier);
            Mistakes::one("recovery_point", format!("{was}{unread}"), named_points(ground, &all), None)
        };
        return best_point(ground).map(|newest| of_point(ground, newest, &unread)).ok_or_else(none);
    }
    let Some(found) = all.iter().find(|point| point.arn == name) else {
        let near = best_point(ground).map(|_| LATEST.to_owned());
        let was = format!("names {name:?}, which is none that was found{unread}");
        return Err(Mistakes::one("recovery_point", was, named_points(ground, &all), near));
    };
    if !can_be_restored(found) {
        let was = format!("names {name:?}, which is {}", found.status);
        let near = best_point(ground).map(|_| LATEST.to_owned());
        return Err(Mistakes::one("recovery_point", was, named_points(ground, &all), near));
    }
    Ok(of_point(ground, found, ""))
}

/// The newest backup of a database that is gone, whatever holds it. An unread list does not count as an empty one.
pub(super) fn newest(ground: &Ground<'_>) -> Result<Option<Resolved>, Mistakes> {
    if let Seen::Unknown(why) = &ground.facts.snapshots {
        let was =
            format!("cannot be told: {} is gone, and its snapshots could not be read: {why}", ground.facts.identifier);
        return Err(Mistakes::one("to", was, "the same once AWS can be asked; ask again", None));
    }
    let (snapshot, point) = (best_snapshot(ground), best_point(ground));
    let is_newer = |point: &RecoveryPoint, snapshot: &Snapshot| point.created_at > taken_at(snapshot);
    let mut chosen = match (snapshot, point) {
        (Some(snapshot), Some(point)) if is_newer(point, snapshot) => of_point(ground, point, &unread_vaults(ground)),
        (Some(snapshot), _) => of_snapshot(ground, snapshot),
        (None, Some(point)) => of_point(ground, point, &unread_vaults(ground)),
        (None, None) => return Ok(None),
    };
    chosen.told.push_str(". RDS retains no automated backups of it here, so this is the newest there is");
    Ok(Some(chosen))
}

/// What can be asked for in place of a time, and the request that does it
pub(super) fn instead(ground: &Ground<'_>) -> (String, Option<String>) {
    let told = |at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(", of {}", ground.told(at)));
    let mut said = Vec::new();
    let mut near = None;
    if let Some(snapshot) = best_snapshot(ground) {
        near = Some("\"snapshot\": \"latest\" in place of to".to_owned());
        said.push(format!("\"snapshot\": \"latest\" ({}{})", snapshot.identifier, told(taken_at(snapshot))));
    }
    if let Some(point) = best_point(ground) {
        near = near.or_else(|| Some("\"recovery_point\": \"latest\" in place of to".to_owned()));
        said.push(format!("\"recovery_point\": \"latest\" (in vault {}{})", point.vault, told(point.created_at)));
    }
    if let Seen::Unknown(why) = &ground.facts.snapshots {
        said.push(format!("perhaps a snapshot: they could not be read: {why}"));
    }
    let unread = unread_vaults(ground);
    if !unread.is_empty() {
        said.push(format!("perhaps a recovery point{unread}"));
    }
    if said.is_empty() {
        return ("nothing: no snapshot and no recovery point of it was found either".to_owned(), None);
    }
    (said.join(", or "), near)
}

impl Ground<'_> {
    fn told(&self, at: Timestamp) -> String {
        moment::told(at, self.now, self.zone)
    }

    fn can_be_read(&self, encrypted: bool, key: Option<&str>) -> bool {
        !matches!(self.facts.key_use(encrypted, key), KeyUse::Useless(_))
    }
}

/// The newest that can be restored, as far as is known: of two, one whose key is gone loses
fn best_snapshot<'a>(ground: &Ground<'a>) -> Option<&'a Snapshot> {
    let all = ground.facts.snapshots.present()?.iter();
    let fits = |snapshot: &&Snapshot| restorable(snapshot) && snapshot.engine.fits(ground.facts.kind);
    let read = |snapshot: &Snapshot| ground.can_be_read(snapshot.encrypted, snapshot.details.kms_key.as_deref());
    all.filter(fits).max_by_key(|snapshot| (read(snapshot), taken_at(snapshot), snapshot.identifier.clone()))
}

fn points<'a>(ground: &Ground<'a>) -> Vec<&'a RecoveryPoint> {
    let seen = ground.facts.vaults.iter().filter_map(|(_, points)| points.present());
    let mut all: Vec<&RecoveryPoint> = seen.flatten().collect();
    all.sort_by_key(|point| Reverse((point.created_at, point.arn.clone())));
    all
}

fn best_point<'a>(ground: &Ground<'a>) -> Option<&'a RecoveryPoint> {
    let all = points(ground).into_iter().filter(|point| can_be_restored(point));
    let read = |point: &RecoveryPoint| ground.can_be_read(true, point.kms_key.as_deref());
    all.max_by_key(|point| (read(point), point.created_at, point.arn.clone()))
}

/// `; the vault prod could not be read: AccessDenied`
fn unread_vaults(ground: &Ground<'_>) -> String {
    let said = ground.facts.vaults.iter().filter_map(|(vault, points)| match points {
        Seen::Unknown(why) => Some(format!("; the vault {vault} could not be read: {why}")),
        Seen::Absent => Some(format!("; there is no vault {vault}")),
        Seen::Present(_) => None,
    });
    said.take(MOST_NAMED).collect()
}

fn of_snapshot(ground: &Ground<'_>, snapshot: &Snapshot) -> Resolved {
    let taken = taken_at(snapshot).map_or_else(|| "an unknown time".to_owned(), |at| ground.told(at));
    let identifier = &ground.facts.identifier;
    let of = if snapshot.source == *identifier {
        String::new()
    } else {
        format!(" of ANOTHER database, {}", snapshot.source)
    };
    let key = ground.facts.key_use(snapshot.encrypted, snapshot.details.kms_key.as_deref());
    let of = match elsewhere::account_of_another(ground, snapshot) {
        Some(account) => format!("{of}, shared by account {account}"),
        None => of,
    };
    let gone = gone(ground, snapshot.details.copied_from.as_deref(), &snapshot.arn);
    let told = format!("to snapshot {}{of}, taken {taken}{gone}{}", snapshot.identifier, key_words(&key));
    Resolved { point: point_of(snapshot), from: From::Source(identifier.clone()), told, in_the_way: refusal(&key) }
}

fn of_point(ground: &Ground<'_>, point: &RecoveryPoint, unread: &str) -> Resolved {
    let taken = match point.created_at {
        _ if is_continuous(&point.arn) => "continuous, to its latest time".to_owned(),
        Some(at) => format!("taken {}", ground.told(at)),
        None => "taken at an unknown time".to_owned(),
    };
    let key = match &point.kms_key {
        Some(key) => ground.facts.key_use(true, Some(key)),
        None => KeyUse::Fine,
    };
    let (vault, arn) = (&point.vault, &point.arn);
    let gone = gone(ground, Some(&point.resource_arn), arn);
    let told = format!("to a recovery point in vault {vault}, {taken} ({arn}){gone}{}{unread}", key_words(&key));
    let from = From::Source(ground.facts.identifier.clone());
    Resolved { point: point_of_vault(point, RestoreMetadata::new()), from, told, in_the_way: refusal(&key) }
}

/// What is to be known where the database is not there. `from` is what the backup was taken or copied from: another region's
/// database is not gone because it is not here.
fn gone(ground: &Ground<'_>, from: Option<&str>, backup: &str) -> String {
    if !ground.facts.living.is_absent() {
        return String::new();
    }
    let identifier = &ground.facts.identifier;
    match (from.and_then(region_of), region_of(backup)) {
        (Some(home), Some(here)) if home != here => format!(
            "; copied to {here} from {home}, where {identifier} lives or lived: WHAT WAS WRITTEN SINCE IS NOT IN IT"
        ),
        _ => format!("; {identifier} IS GONE"),
    }
}

/// The newest snapshots in words
fn others(ground: &Ground<'_>, all: &[Snapshot]) -> String {
    let mut sorted: Vec<&Snapshot> = all.iter().filter(|snapshot| restorable(snapshot)).collect();
    sorted.sort_by_key(|snapshot| Reverse(taken_at(snapshot)));
    let say = |snapshot: &&Snapshot| {
        let taken = taken_at(snapshot).map_or_else(String::new, |at| format!(" of {}", ground.told(at)));
        format!("{}{taken}", snapshot.identifier)
    };
    list(&sorted, say, "a snapshot of this database; it has none that can be restored")
}

fn named_points(ground: &Ground<'_>, all: &[&RecoveryPoint]) -> String {
    let say = |point: &&RecoveryPoint| {
        let taken = point.created_at.map_or_else(String::new, |at| format!(" of {}", ground.told(at)));
        format!("{}{taken} ({})", point.arn, point.status)
    };
    let usable: Vec<&RecoveryPoint> = all.iter().copied().filter(|point| can_be_restored(point)).collect();
    if usable.is_empty() && !all.is_empty() {
        return format!("none: {}", list(all, say, ""));
    }
    list(&usable, say, "a recovery point of this database; none was found")
}

fn list<T>(all: &[T], say: impl Fn(&T) -> String, none: &str) -> String {
    if all.is_empty() {
        return none.to_owned();
    }
    let more = all.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let named: Vec<String> = all.iter().take(MOST_NAMED).map(say).collect();
    format!("{}{more}", named.join("; "))
}
