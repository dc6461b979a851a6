//! What expired copies left behind. Found by names and tags alone; removed through the `Owned` gate when their time is over,
//! told with the command otherwise. What AWS Backup left behind is told and never touched.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{JobKind, RetainedBackup, Snapshot};
use lifeboat::fault::Fault;
use lifeboat::flow::{Troubles, remove_cluster, remove_instance};
use lifeboat::lifecycle::{LeftBehind, World as Seen, expired_points, reported, restore_tests};
use lifeboat::policy::Policy;
use lifeboat::ports::{BackupFacts, DestroySnapshots, ReadSnapshots};
use lifeboat::restore::{
    Candidate, Claim, Leftover, NotOurs, Owned, Purpose, not_swept_just_now, prefix_of, sweep as swept, sweep_backups,
};

use crate::look::Lists;
use crate::{SnapshotLifecycle, World, is_gone, look};

/// Jobs of restore tests are looked at so far back: AWS remembers 30 days
const JOBS_SINCE: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Sweeps every region that may hold a copy; what stays is returned.
pub async fn sweep<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    seen: &Seen,
    (lists, open): (Result<Lists, Fault>, Result<BTreeSet<String>, Fault>),
    until: Timestamp,
    troubles: &mut Troubles,
) -> Vec<LeftBehind> {
    let mut left = Vec::new();
    let under_way = match open {
        Ok(under_way) => under_way,
        Err(fault) => {
            troubles.say("leftovers", format!("which runs are under way could not be told: {fault}"));
            return left;
        }
    };
    left.extend(of_aws_backup(function, policy, lists.as_ref().ok(), troubles).await);
    let protected = policy.protected();
    let away = policy.drill_regions().into_iter().filter(|region| *region != seen.home).map(Some);
    let mut at_home = Some(lists);
    for region in std::iter::once(None).chain(away) {
        if function.now() >= until {
            tracing::info!("the time is over; the next run sweeps on");
            break;
        }
        let lists = match at_home.take() {
            Some(lists) => lists,
            None => look::lists(function, region.as_deref()).await,
        };
        let found = in_region(function, region.as_deref(), seen, lists, (&under_way, &protected), troubles).await;
        let here = |mut one: Leftover| {
            one.region.clone_from(&region);
            one
        };
        left.extend(reported(found.into_iter().map(here).collect()));
    }
    left
}

async fn in_region<W: World>(
    function: &SnapshotLifecycle<W>,
    region: Option<&str>,
    seen: &Seen,
    lists: Result<Lists, Fault>,
    (under_way, protected): (&BTreeSet<String>, &BTreeSet<String>),
    troubles: &mut Troubles,
) -> Vec<Leftover> {
    let databases = function.world().databases(region);
    let now = function.now();
    let mut left = Vec::new();
    match lists {
        Ok((clusters, instances)) => {
            let mut found =
                swept(now, not_swept_just_now(now, clusters), not_swept_just_now(now, instances), under_way, protected);
            // At home they were listed before the deletions, which may take minutes: what is to go is looked at once more.
            if region.is_none() && !(found.clusters.is_empty() && found.instances.is_empty()) {
                match look::lists(function, None).await {
                    Ok((clusters, instances)) => {
                        found = swept(
                            now,
                            not_swept_just_now(now, clusters),
                            not_swept_just_now(now, instances),
                            under_way,
                            protected,
                        );
                    }
                    Err(fault) => {
                        troubles.say("leftovers", format!("what is to go could not be looked at again: {fault}"));
                        (found.clusters, found.instances) = (Vec::new(), Vec::new());
                    }
                }
            }
            left.extend(found.reported);
            // Instances first: a cluster that still has one cannot be removed, and is met again by the next run.
            for instance in found.instances {
                let of = named("instance", instance.get());
                after(of, remove_instance(databases, instance).await, &mut left, troubles);
            }
            for cluster in found.clusters {
                let of = named("cluster", cluster.get());
                after(of, remove_cluster(databases, cluster).await, &mut left, troubles);
            }
        }
        Err(fault) => troubles.say("leftovers", format!("clusters and instances could not be listed: {fault}")),
    }
    let snapshots = match seen.regions.get(region.unwrap_or(&seen.home)) {
        Some(snapshots) => Ok(snapshots.clone()),
        // At home, where it could not be read, that was told already.
        None if region.is_none() => Ok(Vec::new()),
        None => databases.manual().await.map(|found| found.into_iter().map(Arc::new).collect()),
    };
    let snapshots: Vec<Arc<Snapshot>> = snapshots.unwrap_or_else(|fault| {
        troubles.say("leftovers", format!("snapshots could not be listed: {fault}"));
        Vec::new()
    });
    let retained = retained(databases, troubles).await;
    let found = sweep_backups(now, &snapshots, &retained, under_way, protected);
    left.extend(found.reported);
    for snapshot in found.snapshots {
        let clustered = crate::is_clustered(&snapshot.arn);
        let of = named(if clustered { "cluster snapshot" } else { "snapshot" }, snapshot.as_ref());
        match again(databases, &snapshot.identifier, clustered, (now, protected)).await {
            Ok(Some(Ok(owned))) => after(of, databases.delete_expired(owned).await, &mut left, troubles),
            Ok(Some(Err(not))) => left.push(Leftover { note: not.why.to_string(), ..of }),
            Ok(None) => {}
            Err(fault) => after(of, Err(fault), &mut left, troubles),
        }
    }
    for backup in found.retained {
        let of = named("automated backup", backup.get());
        after(of, databases.delete_retained(backup).await, &mut left, troubles);
    }
    left
}

