//! DocumentDB: its parameter group comes by a change, its instances as with every cluster, and no proxy stands before it.

use jiff::SignedDuration;
use lifeboat::database::{Cluster, Engine, Instance, Member as Of, Tags};
use lifeboat::recover::{End, Phase, Settings};
use serde_json::{Value, json};

use crate::things::{AT, arn, policy, secret, sim};
use crate::world::Sim;

const PAPERS: &str = "recovery-papers-20261120120000";

/// The account with a DocumentDB cluster in it
fn papers() -> Sim {
    let sim = sim();
    let mut state = sim.state();
    let mut policy = policy(&secret());
    policy["databases"]["papers"] = json!({
        "kind": "documentdb", "identifier": "prod-papers",
        "sandbox": {"login": {"method": "managed_secret", "database": "app"}},
    });
    state.put("policy.json", policy.to_string().into_bytes());
    let orders = state.cluster("prod-orders").unwrap().clone();
    let names = ["prod-papers-1", "prod-papers-2"];
    state.clusters.push(Cluster {
        identifier: "prod-papers".to_owned(),
        arn: arn("cluster", "prod-papers"),
        resource_id: "cluster-of-papers".to_owned(),
        engine: Engine::Docdb,
        tags: Tags::from([("team".to_owned(), "archive".to_owned())]),
        members: names.iter().map(|name| Of { instance: (*name).to_owned(), writer: *name == names[0] }).collect(),
        ..orders
    });
    let of_orders = state.settings["cluster-of-orders"].clone();
    let settings = Settings {
        parameter_group: Some("papers-tls".to_owned()),
        iam_auth: false,
        roles: Vec::new(),
        http_endpoint: false,
        managed_secret: true,
        log_exports: vec!["audit".to_owned(), "profiler".to_owned()],
        ..of_orders
    };
    state.settings.insert("cluster-of-papers".to_owned(), settings);
    let like = state.instance("prod-orders-a").unwrap().clone();
    for name in names {
        let mut member = state.members["db-of-prod-orders-a"].clone();
        name.clone_into(&mut member.identifier);
        let id = format!("db-of-{name}");
        state.members.insert(id.clone(), member);
        state.instances.push(Instance {
            identifier: name.to_owned(),
            arn: arn("db", name),
            resource_id: id,
            engine: Engine::Docdb,
            cluster: Some("prod-papers".to_owned()),
            ..like.clone()
        });
    }
    drop(state);
    sim
}

fn request() -> Value {
    json!({"database": "papers", "to": "1 hour ago", "scheduled_time": AT})
}

async fn handed_over() -> Sim {
    let sim = papers();
    sim.ask(request()).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(PAPERS);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{record:#?}");
    sim
}

#[tokio::test(start_paused = true)]
async fn it_comes_back_with_every_detail_its_parameter_group_by_a_change() {
    let sim = handed_over().await;
    let state = sim.state();
    let copy = state.cluster(PAPERS).unwrap();
    assert_eq!((copy.members.len(), copy.tags["team"].as_str()), (2, "archive"));
    let settings = &state.settings[&copy.resource_id];
    assert_eq!(settings.parameter_group.as_deref(), Some("papers-tls"));
    assert_eq!((settings.backup_retention_days, settings.log_exports.len()), (14, 2));
    assert!(settings.managed_secret && copy.secret.is_some());
}

#[tokio::test(start_paused = true)]
async fn no_proxy_can_be_pointed_at_it_and_the_way_that_there_is_is_named() {
    let sim = handed_over().await;
    let error = sim.ask(json!({"run": PAPERS, "cut_over": {"proxy": "orders-proxy"}})).await.unwrap_err();
    assert!(error.message.contains("swap the names"), "{}", error.message);
    assert!(sim.state().renamed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn its_names_are_swapped_and_back_again() {
    let sim = handed_over().await;
    let before = sim.state().names();
    sim.ask(json!({"run": PAPERS, "cut_over": {"swap_names": true}})).await.unwrap();
    sim.minutes(25).await;
    {
        let state = sim.state();
        assert_eq!(state.record(PAPERS).cut_over.unwrap().end, Some(End::Copy));
        assert_eq!(state.cluster("prod-papers").unwrap().tags["lifeboat:run"], PAPERS);
    }
    sim.ask(json!({"run": PAPERS, "undo_cut_over": true})).await.unwrap();
    sim.minutes(25).await;
    assert_eq!(sim.state().names(), before);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_that_its_api_does_not_know() {
    let sim = papers();
    sim.ask(request()).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    assert_eq!(state.count("retained"), 0, "it keeps no backups of clusters that are gone");
    assert_eq!(state.count("add_role") + state.count("enable_http_endpoint"), 0);
    drop(state);
    sim.pass(SignedDuration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_inspection_of_it_is_one_instance() {
    let sim = papers();
    let mut request = request();
    request["inspect_for"] = json!("4h");
    sim.ask(request).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    assert_eq!(state.cluster("inspect-papers-20261120120000").unwrap().members.len(), 1);
}
