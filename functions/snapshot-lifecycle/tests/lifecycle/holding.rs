//! What is no reason to delete: events, runs without the lock, looks that tell too much or too little.

use jiff::SignedDuration;
use lifeboat::database::Export;
use lifeboat::fault::Class;

use crate::things::{REAL, a_day_passes, policy, sim};
use crate::world::{Fate, HOME, Sim, Which};

fn real(number: i64) -> Sim {
    sim(number, &policy("", REAL))
}

#[tokio::test(start_paused = true)]
async fn two_runs_whose_clock_is_a_little_behind_an_earlier_one_have_no_lock_and_delete_nothing() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    // A run on a clock that is three minutes ahead was here, and deleted nothing.
    {
        let mut state = sim.state();
        let ahead = state.now() + SignedDuration::from_mins(3);
        let mut marks: serde_json::Value = serde_json::from_slice(&state.objects["lifecycle.json"].0).unwrap();
        marks["at"] = serde_json::json!(ahead.to_string());
        state.put("lifecycle.json", marks.to_string().into_bytes());
    }
    let (one, other) = tokio::join!(sim.tick(), sim.tick());
    one.unwrap();
    other.unwrap();
    assert!(sim.state().deleted.is_empty(), "nobody holds the lock");
    sim.pass(SignedDuration::from_mins(4));
    sim.tick().await.unwrap();
    assert_eq!(sim.state().deleted.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_is_complete_is_no_reason_to_mark_or_delete() {
    let event = |id: &str| {
        serde_json::json!({"version": "0", "id": "1", "detail-type": "RDS DB Cluster Snapshot Event", "source": "aws.rds",
            "account": "123456789012", "time": "2026-11-20T04:12:33Z", "region": "eu-west-1", "resources": [],
            "detail": {"EventID": id, "SourceIdentifier": "pre-1"}})
    };
    let sim = sim(12, &policy(r#", "copy_to": {"region": "us-west-2", "keep_last": 1}"#, REAL));
    let answer = sim.ask(event("RDS-EVENT-0075")).await.unwrap();
    assert_eq!(answer["copies"]["begun"], 1, "{answer}");
    assert!(!sim.state().objects.contains_key("lifecycle.json"));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let marks = sim.state().objects["lifecycle.json"].clone();
    let told = |sim: &Sim| {
        let state = sim.state();
        (state.mails.len(), state.metrics.iter().filter(|(name, _)| name == "Heartbeat").count())
    };
    let before = told(&sim);
    for id in ["RDS-EVENT-0075", "RDS-EVENT-0042", "RDS-EVENT-9999"] {
        sim.ask(event(id)).await.unwrap();
    }
    assert_eq!(told(&sim), before, "the schedule's sign of life is the schedule's own");
    assert!(sim.state().deleted.is_empty() && sim.state().swept.is_empty());
    assert_eq!(sim.state().objects["lifecycle.json"], marks);
    sim.tick().await.unwrap();
    assert!(!sim.state().deleted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_an_event_could_not_begin_ends_it_red() {
    let sim = sim(3, &policy(r#", "copy_to": {"region": "us-west-2", "keep_last": 1}"#, REAL));
    sim.state().fates.push((Which::All("copy"), Fate::Refused(Class::Permission, "AccessDenied")));
    let event = serde_json::json!({"version": "0", "id": "1", "detail-type": "RDS DB Snapshot Event", "source": "aws.rds",
        "account": "123456789012", "time": "2026-11-20T04:12:33Z", "region": "eu-west-1", "resources": [], "detail": {}});
    assert!(sim.ask(event).await.unwrap_err().message.contains("AccessDenied"));
}

#[tokio::test(start_paused = true)]
async fn an_export_that_does_not_say_what_it_reads_holds_everything() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().exports.push(Export {
        task: "export-1".to_owned(),
        source_arn: format!("arn:aws:rds:{HOME}"),
        status: "IN_PROGRESS".to_owned(),
        percent: None,
        failure: None,
        warning: None,
        gib: None,
        bucket: None,
        prefix: None,
    });
    sim.state().nameless_exports = true;
    sim.tick().await.unwrap();
    assert!(sim.state().deleted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_the_last_look_tells_twice_is_deleted_once() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().tells_twice = true;
    let answer = sim.tick().await.unwrap();
    let state = sim.state();
    assert_eq!((state.deleted.len(), state.count("delete")), (3, 3));
    assert_eq!(answer["spared"].as_array().unwrap().len(), 3, "{answer}");
}
