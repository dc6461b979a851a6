//! The lag, and the newest automated snapshot.

use jiff::SignedDuration;

use super::{SECOND, check};
use crate::checkup::World;
use crate::checkup::databases::ask;
use crate::checkup::healthy::*;
use crate::database::{Snapshot, SnapshotKind, Window};

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
}

fn automated(world: &mut World) -> &mut Snapshot {
    let snapshots = list(&mut home(world).snapshots);
    snapshots.iter_mut().find(|one| one.identifier.starts_with("rds:prod-orders")).unwrap()
}

#[test]
fn only_an_automated_snapshot_that_is_complete_counts() {
    const ID: &str = "newest-snapshot/orders";
    check(
        &policy(),
        &[
            ("still being made", ID, "high", |w| automated(w).status = "creating".into()),
            ("a manual one does not count", ID, "high", |w| automated(w).kind = SnapshotKind::Manual),
            ("AWS Backup's counts only where it owns them", ID, "high", |w| {
                automated(w).kind = SnapshotKind::AwsBackup;
            }),
            ("AWS Backup's where it owns them", ID, "fine", |w| {
                automated(w).kind = SnapshotKind::AwsBackup;
                orders(w).upkeep.kept_by_aws_backup = true;
            }),
            ("without a time", ID, "unjudged", |w| automated(w).created_at = None),
            ("an instance of the same name has one", ID, "high", |w| {
                automated(w).arn = arn(HOME, "snapshot", "rds:prod-orders-10");
            }),
            ("none, and new", ID, "fine", |w| {
                automated(w).status = "creating".into();
                orders(w).facts.created_at = Some(ago(26));
            }),
            ("none, and not new any more", ID, "high", |w| {
                automated(w).status = "creating".into();
                orders(w).facts.created_at = Some(ago(26) - SECOND);
            }),
            ("none, of unknown age", ID, "unjudged", |w| {
                automated(w).status = "creating".into();
                orders(w).facts.created_at = None;
            }),
            ("not read", ID, "unjudged", |w| home(w).snapshots = None),
            ("of nobody knows what", "newest-snapshot/ledger", "unjudged", |w| automated(w).source = String::new()),
        ],
    );
}

#[test]
fn a_database_of_its_first_day_is_no_trouble_and_not_fine_either() {
    for (age, wanted) in [(24, "silent"), (25, "unjudged")] {
        let mut world = world();
        let cluster = orders(&mut world);
        (cluster.facts.created_at, cluster.facts.window) = (Some(ago(age)), Window::default());
        let instance = ledger(&mut world);
        (instance.facts.created_at, instance.facts.latest_restorable) = (Some(ago(age)), None);
        list(&mut home(&mut world).windows).clear();
        let sheet = asked(ask, &policy(), &world);
        for id in ["restore-lag/orders", "restore-lag/ledger", "window-depth/orders", "window-depth/ledger"] {
            assert_eq!(word(&sheet, id), wanted, "{id} after {age} h");
        }
        home(&mut world).windows = Some(Err(denied()));
        let sheet = asked(ask, &policy(), &world);
        assert_eq!(word(&sheet, "window-depth/ledger"), "unjudged", "what was not read is not young");
    }
}
