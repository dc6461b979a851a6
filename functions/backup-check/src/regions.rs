//! Reading one region: everything at home, snapshots and vaults elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lifeboat::checkup::{Region, Unknown, VaultFacts};
use lifeboat::database::{BackupJob, BackupPlan, Cluster, Instance, JobKind, Kept, RetainedBackup, Snapshot, Window};
use lifeboat::policy::Database;
use lifeboat::ports::{BackupFacts, Databases, Inventory};

use crate::World;
use crate::reading::{all, beyond, known};
use crate::scope::Scope;

/// Most vaults of a region that are looked into in one check
pub const MOST_VAULTS: usize = 100;
/// Most databases that are gone whose retained backups are looked for in one check, a walk for each
pub const MOST_GONE: usize = 20;

type Read<T> = Option<Result<T, Unknown>>;

/// Reads the region of the databases.
pub async fn home<W: World>(world: &W, scope: &Scope<'_>, jobs_since: Timestamp) -> Region {
    let databases = world.databases(scope.home);
    let (lists, snapshots, upkeep, backup) = tokio::join!(
        lists(databases, scope),
        snapshots(databases, scope),
        upkeep(databases, scope),
        backup(world.backup(scope.home), scope, jobs_since),
    );
    let (clusters, instances) = lists;
    let mut region = Region { clusters, instances, snapshots: Some(snapshots), ..upkeep };
    (region.vaults, region.jobs, region.plans) = backup;
    region.retained = retained(databases, scope, &region).await;
    region
}

/// Reads a region that copies go to, or that drills restore in. Databases and quotas count only where something of ours is
/// made there, and they are no one database's affair.
pub async fn elsewhere<W: World>(
    world: &W,
    scope: &Scope<'_>,
    region: String,
    vaults: BTreeSet<String>,
) -> (String, Region) {
    let databases = world.databases(&region);
    let has_copies = scope.only.is_none() && scope.drills_in(&region);
    let has_quotas = scope.only.is_none() && (has_copies || scope.copies_to(&region));
    let made_there = async {
        let (clusters, instances) = if has_copies { lists(databases, scope).await } else { (None, None) };
        let quotas = if has_quotas { Some(known(databases.quotas().await)) } else { None };
        Region { clusters, instances, quotas, ..Region::default() }
    };
    let (made_there, snapshots, vaults) = tokio::join!(
        made_there,
        snapshots(databases, scope),
        look_into(world.backup(&region), vaults.into_iter().collect()),
    );
    (region, Region { snapshots: Some(snapshots), vaults, ..made_there })
}

type Lists = (Read<Vec<Kept<Cluster>>>, Read<Vec<Kept<Instance>>>);

async fn lists<D: Inventory>(databases: &D, scope: &Scope<'_>) -> Lists {
    let wants_clusters = scope.one().is_none_or(|one| one.kind.is_clustered());
    let clusters = async { if wants_clusters { Some(known(databases.clusters().await)) } else { None } };
    let instances = async { Some(known(databases.instances().await)) };
    tokio::join!(clusters, instances)
}

/// Every snapshot, or for one database its own
async fn snapshots<D: Databases + Inventory>(databases: &D, scope: &Scope<'_>) -> Result<Vec<Snapshot>, Unknown> {
    known(match scope.one() {
        None => Inventory::snapshots(databases).await,
        Some(one) => Databases::snapshots(databases, &one.identifier, one.kind.is_clustered()).await,
    })
}

/// What hangs on no one database, one after the other
async fn upkeep<D: Databases + Inventory>(databases: &D, scope: &Scope<'_>) -> Region {
    let is_instance = |database: &Database| !database.kind.is_clustered();
    let windows: Read<BTreeMap<String, Window>> = match scope.one() {
        Some(one) if is_instance(one) => {
            let window = databases.instance_window(&one.identifier).await;
            Some(known(window.map(|window| BTreeMap::from([(one.identifier.clone(), window)]))))
        }
        None if scope.databases().iter().any(|(_, database)| is_instance(database)) => {
            Some(known(databases.windows().await))
        }
        Some(_) | None => None,
    };
    // Quotas are the account's: no one database's affair.
    let quotas = if scope.only.is_none() { Some(known(databases.quotas().await)) } else { None };
    let certificates = Some(known(databases.certificates().await));
    let support = Some(known(databases.support().await));
    Region { windows, quotas, certificates, support, ..Region::default() }
}

type Backup = (BTreeMap<String, VaultFacts>, Read<Vec<BackupJob>>, Read<Vec<BackupPlan>>);

async fn backup<B: BackupFacts>(backup: &B, scope: &Scope<'_>, since: Timestamp) -> Backup {
    let jobs = async {
        let mut jobs = Vec::new();
        for kind in [JobKind::Backup, JobKind::Copy, JobKind::Restore] {
            // Jobs of two kinds of three would look like all of them.
            jobs.extend(known(backup.jobs(kind, since).await)?);
        }
        Ok(jobs)
    };
    // A call for each plan: left out where one database has nothing of AWS Backup.
    let wants_plans =
        scope.one().is_none_or(|one| !one.backups.recovery_points.is_empty() || !one.backups.copies.is_empty());
    let plans = async { if wants_plans { Some(known(backup.plans().await)) } else { None } };
    let (vaults, jobs, plans) = tokio::join!(look_into(backup, scope.vaults()), jobs, plans);
    (vaults, Some(jobs), plans)
}

async fn look_into<B: BackupFacts>(backup: &B, names: Vec<String>) -> BTreeMap<String, VaultFacts> {
    let mut late = Vec::new();
    let mut looks = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        if at >= MOST_VAULTS {
            late.push(name);
            continue;
        }
        looks.push(async move {
            let (vault, points) = tokio::join!(backup.vault(&name), backup.points(&name));
            let facts = VaultFacts { vault: known(vault), points: known(points) };
            (name, facts)
        });
    }
    let mut found: BTreeMap<String, VaultFacts> = all(looks).await.into_iter().collect();
    for name in late {
        let facts = VaultFacts { vault: beyond(MOST_VAULTS, "vaults"), points: beyond(MOST_VAULTS, "vaults") };
        found.insert(name, facts);
    }
    found
}

/// What RDS kept of protected databases that are gone. Only a list that could be read says that one is.
async fn retained<D: Databases>(
    databases: &D,
    scope: &Scope<'_>,
    region: &Region,
) -> BTreeMap<String, Result<Vec<RetainedBackup>, Unknown>> {
    let is_gone = |database: &Database| match (&region.clusters, &region.instances) {
        (Some(Ok(clusters)), _) if database.kind.is_clustered() => {
            !clusters.iter().any(|cluster| cluster.facts.identifier == database.identifier)
        }
        (_, Some(Ok(instances))) if !database.kind.is_clustered() => {
            !instances.iter().any(|instance| instance.facts.identifier == database.identifier)
        }
        _ => false,
    };
    let gone = scope.databases().into_iter().map(|(_, database)| database).filter(|database| is_gone(database));
    let mut found = BTreeMap::new();
    for (at, database) in gone.enumerate() {
        let backups = if at < MOST_GONE {
            known(databases.retained(&database.identifier, database.kind.is_clustered()).await)
        } else {
            beyond(MOST_GONE, "databases that are gone")
        };
        found.insert(database.identifier.clone(), backups);
    }
    found
}
