//! `--wait`.

use lifeboat::fault::Class;
use lifeboat::run::{Handler, Progress, RunError};
use serde_json::{Value, json};

use crate::things::{REAL, policy, sim};
use crate::world::{Fate, Sim, Which};

async fn wait(sim: &Sim, request: Value) -> (Result<Value, RunError>, Vec<String>) {
    let (ended, progress) = stayed(sim, request).await;
    (ended, progress.told().to_vec())
}

async fn stayed(sim: &Sim, request: Value) -> (Result<Value, RunError>, Progress) {
    let mut progress = Progress::kept();
    let function = sim.function();
    assert_eq!(function.stays()[0].option, "--wait");
    let ended = function.stay("--wait", request, &mut progress).await;
    (ended, progress)
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_is_told_what_goes_on_and_how_to_look_again() {
    let sim = sim(2, &policy("", REAL));
    let (_, progress) = stayed(&sim, take()).await;
    let words = progress.leaving();
    assert!(words.contains("AWS goes on") && words.contains("--wait '{\"snapshot_status\""), "{words}");
}

fn take() -> Value {
    json!({"snapshot": "orders", "reason": "schema migration 42"})
}

#[tokio::test(start_paused = true)]
async fn it_ends_well_only_when_the_snapshot_is_complete() {
    let sim = sim(2, &policy("", REAL));
    let (ended, told) = wait(&sim, take()).await;
    assert_eq!(ended.unwrap()["status"], "available");
    assert!(told[0].contains("Ctrl-C") && told[0].contains("snapshot_status"), "{told:?}");
    assert!(told.len() < 10, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_fails_ends_it_red() {
    let sim = sim(2, &policy("", REAL));
    sim.state().making_fails = true;
    let (ended, _) = wait(&sim, take()).await;
    assert!(ended.unwrap_err().message.contains("is failed"));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_never_ends_is_not_waited_for_for_ever() {
    let sim = sim(2, &policy("", REAL));
    sim.ask(take()).await.unwrap();
    sim.state().ready_at.clear();
    let began = sim.state().now();
    let (ended, _) = wait(&sim, take()).await;
    assert!(ended.unwrap_err().message.contains("is not complete after 12 h"));
    let waited = sim.state().now().duration_since(began);
    let bound = snapshot_lifecycle::wait::LONGEST_WAIT;
    assert!(waited >= bound && waited < bound + jiff::SignedDuration::from_mins(1), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_for_a_while_end_nothing_and_for_ever_do() {
    let sim = sim(2, &policy("", REAL));
    sim.ask(take()).await.unwrap();
    sim.state().fates.push((Which::All("snapshot"), Fate::Refused(Class::Transient, "Throttling")));
    let (ended, _) = wait(&sim, take()).await;
    assert_eq!(ended.unwrap_err().kind, "Unavailable");
    let (ended, _) = wait(&sim, json!({"plan": "*"})).await;
    assert_eq!(ended.unwrap_err().kind, "BadRequest");
}
