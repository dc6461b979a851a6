//! Inspections: small, let in by a secret of their own, warned about before their end, kept longer when asked.

use jiff::SignedDuration;
use lifeboat::recover::{Letter, Phase};
use lifeboat::verify::VerdictWord;
use serde_json::{Value, json};

use crate::things::{AT, INSPECTION, RUN, handed_over, now, policy, secret, sim};
use crate::world::{Fate, Sim, State, Which};

fn request() -> Value {
    json!({"database": "orders", "to": "1 hour ago", "inspect_for": "8h", "scheduled_time": AT})
}

async fn inspecting() -> Sim {
    let sim = sim();
    sim.state().put("policy.json", policy(&secret()).to_string().into_bytes());
    sim.ask(request()).await.unwrap();
    sim.minutes(40).await;
    sim
}

#[tokio::test(start_paused = true)]
async fn it_is_small_and_its_secret_is_its_own() {
    let sim = inspecting().await;
    let state = sim.state();
    let record = state.record(INSPECTION);
    assert_eq!(record.phase, Phase::HandedOver, "{record:#?}");
    assert_eq!(record.verdict.as_ref().map(|verdict| verdict.word), Some(VerdictWord::Passed));
    let copy = state.cluster(INSPECTION).unwrap();
    assert_eq!(copy.members.len(), 1);
    assert!(copy.secret.is_some());
    assert_eq!(copy.tags["lifeboat:expires-at"], (now() + SignedDuration::from_hours(8)).to_string());
    assert_eq!(state.keys_under("runs/open/").len(), 1, "it stays open until its end");
}

#[tokio::test(start_paused = true)]
async fn it_is_warned_about_once_and_filed_at_its_end() {
    let sim = inspecting().await;
    sim.pass(SignedDuration::from_hours(6));
    sim.minutes(30).await;
    let told = sim.state().record(INSPECTION).told;
    assert_eq!(told.last(), Some(&Letter::EndsSoon));
    let mails = sim.state().mails.len();
    sim.minutes(60).await;
    assert_eq!(sim.state().mails.len(), mails);
    assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn it_is_kept_longer_with_all_that_the_sweeper_looks_at() {
    let sim = inspecting().await;
    sim.ask(json!({"run": INSPECTION, "extend": "10h"})).await.unwrap();
    let state = sim.state();
    let end = state.record(INSPECTION).expires_at.unwrap();
    assert!(end > now() + SignedDuration::from_hours(10));
    for tags in [&state.cluster(INSPECTION).unwrap().tags, &state.instance(&format!("{INSPECTION}-1")).unwrap().tags] {
        assert_eq!(tags["lifeboat:expires-at"], end.to_string());
    }
}

/// How often a mail said that it ends soon
fn warnings(sim: &Sim) -> usize {
    sim.state().mails.iter().filter(|(subject, _)| subject.contains("inspection ends")).count()
}

#[tokio::test(start_paused = true)]
async fn kept_longer_after_the_warning_it_is_warned_about_anew_before_its_new_end_and_once() {
    let sim = inspecting().await;
    sim.pass(SignedDuration::from_hours(6));
    sim.minutes(30).await;
    assert_eq!(warnings(&sim), 1);
    sim.ask(json!({"run": INSPECTION, "extend": "4h"})).await.unwrap();
    sim.minutes(60).await;
    assert_eq!(warnings(&sim), 1, "its old end is none any more");
    assert_eq!(sim.state().keys_under("runs/open/").len(), 1);
    sim.pass(SignedDuration::from_mins(110));
    sim.minutes(30).await;
    assert_eq!(warnings(&sim), 2);
    sim.minutes(60).await;
    assert_eq!((warnings(&sim), sim.state().keys_under("runs/open/").len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn kept_longer_while_the_warning_is_on_its_way_it_is_warned_about_anew_all_the_same() {
    let sim = inspecting().await;
    sim.pass(SignedDuration::from_mins(6 * 60 + 15));
    let later = now() + SignedDuration::from_hours(12);
    // As a request does, between the write that announces the mail and the one that says it went out
    sim.state().changes.push((
        "send",
        Box::new(move |state: &mut State| {
            let key = format!("runs/open/{INSPECTION}.json");
            let mut record = state.record(INSPECTION);
            record.expires_at = Some(later);
            record.acts.remove(&Letter::EndsSoon.act());
            state.put(&key, serde_json::to_vec(&record).unwrap());
        }),
    ));
    sim.minutes(20).await;
    assert_eq!(warnings(&sim), 1);
    assert!(!sim.state().record(INSPECTION).told.contains(&Letter::EndsSoon), "that was of the old end");
    sim.pass(SignedDuration::from_mins(3 * 60 + 50));
    sim.minutes(30).await;
    assert_eq!(warnings(&sim), 2);
}

#[tokio::test(start_paused = true)]
async fn kept_longer_while_it_is_being_made_every_part_has_the_new_time() {
    let sim = sim();
    sim.state().put("policy.json", policy(&secret()).to_string().into_bytes());
    sim.ask(request()).await.unwrap();
    let first = format!("{INSPECTION}-1");
    for _ in 0..60 {
        sim.minutes(1).await;
        if sim.state().instance(&first).is_some_and(|one| one.status == "creating") {
            break;
        }
    }
    assert!(!sim.state().record(INSPECTION).copy.members_at.contains_key(&first));
    sim.ask(json!({"run": INSPECTION, "extend": "20h"})).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    let end = state.record(INSPECTION).expires_at.unwrap().to_string();
    assert_eq!(state.cluster(INSPECTION).unwrap().tags["lifeboat:expires-at"], end);
    assert_eq!(state.instance(&first).unwrap().tags["lifeboat:expires-at"], end);
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_cannot_be_written_leaves_the_end_where_it_was() {
    let sim = inspecting().await;
    let before = sim.state().record(INSPECTION).expires_at;
    sim.state().fates.push((Which::All("extend"), Fate::Refused(lifeboat::fault::Class::Permission, "AccessDenied")));
    let error = sim.ask(json!({"run": INSPECTION, "extend": "10h"})).await.unwrap_err();
    assert!(error.message.contains("not extended"), "{}", error.message);
    assert_eq!(sim.state().record(INSPECTION).expires_at, before);
}

#[tokio::test(start_paused = true)]
async fn only_an_inspection_of_this_run_is_extended_and_only_longer() {
    let sim = inspecting().await;
    let error = sim.ask(json!({"run": INSPECTION, "extend": "1h"})).await.unwrap_err();
    assert!(error.message.contains("later"), "{}", error.message);
    sim.state().clusters.iter_mut().find(|one| one.identifier == INSPECTION).unwrap().tags.clear();
    let error = sim.ask(json!({"run": INSPECTION, "extend": "20h"})).await.unwrap_err();
    assert!(error.message.contains("not this run's copy"), "{}", error.message);
    assert_eq!(sim.state().count("extend"), 0);
    let recovered = handed_over().await;
    let error = recovered.ask(json!({"run": RUN, "extend": "20h"})).await.unwrap_err();
    assert!(error.message.contains("no inspection"), "{}", error.message);
}
