//! `--follow`: stays with a run, takes it further where nobody else does, and says how to look again.

use jiff::SignedDuration;
use lifeboat::fault::Class;
use lifeboat::run::{Handler, Progress};
use serde_json::json;

use crate::things::{RUN, an_hour_ago, handed_over, sim};
use crate::world::{Fate, Which};

const OPTION: &str = "--follow";

#[tokio::test(start_paused = true)]
async fn it_takes_a_run_to_its_end_where_nobody_ticks() {
    let sim = sim();
    let mut progress = Progress::kept();
    let answer = sim.function().stay(OPTION, an_hour_ago(), &mut progress).await.unwrap();
    assert_eq!((&answer["run"], &answer["phase"]), (&json!(RUN), &json!("handed_over")));
    let told = progress.told().join("\n");
    for part in ["Ctrl-C ends only the watching", "--follow", "starting the writer", "checking the data", "handed over"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(sim.state().made.len(), 3);
    assert!(progress.told().len() < 20, "{told}");
}

#[tokio::test(start_paused = true)]
async fn it_does_no_harm_beside_the_ticks() {
    let sim = sim();
    let function = sim.function();
    let mut progress = Progress::kept();
    let ticks = async {
        for _ in 0..60 {
            tokio::time::sleep(std::time::Duration::from_mins(1)).await;
            let _ = sim.ask(json!({"tick": true})).await;
        }
    };
    let (answer, ()) = tokio::join!(function.stay(OPTION, an_hour_ago(), &mut progress), ticks);
    assert_eq!(answer.unwrap()["phase"], "handed_over");
    assert_eq!(sim.state().made.len(), 3);
    assert_eq!(sim.state().mails.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_earlier_recovery_tells_how_long_it_takes() {
    let sim = handed_over().await;
    let mut progress = Progress::kept();
    let request = json!({"database": "orders", "to": "1 hour ago", "scheduled_time": "2026-11-20T13:00:00Z"});
    sim.function().stay(OPTION, request, &mut progress).await.unwrap();
    let told = progress.told().join("\n");
    let whole = told.replace('\n', " ");
    assert!(whole.contains("until it can be used, as recovery-orders-20261120120000 took."), "{told}");
    assert!(told.contains("min left") && told.contains('%') && told.contains("IT CAN BE USED, at "), "{told}");
    let longest = progress.told().iter().filter(|line| line.contains('%')).map(|line| line.chars().count()).max();
    assert!(longest.unwrap() <= 80, "a line of a terminal: {longest:?}");
    assert!(progress.told().len() < 40, "a line for each change, not for each look: {told}");
}

#[tokio::test(start_paused = true)]
async fn it_looks_again_where_a_look_fails() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    let function = sim.function();
    let mut progress = Progress::kept();
    let breaks = async {
        tokio::time::sleep(std::time::Duration::from_mins(2)).await;
        sim.state().fates.push((Which::All("read"), Fate::Refused(Class::Transient, "SlowDown")));
        tokio::time::sleep(std::time::Duration::from_mins(2)).await;
        sim.state().fates.clear();
    };
    let (answer, ()) = tokio::join!(function.stay(OPTION, json!({"run": RUN}), &mut progress), breaks);
    assert_eq!(answer.unwrap()["phase"], "handed_over");
    let told = progress.told().join("\n");
    assert!(told.contains("could not look") && told.contains("SlowDown"), "{told}");
    assert_eq!(told.matches("SlowDown").count(), 1, "once: {told}");
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_ends_it_with_an_error() {
    let sim = sim();
    sim.state().keys.values_mut().for_each(|key| "Disabled".clone_into(&mut key.state));
    let mut progress = Progress::kept();
    let error = sim.function().stay(OPTION, an_hour_ago(), &mut progress).await.unwrap_err();
    assert!(error.message.contains("KMSKeyNotAccessible"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn only_a_run_can_be_followed() {
    let sim = sim();
    for request in [json!({}), json!({"tick": true}), json!({"database": "orders", "to": "latest", "dry_run": true})] {
        let error = sim.function().stay(OPTION, request, &mut Progress::kept()).await.unwrap_err();
        assert!(error.message.contains("stays with a run"), "{}", error.message);
    }
    sim.pass(SignedDuration::ZERO);
    assert!(sim.state().made.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cut_over_is_followed_to_its_end() {
    let sim = handed_over().await;
    let mut progress = Progress::kept();
    let request = json!({"run": RUN, "cut_over": {"swap_names": true}});
    let answer = sim.function().stay(OPTION, request, &mut progress).await.unwrap();
    assert_eq!(answer["cut_over_end"], "copy");
    let told = progress.told().join("\n");
    assert!(told.contains("cutting over: ") && told.contains("cut over: applications reach the copy"), "{told}");
    assert!(!told.contains("restoring the volume"), "how the copy was made is known: {told}");
    assert!(sim.state().cluster("prod-orders").unwrap().tags.contains_key("lifeboat:run"));
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_is_told_what_goes_on_and_the_command_to_look_again() {
    let sim = sim();
    let mut progress = Progress::kept();
    let mut stay = Box::pin(async { sim.function().stay(OPTION, an_hour_ago(), &mut progress).await });
    // Left at the very first call, long before there is an answer
    let left = tokio::time::timeout(std::time::Duration::from_millis(1), &mut stay).await;
    assert!(left.is_err());
    drop(stay);
    let again = format!("emergency-restore --follow '{{\"run\": \"{RUN}\"}}'");
    let leaving = progress.leaving();
    assert!(leaving.contains(&again) && leaving.contains("may have been begun"), "{leaving}");
    assert!(sim.state().made.is_empty());

    let mut progress = Progress::kept();
    let mut stay = Box::pin(async { sim.function().stay(OPTION, an_hour_ago(), &mut progress).await });
    assert!(tokio::time::timeout(std::time::Duration::from_mins(2), &mut stay).await.is_err());
    drop(stay);
    let leaving = progress.leaving();
    assert!(leaving.contains(&again) && leaving.contains("goes on without you"), "{leaving}");
    assert!(leaving.lines().all(|line| line.chars().count() <= 160), "{leaving}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_knows_ends_it_at_once() {
    let sim = sim();
    let mut progress = Progress::kept();
    let unknown = json!({"run": "recovery-orders-20200101000000"});
    let error = sim.function().stay(OPTION, unknown, &mut progress).await.unwrap_err();
    assert!(error.message.contains("which is not known"), "{}", error.message);
    assert!(progress.told().iter().all(|line| !line.contains("looking again")));
}
