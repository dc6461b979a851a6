//! What AWS refuses, and what becomes of it.

use jiff::SignedDuration;
use lifeboat::database::Tags;
use lifeboat::fault::Class;
use lifeboat::recover::{Letter, Phase};

use crate::things::{RUN, an_hour_ago, handed_over, sim};
use crate::world::{Fate, Which};

#[tokio::test(start_paused = true)]
async fn a_window_that_moves_on_while_the_restore_is_asked_is_told() {
    let sim = sim();
    let moves = |state: &mut crate::world::State| {
        let cluster = state.clusters.iter_mut().find(|one| one.identifier == "prod-orders").unwrap();
        cluster.window.earliest = cluster.window.latest;
    };
    sim.state().changes.push(("restore_cluster", Box::new(moves)));
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(3).await;
    let record = sim.state().record(RUN);
    assert_eq!((record.phase, record.told.as_slice()), (Phase::Stuck, &[Letter::Stuck][..]));
    assert!(record.notes.iter().any(|note| note.contains("InvalidRestore")), "{:?}", record.notes);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_is_told_with_aws_words() {
    let sim = sim();
    sim.state().keys.values_mut().for_each(|key| "Disabled".clone_into(&mut key.state));
    let answer = sim.ask(an_hour_ago()).await.unwrap();
    assert!(answer["message"].as_str().unwrap().contains("Disabled"), "{}", answer["message"]);
    sim.minutes(2).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::Stuck);
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_waited_for_until_somebody_makes_room() {
    let sim = sim();
    sim.state().quota_is_full = true;
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(30).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::Restoring);
    sim.state().quota_is_full = false;
    sim.minutes(45).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_is_left_alone_and_told() {
    let sim = sim();
    let stranger = {
        let state = sim.state();
        lifeboat::database::Cluster { identifier: RUN.to_owned(), tags: Tags::new(), ..state.clusters[0].clone() }
    };
    sim.state().clusters.push(stranger);
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(3).await;
    let state = sim.state();
    assert_eq!(state.record(RUN).phase, Phase::Stuck);
    for operation in ["restore_cluster", "create_member", "change", "add_role"] {
        assert_eq!(state.count(operation), 0, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_lost_its_tag_in_between_is_not_changed() {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(8).await;
    // Seen as ours when it is decided, and somebody else's when it is read again just before the change.
    let strips = |state: &mut crate::world::State| {
        let copy = state.clusters.iter_mut().find(|one| one.identifier == RUN).unwrap();
        copy.tags.insert("lifeboat:run".to_owned(), "recovery-other-20261120120000".to_owned());
    };
    sim.state().changes.push(("replace", Box::new(strips)));
    sim.minutes(40).await;
    let state = sim.state();
    assert!(state.changes.is_empty());
    assert_eq!(state.count("change") + state.count("add_role") + state.count("enable_http_endpoint"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_refused_is_given_up_and_told_as_a_difference() {
    let sim = sim();
    sim.state().fates.push((Which::All("add_role"), Fate::Refused(Class::Permission, "AccessDenied")));
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(RUN);
    assert_eq!(record.phase, Phase::HandedOver);
    assert_eq!(record.given_up.len(), 1);
    let differences = record.differences.unwrap();
    assert!(differences.iter().any(|one| one.field.contains("role")), "{differences:?}");
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_cannot_be_sent_is_sent_later_and_the_record_waits_for_it() {
    let sim = sim();
    sim.state().fates.push((Which::All("send"), Fate::Refused(Class::Permission, "AuthorizationError")));
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver);
    assert_eq!(sim.state().keys_under("runs/open/").len(), 1, "nobody was told, so it is not filed");
    let tried = sim.state().count("send");
    assert!(tried < 90, "with a pause between: {tried}");
    sim.state().fates.clear();
    sim.minutes(3).await;
    assert!(sim.state().mails.iter().any(|(_, body)| body.contains(RUN)));
    assert_eq!(sim.state().keys_under("runs/open/"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_for_a_while_only_costs_time() {
    for operation in ["cluster", "instance", "blueprint", "create_member", "change", "ask", "read"] {
        let sim = sim();
        sim.ask(an_hour_ago()).await.unwrap();
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Transient, "Throttling")));
        sim.minutes(25).await;
        sim.state().fates.clear();
        sim.minutes(40).await;
        let record = sim.state().record(RUN);
        assert_eq!((record.phase, record.differences), (Phase::HandedOver, Some(Vec::new())), "{operation}");
        assert_eq!(sim.state().made.len(), 3, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_written_by_hand_makes_nothing_under_another_name() {
    let sim = handed_over().await;
    let mut forged = sim.state().record(RUN);
    let run = "prod-orders-20261120130000";
    (forged.run, forged.phase) = (run.to_owned(), Phase::Restoring);
    forged.acts.clear();
    forged.copy = lifeboat::recover::Copy::default();
    let body = serde_json::to_vec_pretty(&forged).unwrap();
    // Under a key of ours: the run that the record names is another one.
    sim.state().put("runs/open/recovery-orders-20261120130000.json", body);
    sim.minutes(3).await;
    assert_eq!(sim.state().made.len(), 3);
    sim.pass(SignedDuration::ZERO);
}
