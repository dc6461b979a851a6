//! Databases that are gone: what the newest record knew of them, what their backups know, and what people have to say.

use lifeboat::recover::{Phase, ReadFrom};
use serde_json::json;

use crate::things::{AT, RUN, an_hour_ago, handed_over, retained, sim};
use crate::world::Sim;

const SECOND: &str = "recovery-orders-20261120140000";

fn lose(sim: &Sim) {
    let mut state = sim.state();
    state.clusters.retain(|one| one.identifier != "prod-orders");
    state.instances.retain(|one| one.cluster.as_deref() != Some("prod-orders"));
    state.retained.push((true, retained()));
}

#[tokio::test(start_paused = true)]
async fn the_newest_record_that_saw_it_remembers_every_detail() {
    let sim = handed_over().await;
    lose(&sim);
    let request = json!({"database": "orders", "to": "2 hours ago", "scheduled_time": "2026-11-20T14:00:00Z"});
    sim.ask(request).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(SECOND);
    assert_eq!(record.blueprint.read_from, ReadFrom::Record(RUN.to_owned()));
    assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())));
    assert!(record.notes.iter().any(|note| note.contains("is gone")), "{:?}", record.notes);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_knows_is_asked_for_by_name_and_nothing_is_made() {
    let sim = sim();
    lose(&sim);
    let error = sim.ask(an_hour_ago()).await.unwrap_err();
    for name in ["with.subnet_group", "with.security_groups", "with.parameter_group", "with.instance_class"] {
        assert!(error.message.contains(name), "{}", error.message);
    }
    assert!(sim.state().made.is_empty());
    assert!(sim.state().keys_under("runs/").is_empty());
    let with = json!({"subnet_group": "private", "security_groups": ["sg-1"], "parameter_group": "orders-cluster",
                      "instance_class": "db.r6g.large", "readers": 1});
    sim.ask(json!({"database": "orders", "to": "1 hour ago", "with": with, "scheduled_time": AT})).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    assert_eq!(state.record(RUN).phase, Phase::HandedOver);
    assert_eq!(state.cluster(RUN).unwrap().members.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_inspection_of_an_earlier_day_is_no_witness() {
    let sim = sim();
    sim.ask(json!({"database": "orders", "to": "latest", "inspect_for": "1h", "scheduled_time": AT})).await.unwrap();
    sim.minutes(65).await;
    lose(&sim);
    let error = sim.ask(json!({"database": "orders", "to": "latest"})).await.unwrap_err();
    assert!(error.message.contains("with.subnet_group"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn a_drill_knows_a_part_of_it() {
    let sim = sim();
    let drill = json!({
        "version": 1, "run": "drill-orders-202611151800", "purpose": "drill",
        "plan": {"database": "orders", "drill": null, "kind": "aurora", "identifier": "prod-orders",
            "source": "latest_snapshot", "sandbox": {}, "connect_to": null, "login": {"method": "iam", "user": "probe"},
            "checks": [], "checks_are_implicit": true, "deadline_minutes": 120, "expires_hours": 24, "timezone": "UTC",
            "restore_lag_minutes": null},
        "scheduled_for": AT, "requested_at": AT, "phase": "closed", "phases": [],
        "source": {"arn": "arn:1", "resource_id": "cluster-of-orders", "engine": "aurora-postgresql",
            "engine_version": "16.4", "window": {"earliest": AT, "latest": AT}, "class": "db.r6g.xlarge",
            "configuration": {"security_groups": ["sg-7"], "subnet_group": "private", "parameter_group": "orders"}},
    });
    let born: lifeboat::restore::Record = lifeboat::restore::Record::born(
        "drill-orders-202611151800".to_owned(),
        lifeboat::restore::Purpose::Drill,
        serde_json::from_value(drill["plan"].clone()).unwrap(),
        AT.parse().unwrap(),
        AT.parse().unwrap(),
    );
    let record = lifeboat::restore::Record { source: serde_json::from_value(drill["source"].clone()).unwrap(), ..born };
    let body = serde_json::to_vec(&record).unwrap();
    sim.state().put("runs/closed/2026/11/drill-orders-202611151800.json", body);
    lose(&sim);
    let answer = sim.ask(an_hour_ago()).await.unwrap();
    let record = sim.state().record(RUN);
    assert_eq!(record.blueprint.settings.security_groups, ["sg-7"]);
    assert_eq!(record.blueprint.members[0].class, "db.r6g.xlarge");
    assert!(record.notes.iter().any(|note| note.contains("readers")), "{:?}", record.notes);
    assert!(answer["message"].as_str().unwrap().contains("GONE"), "{answer:#}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_vanishes_while_its_copy_is_made_changes_nothing() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(2).await;
    lose(&sim);
    sim.minutes(40).await;
    let record = sim.state().record(RUN);
    assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_vanishes_just_before_is_told_with_what_aws_said() {
    let sim = sim();
    let vanishes = |state: &mut crate::world::State| state.clusters.retain(|one| one.identifier != "prod-orders");
    sim.state().changes.push(("restore_cluster", Box::new(vanishes)));
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(3).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!(record.phase, Phase::Stuck);
    assert!(state.mails.iter().any(|(subject, _)| subject.starts_with("[ALERT]")), "{:?}", state.mails);
    sim_is_quiet(&state);
}

fn sim_is_quiet(state: &crate::world::State) {
    assert_eq!(state.count("restore_cluster"), 1, "what is refused for good is asked for once");
    assert_eq!(state.keys_under("runs/open/"), Vec::<String>::new());
}
