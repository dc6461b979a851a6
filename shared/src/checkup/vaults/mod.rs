//! AWS Backup: recovery points, jobs, schedules, locks, keys and rules of the vaults that the policy names.
//!
//! The ids of these questions come from the policy alone (databases and vaults), so that a list that cannot be read leaves
//! the question on the sheet as one that could not be answered.
//!
//! | id | question |
//! |---|---|
//! | `recovery-point/<database>/<vault>` | a recovery point that can be restored and is young enough |
//! | `point-keys/<database>/<vault>`, `vault-key/<vault>` | keys that can still decrypt |
//! | `expired-points/<vault>` | recovery points that AWS could not delete |
//! | `backup-jobs/…`, `copy-jobs/…`, `restore-jobs/<database>` and `…/<vault>` | jobs that failed and were not made good |
//! | `other-backup-jobs`, … | the same of resources that the policy does not name |
//! | `restore-test-copies` | copies of restore tests that AWS could not delete |
//! | `backup-schedule/<database>/<vault>` | times of a plan that passed without a recovery point |
//! | `vault-lock/<vault>`, `vault-lock-rules/<vault>` | a lock that is about to be for ever; rules that it makes fail |
//! | `plan-rules/<vault>` | rules that AWS refuses or ignores |
//!
//! What is not at home has the region as a last part.

#[cfg(test)]
mod fixtures;
mod jobs;
mod keys;
mod locks;
mod missed;
mod plans;
mod points;
mod test_copies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use locks::lock_line;

use super::facts::{Region, Unknown, VaultFacts};
use super::look::Protected;
use super::{Asking, Sheet};
use crate::database::{BackupJob, BackupPlan, PointFacts, Seen, Vault};
use crate::policy::{Database, Policy};

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    points::ask(asking, sheet);
    keys::ask(asking, sheet);
    jobs::ask(asking, sheet);
    test_copies::ask(asking, sheet);
    missed::ask(asking, sheet);
    locks::ask(asking, sheet);
    plans::ask(asking, sheet);
}

/// A database of the policy as AWS Backup names it
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    arn: &'a str,
    resource_id: &'a str,
    encrypted: bool,
    /// Its latest restorable time: how far a continuous backup reaches
    restorable: Option<Timestamp>,
}

impl Subject<'_> {
    /// The ARNs by which AWS Backup names it, in small letters: by its identifier, and by its resource id, as for
    /// continuous backups
    fn arns(&self) -> Vec<String> {
        let by_id = self.arn.rsplit_once(':').filter(|_| !self.resource_id.is_empty());
        let by_id = by_id.map(|(front, _)| format!("{front}:{}", self.resource_id));
        std::iter::once(self.arn.to_owned()).chain(by_id).map(|arn| arn.to_ascii_lowercase()).collect()
    }

    /// Its recovery points in a vault of the home region
    fn points<'a>(&self, asking: &Asking<'a>, vault: &str) -> Vec<&'a PointFacts> {
        let lists = asking.index.region(&asking.world.home);
        lists.map_or_else(Vec::new, |lists| lists.points(vault, || self.arns()))
    }

    /// Its jobs in a region
    fn jobs<'a>(&self, asking: &Asking<'a>, region: &str) -> Vec<&'a BackupJob> {
        asking.index.region(region).map_or_else(Vec::new, |lists| lists.jobs(|| self.arns()))
    }
}

fn unknown(why: impl Into<String>) -> Unknown {
    Unknown { why: why.into() }
}

/// What was asked for, or why it is not known
fn read<'a, T>(fact: Option<&'a Result<T, Unknown>>, what: &str) -> Result<&'a T, Unknown> {
    match fact {
        Some(Ok(facts)) => Ok(facts),
        Some(Err(why)) => Err(why.clone()),
        None => Err(unknown(format!("{what} was not read"))),
    }
}

fn home<'a>(asking: &Asking<'a>) -> Result<&'a Region, Unknown> {
    let home = &asking.world.home;
    asking.world.regions.get(home).ok_or_else(|| unknown(format!("nothing was read in {home}")))
}

fn subject<'a>(asking: &Asking<'a>, database: &Database) -> Result<Subject<'a>, Unknown> {
    let region = home(asking)?;
    let wanted = &database.identifier;
    let lists = asking.index.region(&asking.world.home);
    let gone = |what: &str| unknown(format!("there is no {what} {wanted}"));
    if database.kind.is_clustered() {
        read(region.clusters.as_ref(), "the list of clusters")?;
        let found = lists.and_then(|lists| lists.cluster(wanted)).map(|kept| &kept.facts);
        let found = found.ok_or_else(|| gone("cluster"))?;
        let encrypted = found.configuration.encrypted || found.configuration.kms_key.is_some();
        Ok(Subject { arn: &found.arn, resource_id: &found.resource_id, encrypted, restorable: found.window.latest })
    } else {
        read(region.instances.as_ref(), "the list of instances")?;
        let found = lists.and_then(|lists| lists.instance(wanted)).map(|kept| &kept.facts);
        let found = found.ok_or_else(|| gone("instance"))?;
        let encrypted = found.configuration.encrypted || found.configuration.kms_key.is_some();
        let restorable = found.latest_restorable;
        Ok(Subject { arn: &found.arn, resource_id: &found.resource_id, encrypted, restorable })
    }
}

/// What nobody could tell of a database. Of one that does not exist that is no question of its own: `exists` says it.
fn not_told(asking: &Asking<'_>, sheet: &mut Sheet, id: String, database: &str, title: &str, why: &Unknown) {
    let is_absent = |of: &Protected<'_>| of.seen() == Seen::Absent && subject(asking, of.entry).is_err();
    if asking.protected().find(|of| of.name == database).as_ref().is_some_and(is_absent) {
        sheet.silent(id, "it does not exist");
    } else {
        sheet.unknown(id, Some(database), title, why);
    }
}

/// The vaults that the policy names, with the names of the databases that do
fn vaults(policy: &Policy) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut vaults: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, database) in &policy.databases {
        for wanted in &database.backups.recovery_points {
            vaults.entry(&wanted.vault).or_default().insert(name);
        }
    }
    vaults
}

/// The database that a finding about a vault is about: the only one that names it
fn only<'a>(names: &BTreeSet<&'a str>) -> Option<&'a str> {
    names.first().copied().filter(|_| names.len() == 1)
}

fn vault_facts<'a>(asking: &Asking<'a>, vault: &str) -> Result<&'a VaultFacts, Unknown> {
    home(asking)?.vaults.get(vault).ok_or_else(|| unknown(format!("the vault {vault} was not read")))
}

/// The vault itself; `Ok(None)` where AWS said that it does not exist
fn vault<'a>(asking: &Asking<'a>, name: &str) -> Result<Option<&'a Vault>, Unknown> {
    vault_facts(asking, name)?.vault.as_ref().map(Option::as_ref).map_err(Clone::clone)
}

fn plans<'a>(asking: &Asking<'a>) -> Result<&'a [BackupPlan], Unknown> {
    read(home(asking)?.plans.as_ref(), "the list of backup plans").map(Vec::as_slice)
}

/// `1 point`, `2 points`
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A count as a measure
fn measure(number: usize) -> Option<f64> {
    u32::try_from(number).ok().map(f64::from)
}
