//! Quotas, copies in flight, versions, certificates, the bundle.

use jiff::{SignedDuration, Timestamp};

use super::{SECOND, check};
use crate::checkup::healthy::*;
use crate::checkup::risk::{BUNDLE_UNTIL, ask, bundle, regions_with_quotas};
use crate::checkup::{Asking, Sheet, World};
use crate::database::{Certificate, Snapshot};

fn used(world: &mut World, used: i64, most: i64) {
    for quota in list(&mut home(world).quotas) {
        (quota.used, quota.most) = (used, most);
    }
}

#[test]
fn there_is_room_for_a_drill_a_recovery_and_a_snapshot() {
    let names = ["DBClusters", "DBInstances", "ManualSnapshots", "ManualClusterSnapshots"];
    let table = [
        ((79, 100), "fine"),
        ((80, 100), "medium"),
        ((94, 100), "medium"),
        ((95, 100), "high"),
        ((32, 40), "medium"),
        ((31, 40), "fine"),
        ((38, 40), "high"),
        ((0, 0), "unjudged"),
        ((120, 100), "high"),
    ];
    for ((count, most), wanted) in table {
        let mut world = world();
        used(&mut world, count, most);
        let sheet = asked(ask, &policy(), &world);
        for name in names {
            assert_eq!(word(&sheet, &format!("quota/eu-west-1/{name}")), wanted, "{count} of {most}");
            assert_eq!(word(&sheet, &format!("quota/us-west-2/{name}")), "fine");
        }
    }
    check(
        &policy(),
        &[
            ("not named", "quota/eu-west-1/DBClusters", "unjudged", |w| list(&mut home(w).quotas).clear()),
            ("not read", "quota/eu-west-1/DBClusters", "unjudged", |w| home(w).quotas = None),
            ("not read abroad", "quota/us-west-2/ManualSnapshots", "unjudged", |w| {
                abroad(w).quotas = Some(Err(denied()));
            }),
        ],
    );
    let mut world = world();
    used(&mut world, 33, 40);
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "quota/eu-west-1/DBClusters");
    assert_eq!((found.title.as_str(), found.measure), ("eu-west-1 has 33 of 40 clusters", Some(82.5)));
    assert!(found.mend.command.join(" ").contains("--quota-code L-952B80B8 --desired-value 80"));
    assert_eq!(regions_with_quotas(&policy(), HOME).into_iter().collect::<Vec<_>>(), [HOME, ABROAD]);
}

#[test]
fn copies_that_are_being_made_are_counted_against_what_aws_makes_at_a_time() {
    let flying = |number: i64, source: &str, status: &str| {
        let mut world = world();
        let copies = (0..number).map(|age| Snapshot { status: status.to_owned(), ..copied(source, age) });
        list(&mut abroad(&mut world).snapshots).extend(copies);
        let sheet = asked(ask, &policy(), &world);
        ["clusters", "instances"].map(|of| word(&sheet, &format!("copies-in-flight/us-west-2/{of}")))
    };
    assert_eq!(flying(4, "prod-orders", "copying"), ["fine", "fine"]);
    assert_eq!(flying(5, "prod-orders", "copying"), ["low", "fine"]);
    assert_eq!(flying(5, "prod-archive", "creating"), ["low", "fine"]);
    assert_eq!(flying(19, "prod-ledger", "creating"), ["fine", "fine"]);
    assert_eq!(flying(20, "prod-ledger", "creating"), ["fine", "low"]);
    assert_eq!(flying(50, "prod-orders", "available"), ["fine", "fine"]);
    check(
        &policy(),
        &[("not read", "copies-in-flight/us-west-2/clusters", "unjudged", |w| abroad(w).snapshots = None)],
    );
}

fn supported(world: &mut World, left: SignedDuration) {
    list(&mut home(world).support)[0].standard_until = Some(now() + left);
}

#[test]
fn the_end_of_standard_support_is_told_before_it_costs() {
    const ID: &str = "engine-version/orders";
    const DAYS: i64 = 24 * 90;
    check(
        &policy(),
        &[
            ("long", ID, "fine", |w| supported(w, hours(DAYS) + SECOND)),
            ("90 days", ID, "low", |w| supported(w, hours(DAYS))),
            ("a second", ID, "low", |w| supported(w, SECOND)),
            ("over", ID, "medium", |w| supported(w, SignedDuration::ZERO)),
            ("no date", ID, "unjudged", |w| list(&mut home(w).support)[0].standard_until = None),
            ("no entry", ID, "unjudged", |w| list(&mut home(w).support).clear()),
            ("no version", ID, "unjudged", |w| orders(w).facts.engine_version.clear()),
            ("not read", ID, "unjudged", |w| home(w).support = None),
            ("no database", ID, "-", |w| list(&mut home(w).clusters).clear()),
        ],
    );
    let mut world = world();
    supported(&mut world, -hours(24 * 10));
    let title = |world: &World| finding(&asked(ask, &policy(), world), ID).title.clone();
    assert_eq!(
        title(&world),
        "orders runs aurora-postgresql 16, out of standard support since 2026-11-10: Extended Support is charged for"
    );
    orders(&mut world).upkeep.extended_support = Some("open-source-rds-extended-support-disabled".to_owned());
    assert!(title(&world).ends_with("AWS upgrades it by itself"));
}

fn server(world: &mut World, left: SignedDuration) {
    let instances = list(&mut home(world).instances);
    let member = instances.iter_mut().find(|kept| kept.facts.identifier == "prod-orders-1").unwrap();
    member.upkeep.certificate_until = Some(now() + left);
}

