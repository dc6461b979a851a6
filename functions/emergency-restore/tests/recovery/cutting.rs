//! Cutting over and back.

use jiff::SignedDuration;
use lifeboat::recover::{Direction, End, Letter};
use lifeboat::verify::Outcome;
use serde_json::json;

use crate::things::{AT, INSPECTION, LEDGER, RUN, an_hour_ago, handed_over, sim};
use crate::world::Sim;

fn behind(sim: &Sim) -> Vec<String> {
    sim.state().proxies["orders-proxy"].iter().map(|(target, _)| target.identifier.clone()).collect()
}

fn standing(sim: &Sim) -> (Vec<String>, Vec<String>, Vec<String>) {
    let behind = behind(sim);
    let state = sim.state();
    (state.names(), behind, state.keys_under("runs/"))
}

async fn refusal(sim: &Sim, request: serde_json::Value) -> String {
    let before = standing(sim);
    let error = sim.ask(request).await.unwrap_err();
    assert_eq!(standing(sim), before, "nothing was done");
    error.message
}

#[tokio::test(start_paused = true)]
async fn a_proxy_points_at_the_copy_and_back_again() {
    let sim = handed_over().await;
    sim.ask(json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await.unwrap();
    sim.minutes(5).await;
    assert_eq!(behind(&sim), [RUN]);
    let record = sim.state().record(RUN);
    assert_eq!(record.cut_over.as_ref().unwrap().end, Some(End::Copy));
    assert_eq!(record.told.last(), Some(&Letter::CutOver(1)));
    assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new(), "filed again");
    sim.ask(json!({"run": RUN, "undo_cut_over": true})).await.unwrap();
    sim.minutes(5).await;
    assert_eq!(behind(&sim), ["prod-orders"]);
    let record = sim.state().record(RUN);
    assert_eq!(record.cut_over.as_ref().unwrap().end, Some(End::Source));
    assert_eq!(record.told.last(), Some(&Letter::CutOver(2)));
    // And forward once more.
    sim.ask(json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await.unwrap();
    sim.minutes(5).await;
    assert_eq!(behind(&sim), [RUN]);
}

#[tokio::test(start_paused = true)]
async fn names_are_swapped_instance_by_instance_and_back_again() {
    let sim = handed_over().await;
    let before = sim.state().names();
    sim.ask(json!({"run": RUN, "cut_over": {"swap_names": true}})).await.unwrap();
    sim.minutes(25).await;
    {
        let state = sim.state();
        assert_eq!(state.record(RUN).cut_over.unwrap().end, Some(End::Copy));
        let copy = state.cluster("prod-orders").unwrap();
        assert_eq!(copy.tags["lifeboat:run"], RUN);
        let names: Vec<&str> = copy.members.iter().map(|member| member.instance.as_str()).collect();
        assert_eq!(names, ["prod-orders-a", "prod-orders-b"]);
        let aside = state.cluster("prod-orders-before-20261120120000").unwrap();
        assert_eq!(aside.resource_id, "cluster-of-orders");
        // Until the source moves, applications reach it: its instances go first.
        let first: Vec<&str> = state.renamed.iter().take(3).map(|(from, _)| from.as_str()).collect();
        assert_eq!(first, ["prod-orders-a", "prod-orders-b", "prod-orders"]);
    }
    sim.ask(json!({"run": RUN, "undo_cut_over": true})).await.unwrap();
    sim.minutes(25).await;
    assert_eq!(sim.state().names(), before);
    assert_eq!(sim.state().record(RUN).cut_over.unwrap().end, Some(End::Source));
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_lone_instance_is_swapped_and_back_again() {
    let sim = sim();
    sim.ask(json!({"database": "ledger", "to": "latest", "scheduled_time": AT})).await.unwrap();
    sim.minutes(30).await;
    let before = sim.state().names();
    sim.ask(json!({"run": LEDGER, "cut_over": {"swap_names": true}})).await.unwrap();
    sim.minutes(15).await;
    {
        let state = sim.state();
        assert_eq!(state.record(LEDGER).cut_over.unwrap().end, Some(End::Copy));
        assert_eq!(state.instance("prod-ledger").unwrap().tags["lifeboat:run"], LEDGER);
        assert_eq!(state.instance("prod-ledger-before-20261120120000").unwrap().resource_id, "db-of-prod-ledger");
        assert_eq!(state.renamed.len(), 2, "{:?}", state.renamed);
    }
    sim.ask(json!({"run": LEDGER, "undo_cut_over": true})).await.unwrap();
    sim.minutes(15).await;
    assert_eq!(sim.state().names(), before);
    assert_eq!(sim.state().record(LEDGER).cut_over.unwrap().end, Some(End::Source));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_aws_backup_made_is_cut_over_to_like_any_other() {
    let sim = sim();
    sim.ask(json!({"database": "orders", "recovery_point": "latest", "scheduled_time": AT})).await.unwrap();
    sim.minutes(50).await;
    sim.ask(json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await.unwrap();
    sim.minutes(5).await;
    assert_eq!(behind(&sim), [RUN]);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_never_gets_healthy_is_pointed_back_by_itself_and_people_are_told() {
    let sim = handed_over().await;
    sim.state().never_healthy.push(RUN.to_owned());
    sim.ask(json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await.unwrap();
    sim.minutes(25).await;
    assert_eq!(behind(&sim), ["prod-orders"]);
    let record = sim.state().record(RUN);
    let cut = record.cut_over.unwrap();
    assert_eq!((cut.direction, cut.end), (Direction::Back, Some(End::Source)));
    assert!(record.told.contains(&Letter::CutOver(1)));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_not_handed_over_is_not_cut_over_to() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(3).await;
    let words = refusal(&sim, json!({"run": RUN, "cut_over": {"swap_names": true}})).await;
    assert!(words.contains("not handed over"), "{words}");
    let words = refusal(&sim, json!({"run": RUN, "undo_cut_over": true})).await;
    assert!(words.contains("never cut over"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_gone_or_somebody_elses_is_not_cut_over_to() {
    let sim = handed_over().await;
    sim.state().clusters.iter_mut().find(|one| one.identifier == RUN).unwrap().tags.clear();
    let words = refusal(&sim, json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await;
    assert!(words.contains("not this run's copy"), "{words}");
    sim.state().clusters.retain(|one| one.identifier != RUN);
    let words = refusal(&sim, json!({"run": RUN, "cut_over": {"swap_names": true}})).await;
    assert!(words.contains("not there any more"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_copy_or_source_that_is_not_available_is_not_cut_over_to() {
    for name in [RUN, "prod-orders"] {
        let sim = handed_over().await;
        sim.state().clusters.iter_mut().find(|one| one.identifier == name).unwrap().status = "stopped".to_owned();
        let words = refusal(&sim, json!({"run": RUN, "cut_over": {"swap_names": true}})).await;
        assert!(words.contains("stopped"), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn failed_checks_ask_for_a_second_word() {
    let sim = sim();
    sim.state().checks_come_to = Outcome::Failed;
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let words = refusal(&sim, json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await;
    assert!(words.contains("despite_failed_checks"), "{words}");
    let request = json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}, "despite_failed_checks": true});
    sim.ask(request).await.unwrap();
    sim.minutes(5).await;
    assert_eq!(behind(&sim), [RUN]);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_points_elsewhere_is_left_alone() {
    let sim = handed_over().await;
    let other = lifeboat::recover::Target { identifier: "prod-billing".to_owned(), clustered: true };
    let source = sim.state().proxies["orders-proxy"][0].clone();
    for targets in [vec![], vec![(other.clone(), source.1)], vec![source.clone(), (other, source.1)]] {
        sim.state().proxies.insert("orders-proxy".to_owned(), targets);
        let words = refusal(&sim, json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})).await;
        assert!(words.contains("points at"), "{words}");
    }
    let words = refusal(&sim, json!({"run": RUN, "cut_over": {"proxy": "orders-prxy"}})).await;
    assert!(words.contains("orders-prxy"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn the_same_request_twice_is_one_cut_over() {
    let sim = handed_over().await;
    let request = json!({"run": RUN, "cut_over": {"swap_names": true}});
    let asked = futures_util::future::join_all((0..3).map(|_| sim.ask(request.clone()))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    sim.minutes(25).await;
    sim.ask(request).await.unwrap();
    sim.minutes(2).await;
    let state = sim.state();
    assert_eq!(state.record(RUN).cut_overs, 1);
    assert_eq!(state.renamed.len(), 6, "{:?}", state.renamed);
}

#[tokio::test(start_paused = true)]
async fn a_cut_over_can_be_turned_round_while_it_is_under_way() {
    let sim = handed_over().await;
    let before = sim.state().names();
    sim.ask(json!({"run": RUN, "cut_over": {"swap_names": true}})).await.unwrap();
    sim.minutes(6).await;
    assert_ne!(sim.state().names(), before);
    sim.ask(json!({"run": RUN, "undo_cut_over": true})).await.unwrap();
    sim.minutes(30).await;
    assert_eq!(sim.state().names(), before);
}

#[tokio::test(start_paused = true)]
async fn an_inspection_is_not_cut_over_to() {
    let sim = sim();
    let request = json!({"database": "orders", "to": "1 hour ago", "inspect_for": "8h", "scheduled_time": AT});
    sim.ask(request).await.unwrap();
    sim.minutes(40).await;
    let words = refusal(&sim, json!({"run": INSPECTION, "cut_over": {"swap_names": true}})).await;
    assert!(words.contains("inspection"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_gone_leaves_its_name_to_the_copy() {
    let sim = handed_over().await;
    {
        let mut state = sim.state();
        state.clusters.retain(|one| one.identifier != "prod-orders");
        state.instances.retain(|one| one.cluster.as_deref() != Some("prod-orders"));
    }
    sim.ask(json!({"run": RUN, "cut_over": {"swap_names": true}})).await.unwrap();
    sim.minutes(20).await;
    assert_eq!(sim.state().cluster("prod-orders").unwrap().tags["lifeboat:run"], RUN);
    sim.pass(SignedDuration::from_hours(1));
}

#[tokio::test(start_paused = true)]
async fn where_the_role_may_not_cut_over_the_request_is_refused_and_nothing_is_touched() {
    let sim = handed_over().await;
    sim.state().may_cut_over = false;
    for wish in [json!({"run": RUN, "cut_over": {"swap_names": true}}), json!({"run": RUN, "undo_cut_over": true})] {
        let words = refusal(&sim, wish).await;
        assert!(words.contains("emergency_cut_over = true") && words.contains("--follow"), "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_over_from_a_laptop_is_not_turned_back_by_ticks_that_may_not_cut_over() {
    let sim = handed_over().await;
    sim.ask(json!({"run": RUN, "cut_over": {"swap_names": true}})).await.unwrap();
    let renamed = sim.state().renamed.len();
    sim.state().may_cut_over = false;
    sim.minutes(30).await;
    {
        let state = sim.state();
        let cut = state.record(RUN).cut_over.unwrap();
        assert_eq!((cut.direction, cut.end), (Direction::Forward, None));
        assert_eq!(state.renamed.len(), renamed, "ticks moved nothing");
    }
    let told = sim.ask(json!({"tick": true})).await.unwrap();
    assert!(told["message"].as_str().unwrap().contains("leaves it to whoever asked"), "{}", told["message"]);
    // The laptop goes on.
    sim.state().may_cut_over = true;
    sim.minutes(25).await;
    assert_eq!(sim.state().record(RUN).cut_over.unwrap().end, Some(End::Copy));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_put_back_to_a_source_that_is_gone() {
    for (wish, source) in [
        (json!({"swap_names": true}), "prod-orders-before-20261120120000"),
        (json!({"proxy": "orders-proxy"}), "prod-orders"),
    ] {
        let sim = handed_over().await;
        sim.ask(json!({"run": RUN, "cut_over": wish})).await.unwrap();
        sim.minutes(25).await;
        assert_eq!(sim.state().record(RUN).cut_over.unwrap().end, Some(End::Copy));
        {
            let mut state = sim.state();
            state.clusters.retain(|one| one.identifier != source);
        }
        let words = refusal(&sim, json!({"run": RUN, "undo_cut_over": true})).await;
        assert!(words.contains("not there any more") && words.contains("stay at the copy"), "{words}");
    }
}
