//! Billed storage and its growth.

use super::super::fixtures::*;
use crate::checkup::World;
use crate::checkup::{Answer, Severity};
use crate::database::Sample;
use crate::policy::Policy;

const BILLED: &str = "billed/orders";
const GROWTH: &str = "growth/orders";

#[test]
fn billed_storage_may_be_as_large_as_the_limit() {
    for (gib, wanted) in [(0.0, None), (100.0, None), (100.001, Some(Severity::Medium))] {
        let mut world = well();
        read_now(&mut world, vec![sample(1, gib)]);
        assert_eq!(severity(&world, BILLED), wanted, "{gib}");
    }
    let mut world = well();
    read_now(&mut world, vec![sample(2, 90.0), sample(1, 150.0)]);
    let finding = found(&world, BILLED);
    assert_eq!(finding.title, "orders is billed for 150 GiB of backup storage; the policy allows 100 GiB");
    assert_eq!(finding.measure, Some(50.0));
}

#[test]
fn no_value_is_not_known_and_not_zero() {
    let mut world = well();
    world.history.clear();
    for samples in [Vec::new(), vec![Sample { value: f64::NAN, ..sample(1, 0.0) }], vec![sample(-1, 5.0)]] {
        read_now(&mut world, samples);
        assert_eq!(severity(&world, BILLED), Some(Severity::Unjudged));
    }
    home(&mut world).billed = Some(Ok(std::collections::BTreeMap::new()));
    assert_eq!(severity(&world, BILLED), Some(Severity::Unjudged));
    home(&mut world).billed = None;
    assert_eq!(severity(&world, BILLED), Some(Severity::Unjudged));
}

#[test]
fn a_value_that_an_earlier_check_read_counts_until_it_is_too_old() {
    // One reading in 24 hours, and AWS is up to 72 hours behind.
    let limit = Sample { at: now() - days(4), value: 0.0 };
    let mut world = well();
    home(&mut world).billed = None;
    world.history.insert("orders".to_owned(), vec![limit]);
    assert_eq!(severity(&world, BILLED), None);
    world.history.insert("orders".to_owned(), vec![Sample { at: limit.at - second(), ..limit }]);
    assert_eq!(severity(&world, BILLED), Some(Severity::Unjudged));
    let mut refused = well();
    home(&mut refused).billed = Some(Err(denied()));
    assert_eq!(severity(&refused, BILLED), Some(Severity::Unjudged), "a reading that failed is told");
    assert_eq!(severity(&refused, GROWTH), Some(Severity::Unjudged));
}

#[test]
fn what_cannot_be_measured_for_an_instance_is_said_once_and_quietly() {
    let text = r#"{"version": 1, "databases": {"ledger": {"kind": "rds", "identifier": "prod-ledger",
        "storage": {"billed_gib": 1, "growth_percent_per_week": 5}}}}"#;
    let mut world = well();
    snapshots(&mut world).push(of_instance("manual-1", 3));
    let sheet = sheet_with(&Policy::parse(text).unwrap(), &world);
    let found = sheet.findings();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].severity, found[0].id.as_str()), (Severity::Low, "billed/ledger"));
    assert_eq!(
        found[0].title,
        "storage.billed_gib of ledger cannot be measured: AWS has no such metric for RDS instances"
    );
    assert_eq!(found[0].evidence[0], "allocated size of its 1 snapshots: 120 GiB");
}

#[test]
fn growth_is_told_in_percent_a_week() {
    let table = [
        ("just the limit", 60.0, None),
        ("a little more", 60.1, Some(Severity::Medium)),
        ("shrinking", 10.0, None),
        ("nothing left", 0.0, None),
    ];
    for (what, gib, wanted) in table {
        let mut world = well();
        read_now(&mut world, vec![sample(1, gib)]);
        assert_eq!(severity(&world, GROWTH), wanted, "{what}");
    }
    let mut world = well();
    read_now(&mut world, vec![sample(1, 75.0)]);
    let finding = found(&world, GROWTH);
    assert_eq!(finding.title, "backup storage of orders grows by 50 % a week; the policy allows 20 %");
    assert_eq!(finding.measure, Some(30.0));
    assert_eq!(finding.evidence[0], "50 GiB on 2026-11-12 12:00:00 UTC");
}

#[test]
fn single_days_without_a_value_do_not_matter() {
    let mut world = well();
    read_now(&mut world, vec![sample(1, 70.0)]);
    for missing in [vec![8], vec![8, 7], vec![8, 9, 7]] {
        let all = (2..=20).rev().filter(|age| !missing.contains(age)).map(|age| sample(age, 50.0)).collect();
        world.history.insert("orders".to_owned(), all);
        assert_eq!(severity(&world, GROWTH), Some(Severity::Medium), "{missing:?}");
    }
}

fn is_silent(world: &World) -> bool {
    matches!(answer(world, GROWTH), Some(Answer::Silent(_)))
}

#[test]
fn growth_is_measured_over_five_to_ten_days() {
    for (age, wanted) in [(6, true), (5, false), (11, true), (12, false)] {
        let mut world = well();
        read_now(&mut world, vec![sample(1, 900.0)]);
        world.history.insert("orders".to_owned(), vec![sample(age, 50.0)]);
        assert_eq!(!is_silent(&world), wanted, "{age}");
    }
}

#[test]
fn a_young_history_is_no_trouble_and_an_old_one_without_values_is() {
    let mut world = well();
    read_now(&mut world, vec![sample(1, 50.0)]);
    for (first, is_young) in [(14, true), (15, false)] {
        world.history.insert("orders".to_owned(), vec![sample(first, 50.0)]);
        assert_eq!(is_silent(&world), is_young, "first value of {first} days ago");
        assert_ne!(answer(&world, GROWTH), Some(Answer::Fine));
    }
    world.history.clear();
    assert!(is_silent(&world));
}

#[test]
fn the_first_bytes_are_no_growth_without_end() {
    let mut world = well();
    world.history.insert("orders".to_owned(), vec![sample(8, 0.0)]);
    for (gib, wanted) in [(1.2, None), (1.21, Some(Severity::Medium))] {
        read_now(&mut world, vec![sample(1, gib)]);
        assert_eq!(severity(&world, GROWTH), wanted, "{gib}");
    }
}