fn authority(world: &mut World, left: SignedDuration) {
    list(&mut home(world).certificates)[0].until = Some(now() + left);
}

#[test]
fn certificates_of_servers_and_their_authorities_are_told_before_they_end() {
    const ID: &str = "certificate/orders";
    check(
        &policy(),
        &[
            ("long", ID, "fine", |w| server(w, hours(24 * 90) + SECOND)),
            ("90 days", ID, "medium", |w| server(w, hours(24 * 90))),
            ("more than 30 days", ID, "medium", |w| server(w, hours(24 * 30) + SECOND)),
            ("30 days", ID, "high", |w| server(w, hours(24 * 30))),
            ("over", ID, "high", |w| server(w, -hours(1))),
            ("the authority", ID, "medium", |w| authority(w, hours(24 * 90))),
            ("the authority of an instance", "certificate/ledger", "high", |w| authority(w, hours(24))),
            ("an authority nobody lists", ID, "unjudged", |w| list(&mut home(w).certificates).clear()),
            ("authorities not read", ID, "unjudged", |w| home(w).certificates = None),
            ("a server without a date", ID, "unjudged", |w| {
                list(&mut home(w).instances)[0].upkeep.certificate_until = None;
            }),
            ("a server without an authority", ID, "unjudged", |w| {
                list(&mut home(w).instances)[0].upkeep.certificate = None;
            }),
            ("a member that is not listed", ID, "unjudged", |w| drop(list(&mut home(w).instances).remove(0))),
            ("a cluster that does not say its members", ID, "high", |w| {
                orders(w).facts.members.clear();
                server(w, hours(1));
            }),
            ("instances not read", ID, "unjudged", |w| home(w).instances = None),
        ],
    );
}

#[test]
fn a_certificate_that_ends_is_replaced_by_one_of_an_authority_that_lasts() {
    let mut world = world();
    let old = Certificate { identifier: "rds-ca-2019".to_owned(), until: Some(now() + hours(24 * 40)) };
    list(&mut home(&mut world).certificates).push(old);
    list(&mut home(&mut world).instances)[0].upkeep.certificate = Some("rds-ca-2019".to_owned());
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "certificate/orders");
    assert_eq!(found.title, "a certificate of orders ends on 2026-12-30");
    assert_eq!(
        found.mend.command.join(" "),
        "aws rds modify-db-instance --db-instance-identifier prod-orders-1 --ca-certificate-identifier \
         rds-ca-rsa2048-g1 --no-apply-immediately --region eu-west-1"
    );
    authority(&mut world, hours(24 * 50));
    assert!(finding(&asked(ask, &policy(), &world), "certificate/orders").mend.command.is_empty());
}

#[test]
fn the_roots_that_data_check_ships_are_told_before_they_end() {
    let at = |now: Timestamp| {
        let mut sheet = Sheet::default();
        let index = crate::checkup::index::Index::default();
        bundle::ask(&Asking { now, policy: &policy(), world: &world(), index: &index }, &mut sheet);
        word(&sheet, "ca-bundle")
    };
    assert_eq!(BUNDLE_UNTIL.to_string(), "2061-05-18T21:49:45Z");
    for (left, wanted) in [(hours(24 * 90) + SECOND, "fine"), (hours(24 * 90), "medium"), (hours(24 * 30), "high")] {
        assert_eq!(at(BUNDLE_UNTIL - left), wanted);
    }
}

#[test]
fn a_list_that_names_no_version_of_documentdb_is_no_trouble_that_anybody_could_mend() {
    let without = |engine: &str| {
        let mut world = world();
        list(&mut home(&mut world).support).retain(|entry| engine != "*" && entry.engine != engine);
        asked(ask, &policy(), &world)
    };
    assert_eq!(word(&without("docdb"), "engine-version/archive"), "silent");
    assert_eq!(word(&without("postgres"), "engine-version/archive"), "fine");
    assert_eq!(word(&without("postgres"), "engine-version/ledger"), "unjudged", "RDS names its own");
    assert_eq!(word(&without("*"), "engine-version/archive"), "unjudged", "an empty list is not a list");
}

#[test]
fn documentdb_3_6_is_told_though_the_list_names_none_of_it() {
    let on = |version: &str, day: &str, listed: bool| {
        let mut world = world();
        let archive =
            list(&mut home(&mut world).clusters).iter_mut().find(|kept| kept.facts.identifier == "prod-archive");
        version.clone_into(&mut archive.unwrap().facts.engine_version);
        if !listed {
            list(&mut home(&mut world).support).retain(|entry| entry.engine != "docdb");
        }
        let at = day.parse().unwrap();
        let policy = policy();
        let index = crate::checkup::index::Index::of(&world);
        let mut sheet = Sheet::default();
        ask(&Asking { now: at, policy: &policy, world: &world, index: &index }, &mut sheet);
        word(&sheet, "engine-version/archive")
    };
    let table = [
        ("3.6.0", "2025-12-01T00:00:00Z", "fine"),
        ("3.6.0", "2026-01-15T00:00:00Z", "low"),
        ("3.6.0", "2026-11-19T00:00:00Z", "medium"),
        ("4.0.0", "2026-11-19T00:00:00Z", "silent"),
        ("5.0.0", "2026-11-19T00:00:00Z", "silent"),
    ];
    for (version, day, wanted) in table {
        assert_eq!(on(version, day, false), wanted, "{version} on {day}");
    }
    assert_eq!(on("3.6.0", "2026-11-19T00:00:00Z", true), "unjudged", "a list that has others and not this one");
}
