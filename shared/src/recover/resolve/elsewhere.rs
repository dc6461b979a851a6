//! Snapshots of other accounts and regions: what can be done with them, and what has to be done first.

use super::Ground;
use crate::database::{Snapshot, SnapshotKind};
use crate::restore::region_of;

/// The region and the account that this runs in, as far as anything here tells them
fn own<'a>(ground: &Ground<'a>) -> Option<(&'a str, &'a str)> {
    let facts = ground.facts;
    let living = facts.living.present().map(|living| living.arn.as_str());
    let snapshots = facts.snapshots.present().into_iter().flatten();
    // One that another account shares is of no kind of ours.
    let snapshots = snapshots.filter(|one| one.kind != SnapshotKind::Other && one.source == facts.identifier);
    let snapshots = snapshots.map(|one| one.arn.as_str());
    let points = facts.vaults.iter().filter_map(|(_, points)| points.present()).flatten();
    let points = points.map(|point| point.arn.as_str());
    let retained = facts.retained.present().into_iter().flatten().map(|backup| backup.arn.as_str());
    let mut all = living.into_iter().chain(snapshots).chain(points).chain(retained);
    all.find_map(|arn| Some((region_of(arn)?, account_of(arn)?)))
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| account.len() == 12)
}

/// The account that shares a snapshot with this one; none where it is our own
pub(super) fn account_of_another<'a>(ground: &Ground<'_>, snapshot: &'a Snapshot) -> Option<&'a str> {
    let account = account_of(&snapshot.arn)?;
    match own(ground) {
        Some((_, own)) => (account != own).then_some(account),
        None => (snapshot.kind == SnapshotKind::Other).then_some(account),
    }
}

/// What makes an encrypted snapshot of another account one that can be restored: a copy under a key of ours (RDS user guide,
/// "Sharing encrypted snapshots"); none where nothing has to be done
pub(super) fn to_be_copied_first(ground: &Ground<'_>, snapshot: &Snapshot) -> Option<String> {
    let account = account_of_another(ground, snapshot).filter(|_| snapshot.encrypted)?;
    let (call, source, target) = copying(ground);
    let (arn, copy) = (&snapshot.arn, format!("{}-from-{account}", ground.facts.database));
    Some(format!(
        "a copy of it: aws rds {call} {source} {arn} {target} {copy} --kms-key-id YOUR-KEY; then \"snapshot\": {copy:?}. \
         Account {account} has to let this one use the key of the snapshot"
    ))
}

/// What a name that was not found may mean, and what would be right
pub(super) fn not_found(ground: &Ground<'_>, name: &str) -> (String, Option<String>) {
    let none = "which is none that was found".to_owned();
    let (Some(region), Some(account), true) = (region_of(name), account_of(name), name.starts_with("arn:")) else {
        return (none, None);
    };
    let Some((here, own)) = own(ground) else { return (none, None) };
    let (call, source, target) = copying(ground);
    if region != here {
        let copy = format!("{}-from-{region}", ground.facts.database);
        let first = format!(
            "a copy of it here: aws rds {call} --region {here} --source-region {region} {source} {name} {target} {copy} \
             --kms-key-id A-KEY-OF-{here} (a key only where it is encrypted)"
        );
        return (
            format!("which lies in {region}, and this runs in {here}: AWS restores in one region only"),
            Some(first),
        );
    }
    if account != own {
        let (call, key) = if ground.facts.kind.is_clustered() {
            ("modify-db-cluster-snapshot-attribute", "--db-cluster-snapshot-identifier")
        } else {
            ("modify-db-snapshot-attribute", "--db-snapshot-identifier")
        };
        let identifier = name.splitn(7, ':').nth(6).unwrap_or(name);
        let first = format!(
            "it once account {account} shares it with this one, which it does by: aws rds {call} {key} {identifier} \
             --attribute-name restore --values-to-add {own}"
        );
        return (format!("which account {account} does not share with this one, {own}"), Some(first));
    }
    (none, None)
}

fn copying(ground: &Ground<'_>) -> (&'static str, &'static str, &'static str) {
    if ground.facts.kind.is_clustered() {
        (
            "copy-db-cluster-snapshot",
            "--source-db-cluster-snapshot-identifier",
            "--target-db-cluster-snapshot-identifier",
        )
    } else {
        ("copy-db-snapshot", "--source-db-snapshot-identifier", "--target-db-snapshot-identifier")
    }
}
