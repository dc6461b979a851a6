//! Leftovers of earlier runs: found by names and tags alone, removed when their time is over, reported otherwise.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lifeboat::database::{Cluster, Instance};
use lifeboat::fault::{Class, Fault};
use lifeboat::flow::{remove_cluster, remove_instance};
use lifeboat::mail;
use lifeboat::ports::{Databases, Meter, Post, Store};
use lifeboat::recover;
use lifeboat::restore::{Candidate, Claim, Leftover, Owned, Purpose, Record, Sweep, prefix_of, still_kept};

use crate::{Grounds, RestoreDrill, Troubles, World, ended, tick};

/// Minutes between two sweeps
pub const SWEEP_EVERY_MINUTES: i64 = 15;

/// The sweep of the day whose leftovers are mailed: the first one after midnight UTC. A mail every fifteen minutes is read by
/// nobody.
fn is_mailed(now: Timestamp) -> bool {
    now.as_second().rem_euclid(86_400) < SWEEP_EVERY_MINUTES * 60
}

/// Whether a tick at this time sweeps. Ticks come every minute, so one in fifteen does.
pub fn is_due(now: Timestamp) -> bool {
    now.as_second().div_euclid(60).rem_euclid(SWEEP_EVERY_MINUTES) == 0
}

/// The runs under way, and where their copies may be
struct UnderWay {
    runs: BTreeSet<String>,
    /// Inspections whose records say that their time is not over, or could not be read just now
    kept: BTreeSet<String>,
    /// Every region that may hold something of ours: those of the policy's drills, and those of the runs, whose policy may
    /// have been another one
    regions: BTreeSet<Option<String>>,
}

/// Removes what has expired, in every region; what it found that it may not remove is returned.
pub async fn sweep<W: World>(drill: &RestoreDrill<W>, grounds: &Grounds, troubles: &mut Troubles) -> Vec<Leftover> {
    let Some(under_way) = under_way(drill, grounds, troubles).await else {
        return Vec::new();
    };
    let mut left = Vec::new();
    for region in &under_way.regions {
        let region = region.as_deref();
        if let Some(found) = find(drill, region, &under_way, grounds, troubles).await {
            left.extend(remove(drill, region, found, grounds, troubles).await);
        }
    }
    left
}

