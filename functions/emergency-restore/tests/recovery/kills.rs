//! Processes that die at any call, and replies that get lost at any call: the end is the same.

use jiff::SignedDuration;
use lifeboat::recover::{End, Phase};
use serde_json::{Value, json};

use crate::things::{AT, RUN, an_hour_ago, sim};
use crate::world::{Fate, Sim, Which};

const FATES: [Fate; 4] = [Fate::KilledBefore, Fate::KilledAfter, Fate::LostBefore, Fate::LostAfter];

async fn a_whole_recovery(sim: &Sim) {
    // Whoever gets no answer asks again: it is the same run.
    for _ in 0..2 {
        let _ = sim.invoke(an_hour_ago()).await;
    }
    every_three_minutes(sim, 20).await;
}

/// Fewer ticks make fewer calls, each of which is a story of its own here
async fn every_three_minutes(sim: &Sim, times: usize) {
    for _ in 0..times {
        sim.pass(SignedDuration::from_mins(3));
        let _ = sim.invoke(json!({"tick": true})).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_recovery_ends_the_same_whatever_call_kills_it() {
    let quiet = sim();
    a_whole_recovery(&quiet).await;
    let names = quiet.state().names();
    let calls = quiet.state().calls.len();
    let told = quiet.state().record(RUN).told;
    for number in 1..=calls {
        for fate in FATES {
            let sim = sim();
            sim.state().fates.push((Which::Number(number), fate));
            a_whole_recovery(&sim).await;
            let state = sim.state();
            let what = state.calls.get(number - 1).cloned();
            let record = state.record(RUN);
            let context = format!("{number} {fate:?} {what:?}");
            assert_eq!(record.phase, Phase::HandedOver, "{context} {:?}", record.notes);
            assert_eq!(record.differences.as_deref(), Some(&[][..]), "{context}");
            assert_eq!(record.given_up, [], "{context}");
            // Where everything is complete at the first look, one mail says both.
            assert_eq!(record.told.last(), told.last(), "{context}");
            assert_eq!(state.names(), names, "{context}");
            assert_eq!(state.made.len(), 3, "{context} {:?}", state.made);
            let filed = format!("runs/closed/2026/11/{RUN}.json");
            assert_eq!(state.keys_under("runs/"), [filed], "{context}");
            assert!(state.mails.len() <= 3, "{context}: a mail may come twice, no more");
        }
    }
}

async fn from_a_vault(sim: &Sim) {
    for _ in 0..2 {
        let _ = sim.invoke(json!({"database": "orders", "recovery_point": "latest", "scheduled_time": AT})).await;
    }
    every_three_minutes(sim, 24).await;
}

#[tokio::test(start_paused = true)]
async fn a_recovery_from_a_vault_ends_the_same_whatever_call_kills_it() {
    let quiet = sim();
    from_a_vault(&quiet).await;
    let names = quiet.state().names();
    let calls = quiet.state().calls.len();
    for number in 1..=calls {
        for fate in FATES {
            let sim = sim();
            sim.state().fates.push((Which::Number(number), fate));
            from_a_vault(&sim).await;
            let state = sim.state();
            let context = format!("{number} {fate:?} {:?}", state.calls.get(number - 1));
            let record = state.record(RUN);
            assert_eq!(record.phase, Phase::HandedOver, "{context} {:?}", record.notes);
            assert_eq!(record.differences.as_deref(), Some(&[][..]), "{context}");
            assert_eq!(record.given_up, [], "{context}");
            assert_eq!(state.names(), names, "{context}");
            assert_eq!((state.jobs.len(), state.made.len()), (1, 3), "{context} {:?}", state.made);
            assert_eq!(state.keys_under("runs/open/"), Vec::<String>::new(), "{context}");
        }
    }
}

async fn whatever_call(request: fn() -> Value, before: Option<fn() -> Value>, end: End) {
    let prepared = || async {
        let sim = sim();
        sim.ask(an_hour_ago()).await.unwrap();
        every_three_minutes(&sim, 14).await;
        if let Some(before) = before {
            sim.ask(before()).await.unwrap();
            every_three_minutes(&sim, 9).await;
            assert_eq!(sim.state().record(RUN).cut_over.unwrap().end, Some(End::Copy));
        }
        sim
    };
    let quiet = prepared().await;
    let first = quiet.state().calls.len();
    quiet.ask(request()).await.unwrap();
    every_three_minutes(&quiet, 12).await;
    let names = quiet.state().names();
    let proxies = targets(&quiet);
    assert_eq!(quiet.state().record(RUN).cut_over.unwrap().end, Some(end));
    let calls = quiet.state().calls.len();
    for number in first + 1..=calls {
        for fate in FATES {
            let sim = prepared().await;
            sim.state().fates.push((Which::Number(number), fate));
            for _ in 0..2 {
                let _ = sim.invoke(request()).await;
            }
            every_three_minutes(&sim, 15).await;
            let state = sim.state();
            let context = format!("{number} {fate:?} {:?}", state.calls.get(number - 1));
            let record = state.record(RUN);
            assert_eq!(record.cut_over.unwrap().end, Some(end), "{context}");
            assert_eq!(state.names(), names, "{context}");
            drop(state);
            assert_eq!(targets(&sim), proxies, "{context}");
            assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new(), "{context}");
        }
    }
}

fn targets(sim: &Sim) -> Vec<String> {
    sim.state().proxies["orders-proxy"].iter().map(|(target, _)| target.identifier.clone()).collect()
}

fn swap() -> Value {
    json!({"run": RUN, "cut_over": {"swap_names": true}})
}

fn by_proxy() -> Value {
    json!({"run": RUN, "cut_over": {"proxy": "orders-proxy"}})
}

fn undo() -> Value {
    json!({"run": RUN, "undo_cut_over": true})
}

#[tokio::test(start_paused = true)]
async fn a_swap_of_names_ends_the_same_whatever_call_kills_it() {
    whatever_call(swap, None, End::Copy).await;
}

#[tokio::test(start_paused = true)]
async fn putting_a_swap_back_ends_the_same_whatever_call_kills_it() {
    whatever_call(undo, Some(swap), End::Source).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_over_by_a_proxy_ends_the_same_whatever_call_kills_it() {
    whatever_call(by_proxy, None, End::Copy).await;
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_it_files_leaves_nothing_that_is_lost() {
    let sim = sim();
    sim.state().fates.push((Which::All("put"), Fate::KilledBefore));
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(45).await;
    sim.state().fates.clear();
    // Somebody cuts over before the record is filed at last: the request is not lost.
    sim.pass(SignedDuration::from_mins(5));
    sim.ask(by_proxy()).await.unwrap();
    sim.minutes(10).await;
    assert_eq!(sim.state().record(RUN).cut_over.unwrap().end, Some(End::Copy));
    assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new());
}
