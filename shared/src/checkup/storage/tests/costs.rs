//! The sum of it all.

use super::super::fixtures::*;
use crate::checkup::storage::{Billed, costs};
use crate::checkup::{Region, World};
use crate::database::Snapshot;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn world() -> World {
    let mut world = well();
    let pre = (10..13).map(|age| snapshot(&format!("pre-{age}"), age));
    let all: Vec<Snapshot> = pre.chain([of_instance("by-hand", 30), automated()]).collect();
    *snapshots(&mut world) = all;
    world
}

#[test]
fn a_cluster_costs_what_is_billed_and_an_instance_at_most_its_snapshots() {
    let costs = costs(now(), &policy(), &world());
    let [orders, ledger] = costs.databases.as_slice() else { panic!() };
    assert!(matches!(orders.billed, Billed::Gib { gib, dollars, .. } if near(gib, 50.0) && near(dollars, 1.05)));
    let manual = orders.manual.clone().unwrap();
    assert!(manual.snapshots == 3 && near(manual.gib, 360.0) && near(manual.dollars, 7.56), "{manual:?}");
    let saving = orders.saving.clone().unwrap();
    assert!(saving.snapshots == 1 && near(saving.dollars, 2.52), "{saving:?}");
    assert_eq!(ledger.billed, Billed::NotMeasured);
    assert!(near(ledger.manual.clone().unwrap().dollars, 11.4));
    assert!(near(costs.dollars, 1.05 + 11.4) && costs.at_most);
    assert_eq!(costs.not_known, ["ledger: automated backups beyond the free part, as AWS has no metric of them"]);
    assert_eq!(costs.prices_of, "November 2026, us-east-1");
}

#[test]
fn the_prices_of_the_policy_replace_those_of_the_table() {
    let policy = policy_with(r#""checkup": {"prices": {"aurora_backup": 0.1, "rds_backup": 0}}"#);
    let costs = costs(now(), &policy, &world());
    assert!(near(costs.dollars, 5.0) && !costs.at_most, "{costs:?}");
}

#[test]
fn what_is_not_known_is_left_out_of_the_sum_and_named() {
    let mut world = world();
    home(&mut world).billed = Some(Err(denied()));
    let costs = costs(now(), &policy(), &world);
    assert!(near(costs.dollars, 11.4));
    assert_eq!(costs.not_known[0], "orders: AccessDenied: cloudwatch:GetMetricData");
    assert_eq!(costs.databases[0].dollars(), None);
}

#[test]
fn snapshots_of_another_region_count_and_one_that_could_not_be_read_is_not_empty() {
    let mut world = world();
    let mut copy = snapshot("copy-1", 10);
    copy.arn = copy.arn.replace(HOME, "us-west-2");
    let abroad = Region { snapshots: Some(Ok(vec![copy])), ..Region::default() };
    world.regions.insert("us-west-2".to_owned(), abroad);
    assert_eq!(costs(now(), &policy(), &world).databases[0].manual.clone().unwrap().snapshots, 4);
    world.regions.insert("us-west-2".to_owned(), Region { snapshots: Some(Err(denied())), ..Region::default() });
    let unread = costs(now(), &policy(), &world);
    assert_eq!(unread.databases[0].manual, Err(denied()));
    assert_eq!(unread.databases[1].dollars(), None);
    assert!(unread.not_known.contains(&format!("ledger: {}", denied().why)), "{:?}", unread.not_known);
}

#[test]
fn nothing_read_costs_nobody_knows_what() {
    let costs = costs(now(), &policy(), &World { home: HOME.to_owned(), ..World::default() });
    assert!(costs.databases.iter().all(|one| one.dollars().is_none() && one.saving.is_err()));
    assert_eq!((costs.dollars, costs.not_known.len()), (0.0, 2));
}
