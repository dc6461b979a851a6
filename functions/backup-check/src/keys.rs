//! The KMS keys that backups hang on: each is asked for once.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat::checkup::{Region, Unknown};
use lifeboat::database::Key;
use lifeboat::ports::Keys;

use crate::World;
use crate::reading::{all, beyond, known};
use crate::scope::Scope;

/// Most keys that are asked for in one region
pub const MOST_KEYS: usize = 200;

/// Asks for the keys of a region's databases, snapshots and vaults, as far as they are of databases of the policy.
pub async fn ask<W: World>(
    world: &W,
    scope: &Scope<'_>,
    name: &str,
    region: &Region,
) -> BTreeMap<String, Result<Option<Key>, Unknown>> {
    let keys = world.keys(name);
    let mut found = BTreeMap::new();
    let mut asked = Vec::new();
    for (at, arn) in used(scope, name, region).into_iter().enumerate() {
        if at < MOST_KEYS {
            asked.push(async move {
                let key = known(keys.key(&arn).await);
                (arn, key)
            });
        } else {
            found.insert(arn, beyond(MOST_KEYS, "KMS keys"));
        }
    }
    found.extend(all(asked).await);
    found
}

/// ARNs of keys, each once
fn used(scope: &Scope<'_>, name: &str, region: &Region) -> BTreeSet<String> {
    let protected: BTreeSet<&str> = scope.databases().iter().map(|(_, it)| it.identifier.as_str()).collect();
    let mut arns: BTreeSet<String> = BTreeSet::new();
    if let Some(Ok(clusters)) = &region.clusters {
        let ours = clusters.iter().filter(|cluster| protected.contains(cluster.facts.identifier.as_str()));
        arns.extend(ours.filter_map(|cluster| cluster.facts.configuration.kms_key.clone()));
    }
    if let Some(Ok(instances)) = &region.instances {
        let ours = instances.iter().filter(|instance| protected.contains(instance.facts.identifier.as_str()));
        arns.extend(ours.filter_map(|instance| instance.facts.configuration.kms_key.clone()));
    }
    if let Some(Ok(snapshots)) = &region.snapshots {
        let ours = snapshots.iter().filter(|snapshot| protected.contains(snapshot.source.as_str()));
        arns.extend(ours.filter_map(|snapshot| snapshot.details.kms_key.clone()));
    }
    for vault in region.vaults.values() {
        if let Ok(Some(vault)) = &vault.vault {
            arns.extend(vault.kms_key.clone());
        }
        let points = vault.points.as_ref().map(Vec::as_slice).unwrap_or_default();
        let of = |arn: &str| arn.rsplit(':').next().is_some_and(|source| protected.contains(source));
        let ours = points.iter().filter(|point| of(&point.point.resource_arn));
        arns.extend(ours.filter_map(|point| point.point.kms_key.clone()));
    }
    for (_, database) in scope.databases() {
        let copy_to = database.snapshots.as_ref().and_then(|snapshots| snapshots.copy_to.as_ref());
        let named = copy_to.filter(|to| to.region == name).and_then(|to| to.kms_key_id.as_ref());
        // The policy may name a key by its id or an alias: KMS is asked by ARN.
        let is_arn = |key: &&String| key.split(':').nth(5).is_some_and(|key| key.starts_with("key/"));
        arns.extend(named.filter(is_arn).cloned());
    }
    arns
}
