//! The lag, and the newest automated snapshot.

use jiff::SignedDuration;

use super::{SECOND, check};
use crate::checkup::World;
use crate::checkup::databases::ask;
use crate::checkup::healthy::*;
use crate::database::{Snapshot, SnapshotKind};

fn latest(world: &mut World, ago: SignedDuration) {
    orders(world).facts.window.latest = Some(now() - ago);
}

#[test]
fn the_latest_restorable_time_lags_no_more_than_the_policy_allows() {
    let limit = SignedDuration::from_mins(15);
    let mut world = world();
    for (lag, wanted) in [(limit, "fine"), (limit + SECOND, "high"), (-hours(1), "unjudged"), (-SECOND, "fine")] {
        latest(&mut world, lag);
        assert_eq!(word(&asked(ask, &policy(), &world), "restore-lag/orders"), wanted, "{lag}");
    }
    latest(&mut world, limit + hours(2));
    assert_eq!(finding(&asked(ask, &policy(), &world), "restore-lag/orders").measure, Some(120.0));
    orders(&mut world).facts.window.latest = None;
    assert_eq!(word(&asked(ask, &policy(), &world), "restore-lag/orders"), "unjudged");
    ledger(&mut world).facts.latest_restorable = None;
    assert_eq!(word(&asked(ask, &policy(), &world), "restore-lag/ledger"), "fine", "its window says it, too");
    list(&mut home(&mut world).windows).clear();
    assert_eq!(word(&asked(ask, &policy(), &world), "restore-lag/ledger"), "unjudged");
}

#[test]
fn the_newest_automated_snapshot_is_young_enough() {
    let table = [
        ("at the limit", 26 * 3600, "fine"),
        ("a second over", 26 * 3600 + 1, "high"),
        ("from the future", -3600, "unjudged"),
    ];
    for (situation, seconds, wanted) in table {
        let mut world = world();
        let snapshots = list(&mut home(&mut world).snapshots);
        let newest = snapshots.iter_mut().find(|one| one.identifier.starts_with("rds:prod-orders")).unwrap();
        newest.created_at = Some(now() - SignedDuration::from_secs(seconds));
        assert_eq!(word(&asked(ask, &policy(), &world), "newest-snapshot/orders"), wanted, "{situation}");
    }
    fn automated(world: &mut World) -> &mut Snapshot {
        let snapshots = list(&mut home(world).snapshots);
        snapshots.iter_mut().find(|one| one.identifier.starts_with("rds:prod-orders")).unwrap()
    }
    check(
        &policy(),
        &[
            ("still being made", |w| automated(w).status = "creating".into(), "newest-snapshot/orders", "high"),
            (
                "a manual one does not count",
                |w| automated(w).kind = SnapshotKind::Manual,
                "newest-snapshot/orders",
                "high",
            ),
            (
                "AWS Backup's counts only where it owns them",
                |w| automated(w).kind = SnapshotKind::AwsBackup,
                "newest-snapshot/orders",
                "high",
            ),
            (
                "AWS Backup's where it owns them",
                |w| {
                    automated(w).kind = SnapshotKind::AwsBackup;
                    orders(w).upkeep.kept_by_aws_backup = true;
                },
                "newest-snapshot/orders",
                "fine",
            ),
            ("without a time", |w| automated(w).created_at = None, "newest-snapshot/orders", "unjudged"),
            (
                "an instance of the same name has one",
                |w| {
                    automated(w).arn = arn(HOME, "snapshot", "rds:prod-orders-10");
                },
                "newest-snapshot/orders",
                "high",
            ),
            (
                "none, and new",
                |w| {
                    automated(w).status = "creating".into();
                    orders(w).facts.created_at = Some(ago(26));
                },
                "newest-snapshot/orders",
                "fine",
            ),
            (
                "none, and not new any more",
                |w| {
                    automated(w).status = "creating".into();
                    orders(w).facts.created_at = Some(ago(26) - SECOND);
                },
                "newest-snapshot/orders",
                "high",
            ),
            (
                "none, of unknown age",
                |w| {
                    automated(w).status = "creating".into();
                    orders(w).facts.created_at = None;
                },
                "newest-snapshot/orders",
                "unjudged",
            ),
            ("not read", |w| home(w).snapshots = None, "newest-snapshot/orders", "unjudged"),
            ("of nobody knows what", |w| automated(w).source = String::new(), "newest-snapshot/ledger", "unjudged"),
        ],
    );
}
