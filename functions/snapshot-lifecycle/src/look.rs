//! What is seen for a plan. Lists are read whole, and once; what is asked of single databases is asked only where a snapshot
//! waits for the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use lifeboat::database::{Cluster, Instance, Snapshot, SnapshotKind};
use lifeboat::fault::Fault;
use lifeboat::flow::Troubles;
use lifeboat::lifecycle::{Hold, NewestBackup, Plan, What, World as Seen, stale, telling};
use lifeboat::policy::{Database, Policy};
use lifeboat::ports::{Databases, ReadSnapshots, Store};
use lifeboat::recover;
use lifeboat::restore::{Point, Purpose, Record, SourceChoice, prefix_of};

use crate::{SnapshotLifecycle, World};

/// Questions about single databases at once
pub const MOST_QUESTIONS: usize = 8;
/// Where records of runs under way lie
pub const OPEN: &str = "runs/open/";
/// Most open runs that a run can list; more is an error
pub const MOST_OPEN: usize = 2000;

/// Every cluster and every instance of a region
pub type Lists = (Vec<Cluster>, Vec<Instance>);

/// The regions whose snapshots the policy speaks of: home, and where copies go
pub fn regions(policy: &Policy, home: &str) -> BTreeSet<String> {
    let copies = policy.databases.iter().filter_map(|(_, entry)| entry.snapshots.as_ref()?.copy_to.as_ref());
    copies.map(|to| to.region.clone()).chain([home.to_owned()]).collect()
}

/// The manual snapshots of every region. One that cannot be read is left out and told.
pub async fn snapshots<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    home: &str,
    troubles: &mut Troubles,
) -> Seen {
    let regions = regions(policy, home);
    let read =
        regions.iter().map(|region| async move { (region, function.world().databases(Some(region)).manual().await) });
    let mut seen = Seen { home: home.to_owned(), ..Seen::default() };
    // A copy takes all tags along; without copies, those that mean nothing here would be most of what a run holds.
    let copies = regions.len() > 1;
    for (region, read) in join_all(read).await {
        match read {
            Ok(snapshots) => {
                // Not collected: that would go on in the list's own memory, which is fifty times what pointers need.
                let mut shared = Vec::with_capacity(snapshots.len());
                shared.extend(snapshots.into_iter().map(|mut one| {
                    if !copies {
                        one.tags = telling(std::mem::take(&mut one.tags));
                    }
                    Arc::new(one)
                }));
                seen.regions.insert(region.clone(), shared);
            }
            Err(fault) => troubles.say(region, format!("its snapshots could not be read: {fault}")),
        }
    }
    seen
}

/// The databases of which a snapshot waits for the word that their newest backup is fresh
pub fn waiting(plan: &Plan) -> BTreeSet<String> {
    let waits = |what: &What| matches!(what, What::Due { .. } | What::Held { by: Hold::Stale(_), .. });
    plan.lines().iter().filter(|line| waits(&line.what)).filter_map(|line| line.database.clone()).collect()
}

/// Clusters and instances of a region
pub async fn lists<W: World>(function: &SnapshotLifecycle<W>, region: Option<&str>) -> Result<Lists, Fault> {
    let databases = function.world().databases(region);
    let (clusters, instances) = tokio::join!(databases.all_clusters(), databases.all_instances());
    Ok((clusters?, instances?))
}

/// The newest backups of these databases. What could not be read stays unknown, which holds every deletion, and is told.
pub async fn newest<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    names: &BTreeSet<String>,
    lists: &Result<Lists, Fault>,
    troubles: &mut Troubles,
) -> BTreeMap<String, NewestBackup> {
    let now = function.now();
    let mut asked = Vec::new();
    for name in names {
        let Some(entry) = policy.database(name) else { continue };
        let restorable = lists.as_ref().ok().and_then(|lists| restorable(entry, lists));
        asked.push(async move {
            let automated = if asks(now, entry, restorable) { automated(function, entry).await } else { Ok(None) };
            (name, restorable, automated)
        });
    }
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(MOST_QUESTIONS).collect().await;
    let mut newest = BTreeMap::new();
    for (name, restorable, automated) in answers {
        let automated = automated.unwrap_or_else(|fault| {
            troubles.say(name, format!("its newest backup could not be told: {fault}"));
            None
        });
        newest.insert(name.clone(), NewestBackup { restorable, automated });
    }
    newest
}

fn restorable(entry: &Database, (clusters, instances): &Lists) -> Option<Timestamp> {
    if entry.kind.is_clustered() {
        return clusters.iter().find(|one| one.identifier == entry.identifier)?.window.latest;
    }
    instances.iter().find(|one| one.identifier == entry.identifier)?.latest_restorable
}

/// Whether the newest automated snapshot matters: its list is the only question that is asked for each database
fn asks(now: Timestamp, entry: &Database, restorable: Option<Timestamp>) -> bool {
    let limits = &entry.backups;
    let known = NewestBackup { restorable, automated: None };
    limits.newest_snapshot_hours.is_some()
        || (limits.restore_lag_minutes.is_none() && stale(now, limits, Some(&known)).is_some())
}

