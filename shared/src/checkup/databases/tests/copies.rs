//! Copies in other regions.

use super::{SECOND, check};
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Snapshot, SnapshotKind};

fn copy(world: &mut World, age: i64) -> &mut Snapshot {
    let snapshots = list(&mut abroad(world).snapshots);
    *snapshots = vec![copied("prod-orders", age)];
    snapshots.first_mut().unwrap()
}

const ID: &str = "copy/orders/us-west-2";

#[test]
fn a_copy_in_another_region_is_young_enough() {
    check(
        &policy(),
        &[
            ("at the limit", ID, "fine", |w| drop(copy(w, 50).clone())),
            ("a second over", ID, "medium", |w| {
                let copy = copy(w, 50);
                copy.created_at = Some(ago(50) - SECOND);
            }),
            ("made today of old data, as its tag says", ID, "medium", |w| {
                let copy = copy(w, 1);
                copy.tags.insert(crate::restore::PURPOSE.into(), "snapshot-copy".into());
                copy.tags.insert(crate::lifecycle::TAKEN_AT.into(), ago(51).to_string());
            }),
            ("made today of old data, as AWS says", ID, "medium", |w| {
                copy(w, 1).details.original_created_at = Some(ago(51));
            }),
            ("made today of an old snapshot that is still there", ID, "medium", |w| {
                let original = snapshot("prod-orders", "manual-old", 51);
                copy(w, 1).details.copied_from = Some(original.arn.clone());
                list(&mut home(w).snapshots).push(original);
            }),
            ("being made", ID, "high", |w| copy(w, 1).status = "copying".into()),
            ("of another database", ID, "high", |w| copy(w, 1).source = "prod-other".into()),
            ("of a kind nobody knows", ID, "high", |w| copy(w, 1).kind = SnapshotKind::Other),
            ("without a time", ID, "unjudged", |w| copy(w, 1).created_at = None),
            ("none, and not read", ID, "unjudged", |w| abroad(w).snapshots = None),
            ("no region", ID, "unjudged", |w| drop(w.regions.remove(ABROAD))),
            ("none, of a database that is new", ID, "fine", |w| {
                list(&mut abroad(w).snapshots).clear();
                orders(w).facts.created_at = Some(ago(50));
            }),
            ("none", ID, "high", |w| list(&mut abroad(w).snapshots).clear()),
        ],
    );
}

#[test]
fn a_recovery_point_of_the_other_region_is_a_copy() {
    check(
        &policy(),
        &[
            ("in a vault", ID, "fine", |w| {
                list(&mut abroad(w).snapshots).clear();
                abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "prod-orders", 50)]));
            }),
            ("in a vault, while snapshots could not be read", ID, "fine", |w| {
                abroad(w).snapshots = Some(Err(denied()));
                abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "prod-orders", 50)]));
            }),
            ("in a vault, by its resource id", ID, "fine", |w| {
                list(&mut abroad(w).snapshots).clear();
                abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "cluster-RESPROD-ORDERS", 50)]));
            }),
            ("in a vault, of an instance of that name", ID, "high", |w| {
                list(&mut abroad(w).snapshots).clear();
                abroad(w).vaults.insert("dr".into(), vault(vec![point("db", "prod-orders", 50)]));
            }),
            ("in a vault, and not complete", ID, "high", |w| {
                list(&mut abroad(w).snapshots).clear();
                let mut partial = point("cluster", "prod-orders", 1);
                partial.point.status = "PARTIAL".into();
                abroad(w).vaults.insert("dr".into(), vault(vec![partial]));
            }),
            ("a vault that could not be read", ID, "unjudged", |w| {
                list(&mut abroad(w).snapshots).clear();
                let mut facts = vault(Vec::new());
                facts.points = Err(denied());
                abroad(w).vaults.insert("dr".into(), facts);
            }),
        ],
    );
}
