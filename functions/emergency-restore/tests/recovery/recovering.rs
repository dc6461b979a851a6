//! Whole recoveries: everything is there again, everybody is told once, and the source is not touched.

use jiff::SignedDuration;
use lifeboat::recover::{Letter, Phase};
use lifeboat::verify::VerdictWord;
use serde_json::json;

use crate::things::{LEDGER, RUN, an_hour_ago, now, sim};

#[tokio::test(start_paused = true)]
async fn a_cluster_comes_back_with_every_detail_and_people_are_told_twice() {
    let sim = sim();
    let before = sim.state().names();
    let answer = sim.ask(an_hour_ago()).await.unwrap();
    assert_eq!(answer["run"], RUN);
    assert!(answer["message"].as_str().unwrap().contains(RUN));
    assert_eq!(sim.state().made, [RUN], "the first step is taken at once");
    sim.minutes(40).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{record:#?}");
    assert_eq!(record.told, [Letter::Usable, Letter::HandedOver]);
    assert_eq!(record.verdict.as_ref().map(|verdict| verdict.word), Some(VerdictWord::Passed));
    assert_eq!(record.given_up, []);
    assert_eq!(state.mails.len(), 2, "{:?}", state.mails);
    let made = [RUN.to_owned(), format!("{RUN}-1"), format!("{RUN}-2")];
    assert_eq!(state.made, made);
    let copy = state.cluster(RUN).unwrap();
    assert_eq!(copy.tags["lifeboat:purpose"], "recovery");
    assert_eq!(copy.tags["team"], "payments");
    let settings = &state.settings[&copy.resource_id];
    assert!(settings.http_endpoint && settings.deletion_protection && settings.roles.len() == 1);
    let names = state.names();
    assert!(before.iter().all(|name| names.contains(name)), "the source stays");
    assert_eq!(state.keys_under("runs/"), [format!("runs/closed/2026/11/{RUN}.json")], "filed, and not open any more");
    assert!(state.beats >= 40);
    // The reader needs four minutes more than the writer; nothing waits for it.
    let rto = record.rto().unwrap();
    assert!(rto <= SignedDuration::from_mins(21), "{rto:?}");
}

#[tokio::test(start_paused = true)]
async fn an_instance_comes_back_with_every_detail() {
    let sim = sim();
    let answer = sim.ask(json!({"database": "ledger", "to": "latest", "scheduled_time": crate::things::AT})).await;
    assert_eq!(answer.unwrap()["run"], LEDGER);
    sim.minutes(30).await;
    let state = sim.state();
    let record = state.record(LEDGER);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{record:#?}");
    assert_eq!(state.made, [LEDGER]);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_by_its_name_comes_back_too() {
    let sim = sim();
    let request = json!({"database": "orders", "snapshot": "before-migration", "scheduled_time": crate::things::AT});
    sim.ask(request).await.unwrap();
    sim.minutes(40).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
}

#[tokio::test(start_paused = true)]
async fn a_time_may_be_told_by_a_job_that_failed() {
    let sim = sim();
    let began = now() - SignedDuration::from_mins(90);
    sim.state().failed_runs.insert("daily-etl".to_owned(), ("jr_1".to_owned(), began));
    sim.ask(json!({"database": "orders", "to": "before job daily-etl", "scheduled_time": crate::things::AT}))
        .await
        .unwrap();
    let point = sim.state().record(RUN).point;
    assert_eq!(point.instant(), Some(began - SignedDuration::from_mins(1)));
}

#[tokio::test(start_paused = true)]
async fn two_recoveries_go_on_side_by_side() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.ask(json!({"database": "ledger", "to": "latest", "scheduled_time": crate::things::AT})).await.unwrap();
    sim.minutes(40).await;
    for run in [RUN, LEDGER] {
        let record = sim.state().record(run);
        assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())), "{run}");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_ticks_at_once_do_everything_once() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    for _ in 0..40 {
        sim.pass(SignedDuration::from_mins(1));
        let ticks = (0..10).map(|_| sim.ask(json!({"tick": true})));
        futures_util::future::join_all(ticks).await;
    }
    let state = sim.state();
    assert_eq!(state.record(RUN).phase, Phase::HandedOver);
    assert_eq!(state.made.len(), 3, "{:?}", state.made);
    assert_eq!(state.mails.len(), 2, "each mail goes out once");
    for operation in ["restore_cluster", "ask", "add_role", "enable_http_endpoint"] {
        assert_eq!(state.count(operation), 1, "{operation}");
    }
    assert_eq!(state.count("create_member"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_check_ends_nothing_and_is_told() {
    let sim = sim();
    sim.state().checks_come_to = lifeboat::verify::Outcome::Failed;
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!(record.phase, Phase::HandedOver);
    assert_eq!(record.verdict.map(|verdict| verdict.word), Some(VerdictWord::Failed));
    assert!(state.cluster(RUN).is_some());
}

#[tokio::test(start_paused = true)]
async fn the_databases_own_password_is_never_changed_to_get_in() {
    let sim = sim();
    let policy = crate::things::policy(&crate::things::secret()).to_string();
    sim.state().put("policy.json", policy.into_bytes());
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!(record.phase, Phase::HandedOver);
    assert_eq!(record.verdict.as_ref().map(|verdict| verdict.word), Some(VerdictWord::Inconclusive));
    assert!(record.verdict.unwrap().reason.contains("password"));
    assert!(state.cluster(RUN).unwrap().secret.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_managed_secret_of_the_source_is_one_of_the_copy() {
    let sim = sim();
    let policy = crate::things::policy(&crate::things::secret()).to_string();
    {
        let mut state = sim.state();
        state.put("policy.json", policy.into_bytes());
        state.settings.get_mut("cluster-of-orders").unwrap().managed_secret = true;
    }
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(RUN);
    assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())));
    assert_eq!(record.verdict.map(|verdict| verdict.word), Some(VerdictWord::Passed));
}
