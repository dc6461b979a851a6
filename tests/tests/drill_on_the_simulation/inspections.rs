//! Inspections whose time is over: told once, then ended; kept where somebody asked for more time. Recoveries are nobody's to
//! sweep.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::Engine;
use lifeboat::fault::Class;
use lifeboat::restore::{EXPIRES_AT, Purpose, copy_tags};
use serde_json::{Value, json};
use tests::sim::{Fate, Sim};

use crate::begins;

const RUN: &str = "inspect-orders-20261122100000";
const RECOVERY: &str = "recovery-orders-20261110100000";
const OPEN: &str = "runs/open/inspect-orders-20261122100000.json";

fn ends() -> Timestamp {
    begins() + SignedDuration::from_hours(2)
}

/// emergency-restore's record
fn record(expires_at: Timestamp) -> Value {
    json!({
        "version": 1, "run": RUN, "purpose": "inspection", "database": "orders", "asked_for": "latest",
        "requested_at": begins(), "timezone": "Asia/Tokyo", "phase": "handed_over", "phases": [],
        "blueprint": {
            "kind": "aurora", "engine": "aurora-postgresql", "engine_version": "16.4", "identifier": "prod-orders",
            "arn": "arn:aws:rds:eu-west-1:1:cluster:prod-orders", "resource_id": "cluster-1", "database_name": null,
            "master_user": null, "tags": {}, "settings": {}, "members": [], "replicas": [], "read_from": "source",
            "read_at": begins(),
        },
        "point": {"time": {"to": "2026-11-22T09:00:00Z"}}, "from": {"source": "prod-orders"},
        "questions": {"cannot": {"why": "no login"}}, "expires_at": expires_at,
    })
}

fn keeps(sim: &Sim, expires_at: Timestamp) {
    sim.state().put(OPEN, record(expires_at).to_string().into_bytes());
}

/// An inspection with its record, and an old recovery
fn inspected() -> Sim {
    let sim = Sim::new(begins());
    {
        let mut state = sim.state();
        let made = begins() - SignedDuration::from_hours(7);
        let engine = Engine::AuroraPostgresql;
        for (run, purpose, end) in [(RUN, Purpose::Inspection, Some(ends())), (RECOVERY, Purpose::Recovery, None)] {
            let tags = copy_tags(run, purpose, "prod-orders", end);
            state.home.add_cluster(run, &engine, tags.clone(), made, made);
            state.home.add_instance(&format!("{run}-1"), Some(run), &engine, tags, made, made);
        }
    }
    keeps(&sim, ends());
    sim
}

fn extend(sim: &Sim, to: Timestamp) {
    {
        let mut state = sim.state();
        let tag = |tags: &mut lifeboat::database::Tags| drop(tags.insert(EXPIRES_AT.to_owned(), to.to_string()));
        for one in state.home.clusters.values_mut().filter(|one| one.facts.identifier == RUN) {
            tag(&mut one.facts.tags);
        }
        for one in state.home.instances.values_mut().filter(|one| one.facts.identifier.starts_with(RUN)) {
            tag(&mut one.facts.tags);
        }
    }
    keeps(sim, to);
}

/// Ticks for so many minutes; the errors on the way
async fn minutes(sim: &Sim, minutes: i64) -> Vec<String> {
    let mut red = Vec::new();
    for _ in 0..minutes {
        sim.pass(SignedDuration::from_secs(60));
        if let Some(Err(error)) = sim.invoke(Sim::tick()).await {
            red.push(error.message);
        }
    }
    red
}

fn told(sim: &Sim) -> Vec<String> {
    let state = sim.state();
    state.mails.iter().map(|mail| mail.subject.clone()).filter(|subject| subject.contains("inspection")).collect()
}

fn stands(sim: &Sim) -> bool {
    let state = sim.state();
    state.home.clusters.contains_key(RUN) || state.home.instances.contains_key(&format!("{RUN}-1"))
}

