//! Which rule of the policy a snapshot falls under, if any.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::CLOCKS;
use super::keep::{COPY, Keep};
use super::left::LeftAlone;
use super::pattern;
use crate::database::{Engine, Sharing, Snapshot, SnapshotKind};
use crate::policy::{CopyTo, Database, Policy, Snapshots};
use crate::restore::{PURPOSE, SOURCE};

/// The prefix of every copy that we make
pub(super) const COPY_PREFIX: &str = "copy-";

/// The snapshots of one database in one region, and the rule they fall under
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    /// The database's name in the policy
    pub database: &'a str,
    /// Whether these are the copies abroad
    pub abroad: bool,
    /// The numbers
    pub keep: Keep,
}

/// What an ARN of a snapshot says of it: `arn:aws:rds:<region>:<account>:<type>:<identifier>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub region: &'a str,
    pub account: &'a str,
    pub clustered: bool,
}

/// The identifier may carry colons, so it is not split.
pub(super) fn place(arn: &str) -> Option<Place<'_>> {
    let mut parts = arn.splitn(7, ':');
    let (scheme, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, what) = (parts.next()?, parts.next()?, parts.next()?);
    let named = parts.next().is_some_and(|identifier| !identifier.is_empty());
    let clustered = match what {
        "cluster-snapshot" => true,
        "snapshot" => false,
        _ => return None,
    };
    (scheme == "arn" && service == "rds" && named).then_some(Place { region, account, clustered })
}

/// The databases of a policy by their identifiers: ten thousand snapshots are not each held against a thousand databases.
pub(super) struct Entries<'a>(BTreeMap<String, Entry<'a>>);

/// A database with its name in the policy
type Entry<'a> = (&'a str, &'a Database);

impl<'a> Entries<'a> {
    pub(super) fn of(policy: &'a Policy) -> Self {
        let all = policy.databases.iter();
        Self(all.map(|(name, entry)| (entry.identifier.to_ascii_lowercase(), (name.as_str(), entry))).collect())
    }

    /// The name of the database that a snapshot was taken of
    pub(super) fn name_of(&self, source: &str) -> Option<&'a str> {
        self.0.get(&source.to_ascii_lowercase()).map(|(name, _)| *name)
    }

    /// As [`group`]
    pub(super) fn group(
        &self,
        now: Timestamp,
        regions: (&str, &str),
        snapshot: &Snapshot,
    ) -> Result<Group<'a>, LeftAlone> {
        settled(now, rule(|source| self.0.get(&source.to_ascii_lowercase()).copied(), regions, snapshot)?, snapshot)
    }
}

/// The group of a snapshot that was found in `region`, or why it is left alone.
pub(super) fn group<'a>(
    now: Timestamp,
    policy: &'a Policy,
    regions: (&str, &str),
    snapshot: &Snapshot,
) -> Result<Group<'a>, LeftAlone> {
    let entry = |source: &str| {
        let found = policy.databases.iter().find(|(_, entry)| entry.identifier.eq_ignore_ascii_case(source));
        found.map(|(name, entry)| (name.as_str(), entry))
    };
    settled(now, rule(entry, regions, snapshot)?, snapshot)
}

/// A group, unless the snapshot itself is not ready to be in one
fn settled<'a>(now: Timestamp, group: Group<'a>, snapshot: &Snapshot) -> Result<Group<'a>, LeftAlone> {
    if snapshot.status != "available" {
        return Err(LeftAlone::Status(snapshot.status.clone()));
    }
    let Some(created) = snapshot.created_at else {
        return Err(LeftAlone::NoTime);
    };
    if created.duration_since(now) > CLOCKS {
        return Err(LeftAlone::Future);
    }
    match &snapshot.details.sharing {
        // The lists do not tell; it is asked just before the deletion, and marking harms nothing.
        Sharing::NotAsked | Sharing::Private => Ok(group),
        Sharing::With(accounts) => Err(LeftAlone::Shared(shared_with(accounts))),
        Sharing::Unknown(why) => Err(LeftAlone::SharingUnknown(why.clone())),
    }
}

