//! A process that dies after any of its calls: what it was to tell is told, at most twice.

use lifeboat::fault::Class;
use serde_json::{Value, json};

use crate::world::{Sim, Trouble, broken, event};

/// Looks until nothing more comes
async fn settle(sim: &Sim) {
    for _ in 0..3 {
        sim.wait(15);
        sim.poll().await.unwrap();
    }
}

async fn dies_everywhere(event: impl Fn() -> Value) -> usize {
    let mut calls = 0;
    loop {
        let sim = broken();
        let died = sim.send_and_die(event(), calls + 1).await;
        let sent = sim.subjects().len();
        settle(&sim).await;
        let mails = sim.subjects().len();
        // Only a process that died between its mail and the note of it lets it be told twice.
        assert!(mails == 1 || (mails == 2 && died && sent == 1), "after call {}: {mails} mails", calls + 1);
        assert!(sim.state().issues("daily-etl").all(|(_, issue)| issue.told_at.is_some()));
        if !died {
            return calls;
        }
        calls += 1;
        assert!(calls < 100);
    }
}

#[tokio::test]
async fn a_process_that_dies_after_any_call_of_an_event_loses_nothing() {
    assert!(dies_everywhere(|| event("jr_bad", "FAILED")).await >= 8);
}

#[tokio::test]
async fn a_process_that_dies_after_any_call_of_a_poll_loses_nothing() {
    assert!(dies_everywhere(|| json!({"tick": true})).await >= 8);
}

#[tokio::test]
async fn every_call_that_fails_or_loses_its_reply_ends_in_the_same_place() {
    let probe = broken();
    probe.send(event("jr_bad", "FAILED")).await.unwrap();
    let mut calls = probe.inside().calls.clone();
    calls.sort();
    calls.dedup();
    assert!(calls.len() >= 8, "{calls:?}");
    for call in calls {
        for trouble in [Trouble::Fails(Class::Transient), Trouble::Fails(Class::Permission), Trouble::LosesReply] {
            let sim = broken();
            sim.trouble(&call, trouble);
            let _ = sim.send(event("jr_bad", "FAILED")).await;
            let sent = sim.subjects().len();
            sim.mend();
            settle(&sim).await;
            let mails = sim.subjects().len();
            assert!(mails == 1 || (mails == 2 && sent == 1), "{call}, {trouble:?}: {mails} mails, {sent} at first");
            assert!(sim.state().issues("daily-etl").all(|(_, issue)| issue.told_at.is_some()), "{call}, {trouble:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_reply_to_the_claim_is_still_told_in_the_same_invocation() {
    let sim = broken();
    sim.trouble("write jobs.json", Trouble::LosesReply);
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    sim.mend();
    settle(&sim).await;
    assert_eq!(sim.subjects().len(), 1);
}
