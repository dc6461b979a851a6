//! Drills, and copies that still stand.

use jiff::SignedDuration;

use super::{ask, drills_since};
use crate::checkup::healthy::*;
use crate::checkup::{RunFacts, World};
use crate::database::{Instance, Kept};
use crate::verify::VerdictWord;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

type Change = fn(&mut World);

fn check(table: &[(&str, &str, &str, Change)]) {
    for (situation, id, wanted, change) in table {
        let mut world = world();
        change(&mut world);
        let sheet = asked(ask, &policy(), &world);
        assert_eq!(word(&sheet, id), *wanted, "{situation}: {:#?}", lines(&sheet));
    }
}

/// The drill of orders
fn weekly(world: &mut World) -> &mut crate::checkup::DrillFacts {
    list(&mut world.drills).iter_mut().find(|drill| drill.database == "orders").unwrap()
}

#[test]
fn the_last_passed_drill_is_young_enough() {
    const AGE: &str = "drill-age/orders/weekly";
    check(&[
        ("at the limit", AGE, "fine", |w| weekly(w).requested_at = ago(8 * 24)),
        ("a second over", AGE, "medium", |w| weekly(w).requested_at = ago(8 * 24) - SECOND),
        ("never", AGE, "medium", |w| list(&mut w.drills).retain(|drill| drill.database != "orders")),
        ("never passed", AGE, "medium", |w| weekly(w).verdict = VerdictWord::Inconclusive),
        ("another drill of it", AGE, "medium", |w| weekly(w).drill = "quarterly".into()),
        ("not read", AGE, "unjudged", |w| w.drills = None),
        ("refused", AGE, "unjudged", |w| w.drills = Some(Err(denied()))),
        ("refused", "drill-result/orders/weekly", "unjudged", |w| w.drills = Some(Err(denied()))),
        ("no record mends no failure", "drill-result/orders/weekly", "silent", |w| list(&mut w.drills).clear()),
        ("and takes nothing away", "drill-left/orders/weekly", "silent", |w| list(&mut w.drills).clear()),
        ("refused", "drill-left/orders/weekly", "unjudged", |w| w.drills = Some(Err(denied()))),
    ]);
    let mut world = world();
    weekly(&mut world).requested_at = ago(10 * 24);
    let sheet = asked(ask, &policy(), &world);
    assert_eq!(finding(&sheet, AGE).measure, Some(10.0));
    assert_eq!(finding(&sheet, AGE).title, "the last passed drill orders/weekly was 10 d 0 h ago; 8 days are allowed");
    list(&mut world.drills).clear();
    let sheet = asked(ask, &policy(), &world);
    assert_eq!(finding(&sheet, AGE).title, "orders/weekly has never been drilled");
    assert!(finding(&sheet, AGE).mend.command.contains(&r#"{"drill":"orders/weekly"}"#.to_owned()));
}

#[test]
fn how_the_last_drill_ended_is_told_whatever_the_order_of_the_records() {
    const RESULT: &str = "drill-result/orders/weekly";
    check(&[
        ("passed", RESULT, "fine", |_| {}),
        ("failed", RESULT, "high", |w| weekly(w).verdict = VerdictWord::Failed),
        ("inconclusive", RESULT, "medium", |w| weekly(w).verdict = VerdictWord::Inconclusive),
        ("failed, and passed since", RESULT, "fine", |w| {
            let mut failed = drill("orders", 200);
            failed.verdict = VerdictWord::Failed;
            list(&mut w.drills).insert(0, failed);
        }),
        ("passed, and failed since", RESULT, "high", |w| {
            let mut failed = drill("orders", 1);
            failed.verdict = VerdictWord::Failed;
            list(&mut w.drills).push(failed);
        }),
        ("left something", "drill-left/orders/weekly", "high", |w| weekly(w).left_behind = 1),
        ("left nothing", "drill-left/orders/weekly", "fine", |_| {}),
    ]);
}

#[test]
fn a_database_without_a_drill_or_a_drill_that_never_ran_is_told() {
    assert_eq!(word(&asked(ask, &policy(), &world()), "tested/orders"), "fine");
    let none = policy_of(r#"{"version": 1, "databases": {"a": {"kind": "rds", "identifier": "a"}}}"#);
    assert_eq!(word(&asked(ask, &none, &world()), "tested/a"), "low");
    let text = r#"{"version": 1, "databases": {"a": {"kind": "rds", "identifier": "a", "drills": {"weekly": {}}}}}"#;
    let sheet = asked(ask, &policy_of(text), &world());
    assert_eq!(word(&sheet, "drill-result/a/weekly"), "low");
    assert_eq!(word(&sheet, "drill-age/a/weekly"), "-", "no age is asked for");
}

#[test]
fn records_are_read_as_far_back_as_the_oldest_drill_may_be() {
    assert_eq!(drills_since(now(), &policy()), ago(36 * 24));
    let yearly = policy_with(r#""weekly": {"max_age_days": 8}"#, r#""weekly": {"max_age_days": 380}"#);
    assert_eq!(drills_since(now(), &yearly), ago(381 * 24));
}

#[test]
fn recoveries_and_inspections_under_way_are_named() {
    fn open(world: &mut World, run: &str) {
        let (database, phase) = ("orders".to_owned(), "restoring".to_owned());
        list(&mut world.open_runs).push(RunFacts { run: run.to_owned(), database, requested_at: ago(1), phase });
    }
    check(&[
        ("a recovery", "running/recovery-orders-1", "low", |w| open(w, "recovery-orders-1")),
        ("an inspection", "running/inspect-orders-1", "low", |w| open(w, "inspect-orders-1")),
        ("a drill", "running/drill-orders-1", "-", |w| open(w, "drill-orders-1")),
        ("the list", "running", "fine", |w| open(w, "drill-orders-1")),
        ("not read", "running", "unjudged", |w| w.open_runs = None),
    ]);
}

fn copy<'a>(world: &'a mut World, identifier: &str, purpose: &str) -> &'a mut Kept<Instance> {
    let mut kept = instance(identifier, "postgres", "16.4");
    kept.facts.tags.insert("lifeboat:purpose".to_owned(), purpose.to_owned());
    let instances = list(&mut home(world).instances);
    instances.push(kept);
    instances.last_mut().unwrap()
}

fn expiring(world: &mut World, at: &str) {
    let tags = &mut copy(world, "inspect-1", "inspection").facts.tags;
    tags.insert("lifeboat:expires-at".to_owned(), at.to_owned());
}

#[test]
fn copies_that_still_stand_are_told() {
    const RECOVERY: &str = "copy-standing/eu-west-1/recovery-1";
    const INSPECTION: &str = "copy-standing/eu-west-1/inspect-1";
    check(&[
        ("a week", RECOVERY, "fine", |w| copy(w, "recovery-1", "recovery").facts.created_at = Some(ago(168))),
        ("longer", RECOVERY, "low", |w| copy(w, "recovery-1", "recovery").facts.created_at = Some(ago(168) - SECOND)),
        ("of unknown age", RECOVERY, "unjudged", |w| copy(w, "recovery-1", "recovery").facts.created_at = None),
        ("renamed by a person", "copy-standing/eu-west-1/x", "low", |w| drop(copy(w, "x", "recovery").clone())),
        ("without tags", RECOVERY, "low", |w| copy(w, "recovery-1", "").facts.tags.clear()),
        ("swapped into place", "copy-standing/eu-west-1/prod-orders", "-", |w| {
            drop(copy(w, "prod-orders", "recovery").clone());
        }),
        ("a drill's", "copy-standing/eu-west-1/x", "-", |w| drop(copy(w, "x", "drill").clone())),
        ("its member", "copy-standing/eu-west-1/x", "-", |w| copy(w, "x", "recovery").facts.cluster = Some("c".into())),
        ("expires now", INSPECTION, "fine", |w| expiring(w, &now().to_string())),
        ("being swept", INSPECTION, "fine", |w| expiring(w, &ago(1).to_string())),
        ("expired", INSPECTION, "medium", |w| expiring(w, &(ago(1) - SECOND).to_string())),
        ("no time", INSPECTION, "unjudged", |w| expiring(w, "soon")),
        ("not read", "copy-standing/eu-west-1", "unjudged", |w| home(w).clusters = None),
    ]);
}
