//! Requests, and what they answer.

use lifeboat::fault::Class;
use serde_json::{Value, json};

use crate::things::{REAL, a_day_passes, hours, policy, sim};
use crate::world::{Fate, HOME, Sim, Which};

fn real(number: i64) -> Sim {
    sim(number, &policy("", REAL))
}

fn take() -> Value {
    json!({"snapshot": "orders", "reason": "schema migration 42"})
}

const NAME: &str = "pre-maintenance-orders-schema-migration-42-202611201200";

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_made_and_answered_for_at_once() {
    let sim = real(2);
    let answer = sim.ask(take()).await.unwrap();
    assert_eq!((answer["snapshot"].as_str(), answer["status"].as_str()), (Some(NAME), Some("creating")));
    assert!(answer["message"].as_str().unwrap().contains("snapshot_status"));
    let status = |word: &'static str| {
        let sim = sim.clone();
        async move {
            let answer = sim.ask(json!({"snapshot_status": NAME})).await.unwrap();
            assert_eq!(answer["status"], word, "{answer}");
        }
    };
    status("creating").await;
    sim.pass(hours(1));
    status("available").await;
    let nothing = sim.ask(json!({"snapshot_status": "pre-nothing"})).await.unwrap();
    assert_eq!(nothing["status"], "not found");
}

#[tokio::test(start_paused = true)]
async fn the_same_request_twice_makes_one() {
    let sim = real(2);
    sim.ask(take()).await.unwrap();
    sim.pass(hours(0) + jiff::SignedDuration::from_mins(2));
    let again = sim.ask(take()).await.unwrap();
    assert_eq!((again["snapshot"].as_str(), again["made"].as_bool()), (Some(NAME), Some(false)));
    let both = real(2);
    let (one, other) = tokio::join!(both.ask(take()), both.ask(take()));
    assert_eq!(one.unwrap()["snapshot"], other.unwrap()["snapshot"]);
    for sim in [sim, both] {
        assert_eq!(sim.state().names(HOME).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_lost_is_looked_up() {
    let sim = real(2);
    sim.state().fates.push((Which::All("create"), Fate::LostAfter));
    assert_eq!(sim.ask(take()).await.unwrap()["snapshot"], NAME);
    let never = real(2);
    never.state().fates.push((Which::All("create"), Fate::LostBefore));
    let error = never.ask(take()).await.unwrap_err();
    assert!(error.message.contains("No snapshot was made"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_by_something_else_is_no_snapshot_of_ours() {
    let sim = real(2);
    let now = sim.state().now();
    let mut other = crate::things::snapshot(NAME, now);
    other.source = "prod-ledger".to_owned();
    sim.state().add(other);
    let error = sim.ask(take()).await.unwrap_err();
    assert!(error.message.contains("not made by this"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_failed_is_no_answer() {
    let sim = real(2);
    sim.ask(take()).await.unwrap();
    sim.state().at_home(NAME).status = "failed".to_owned();
    sim.pass(jiff::SignedDuration::from_mins(2));
    let again = sim.ask(take()).await.unwrap();
    assert_ne!(again["snapshot"], NAME);
}

#[tokio::test(start_paused = true)]
async fn at_the_quota_the_answer_says_which_would_go_first() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().quota = 5;
    let error = sim.ask(take()).await.unwrap_err();
    assert_eq!(error.kind, "Quota");
    assert!(error.message.contains("- pre-00") && error.message.contains("Do not begin the change"), "{error:?}");
    assert!(sim.state().deleted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_mistake_asks_aws_nothing() {
    let bad = [
        json!({"snapshot": "order", "reason": "x"}),
        json!({"snapshot": "orders"}),
        json!({"plan": "order"}),
        json!({"plan": "*", "dry_run": false}),
        json!({"snapshot": "orders", "reason": "x", "keep_until": "2020-01-01T00:00:00Z"}),
    ];
    for event in bad {
        let sim = real(2);
        let error = sim.ask(event.clone()).await.unwrap_err();
        assert_eq!(error.kind, "BadRequest", "{event}");
        assert!(sim.state().calls.iter().all(|call| call.operation == "read"), "{event}: {:?}", sim.state().calls);
    }
}

#[tokio::test(start_paused = true)]
async fn the_plan_is_shown_and_nothing_follows_from_it() {
    let sim = real(5);
    let answer = sim.ask(json!({"plan": "*"})).await.unwrap();
    let all = answer["snapshots"].as_array().unwrap();
    assert_eq!(all.len(), 5);
    for key in ["snapshot", "region", "database", "what", "why", "size_gib", "dollars_a_month", "since", "due_at"] {
        assert!(all[0].get(key).is_some(), "{key}");
    }
    assert_eq!((all[0]["what"].as_str(), all[4]["what"].as_str()), (Some("marked"), Some("kept")));
    let later = sim.ask(json!({"plan": "orders", "as_of": "2026-11-22"})).await.unwrap();
    assert_eq!(later["due"], 3, "{later}");
    assert!(later["message"].as_str().unwrap().contains("WOULD DELETE"));
    let state = sim.state();
    assert!(!state.objects.contains_key("lifecycle.json") && state.count("delete") + state.count("write") == 0);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_not_whole_says_so() {
    let sim = real(5);
    sim.state().fates.push((Which::All("manual"), Fate::Refused(Class::Permission, "AccessDenied")));
    let answer = sim.ask(json!({"plan": "*"})).await.unwrap();
    assert!(answer["message"].as_str().unwrap().starts_with("NOT EVERYTHING COULD BE READ"));
    assert!(answer["not_read"].as_str().unwrap().contains("eu-west-1"));
}

#[tokio::test(start_paused = true)]
async fn an_export_is_begun_once_and_asked_after() {
    let sim = real(2);
    let ask = json!({"export": "pre-00", "bucket": "archive", "kms_key_id": "alias/k",
                     "role": "arn:aws:iam::123456789012:role/export"});
    let first = sim.ask(ask.clone()).await.unwrap();
    sim.pass(jiff::SignedDuration::from_mins(2));
    let again = sim.ask(ask).await.unwrap();
    assert_eq!(first["task"], again["task"]);
    assert_eq!((first["begun"].as_bool(), again["begun"].as_bool()), (Some(true), Some(false)));
    assert_eq!(sim.state().exports.len(), 1);
    {
        let mut state = sim.state();
        state.exports[0].status = "FAILED".to_owned();
        state.exports[0].failure = Some("the role may not write".to_owned());
    }
    for key in ["snapshot_status", "export_status"] {
        let status = sim.ask(json!({key: first["task"]})).await.unwrap();
        assert_eq!(
            (status["status"].as_str(), status["failure"].as_str()),
            (Some("FAILED"), Some("the role may not write"))
        );
        assert!(status["message"].as_str().unwrap().contains("FAILED"));
    }
    let none =
        sim.ask(json!({"export": "pre-9", "bucket": "b", "kms_key_id": "k", "role": "arn:aws:iam::1:role/r"})).await;
    assert_eq!(none.unwrap_err().kind, "BadRequest");
}
