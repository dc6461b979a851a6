//! Copies to another region.

use lifeboat::fault::Class;
use lifeboat::lifecycle::CLUSTER_COPIES;

use crate::things::{REAL, a_day_passes, hours, policy, sim, snapshot};
use crate::world::{AWAY, Fate, Sim, Which};

fn copied(keep: usize) -> Sim {
    let rules = format!(r#", "keep_days": 300, "copy_to": {{"region": "us-west-2", "keep_last": {keep}}}"#);
    sim(9, &policy(&rules, REAL))
}

#[tokio::test(start_paused = true)]
async fn no_more_are_in_flight_than_aws_takes_and_later_runs_begin_the_rest() {
    let sim = copied(8);
    let answer = sim.tick().await.unwrap();
    assert_eq!(answer["copies"]["begun"], CLUSTER_COPIES, "{answer}");
    assert_eq!(answer["copies"]["waiting"], 3);
    sim.pass(hours(1));
    assert_eq!(sim.tick().await.unwrap()["copies"]["begun"], 0);
    sim.pass(hours(2));
    assert_eq!(sim.tick().await.unwrap()["copies"]["begun"], 3);
    sim.pass(hours(3));
    let answer = sim.tick().await.unwrap();
    assert_eq!((answer["copies"]["there"].as_u64(), answer["copies"]["begun"].as_u64()), (Some(8), Some(0)));
    assert_eq!(sim.state().names(AWAY).len(), 8);
}

#[tokio::test(start_paused = true)]
async fn one_that_aws_refuses_stops_no_other() {
    let sim = copied(3);
    sim.tick().await.unwrap();
    let target = sim.state().names(AWAY).into_iter().next().unwrap();
    sim.state().snapshots.get_mut(AWAY).unwrap().clear();
    sim.state().fates.push((Which::Of("copy", target.clone()), Fate::Refused(Class::Key, "KMSKeyNotAccessibleFault")));
    let error = sim.tick().await.unwrap_err();
    assert!(error.message.contains(&target), "{error:?}");
    assert_eq!(sim.state().names(AWAY).len(), 2);
    assert!(sim.state().mails.last().unwrap().0.contains("1 copy to another region not made"));
}

#[tokio::test(start_paused = true)]
async fn a_copy_whose_reply_was_lost_is_looked_up() {
    let sim = copied(3);
    sim.state().fates.push((Which::All("copy"), Fate::LostAfter));
    assert_eq!(sim.tick().await.unwrap()["copies"]["begun"], 3);
    assert_eq!(sim.state().names(AWAY).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_somebody_else_took_meanwhile_is_told() {
    let sim = copied(1);
    let probe = copied(1);
    probe.tick().await.unwrap();
    let target = probe.state().names(AWAY).into_iter().next().unwrap();
    let take = move |state: &mut crate::world::State| {
        let mut one = snapshot(&target, state.now());
        one.arn = one.arn.replace("eu-west-1", AWAY);
        state.add(one);
    };
    sim.state().changes.push(("copy", Box::new(take)));
    assert!(sim.tick().await.unwrap_err().message.contains("AlreadyExists"));
}

#[tokio::test(start_paused = true)]
async fn copies_go_when_newer_ones_are_there() {
    let sim = copied(2);
    sim.tick().await.unwrap();
    let now = sim.state().now();
    sim.state().add(snapshot("pre-newer", now));
    for _ in 0..3 {
        a_day_passes(&sim);
        sim.tick().await.unwrap();
    }
    let away = sim.state().names(AWAY);
    assert_eq!(away.len(), 2, "{away:?}");
    assert!(away.iter().any(|name| name.starts_with("copy-pre-newer")), "{away:?}");
}
