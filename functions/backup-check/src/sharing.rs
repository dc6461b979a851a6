//! Who else may restore a snapshot. AWS tells it for one at a time, so a check asks for a few, those that were asked longest
//! ago, and remembers the answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lifeboat::checkup::{AskedSharing, Region};
use lifeboat::database::{Sharing, Snapshot, SnapshotKind};
use lifeboat::fault::Class;
use lifeboat::ports::Inventory;

use crate::World;
use crate::reading::all;
use crate::scope::Scope;

/// Asks, and fills in what is remembered. Answers what is to be remembered from now on.
pub async fn ask<W: World>(
    world: &W,
    scope: &Scope<'_>,
    remembered: &BTreeMap<String, AskedSharing>,
    regions: &mut BTreeMap<String, Region>,
    now: Timestamp,
) -> BTreeMap<String, AskedSharing> {
    let mut kept = still_there(scope, remembered, regions);
    let most = usize::try_from(scope.policy.checkup.sharing_asked_per_run).unwrap_or_default();
    let asked = next(scope, &kept, regions, most).into_iter().map(|snapshot| async move {
        let Candidate { region, identifier, clustered, .. } = &snapshot;
        let answer = world.databases(region).sharing(identifier, *clustered).await;
        (snapshot, answer)
    });
    let mut unknown = BTreeMap::new();
    for (snapshot, answer) in all(asked.collect()).await {
        match answer {
            Ok(sharing) => {
                kept.insert(snapshot.arn, AskedSharing { created_at: snapshot.created_at, asked_at: now, sharing });
            }
            // It went away after it was listed: nobody can restore it.
            Err(fault) if matches!(fault.class, Class::NotFound | Class::Backup) => {
                kept.remove(&snapshot.arn);
            }
            Err(fault) => {
                tracing::warn!(error = %fault, "who else may restore a snapshot could not be told");
                unknown.insert(snapshot.arn, Sharing::Unknown(fault.to_string()));
            }
        }
    }
    for (name, region) in regions {
        let here = |arn: &str| region_of(arn).is_none_or(|region| region == name.as_str());
        let told = kept.iter().filter(|(arn, _)| here(arn));
        region.sharing = told.map(|(arn, asked)| (arn.clone(), asked.sharing.clone())).collect();
        // What could not be told today is not what was told some day.
        region.sharing.extend(unknown.iter().filter(|(arn, _)| here(arn)).map(|(arn, why)| (arn.clone(), why.clone())));
    }
    kept
}

/// A snapshot that may be asked for
struct Candidate {
    region: String,
    arn: String,
    identifier: String,
    clustered: bool,
    created_at: Option<Timestamp>,
}

/// What is remembered of snapshots that are still there. Where a list could not be read, or was that of one database only,
/// nothing is known to be gone.
fn still_there(
    scope: &Scope<'_>,
    remembered: &BTreeMap<String, AskedSharing>,
    regions: &BTreeMap<String, Region>,
) -> BTreeMap<String, AskedSharing> {
    let mut there: BTreeMap<&str, Option<Timestamp>> = BTreeMap::new();
    let mut listed: BTreeSet<&str> = BTreeSet::new();
    for (name, region) in regions {
        if let Some(Ok(snapshots)) = &region.snapshots {
            listed.insert(name);
            there.extend(snapshots.iter().map(|snapshot| (snapshot.arn.as_str(), snapshot.created_at)));
        }
    }
    let stays = |arn: &str, asked: &AskedSharing| {
        if let Some(created_at) = there.get(arn) {
            // A name may be used again, by another snapshot.
            return *created_at == asked.created_at;
        }
        let is_looked_at = region_of(arn).is_none_or(|region| regions.contains_key(region));
        let was_listed = region_of(arn).is_none_or(|region| listed.contains(region));
        scope.only.is_some() || (is_looked_at && !was_listed)
    };
    let kept = remembered.iter().filter(|(arn, asked)| stays(arn, asked));
    kept.map(|(arn, asked)| (arn.clone(), asked.clone())).collect()
}

/// The next ones to ask for: never asked first, of those the newest; then those that were asked longest ago. What an event
/// named goes before both.
fn next(
    scope: &Scope<'_>,
    kept: &BTreeMap<String, AskedSharing>,
    regions: &BTreeMap<String, Region>,
    most: usize,
) -> Vec<Candidate> {
    let protected: BTreeMap<&str, bool> =
        scope.databases().iter().map(|(_, it)| (it.identifier.as_str(), it.kind.is_clustered())).collect();
    let mut wanted: Vec<(&str, &Snapshot)> = Vec::new();
    for (name, region) in regions {
        let snapshots = region.snapshots.as_ref().and_then(|read| read.as_ref().ok()).into_iter().flatten();
        wanted.extend(snapshots.filter(|snapshot| is_asked_for(&protected, snapshot)).map(|it| (name.as_str(), it)));
    }
    wanted.sort_by_key(|(_, snapshot)| {
        let asked_at = kept.get(&snapshot.arn).map(|asked| asked.asked_at);
        let hinted = scope.is_hinted(&snapshot.source) || scope.hints.contains(&snapshot.arn);
        (!hinted, asked_at, std::cmp::Reverse(snapshot.created_at))
    });
    let candidate = |(region, snapshot): (&str, &Snapshot)| Candidate {
        region: region.to_owned(),
        arn: snapshot.arn.clone(),
        identifier: snapshot.identifier.clone(),
        clustered: is_of_cluster(snapshot),
        created_at: snapshot.created_at,
    };
    wanted.into_iter().take(most).map(candidate).collect()
}

/// Snapshots of the policy's databases. RDS shares neither automated ones nor AWS Backup's.
fn is_asked_for(protected: &BTreeMap<&str, bool>, snapshot: &Snapshot) -> bool {
    let is_ours = protected.get(snapshot.source.as_str()) == Some(&is_of_cluster(snapshot));
    let may_be = matches!(snapshot.kind, SnapshotKind::Manual | SnapshotKind::Other);
    is_ours && may_be && snapshot.status == "available"
}

/// Whether a snapshot is one of a cluster, as its ARN says
pub fn is_of_cluster(snapshot: &Snapshot) -> bool {
    snapshot.arn.split(':').nth(5) == Some("cluster-snapshot")
}

fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}