async fn automated<W: World>(function: &SnapshotLifecycle<W>, entry: &Database) -> Result<Option<Timestamp>, Fault> {
    let databases = function.world().databases(None);
    let all = databases.snapshots(&entry.identifier, entry.kind.is_clustered()).await?;
    let complete = |one: &&Snapshot| one.kind == SnapshotKind::Automated && one.status == "available";
    Ok(all.iter().filter(complete).filter_map(|one| one.created_at).max())
}

/// Runs with an open record, by name
pub async fn open_runs<W: World>(function: &SnapshotLifecycle<W>) -> Result<BTreeSet<String>, Fault> {
    let keys = function.world().store().list(OPEN, MOST_OPEN).await?;
    let run = |key: &String| key.strip_prefix(OPEN)?.strip_suffix(".json").map(str::to_owned);
    Ok(keys.iter().filter_map(run).collect())
}

/// What is in use beyond what the copies show: by exports, and by drills that restore from a snapshot. Where that could not
/// be told, every snapshot that it may be about counts as in use.
pub async fn in_use<W: World>(
    function: &SnapshotLifecycle<W>,
    seen: &mut Seen,
    open: &Result<BTreeSet<String>, Fault>,
    troubles: &mut Troubles,
) {
    let asked = seen
        .regions
        .keys()
        .map(|region| async move { (region.clone(), function.world().databases(Some(region)).exports(None).await) });
    for (region, exports) in join_all(asked).await {
        match exports {
            Ok(exports) => {
                let open: Vec<_> = exports.into_iter().filter(|export| is_open(&export.status)).collect();
                // One that does not say what it reads may read any.
                if open.iter().any(|export| export.source_arn.is_empty()) {
                    all_in_use(seen, &region, "an export is under way that does not say what it reads");
                }
                for export in open {
                    seen.in_use.insert(export.source_arn, format!("the export {} reads it", export.task));
                }
            }
            Err(fault) => {
                troubles.say(&region, format!("which snapshots are being exported could not be told: {fault}"));
                all_in_use(seen, &region, "whether it is being exported could not be told");
            }
        }
    }
    let drills = match open {
        Ok(runs) => restored(function, runs).await,
        Err(fault) => Err(fault.to_string()),
    };
    match drills {
        Ok(names) => {
            let used = seen.regions.values().flatten().filter_map(|one| {
                let run = names.get(&one.identifier).or_else(|| names.get(&one.arn))?;
                Some((one.arn.clone(), format!("{run} restores from it")))
            });
            let used: Vec<_> = used.collect();
            seen.in_use.extend(used);
        }
        Err(why) => {
            troubles.say("snapshots", format!("which snapshots drills restore from could not be told: {why}"));
            for region in seen.regions.keys().cloned().collect::<Vec<_>>() {
                all_in_use(seen, &region, "whether a drill restores from it could not be told");
            }
        }
    }
}

/// An export that has not ended reads its snapshot; a word that this version does not know is one that has not
pub(crate) fn is_open(status: &str) -> bool {
    !matches!(status, "COMPLETE" | "FAILED" | "CANCELED")
}

fn all_in_use(seen: &mut Seen, region: &str, why: &str) {
    let arns: Vec<String> = seen.regions.get(region).into_iter().flatten().map(|one| one.arn.clone()).collect();
    seen.in_use.extend(arns.into_iter().map(|arn| (arn, why.to_owned())));
}

/// The snapshots that runs under way restore from, by identifier or ARN, each with its run
async fn restored<W: World>(
    function: &SnapshotLifecycle<W>,
    runs: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, String> {
    let read = |run: String| async move {
        let read = function.world().store().read(&lifeboat::restore::open_key(&run)).await;
        (run, read)
    };
    let answers: Vec<_> = stream::iter(runs.iter().cloned().map(read)).buffer_unordered(MOST_QUESTIONS).collect().await;
    let mut names = BTreeMap::new();
    for (run, read) in answers {
        let Some(stored) = read.map_err(|fault| fault.to_string())? else { continue };
        let unreadable = |error: serde_json::Error| format!("the record of {run}: {error}");
        // Recoveries and inspections have a record of their own.
        if [Purpose::Recovery, Purpose::Inspection].iter().any(|purpose| run.starts_with(prefix_of(*purpose))) {
            let record: recover::Record = serde_json::from_slice(&stored.body).map_err(unreadable)?;
            if let Point::Snapshot { identifier, .. } = record.point {
                names.insert(identifier, run);
            }
            continue;
        }
        let record: Record = serde_json::from_slice(&stored.body).map_err(unreadable)?;
        if let Some(Point::Snapshot { identifier, .. }) = record.point {
            names.insert(identifier, run.clone());
        }
        if let SourceChoice::Snapshot { identifier } = record.plan.source {
            names.insert(identifier, run);
        }
    }
    Ok(names)
}