/// What RDS retained of copies
async fn retained<D: ReadSnapshots>(databases: &D, troubles: &mut Troubles) -> Vec<RetainedBackup> {
    let prefixes = [prefix_of(Purpose::Drill), prefix_of(Purpose::Inspection)];
    databases.retained_of(&prefixes).await.unwrap_or_else(|fault| {
        troubles.say("leftovers", format!("retained automated backups could not be listed: {fault}"));
        Vec::new()
    })
}

/// A snapshot as it is just now, with the word of who else may restore it, through the gate; none where it is gone
async fn again<D: ReadSnapshots>(
    databases: &D,
    identifier: &str,
    clustered: bool,
    (now, protected): (Timestamp, &BTreeSet<String>),
) -> Result<Option<Result<Owned<Snapshot>, NotOurs>>, Fault> {
    let found = databases.again(&[identifier.to_owned()], clustered).await?;
    let Some(mut snapshot) = found.into_iter().next() else { return Ok(None) };
    snapshot.details.sharing = databases.sharing(identifier, clustered).await?;
    Ok(Some(Owned::claim(snapshot, Claim::Expired { now }, protected)))
}

fn named<T: Candidate>(what: &str, thing: &T) -> Leftover {
    tracing::warn!(identifier = thing.identifier(), what, "removing an expired leftover");
    Leftover {
        what: what.to_owned(),
        identifier: thing.identifier().to_owned(),
        run: thing.tags().get(lifeboat::restore::RUN).cloned(),
        note: String::new(),
        region: None,
    }
}

fn after(of: Leftover, result: Result<(), Fault>, left: &mut Vec<Leftover>, troubles: &mut Troubles) {
    if let Err(fault) = result
        && !is_gone(&fault)
    {
        troubles.note(&of.identifier, &fault);
        left.push(Leftover { note: fault.to_string(), ..of });
    }
}

/// Recovery points that AWS Backup could not delete, and copies of its restore tests that it did not
async fn of_aws_backup<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    lists: Option<&Lists>,
    troubles: &mut Troubles,
) -> Vec<LeftBehind> {
    let backups = function.world().backups();
    let mut left = Vec::new();
    let vaults: BTreeSet<&str> = policy
        .databases
        .iter()
        .flat_map(|(_, entry)| &entry.backups.recovery_points)
        .map(|of| of.vault.as_str())
        .collect();
    for vault in vaults {
        match backups.points(vault).await {
            Ok(points) => left.extend(expired_points(&points)),
            Err(fault) => troubles.say(vault, format!("its recovery points could not be read: {fault}")),
        }
    }
    let Some((clusters, instances)) = lists else { return left };
    let now = function.now();
    // Without a copy of a test there is nothing to ask about.
    if restore_tests(Timestamp::MAX, (clusters, instances), &[]).is_empty() {
        return left;
    }
    let since = now.saturating_sub(JOBS_SINCE).unwrap_or(now);
    let jobs = backups.jobs(JobKind::Restore, since).await.unwrap_or_else(|fault| {
        troubles.say("restore tests", format!("jobs of AWS Backup could not be read: {fault}"));
        Vec::new()
    });
    left.extend(restore_tests(now, (clusters, instances), &jobs));
    left
}
