//! Requests: the same twice is one run, what is wrong is said with what would be right, and nothing has been done then.

use lifeboat::database::{Snapshot, SnapshotDetails, SnapshotKind};
use lifeboat::fault::Class;
use lifeboat::recover::Phase;
use lifeboat::restore::Point;
use serde_json::{Value, json};

use crate::things::{AT, RUN, an_hour_ago, handed_over, sim, snapshot};
use crate::world::{Fate, Sim, Which};

async fn refusal(sim: &Sim, request: Value) -> String {
    let error = sim.ask(request).await.unwrap_err();
    let state = sim.state();
    assert!(state.made.is_empty() && state.keys_under("runs/").is_empty(), "nothing was done");
    error.message
}

#[tokio::test(start_paused = true)]
async fn the_same_request_at_once_and_again_is_one_run() {
    let sim = sim();
    let answers = futures_util::future::join_all((0..4).map(|_| sim.ask(an_hour_ago()))).await;
    for answer in &answers {
        assert_eq!(answer.as_ref().unwrap()["run"], RUN);
    }
    sim.minutes(10).await;
    let point = sim.state().record(RUN).point;
    let answer = sim.ask(an_hour_ago()).await.unwrap();
    assert_eq!(answer["was_begun_before"], true);
    assert_eq!(sim.state().record(RUN).point, point, "an hour ago means what it meant");
    sim.minutes(30).await;
    let answer = sim.ask(an_hour_ago()).await.unwrap();
    assert_eq!((&answer["state"], &answer["phase"]), (&json!("closed"), &json!("handed_over")));
    sim.minutes(2).await;
    assert_eq!(sim.state().made.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn different_requests_of_one_second_are_never_mixed() {
    let sim = sim();
    let other = json!({"database": "orders", "to": "2 hours ago", "scheduled_time": AT});
    let answers = futures_util::future::join_all([sim.ask(an_hour_ago()), sim.ask(other)]).await;
    let refused: Vec<String> = answers.iter().filter_map(|it| it.as_ref().err()).map(|it| it.message.clone()).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert!(refused[0].contains("Nothing was done for this request"), "{refused:?}");
    sim.minutes(40).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
    assert_eq!(sim.state().made.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn requests_of_two_seconds_are_two_runs_that_know_of_each_other() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    let later = json!({"database": "orders", "to": "1 hour ago", "scheduled_time": "2026-11-20T12:00:01Z"});
    let answer = sim.ask(later).await.unwrap();
    assert_eq!(answer["others_under_way"], json!([RUN]));
    sim.minutes(40).await;
    for run in [RUN, "recovery-orders-20261120120001"] {
        let record = sim.state().record(run);
        assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())), "{run}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_everything_and_does_nothing() {
    let sim = sim();
    let request = json!({"database": "orders", "to": "1 hour ago", "dry_run": true});
    let answer = sim.ask(request).await.unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("DRY RUN") && message.contains("prod-orders"), "{message}");
    assert!(answer["plan"]["calls"].as_array().unwrap().len() >= 4, "{answer:#}");
    let state = sim.state();
    assert!(state.made.is_empty() && state.keys_under("runs/").is_empty() && state.mails.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_restored_is_refused_with_what_can() {
    let sim = sim();
    let words = refusal(&sim, json!({"database": "orders", "to": "30 days ago"})).await;
    assert!(words.contains("2026-11-13"), "the window is named: {words}");
    let words = refusal(&sim, json!({"database": "order", "to": "latest"})).await;
    assert!(words.contains("orders"), "{words}");
    let words = refusal(&sim, json!({"database": "orders", "snapshot": "before-migratio"})).await;
    assert!(words.contains("before-migration"), "{words}");
    let words = refusal(&sim, json!({"database": "orders", "to": "before job weekly"})).await;
    assert!(words.contains("weekly"), "{words}");
    let words = refusal(&sim, json!({"run": "recovery-orders-20200101000000"})).await;
    assert!(words.contains("not known"), "{words}");
}

fn of_another_account(encrypted: bool) -> Snapshot {
    Snapshot {
        arn: "arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:theirs".to_owned(),
        source: "their-orders".to_owned(),
        kind: SnapshotKind::Other,
        encrypted,
        details: SnapshotDetails::default(),
        ..snapshot("theirs", 3)
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_another_account_shares_is_restored_by_its_arn_and_told_as_what_it_is() {
    let sim = sim();
    let theirs = of_another_account(false);
    sim.state().snapshots.push(theirs.clone());
    let answer = sim.ask(json!({"database": "orders", "snapshot": theirs.arn, "scheduled_time": AT})).await.unwrap();
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("ANOTHER database, their-orders, shared by account 999999999999"), "{message}");
    sim.minutes(40).await;
    let record = sim.state().record(RUN);
    assert_eq!(record.phase, Phase::HandedOver, "{:?}", record.notes);
    let Point::Snapshot { identifier, .. } = record.point else { panic!("{:?}", record.point) };
    assert_eq!(identifier, theirs.arn, "AWS finds what another account shares by its ARN only");
}

#[tokio::test(start_paused = true)]
async fn an_encrypted_one_of_another_account_is_to_be_copied_first_and_the_command_is_given() {
    let sim = sim();
    let theirs = of_another_account(true);
    sim.state().snapshots.push(theirs.clone());
    let words = refusal(&sim, json!({"database": "orders", "snapshot": theirs.arn})).await;
    for part in ["aws rds copy-db-cluster-snapshot", "--kms-key-id", "orders-from-999999999999", &theirs.arn] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_is_not_here_is_refused_with_what_makes_it_one() {
    let table = [
        ("arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:theirs", "modify-db-cluster-snapshot-attribute"),
        ("arn:aws:rds:us-west-2:123456789012:cluster-snapshot:ours", "--source-region us-west-2"),
        ("nobodys", "before-release"),
    ];
    for (name, part) in table {
        let words = refusal(&sim(), json!({"database": "orders", "snapshot": name})).await;
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_another_database_is_restored_by_its_name_and_told_as_what_it_is() {
    let sim = sim();
    let other = Snapshot { source: "prod-billing".to_owned(), ..snapshot("billing-1", 2) };
    sim.state().snapshots.push(other);
    let request = json!({"database": "orders", "snapshot": "billing-1", "dry_run": true});
    let answer = sim.ask(request).await.unwrap();
    assert!(answer["plan"]["told"].as_str().unwrap().contains("ANOTHER database, prod-billing"), "{answer:#}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_could_not_be_looked_up_is_not_told_as_missing() {
    let sim = sim();
    sim.state().fates.push((Which::All("named_snapshot"), Fate::Refused(Class::Permission, "AccessDenied")));
    let words = refusal(&sim, json!({"database": "orders", "snapshot": "billing-1"})).await;
    assert!(words.contains("could not be looked up") && words.contains("AccessDenied"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_mistake_in_the_policy_stops_a_request_and_no_recovery() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.state().put("policy.json", b"{".to_vec());
    assert_eq!(sim.ask(json!({"database": "orders", "to": "latest"})).await.unwrap_err().kind, "BadPolicy");
    sim.minutes(40).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
}

#[tokio::test(start_paused = true)]
async fn where_a_run_stands_is_told_open_and_filed_with_its_times() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(15).await;
    let answer = sim.ask(json!({"run": RUN})).await.unwrap();
    assert_eq!((&answer["state"], &answer["phase"]), (&json!("open"), &json!("building")), "{answer:#}");
    assert!(answer["phases"][0]["seconds"].as_i64().unwrap() >= 600, "{answer:#}");
    let sim = handed_over().await;
    let answer = sim.ask(json!({"run": RUN})).await.unwrap();
    assert_eq!((&answer["state"], &answer["phase"]), (&json!("closed"), &json!("handed_over")));
    assert!(answer["message"].as_str().unwrap().contains(RUN), "{answer:#}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_again_after_everything_was_filed_makes_nothing() {
    let sim = handed_over().await;
    // As a request whose look at the filed records was just before the filing would have written it.
    let mut again = sim.state().record(RUN);
    again.acts.clear();
    let body = serde_json::to_vec_pretty(&again).unwrap();
    sim.state().put(&format!("runs/open/{RUN}.json"), body);
    sim.minutes(2).await;
    assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new());
    assert_eq!(sim.state().made.len(), 3);
}
