//! What AWS holds of databases: read side by side, and nothing that cannot be read hides anything else.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat::database::{Key, Kind, PointFacts, RecoveryPoint, RetainedBackup, Seen, Window};
use lifeboat::fault::{Class, Fault};
use lifeboat::policy::{Database, Policy};
use lifeboat::ports::{BackupFacts, Databases, Jobs, Keys};
use lifeboat::recover::{Facts, JobRun, Living};

use crate::side_by_side::side_by_side;
use crate::{EmergencyRestore, Visit, World};

/// What AWS holds of these databases of the policy
pub async fn facts<W: World>(
    function: &EmergencyRestore<W>,
    policy: &Policy,
    names: &[&str],
    visit: &Visit,
) -> Vec<Facts> {
    let databases: Vec<(&str, &Database)> =
        names.iter().filter_map(|name| Some((*name, policy.database(name)?))).collect();
    // A vault holds points of several databases: each is read once.
    let vaults: BTreeSet<&str> = databases
        .iter()
        .flat_map(|(_, database)| &database.backups.recovery_points)
        .map(|wanted| wanted.vault.as_str())
        .collect();
    let in_vaults = vaults.into_iter().map(|vault| async move { (vault, points(function, vault, visit).await) });
    let of_each = databases.iter().map(|(name, database)| of_database(function, name, database, visit));
    let (in_vaults, mut all) = tokio::join!(side_by_side(in_vaults.collect()), side_by_side(of_each.collect()));
    let in_vaults: BTreeMap<&str, Seen<Vec<PointFacts>>> = in_vaults.into_iter().collect();
    for (facts, (_, database)) in all.iter_mut().zip(&databases) {
        facts.vaults = vaults_of(facts, database, &in_vaults);
    }
    keys_of(function, &mut all, visit).await;
    all
}

/// The keys of everything that was seen, each asked for once
pub(crate) async fn keys_of<W: World>(function: &EmergencyRestore<W>, all: &mut [Facts], visit: &Visit) {
    let keys: BTreeSet<String> = all.iter().flat_map(Facts::named_keys).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let looks = keys.iter().map(|arn| key(function, arn, visit));
    let seen: BTreeMap<String, Seen<Key>> = keys.iter().cloned().zip(side_by_side(looks.collect()).await).collect();
    for facts in all {
        let wanted = facts.named_keys();
        facts.keys = wanted.into_iter().filter_map(|arn| Some((arn.clone(), seen.get(&arn)?.clone()))).collect();
    }
}

/// Everything but the vaults and the keys, which several databases share
async fn of_database<W: World>(
    function: &EmergencyRestore<W>,
    name: &str,
    database: &Database,
    visit: &Visit,
) -> Facts {
    let (identifier, clustered) = (database.identifier.as_str(), database.kind.is_clustered());
    let databases = function.world().databases();
    let snapshots =
        visit.call(function, "rds:DescribeSnapshots", identifier, databases.snapshots(identifier, clustered));
    let (living, snapshots, retained) =
        tokio::join!(living(function, identifier, clustered, visit), snapshots, retained(function, database, visit),);
    Facts {
        database: name.to_owned(),
        kind: database.kind,
        identifier: identifier.to_owned(),
        living,
        snapshots: seen(name, snapshots.map(Some)),
        vaults: Vec::new(),
        retained,
        keys: BTreeMap::new(),
    }
}

async fn living<W: World>(
    function: &EmergencyRestore<W>,
    identifier: &str,
    clustered: bool,
    visit: &Visit,
) -> Seen<Living> {
    let databases = function.world().databases();
    if clustered {
        let read = databases.cluster(identifier);
        let read = visit.call(function, "rds:DescribeDBClusters", identifier, read).await;
        return seen(identifier, read.map(|found| found.map(|cluster| Living::of_cluster(&cluster))));
    }
    let window = databases.instance_window(identifier);
    let (read, window) = tokio::join!(
        visit.call(function, "rds:DescribeDBInstances", identifier, databases.instance(identifier)),
        visit.call(function, "rds:DescribeDBInstanceAutomatedBackups", identifier, window),
    );
    let instance = match seen(identifier, read) {
        Seen::Present(instance) => instance,
        Seen::Absent => return Seen::Absent,
        Seen::Unknown(why) => return Seen::Unknown(why),
    };
    let window: Seen<Window> = seen(identifier, window.map(Some));
    Seen::Present(Living::of_instance(&instance, &window))
}

