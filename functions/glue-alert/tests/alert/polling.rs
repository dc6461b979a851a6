//! What no event tells.

use lifeboat::fault::Class;
use serde_json::json;

use crate::world::{JOB, POLICY, Sim, Trouble, broken, event, run};

fn with(job: &str, now: &str) -> Sim {
    let sim = Sim::new(now);
    sim.put("policy.json", &POLICY.replace(r#""tables""#, &format!(r#"{job}, "tables""#)));
    sim
}

#[tokio::test]
async fn runs_whose_events_were_lost_are_told_once() {
    for state in ["ERROR", "EXPIRED", "FAILED", "TIMEOUT", "STOPPED", "DISSOLVED"] {
        let sim = Sim::new("2026-11-19T22:30:00Z");
        sim.add(run("jr_lost", state, "2026-11-19T22:10:00Z", "2026-11-19T22:20:00Z"));
        for _ in 0..3 {
            sim.poll().await.unwrap();
            sim.wait(15);
        }
        let subjects = sim.subjects();
        assert_eq!(subjects.len(), 1, "{state}");
        assert!(subjects[0].contains(state), "{subjects:?}");
        // The event that was only late.
        sim.send(event("jr_lost", state)).await.unwrap();
        assert_eq!(sim.subjects().len(), 1, "{state}");
    }
}

#[tokio::test]
async fn a_run_that_should_have_started_is_told_once_and_its_start_too() {
    let sim = with(r#""start_by": "07:30""#, "2026-11-19T22:15:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 0);
    for _ in 0..4 {
        sim.wait(15);
        sim.poll().await.unwrap();
    }
    assert_eq!(sim.subjects(), ["[ALERT] daily-etl has not started, due by 07:30"]);
    sim.add(run("jr_late", "RUNNING", "2026-11-19T23:20:00Z", ""));
    sim.wait(15);
    sim.poll().await.unwrap();
    sim.wait(15);
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects()[1..], ["[RESOLVED] daily-etl is well again"]);
}

#[tokio::test]
async fn nothing_is_missed_on_a_holiday() {
    let sim = with(r#""start_by": "07:30", "holidays": ["2026-11-20"]"#, "2026-11-19T22:45:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 0);
    let sim = with(r#""start_by": "07:30", "days": ["saturday"]"#, "2026-11-19T22:45:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 0);
}

#[tokio::test]
async fn a_run_far_longer_than_usual_is_told_once_and_its_end_too() {
    let sim = Sim::new("2026-11-19T23:05:00Z");
    sim.add(run("jr_slow", "RUNNING", "2026-11-19T22:10:00Z", ""));
    for _ in 0..3 {
        sim.poll().await.unwrap();
        sim.wait(15);
    }
    assert_eq!(sim.subjects(), ["[ALERT] daily-etl has been running for 55 min 0 s; usually 25 min 0 s"]);
    sim.add(run("jr_slow", "SUCCEEDED", "2026-11-19T22:10:00Z", "2026-11-19T23:45:00Z"));
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects()[1..], ["[RESOLVED] daily-etl is well again"]);
}

#[tokio::test]
async fn a_job_that_is_gone_is_told_once_and_hides_no_other() {
    let sim = broken();
    let two = POLICY.replace(r#""jobs": {"#, r#""jobs": {"renamed": {}, "#);
    sim.put("policy.json", &two);
    for _ in 0..3 {
        sim.poll().await.unwrap();
        sim.wait(15);
    }
    let mut subjects = sim.subjects();
    subjects.sort();
    assert_eq!(subjects.len(), 2);
    assert_eq!(subjects[0], "[ALERT] Glue has no job renamed");
}

#[tokio::test]
async fn a_job_that_cannot_be_read_hides_no_other_and_makes_the_poll_red() {
    let sim = broken();
    sim.put("policy.json", &POLICY.replace(r#""jobs": {"#, r#""jobs": {"locked": {}, "#));
    sim.trouble("job_runs locked", Trouble::Fails(Class::Permission));
    let error = sim.poll().await.unwrap_err();
    assert!(error.message.contains("locked"), "{}", error.message);
    assert_eq!(sim.subjects().len(), 1);
}

#[tokio::test]
async fn an_outage_of_the_poll_is_made_up_for() {
    let sim = Sim::new("2026-11-19T03:00:00Z");
    sim.poll().await.unwrap();
    sim.add(run("jr_lost", "ERROR", "2026-11-19T22:10:00Z", "2026-11-19T22:20:00Z"));
    sim.set("2026-11-21T20:00:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
    // A clock that goes back tells nothing twice.
    sim.set("2026-11-19T22:30:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
}

#[tokio::test]
async fn how_a_job_stands_is_answered_and_tells_nobody() {
    let sim = broken();
    let before = sim.send(json!({"job": JOB})).await.unwrap();
    assert!(before["message"].as_str().unwrap().contains("nothing is open"));
    sim.poll().await.unwrap();
    let after = sim.send(json!({"job": JOB})).await.unwrap();
    let message = after["message"].as_str().unwrap();
    assert!(message.contains("1 trouble is open") && message.contains("jr_bad FAILED"), "{message}");
    assert_eq!((after["open"].as_u64(), sim.subjects().len()), (Some(1), 1));
    let error = sim.send(json!({"job": "daily-et"})).await.unwrap_err();
    assert!(error.message.contains("Nearest: daily-etl"), "{}", error.message);
}