async fn remove<W: World>(
    drill: &RestoreDrill<W>,
    region: Option<&str>,
    found: Sweep,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Vec<Leftover> {
    let databases = drill.world().databases(region);
    let mut left = found.reported;
    // Instances first: a cluster that still has one cannot be removed, and is met again by the next sweep.
    for instance in found.instances {
        let identifier = instance.get().identifier().to_owned();
        let Some(instance) = instance_again(drill, region, &identifier, grounds, troubles).await else { continue };
        if !ended::may_go(drill, instance.get(), region, grounds, troubles).await {
            continue;
        }
        tracing::warn!(identifier, region, "removing an expired leftover");
        if let Err(fault) = remove_instance(databases, instance).await
            && fault.class != Class::NotFound
        {
            troubles.note(&identifier, &fault);
            left.push(refused("instance", identifier, &fault));
        }
    }
    for cluster in found.clusters {
        let identifier = cluster.get().identifier().to_owned();
        let Some(cluster) = cluster_again(drill, region, &identifier, grounds, troubles).await else { continue };
        if !ended::may_go(drill, cluster.get(), region, grounds, troubles).await {
            continue;
        }
        tracing::warn!(identifier, region, "removing an expired leftover");
        if let Err(fault) = remove_cluster(databases, cluster).await
            && fault.class != Class::NotFound
        {
            troubles.note(&identifier, &fault);
            left.push(refused("cluster", identifier, &fault));
        }
    }
    in_region(left, region)
}

/// Read again just before the call, through the gate: somebody may have asked for more time since the lists were read.
async fn instance_again<W: World>(
    drill: &RestoreDrill<W>,
    region: Option<&str>,
    identifier: &str,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Option<Owned<Instance>> {
    let read = drill.world().databases(region).instance(identifier).await;
    still_expired(drill, identifier, read, grounds, troubles)
}

/// The same for a cluster
async fn cluster_again<W: World>(
    drill: &RestoreDrill<W>,
    region: Option<&str>,
    identifier: &str,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Option<Owned<Cluster>> {
    let read = drill.world().databases(region).cluster(identifier).await;
    still_expired(drill, identifier, read, grounds, troubles)
}

fn still_expired<W: World, T: Candidate>(
    drill: &RestoreDrill<W>,
    identifier: &str,
    read: Result<Option<T>, Fault>,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Option<Owned<T>> {
    match read {
        Ok(found) => match Owned::claim(found?, Claim::Expired { now: drill.now() }, &grounds.protected) {
            Ok(owned) => Some(owned),
            Err(not_ours) => {
                tracing::info!(identifier, why = %not_ours, "left alone");
                None
            }
        },
        Err(fault) => {
            troubles.note(identifier, &fault);
            None
        }
    }
}

fn refused(what: &str, identifier: String, fault: &Fault) -> Leftover {
    Leftover { what: what.to_owned(), identifier, run: None, note: fault.to_string(), region: None }
}

fn in_region(mut left: Vec<Leftover>, region: Option<&str>) -> Vec<Leftover> {
    for leftover in &mut left {
        leftover.region = region.map(str::to_owned);
    }
    left
}

/// Sweeps, says on the dashboard that it did, and once a day mails what it could not remove.
pub async fn sweep_and_tell<W: World>(drill: &RestoreDrill<W>, grounds: &Grounds, troubles: &mut Troubles) {
    let left = sweep(drill, grounds, troubles).await;
    let now = drill.now();
    if let Some(mail) = mail::leftovers_mail(&left, &grounds.timezone, now).filter(|_| is_mailed(now))
        && let Err(fault) = drill.world().post().send(&mail.subject, &mail.body).await
    {
        troubles.note("leftovers", &fault);
    }
    for leftover in &left {
        tracing::warn!(identifier = leftover.identifier, what = leftover.what, note = leftover.note, "a leftover");
    }
    if let Err(fault) = drill.world().meter().measure(&mail::heartbeat("restore-drill")).await {
        troubles.note("heartbeat", &fault);
    }
}

/// Everything of ours that no run under way accounts for. `None` where a run's own region could not be listed; what another
/// region holds is told where it can be: a region that is down stops no drill elsewhere.
pub async fn leftovers<W: World>(
    drill: &RestoreDrill<W>,
    grounds: &Grounds,
    own: Option<&str>,
    troubles: &mut Troubles,
) -> Option<Vec<Leftover>> {
    let under_way = under_way(drill, grounds, troubles).await?;
    let mut left = left_in(drill, own, &under_way, grounds, troubles).await?;
    for other in under_way.regions.iter().map(Option::as_deref).filter(|region| *region != own) {
        left.extend(left_in(drill, other, &under_way, grounds, troubles).await.unwrap_or_default());
    }
    left.sort();
    Some(left)
}

async fn left_in<W: World>(
    drill: &RestoreDrill<W>,
    region: Option<&str>,
    under_way: &UnderWay,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Option<Vec<Leftover>> {
    let found = find(drill, region, under_way, grounds, troubles).await?;
    let mut left = found.reported;
    for instance in &found.instances {
        left.push(expired("instance", instance.get()));
    }
    for cluster in &found.clusters {
        left.push(expired("cluster", cluster.get()));
    }
    let prefixes = [prefix_of(Purpose::Drill), prefix_of(Purpose::Inspection)];
    match drill.world().databases(region).remains(&prefixes).await {
        Ok(remains) => left.extend(remains),
        Err(fault) => {
            troubles.note("leftovers", &fault);
            return None;
        }
    }
    Some(in_region(left, region))
}

fn expired<T: Candidate>(what: &str, thing: &T) -> Leftover {
    Leftover {
        what: what.to_owned(),
        identifier: thing.identifier().to_owned(),
        run: thing.tags().get(lifeboat::restore::RUN).cloned(),
        note: "expired; the next sweep removes it".to_owned(),
        region: None,
    }
}

async fn under_way<W: World>(drill: &RestoreDrill<W>, grounds: &Grounds, troubles: &mut Troubles) -> Option<UnderWay> {
    let store = drill.world().store();
    let keys = match store.list(tick::OPEN, tick::MOST_OPEN).await {
        Ok(keys) => keys,
        Err(fault) => {
            troubles.note("leftovers", &fault);
            return None;
        }
    };
    let runs: BTreeSet<String> = keys.iter().filter_map(|key| tick::run_of(key)).map(str::to_owned).collect();
    let (mut kept, mut regions) = (BTreeSet::new(), grounds.regions.clone());
    for key in &keys {
        let run = tick::run_of(key).unwrap_or_default();
        let is_inspection = run.starts_with(prefix_of(Purpose::Inspection));
        let body = match store.read(key).await {
            Ok(Some(stored)) => stored.body,
            Ok(None) => continue,
            Err(fault) => {
                troubles.note("leftovers", &fault);
                // Whether somebody asked for more time is not known now; the next sweep looks again.
                kept.extend(is_inspection.then(|| run.to_owned()));
                continue;
            }
        };
        if is_inspection || run.starts_with(prefix_of(Purpose::Recovery)) {
            let Ok(record) = serde_json::from_slice::<recover::Record>(&body) else { continue };
            if is_inspection && record.expires_at.is_some_and(|at| at > drill.now()) {
                kept.insert(run.to_owned());
            }
            regions.insert(record.region);
        } else {
            regions.extend(serde_json::from_slice::<Record>(&body).ok().map(|record| record.plan.region));
        }
    }
    Some(UnderWay { runs, kept, regions })
}

async fn find<W: World>(
    drill: &RestoreDrill<W>,
    region: Option<&str>,
    under_way: &UnderWay,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Option<Sweep> {
    let databases = drill.world().databases(region);
    match tokio::join!(databases.all_clusters(), databases.all_instances()) {
        (Ok(clusters), Ok(instances)) => {
            let (clusters, instances) = (still_kept(clusters, &under_way.kept), still_kept(instances, &under_way.kept));
            Some(lifeboat::restore::sweep(drill.now(), clusters, instances, &under_way.runs, &grounds.protected))
        }
        (clusters, instances) => {
            for fault in [clusters.err(), instances.err()].into_iter().flatten() {
                troubles.note("leftovers", &fault);
            }
            None
        }
    }
}
