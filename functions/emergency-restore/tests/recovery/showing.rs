//! What can be restored: every database at once, and whatever cannot be looked at hides nothing else.

use lifeboat::fault::Class;
use serde_json::json;

use crate::things::sim;
use crate::world::{Fate, Which};

#[tokio::test(start_paused = true)]
async fn every_database_is_shown_with_what_holds_it() {
    let sim = sim();
    let answer = sim.ask(json!({})).await.unwrap();
    let message = answer["message"].as_str().unwrap();
    for part in ["orders", "ledger", "before-release"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(answer["databases"].as_array().unwrap().len(), 2);
    let orders = &answer["databases"][0];
    assert_eq!(orders["vaults"][0]["points"]["known"]["newest"].as_array().unwrap().len(), 1, "{orders:#}");
    assert!(answer["time"]["aws_calls"].as_u64().unwrap() >= 8, "{answer:#}");
    assert_eq!(sim.state().count("key"), 1, "a key of several things is asked for once");
    assert!(sim.state().most_flying > 2, "side by side");
    assert!(sim.state().most_flying <= 64, "and not without bound");
    let one = sim.ask(json!({"database": "ledger"})).await.unwrap();
    assert_eq!(one["databases"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_says_why_and_hides_nothing_else() {
    let quiet = sim().ask(json!({})).await.unwrap();
    for operation in ["cluster", "instance", "instance_window", "snapshots", "retained", "points", "key"] {
        let sim = sim();
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Permission, "AccessDenied")));
        let answer = sim.ask(json!({})).await.unwrap();
        let text = answer["databases"].to_string();
        assert!(text.contains("AccessDenied"), "{operation}: {text}");
        let shown = |answer: &serde_json::Value| answer["databases"].as_array().unwrap().len();
        assert_eq!(shown(&answer), shown(&quiet));
        if operation != "snapshots" {
            assert!(answer["message"].as_str().unwrap().contains("before-release"), "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_is_shown_before_anybody_tries() {
    let sim = sim();
    sim.state().keys.values_mut().for_each(|key| "Disabled".clone_into(&mut key.state));
    let answer = sim.ask(json!({"database": "orders"})).await.unwrap();
    assert!(answer["message"].as_str().unwrap().contains("Disabled"), "{}", answer["message"]);
}
