//! Drills, and copies that still stand.

use jiff::SignedDuration;

use super::{ask, drills_since};
use crate::checkup::healthy::*;
use crate::checkup::{RunFacts, World};
use crate::database::{Instance, Kept};
use crate::verify::VerdictWord;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

type Change = fn(&mut World);

fn check(table: &[(&str, Change, &str, &str)]) {
    for (situation, change, id, wanted) in table {
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
        ("at the limit", |w| weekly(w).requested_at = ago(8 * 24), AGE, "fine"),
        ("a second over", |w| weekly(w).requested_at = ago(8 * 24) - SECOND, AGE, "medium"),
        ("never", |w| list(&mut w.drills).retain(|drill| drill.database != "orders"), AGE, "medium"),
        ("never passed", |w| weekly(w).verdict = VerdictWord::Inconclusive, AGE, "medium"),
        ("another drill of it", |w| weekly(w).drill = "quarterly".into(), AGE, "medium"),
        ("not read", |w| w.drills = None, AGE, "unjudged"),
        ("refused", |w| w.drills = Some(Err(denied())), AGE, "unjudged"),
        ("refused", |w| w.drills = Some(Err(denied())), "drill-result/orders/weekly", "unjudged"),
        ("refused", |w| w.drills = Some(Err(denied())), "drill-left/orders/weekly", "unjudged"),
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
        ("passed", |_| {}, RESULT, "fine"),
        ("failed", |w| weekly(w).verdict = VerdictWord::Failed, RESULT, "high"),
        ("inconclusive", |w| weekly(w).verdict = VerdictWord::Inconclusive, RESULT, "medium"),
        (
            "failed, and passed since",
            |w| {
                let mut failed = drill("orders", 200);
                failed.verdict = VerdictWord::Failed;
                list(&mut w.drills).insert(0, failed);
            },
            RESULT,
            "fine",
        ),
        (
            "passed, and failed since",
            |w| {
                let mut failed = drill("orders", 1);
                failed.verdict = VerdictWord::Failed;
                list(&mut w.drills).push(failed);
            },
            RESULT,
            "high",
        ),
        ("left something", |w| weekly(w).left_behind = 1, "drill-left/orders/weekly", "high"),
        ("left nothing", |_| {}, "drill-left/orders/weekly", "fine"),
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
        ("a recovery", |w| open(w, "recovery-orders-1"), "running/recovery-orders-1", "low"),
        ("an inspection", |w| open(w, "inspect-orders-1"), "running/inspect-orders-1", "low"),
        ("a drill", |w| open(w, "drill-orders-1"), "running/drill-orders-1", "-"),
        ("the list", |w| open(w, "drill-orders-1"), "running", "fine"),
        ("not read", |w| w.open_runs = None, "running", "unjudged"),
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
        ("a week", |w| copy(w, "recovery-1", "recovery").facts.created_at = Some(ago(168)), RECOVERY, "fine"),
        ("longer", |w| copy(w, "recovery-1", "recovery").facts.created_at = Some(ago(168) - SECOND), RECOVERY, "low"),
        ("of unknown age", |w| copy(w, "recovery-1", "recovery").facts.created_at = None, RECOVERY, "unjudged"),
        ("renamed by a person", |w| drop(copy(w, "x", "recovery").clone()), "copy-standing/eu-west-1/x", "low"),
        ("without tags", |w| copy(w, "recovery-1", "").facts.tags.clear(), RECOVERY, "low"),
        (
            "swapped into place",
            |w| drop(copy(w, "prod-orders", "recovery").clone()),
            "copy-standing/eu-west-1/prod-orders",
            "-",
        ),
        ("a drill's", |w| drop(copy(w, "x", "drill").clone()), "copy-standing/eu-west-1/x", "-"),
        ("its member", |w| copy(w, "x", "recovery").facts.cluster = Some("c".into()), "copy-standing/eu-west-1/x", "-"),
        ("expires now", |w| expiring(w, &now().to_string()), INSPECTION, "fine"),
        ("expired", |w| expiring(w, &(now() - SECOND).to_string()), INSPECTION, "medium"),
        ("no time", |w| expiring(w, "soon"), INSPECTION, "unjudged"),
        ("not read", |w| home(w).clusters = None, "copy-standing/eu-west-1", "unjudged"),
    ]);
}
