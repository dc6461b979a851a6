//! After a region is lost: in another one the newest copy comes back, with what is remembered; the bucket may be lost too.

use emergency_restore::EmergencyRestore;
use jiff::SignedDuration;
use lifeboat::fault::Class;
use lifeboat::recover::{Phase, ReadFrom};
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::{Value, json};

use crate::things::{AT, RUN, handed_over, iam, policy, sim, snapshot};
use crate::world::{Fate, Sim, Which};

const SECOND: &str = "recovery-orders-20261120140000";

/// The account as it is in the other region: nothing of the database but a copied snapshot
fn lose_the_region(sim: &Sim) {
    let mut state = sim.state();
    state.clusters.clear();
    state.instances.clear();
    state.points.clear();
    state.snapshots = vec![{
        let mut copied = snapshot("copy-of-orders", 9);
        copied.details.copied_from = Some(copied.arn.clone());
        copied.arn = copied.arn.replace("eu-west-1", "eu-central-1");
        copied
    }];
}

fn request(with: &Value) -> Value {
    json!({"database": "orders", "to": "latest", "with": with, "scheduled_time": "2026-11-20T14:00:00Z"})
}

#[tokio::test(start_paused = true)]
async fn the_newest_copy_comes_back_with_networks_of_here_and_the_rest_as_it_was() {
    let sim = handed_over().await;
    lose_the_region(&sim);
    let error = sim.ask(request(&json!({}))).await.unwrap_err().message;
    assert!(error.contains("with.subnet_group") && error.contains("with.security_groups"), "{error}");
    assert!(!error.contains("with.instance_class"), "it is remembered: {error}");
    let with = json!({"subnet_group": "dr", "security_groups": ["sg-9"]});
    let answer = sim.ask(request(&with)).await.unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("copied to eu-central-1 from eu-west-1") && message.contains("ago"), "{message}");
    sim.minutes(40).await;
    let state = sim.state();
    let record = state.record(SECOND);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{:?}", record.notes);
    assert_eq!(record.blueprint.read_from, ReadFrom::Abroad(RUN.to_owned()));
    assert!(record.notes.iter().any(|note| note.contains("orders-cluster")), "{:?}", record.notes);
    let copy = state.cluster(SECOND).unwrap();
    let settings = &state.settings[&copy.resource_id];
    assert_eq!(
        (settings.subnet_group.as_deref(), settings.security_groups.as_slice()),
        (Some("dr"), &["sg-9".to_owned()][..])
    );
    assert_eq!((copy.members.len(), settings.backup_retention_days), (2, 14));
}

#[tokio::test(start_paused = true)]
async fn what_can_be_restored_says_how_old_the_copy_is() {
    let sim = sim();
    lose_the_region(&sim);
    let answer = sim.ask(json!({"database": "orders"})).await.unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("copy-of-orders") && message.contains("9 h"), "{message}");
}

/// From a laptop, with the policy in a file, while the bucket answers nothing
async fn without_the_bucket(sim: &Sim, request: Value) -> Result<Value, RunError> {
    let path =
        std::env::temp_dir().join(format!("lifeboat-{}-{:?}.json", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, policy(&iam()).to_string()).unwrap();
    for operation in ["read", "list", "create", "replace", "put"] {
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Permanent, "NoSuchBucket")));
    }
    let function = EmergencyRestore::new(sim.clone(), PolicySource::File(path.clone()), "lost".to_owned());
    let deadline = sim.state().now() + SignedDuration::from_mins(15);
    let answer = function.handle(request, deadline).await;
    std::fs::remove_file(path).unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn without_the_bucket_what_can_be_restored_is_shown_all_the_same() {
    let sim = sim();
    lose_the_region(&sim);
    let answer = without_the_bucket(&sim, json!({"database": "orders"})).await.unwrap();
    assert!(answer["message"].as_str().unwrap().contains("copy-of-orders"), "{answer:#}");
}

#[tokio::test(start_paused = true)]
async fn without_the_bucket_a_dry_run_says_what_it_would_do_and_what_it_could_not_read() {
    let sim = sim();
    lose_the_region(&sim);
    let with = json!({"subnet_group": "dr", "security_groups": ["sg-9"], "parameter_group": "orders-cluster",
                      "instance_class": "db.r6g.large"});
    let request = json!({"database": "orders", "to": "latest", "with": with, "dry_run": true});
    let answer = without_the_bucket(&sim, request).await.unwrap();
    let not_known = answer["plan"]["not_known"].to_string();
    assert!(not_known.contains("NoSuchBucket"), "{answer:#}");
    assert!(answer["plan"]["calls"].as_array().unwrap().len() >= 2, "{answer:#}");
}

#[tokio::test(start_paused = true)]
async fn without_the_bucket_nothing_is_begun_and_the_way_out_is_named() {
    let sim = sim();
    let error = without_the_bucket(&sim, json!({"database": "orders", "to": "latest", "scheduled_time": AT})).await;
    let message = error.unwrap_err().message;
    assert!(message.contains("LIFEBOAT_BUCKET") && message.contains("LIFEBOAT_POLICY"), "{message}");
    assert!(sim.state().made.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_another_region_makes_is_left_to_it() {
    let sim = sim();
    sim.ask(json!({"database": "orders", "to": "1 hour ago", "scheduled_time": AT})).await.unwrap();
    assert_eq!(sim.state().record(RUN).region.as_deref(), Some("eu-west-1"));
    // The function of the other region shares the bucket: there, nothing of the copy is to be seen.
    let before = sim.state().record(RUN);
    sim.state().region = "eu-central-1";
    let told = sim.ask(json!({"tick": true})).await.unwrap();
    assert!(told["message"].as_str().unwrap().contains("is made in eu-west-1"), "{}", told["message"]);
    let refused = sim.ask(json!({"run": RUN, "cut_over": {"swap_names": true}})).await.unwrap_err().message;
    assert!(refused.contains("ask there"), "{refused}");
    assert_eq!(sim.state().record(RUN), before);
    assert_eq!(sim.state().made, [RUN]);
    // Where it stands is told everywhere.
    sim.ask(json!({"run": RUN})).await.unwrap();
    sim.state().region = "eu-west-1";
    sim.minutes(40).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
}
