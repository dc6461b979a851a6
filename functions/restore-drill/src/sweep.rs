//! Leftovers of earlier runs: found by names and tags alone, removed when their time is over, reported otherwise.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lifeboat::fault::Class;
use lifeboat::mail;
use lifeboat::policy::Policy;
use lifeboat::ports::{Databases, DestroyDatabases, Meter, Post, Store};
use lifeboat::restore::{Candidate, Leftover, Purpose, Sweep, prefix_of};

use crate::{RestoreDrill, Troubles, World, tick};

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

/// Removes what has expired; what it found that it may not remove is returned.
pub async fn sweep<W: World>(
    drill: &RestoreDrill<W>,
    protected: &BTreeSet<String>,
    troubles: &mut Troubles,
) -> Vec<Leftover> {
    let Some(found) = find(drill, protected, troubles).await else {
        return Vec::new();
    };
    let databases = drill.world().databases();
    let mut left = found.reported;
    // Instances first: a cluster that still has one cannot be removed, and is met again by the next sweep.
    for instance in found.instances {
        let identifier = instance.get().identifier().to_owned();
        tracing::warn!(identifier, "removing an expired leftover");
        if let Err(fault) = databases.delete_instance(instance).await
            && fault.class != Class::NotFound
        {
            troubles.note(&identifier, &fault);
            left.push(Leftover { what: "instance".to_owned(), identifier, run: None, note: fault.to_string() });
        }
    }
    for cluster in found.clusters {
        let identifier = cluster.get().identifier().to_owned();
        tracing::warn!(identifier, "removing an expired leftover");
        if let Err(fault) = databases.delete_cluster(cluster).await
            && fault.class != Class::NotFound
        {
            troubles.note(&identifier, &fault);
            left.push(Leftover { what: "cluster".to_owned(), identifier, run: None, note: fault.to_string() });
        }
    }
    left
}

/// Sweeps, says on the dashboard that it did, and once a day mails what it could not remove.
pub async fn sweep_and_tell<W: World>(drill: &RestoreDrill<W>, policy: &Policy, troubles: &mut Troubles) {
    let left = sweep(drill, &policy.protected(), troubles).await;
    let now = drill.now();
    if let Some(mail) = mail::leftovers_mail(&left, &policy.timezone, now).filter(|_| is_mailed(now))
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

/// Everything of ours that no run under way accounts for; `None` where it could not be listed
pub async fn leftovers<W: World>(
    drill: &RestoreDrill<W>,
    protected: &BTreeSet<String>,
    troubles: &mut Troubles,
) -> Option<Vec<Leftover>> {
    let found = find(drill, protected, troubles).await?;
    let mut left = found.reported;
    for instance in &found.instances {
        left.push(expired("instance", instance.get()));
    }
    for cluster in &found.clusters {
        left.push(expired("cluster", cluster.get()));
    }
    let prefixes = [prefix_of(Purpose::Drill), prefix_of(Purpose::Inspection)];
    match drill.world().databases().remains(&prefixes).await {
        Ok(remains) => left.extend(remains),
        Err(fault) => {
            troubles.note("leftovers", &fault);
            return None;
        }
    }
    left.sort();
    Some(left)
}

fn expired<T: Candidate>(what: &str, thing: &T) -> Leftover {
    Leftover {
        what: what.to_owned(),
        identifier: thing.identifier().to_owned(),
        run: thing.tags().get(lifeboat::restore::RUN).cloned(),
        note: "expired; the next sweep removes it".to_owned(),
    }
}

async fn find<W: World>(
    drill: &RestoreDrill<W>,
    protected: &BTreeSet<String>,
    troubles: &mut Troubles,
) -> Option<Sweep> {
    let databases = drill.world().databases();
    let (clusters, instances) = tokio::join!(databases.all_clusters(), databases.all_instances());
    let under_way = match drill.world().store().list(tick::OPEN, tick::MOST_OPEN).await {
        Ok(keys) => keys.iter().filter_map(|key| tick::run_of(key)).map(str::to_owned).collect(),
        Err(fault) => {
            troubles.note("leftovers", &fault);
            return None;
        }
    };
    match (clusters, instances) {
        (Ok(clusters), Ok(instances)) => {
            Some(lifeboat::restore::sweep(drill.now(), clusters, instances, &under_way, protected))
        }
        (clusters, instances) => {
            for fault in [clusters.err(), instances.err()].into_iter().flatten() {
                troubles.note("leftovers", &fault);
            }
            None
        }
    }
}
