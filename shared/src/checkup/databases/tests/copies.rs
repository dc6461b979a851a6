//! Copies in other regions.

use super::{SECOND, check};
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Snapshot, SnapshotKind};

#[test]
fn a_copy_in_another_region_is_young_enough() {
    fn copy(world: &mut World, age: i64) -> &mut Snapshot {
        let snapshots = list(&mut abroad(world).snapshots);
        *snapshots = vec![copied("prod-orders", age)];
        snapshots.first_mut().unwrap()
    }
    const ID: &str = "copy/orders/us-west-2";
    check(
        &policy(),
        &[
            ("at the limit", |w| drop(copy(w, 50).clone()), ID, "fine"),
            (
                "a second over",
                |w| {
                    let copy = copy(w, 50);
                    copy.created_at = Some(ago(50) - SECOND);
                },
                ID,
                "medium",
            ),
            (
                "made today of old data, as its tag says",
                |w| {
                    let copy = copy(w, 1);
                    copy.tags.insert(crate::restore::PURPOSE.into(), "snapshot-copy".into());
                    copy.tags.insert(crate::lifecycle::TAKEN_AT.into(), ago(51).to_string());
                },
                ID,
                "medium",
            ),
            (
                "made today of old data, as AWS says",
                |w| copy(w, 1).details.original_created_at = Some(ago(51)),
                ID,
                "medium",
            ),
            (
                "made today of an old snapshot that is still there",
                |w| {
                    let original = snapshot("prod-orders", "manual-old", 51);
                    copy(w, 1).details.copied_from = Some(original.arn.clone());
                    list(&mut home(w).snapshots).push(original);
                },
                ID,
                "medium",
            ),
            ("being made", |w| copy(w, 1).status = "copying".into(), ID, "high"),
            ("of another database", |w| copy(w, 1).source = "prod-other".into(), ID, "high"),
            ("of a kind nobody knows", |w| copy(w, 1).kind = SnapshotKind::Other, ID, "high"),
            ("without a time", |w| copy(w, 1).created_at = None, ID, "unjudged"),
            ("none, and not read", |w| abroad(w).snapshots = None, ID, "unjudged"),
            ("no region", |w| drop(w.regions.remove(ABROAD)), ID, "unjudged"),
            (
                "none, of a database that is new",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    orders(w).facts.created_at = Some(ago(50));
                },
                ID,
                "fine",
            ),
            ("none", |w| list(&mut abroad(w).snapshots).clear(), ID, "high"),
            (
                "in a vault",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "prod-orders", 50)]));
                },
                ID,
                "fine",
            ),
            (
                "in a vault, while snapshots could not be read",
                |w| {
                    abroad(w).snapshots = Some(Err(denied()));
                    abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "prod-orders", 50)]));
                },
                ID,
                "fine",
            ),
            (
                "in a vault, by its resource id",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    abroad(w).vaults.insert("dr".into(), vault(vec![point("cluster", "cluster-RESPROD-ORDERS", 50)]));
                },
                ID,
                "fine",
            ),
            (
                "in a vault, of an instance of that name",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    abroad(w).vaults.insert("dr".into(), vault(vec![point("db", "prod-orders", 50)]));
                },
                ID,
                "high",
            ),
            (
                "in a vault, and not complete",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    let mut partial = point("cluster", "prod-orders", 1);
                    partial.point.status = "PARTIAL".into();
                    abroad(w).vaults.insert("dr".into(), vault(vec![partial]));
                },
                ID,
                "high",
            ),
            (
                "a vault that could not be read",
                |w| {
                    list(&mut abroad(w).snapshots).clear();
                    let mut facts = vault(Vec::new());
                    facts.points = Err(denied());
                    abroad(w).vaults.insert("dr".into(), facts);
                },
                ID,
                "unjudged",
            ),
        ],
    );
}