fn the_recovery_stands(sim: &Sim) {
    let state = sim.state();
    assert!(state.home.clusters.contains_key(RECOVERY) && state.home.instances.contains_key(&format!("{RECOVERY}-1")));
}

const OVER: &str = "[INFO] orders: inspection over, its copy is being removed";

#[tokio::test]
async fn an_inspection_stands_until_its_end_and_its_end_is_told_once() {
    let sim = inspected();
    assert_eq!(minutes(&sim, 119).await, Vec::<String>::new());
    assert!(stands(&sim) && told(&sim).is_empty());
    minutes(&sim, 60).await;
    assert!(!stands(&sim));
    assert_eq!(told(&sim), [OVER]);
    let body = sim.state().mails.iter().find(|mail| mail.subject == OVER).unwrap().body.clone();
    assert!(body.contains("\"inspect_for\":\"8h\"") && body.contains("2026-11-22T09:00:00Z"), "{body}");
    minutes(&sim, 24 * 60).await;
    assert_eq!(told(&sim), [OVER]);
    the_recovery_stands(&sim);
}

#[tokio::test]
async fn one_that_is_kept_longer_stands_until_its_new_end() {
    let sim = inspected();
    minutes(&sim, 100).await;
    extend(&sim, begins() + SignedDuration::from_hours(6));
    minutes(&sim, 250).await;
    assert!(stands(&sim) && told(&sim).is_empty());
    minutes(&sim, 60).await;
    assert_eq!((stands(&sim), told(&sim)), (false, vec![OVER.to_owned()]));
}

#[tokio::test]
async fn a_record_that_says_longer_than_a_tag_keeps_the_copy() {
    let sim = inspected();
    keeps(&sim, begins() + SignedDuration::from_hours(4));
    minutes(&sim, 180).await;
    assert!(stands(&sim) && told(&sim).is_empty());
    minutes(&sim, 120).await;
    assert!(!stands(&sim));
}

#[tokio::test]
async fn without_its_record_it_ends_by_its_tags_and_is_told_all_the_same() {
    let sim = inspected();
    sim.state().objects.remove(OPEN);
    minutes(&sim, 180).await;
    assert!(!stands(&sim));
    assert_eq!(told(&sim), ["[INFO] prod-orders: inspection over, its copy is being removed"]);
}

#[tokio::test]
async fn a_topic_that_refuses_is_tried_three_times_and_keeps_no_copy_for_good() {
    let sim = inspected();
    sim.state().always.insert("sns:Publish", Fate::Refused(Class::Permission, "AccessDenied"));
    let red = minutes(&sim, 150).await;
    assert!(sim.state().home.clusters.contains_key(RUN), "it is tried again");
    assert!(red.iter().any(|error| error.contains("AccessDenied")), "{red:?}");
    let red = minutes(&sim, 60).await;
    assert!(!stands(&sim));
    assert!(red.iter().any(|error| error.contains("could not be sent")), "{red:?}");
}

#[tokio::test]
async fn however_a_call_of_its_end_fails_it_is_told_and_ends() {
    let fates = [
        Fate::KilledBefore,
        Fate::KilledAfter,
        Fate::LostBefore,
        Fate::LostAfter,
        Fate::Refused(Class::Transient, "Throttling"),
    ];
    let before = {
        let sim = inspected();
        minutes(&sim, 119).await;
        let calls = sim.state().calls.len();
        minutes(&sim, 60).await;
        calls..sim.state().calls.len()
    };
    for fate in fates {
        for number in before.clone() {
            let sim = inspected();
            minutes(&sim, 119).await;
            sim.state().fates.insert(number, fate);
            minutes(&sim, 91).await;
            let story = format!("call {number}, {fate:?}");
            assert!(!stands(&sim), "{story}");
            let told = told(&sim);
            assert!((1..=2).contains(&told.len()), "{story}: {told:?}");
            the_recovery_stands(&sim);
        }
    }
}
