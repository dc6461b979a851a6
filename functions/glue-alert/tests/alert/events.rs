//! The samples in `events/glue-alert`, each sent whole.

use std::fs;
use std::path::Path;

use lifeboat::glue::Run;
use serde_json::Value;

use crate::world::{Sim, run};

const RUN: &str = "jr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/glue-alert");
    let read = |path: &Path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut all: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(&path)))
        .collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// A world whose list agrees with what the events say
fn world(state: &str) -> Sim {
    let sim = Sim::new("2026-11-20T06:02:10Z");
    let ended = if ["RUNNING", "DISSOLVED"].contains(&state) { "" } else { "2026-11-20T06:02:00Z" };
    sim.add(run(RUN, state, "2026-11-20T05:51:40Z", ended));
    sim
}

#[tokio::test]
async fn every_sample_is_taken_or_refused_as_its_name_says() {
    let mut seen = (0, 0);
    for (name, sample) in samples() {
        let sim = world("FAILED");
        let answer = sim.send(sample).await;
        if name.starts_with("bad-") {
            assert_eq!(answer.unwrap_err().kind, "BadRequest", "{name}");
            assert_eq!(sim.subjects(), [""; 0], "{name}");
            assert!(!sim.inside().objects.contains_key("jobs.json"), "{name}");
            seen.0 += 1;
        } else {
            answer.unwrap_or_else(|error| panic!("{name}: {}", error.message));
            seen.1 += 1;
        }
    }
    assert!(seen.0 >= 10 && seen.1 >= 10, "{seen:?}");
}

#[tokio::test]
async fn every_event_of_a_failure_is_one_mail_whether_or_not_the_list_knows_of_it() {
    for (name, state) in [
        ("failed", "FAILED"),
        ("timeout", "TIMEOUT"),
        ("stopped", "STOPPED"),
        ("error-that-no-rule-sends-yet", "ERROR"),
        ("new-fields", "FAILED"),
        ("without-message-and-severity", "FAILED"),
    ] {
        let sample = samples().into_iter().find(|(known, _)| known == name).unwrap().1;
        for listed in [state, "RUNNING"] {
            let sim = world(listed);
            sim.send(sample.clone()).await.unwrap();
            let subjects = sim.subjects();
            assert_eq!(subjects.len(), 1, "{name}, listed as {listed}");
            assert!(subjects[0].starts_with("[ALERT] daily-etl ") && subjects[0].contains(state), "{subjects:?}");
        }
    }
}

#[tokio::test]
async fn an_event_that_leaves_out_the_run_or_the_state_is_filled_from_the_list() {
    for name in ["without-run", "without-state", "new-state", "run-status"] {
        let sample = samples().into_iter().find(|(known, _)| known == name).unwrap().1;
        let sim = world("FAILED");
        sim.send(sample.clone()).await.unwrap();
        assert_eq!(sim.subjects().len(), 1, "{name}");
        let sim = world("RUNNING");
        sim.send(sample).await.unwrap();
        assert_eq!(sim.subjects().len(), 0, "{name}: nothing has failed yet");
    }
}

#[tokio::test]
async fn a_success_is_no_mail_and_ends_what_was_wrong() {
    let sample = samples().into_iter().find(|(name, _)| name == "succeeded").unwrap().1;
    let sim = world("SUCCEEDED");
    sim.send(sample.clone()).await.unwrap();
    assert_eq!(sim.subjects().len(), 0);
    let bad: Run = run("jr_earlier", "FAILED", "2026-11-20T05:00:00Z", "2026-11-20T05:10:00Z");
    let sim = world("RUNNING");
    sim.add(bad);
    sim.poll().await.unwrap();
    sim.send(sample).await.unwrap();
    let subjects = sim.subjects();
    assert_eq!(subjects.len(), 2);
    assert!(subjects[1].starts_with("[RESOLVED] daily-etl is well again"), "{subjects:?}");
}