/// DocumentDB keeps no automated backups of a cluster that was deleted (DocumentDB API: `DeleteDBCluster`)
async fn retained<W: World>(
    function: &EmergencyRestore<W>,
    database: &Database,
    visit: &Visit,
) -> Seen<Vec<RetainedBackup>> {
    if database.kind == Kind::Documentdb {
        return Seen::Present(Vec::new());
    }
    let (identifier, clustered) = (database.identifier.as_str(), database.kind.is_clustered());
    let read = function.world().databases().retained(identifier, clustered);
    let read = visit.call(function, "rds:DescribeAutomatedBackups", identifier, read).await;
    seen(identifier, read.map(Some))
}

async fn points<W: World>(function: &EmergencyRestore<W>, vault: &str, visit: &Visit) -> Seen<Vec<PointFacts>> {
    let read = function.world().backups().points(vault);
    match visit.call(function, "backup:ListRecoveryPointsByBackupVault", vault, read).await {
        Err(fault) if fault.class == Class::NotFound => Seen::Absent,
        read => seen(vault, read.map(Some)),
    }
}

/// The points of this database in each vault of its own: by its ARN, or by the end of one where it is gone
fn vaults_of(
    facts: &Facts,
    database: &Database,
    read: &BTreeMap<&str, Seen<Vec<PointFacts>>>,
) -> Vec<(String, Seen<Vec<RecoveryPoint>>)> {
    let word = if database.kind.is_clustered() { "cluster" } else { "db" };
    let end = format!(":{word}:{}", database.identifier);
    let arn = facts.living.present().map(|living| living.arn.as_str());
    let is_its = |point: &RecoveryPoint| match arn {
        Some(arn) => point.resource_arn == arn,
        None => point.resource_arn.ends_with(&end),
    };
    let wanted = database.backups.recovery_points.iter();
    let each = wanted.map(|wanted| {
        let points = match read.get(wanted.vault.as_str()) {
            Some(Seen::Present(points)) => {
                Seen::Present(points.iter().map(|facts| &facts.point).filter(|point| is_its(point)).cloned().collect())
            }
            Some(Seen::Absent) => Seen::Absent,
            Some(Seen::Unknown(why)) => Seen::Unknown(why.clone()),
            None => Seen::Unknown("it was not looked into".to_owned()),
        };
        (wanted.vault.clone(), points)
    });
    each.collect()
}

async fn key<W: World>(function: &EmergencyRestore<W>, arn: &str, visit: &Visit) -> Seen<Key> {
    let read = visit.call(function, "kms:DescribeKey", arn, function.world().keys().key(arn)).await;
    seen(arn, read)
}

/// The newest run of a Glue job that failed
pub async fn failed_run<W: World>(function: &EmergencyRestore<W>, job: &str, visit: &Visit) -> Seen<JobRun> {
    let read = visit.call(function, "glue:GetJobRuns", job, function.world().jobs().newest_failed_run(job)).await;
    seen(job, read.map(|found| found.map(|(id, started)| JobRun { id, started })))
}

/// What could not be looked at stands in the answer with its reason; it makes nothing red that was answered.
fn seen<T>(of: &str, result: Result<Option<T>, Fault>) -> Seen<T> {
    match result {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            tracing::warn!(of, error = %fault, class = ?fault.class, "could not be looked at");
            Seen::Unknown(fault.to_string())
        }
    }
}