fn rule<'a>(
    entry: impl FnOnce(&str) -> Option<Entry<'a>>,
    (home, region): (&str, &str),
    snapshot: &Snapshot,
) -> Result<Group<'a>, LeftAlone> {
    let name = snapshot.identifier.as_str();
    match snapshot.kind {
        _ if name.starts_with("awsbackup:") || snapshot.kind == SnapshotKind::AwsBackup => {
            return Err(LeftAlone::AwsBackup);
        }
        _ if name.contains(':') => return Err(LeftAlone::Automated),
        SnapshotKind::Automated => return Err(LeftAlone::Automated),
        // A copy of one of AWS Backup's that was made by it keeps this tag whatever its name.
        SnapshotKind::Manual if snapshot.tags.keys().any(|key| key.starts_with("aws:backup:")) => {
            return Err(LeftAlone::AwsBackup);
        }
        SnapshotKind::Manual => {}
        SnapshotKind::AwsBackup | SnapshotKind::Other => return Err(LeftAlone::NotManual),
    }
    let Some(place) = place(&snapshot.arn).filter(|place| place.region == region) else {
        return Err(LeftAlone::Arn);
    };
    let engine = || LeftAlone::Engine(snapshot.engine.word().to_owned());
    if matches!(snapshot.engine, Engine::Other(_)) {
        return Err(engine());
    }
    let unlisted = || LeftAlone::Unlisted(snapshot.source.clone());
    let (database, entry) = entry(&snapshot.source).ok_or_else(unlisted)?;
    if !snapshot.engine.fits(entry.kind) || place.clustered != entry.kind.is_clustered() {
        return Err(engine());
    }
    let no_rule = || LeftAlone::NoRule(database.to_owned());
    let rules = entry.snapshots.as_ref().ok_or_else(no_rule)?;
    let group = |abroad, keep| Group { database, abroad, keep };
    if region == home {
        if !named(rules, name) {
            return Err(LeftAlone::Pattern);
        }
        if let Some(from) = from_elsewhere(snapshot, home) {
            return Err(LeftAlone::Elsewhere(from.to_owned()));
        }
        return Ok(group(false, Keep::from(rules)));
    }
    let copy_to: &CopyTo = rules.copy_to.as_ref().filter(|to| to.region == region).ok_or_else(no_rule)?;
    if !is_our_copy(snapshot, &entry.identifier) {
        return Err(LeftAlone::NotOurCopy);
    }
    if snapshot.details.copied_from.is_none() {
        return Err(LeftAlone::Elsewhere("a snapshot that AWS does not name".to_owned()));
    }
    if let Some(from) = from_elsewhere(snapshot, home) {
        return Err(LeftAlone::Elsewhere(from.to_owned()));
    }
    Ok(group(true, Keep::from(copy_to)))
}

/// Whether a pattern of the policy reaches this name
pub(super) fn named(rules: &Snapshots, name: &str) -> bool {
    rules.patterns.iter().any(|pattern| pattern::matches(pattern, name))
}

/// A copy that we made: our prefix and our tags
pub(super) fn is_our_copy(snapshot: &Snapshot, source: &str) -> bool {
    let tag = |key: &str, value: &str| snapshot.tags.get(key).is_some_and(|found| found == value);
    snapshot.identifier.starts_with(COPY_PREFIX) && tag(PURPOSE, COPY) && tag(SOURCE, source)
}

/// What a snapshot was copied from, where that is none of this account and of the region of the databases. The name of its
/// database proves nothing: another region and another account may have one of the same name, and a Lifeboat of its own.
fn from_elsewhere<'a>(snapshot: &'a Snapshot, home: &str) -> Option<&'a str> {
    // Within its own region AWS may tell a plain identifier.
    let from = snapshot.details.copied_from.as_deref().filter(|from| from.starts_with("arn:"))?;
    let (there, here) = (place(from), place(&snapshot.arn));
    let ours = there.zip(here).is_some_and(|(there, here)| there.region == home && there.account == here.account);
    (!ours).then_some(from)
}

fn shared_with(accounts: &[String]) -> String {
    if accounts.iter().any(|account| account == "all") {
        return "everybody".to_owned();
    }
    match accounts {
        // An empty list of accounts is no answer that AWS gives; it does not prove that nobody has it.
        [] => "accounts that are not named".to_owned(),
        [one] => format!("account {one}"),
        several => format!("{} accounts", several.len()),
    }
}
