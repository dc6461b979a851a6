//! Marks, and what becomes of them.

use jiff::SignedDuration;
use lifeboat::database::{Export, Sharing};
use lifeboat::fault::Class;
use lifeboat::lifecycle::KEEP;

use crate::things::{REAL, a_day_passes, begins, hours, policy, sim, snapshot};
use crate::world::{AWAY, Fate, HOME, Sim, Which};

fn real(number: i64) -> Sim {
    sim(number, &policy("", REAL))
}

#[tokio::test(start_paused = true)]
async fn what_no_rule_keeps_is_marked_one_day_and_deleted_another() {
    let sim = real(5);
    let first = sim.tick().await.unwrap();
    assert_eq!(first["marked"].as_array().unwrap().len(), 3);
    assert!(sim.state().deleted.is_empty());
    a_day_passes(&sim);
    let second = sim.tick().await.unwrap();
    assert_eq!(second["deleted"].as_array().unwrap().len(), 3, "{second}");
    assert!(second["message"].as_str().unwrap().contains("3 of 3 deleted"), "{second}");
    assert_eq!(sim.state().names(HOME), ["pre-03", "pre-04"].map(str::to_owned).into());
    let state = sim.state();
    assert!(state.mails.last().unwrap().0.contains("3 deleted"), "{:?}", state.mails);
    assert!(state.metrics.contains(&("SnapshotsDeleted".to_owned(), 3.0)));
    assert!(state.metrics.contains(&("Heartbeat".to_owned(), 1.0)));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_before_the_grace_period_is_over() {
    let sim = real(5);
    sim.tick().await.unwrap();
    sim.pass(hours(23));
    sim.tick().await.unwrap();
    assert!(sim.state().deleted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_is_the_default_and_deletes_nothing() {
    let sim = sim(5, &policy("", ""));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let answer = sim.tick().await.unwrap();
    assert_eq!(answer["due"].as_array().unwrap().len(), 3);
    assert_eq!(answer["dry_run"], true);
    let state = sim.state();
    assert_eq!((state.deleted.len(), state.count("delete"), state.count("sharing")), (0, 0, 0));
    assert!(state.mails.last().unwrap().1.contains("WOULD DELETE"), "{:?}", state.mails);
}

#[tokio::test(start_paused = true)]
async fn what_was_shared_meanwhile_is_spared() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let arn = sim.state().at_home("pre-01").arn.clone();
    // Between the plan and the last look.
    let share = move |state: &mut crate::world::State| {
        state.sharing.insert(arn, Sharing::With(vec!["111122223333".to_owned()]));
    };
    sim.state().changes.push(("again", Box::new(share)));
    let answer = sim.tick().await.unwrap();
    assert_eq!(answer["spared"][0]["snapshot"], "pre-01", "{answer}");
    assert!(sim.state().names(HOME).contains("pre-01"));
    assert_eq!(sim.state().deleted.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_pinned_meanwhile_is_spared() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let pin = |state: &mut crate::world::State| {
        state.at_home("pre-00").tags.insert(KEEP.to_owned(), "yes".to_owned());
    };
    sim.state().changes.push(("again", Box::new(pin)));
    let answer = sim.tick().await.unwrap();
    assert_eq!(answer["spared"][0]["snapshot"], "pre-00", "{answer}");
    assert!(sim.state().names(HOME).contains("pre-00"));
}

#[tokio::test(start_paused = true)]
async fn an_export_or_a_drill_that_reads_it_holds_a_snapshot() {
    let sim = real(6);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let source_arn = sim.state().at_home("pre-00").arn.clone();
    sim.state().exports.push(Export {
        task: "export-1".to_owned(),
        source_arn,
        status: "IN_PROGRESS".to_owned(),
        percent: None,
        failure: None,
        warning: None,
        gib: None,
        bucket: None,
        prefix: None,
    });
    sim.tick().await.unwrap();
    assert_eq!(sim.state().names(HOME), ["pre-00", "pre-04", "pre-05"].map(str::to_owned).into());
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_tell_what_is_in_use_nothing_goes() {
    for (operation, class) in [("exports", Class::Permission), ("list", Class::Transient)] {
        let sim = real(5);
        sim.tick().await.unwrap();
        a_day_passes(&sim);
        sim.state().fates.push((Which::All(operation), Fate::Refused(class, "No")));
        let error = sim.tick().await.unwrap_err();
        assert!(error.message.contains("could not be told"), "{error:?}");
        assert!(sim.state().deleted.is_empty(), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_backup_holds_everything() {
    let sim = real(5);
    sim.tick().await.unwrap();
    sim.pass(hours(48));
    sim.tick().await.unwrap();
    assert!(sim.state().deleted.is_empty());
    assert!(sim.state().mails.last().unwrap().0.contains("not fresh"), "{:?}", sim.state().mails);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_could_not_be_looked_at_is_not_fresh() {
    for operation in ["snapshots", "all_clusters"] {
        let sim = real(5);
        sim.tick().await.unwrap();
        a_day_passes(&sim);
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Transient, "Throttling")));
        sim.tick().await.unwrap_err();
        assert!(sim.state().deleted.is_empty(), "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_run_deletes_no_more_than_it_may_and_later_ones_the_rest() {
    let sim = sim(12, &policy("", r#""dry_run": false, "max_deletions": 3"#));
    sim.tick().await.unwrap();
    for wanted in [3, 6, 9, 10, 10] {
        a_day_passes(&sim);
        sim.tick().await.unwrap();
        assert_eq!(sim.state().deleted.len(), wanted);
    }
    assert_eq!(sim.state().names(HOME).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn ten_runs_at_once_delete_nothing_twice_and_no_more_than_one_may() {
    let sim = sim(12, &policy("", r#""dry_run": false, "max_deletions": 4"#));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let runs = (0..10).map(|_| sim.tick());
    let answers = futures_util::future::join_all(runs).await;
    let skipped = answers.iter().filter(|answer| answer.as_ref().unwrap()["state"] == "skipped").count();
    assert_eq!(skipped, 9);
    let state = sim.state();
    let once: std::collections::BTreeSet<&String> = state.deleted.iter().collect();
    assert_eq!((state.deleted.len(), once.len()), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_back_marks_nothing_and_deletes_nothing() {
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    a_day_passes(&sim);
    let before = sim.state().objects["lifecycle.json"].clone();
    sim.pass(-hours(72));
    sim.tick().await.unwrap();
    assert!(sim.state().deleted.is_empty());
    assert_eq!(sim.state().objects["lifecycle.json"], before);
    assert!(sim.state().mails.last().unwrap().0.contains("a clock is wrong"));
}

#[tokio::test(start_paused = true)]
async fn near_its_deadline_a_run_stops_and_the_next_one_goes_on() {
    let sim = sim(42, &policy("", r#""dry_run": false, "max_deletions": 40"#));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().latency = std::time::Duration::from_secs(4);
    let span = SignedDuration::from_secs(75 + 40);
    let answer = sim.invoke_for(serde_json::json!({"tick": true}), span).await.unwrap().unwrap();
    let deleted = sim.state().deleted.len();
    assert!((1..40).contains(&deleted), "{deleted}");
    assert_eq!(answer["unfinished"], 40 - deleted);
    a_day_passes(&sim);
    sim.tick().await.unwrap();
    assert_eq!(sim.state().deleted.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_stops_no_other_and_the_run_ends_red() {
    for fate in [
        Fate::Refused(Class::Transient, "Throttling"),
        Fate::Refused(Class::Permission, "AccessDenied"),
        Fate::Refused(Class::WrongState, "InvalidDBClusterSnapshotStateFault"),
        Fate::LostBefore,
    ] {
        let sim = real(6);
        sim.tick().await.unwrap();
        a_day_passes(&sim);
        sim.state().fates.push((Which::Of("delete", "pre-01".to_owned()), fate));
        let error = sim.tick().await.unwrap_err();
        assert!(error.message.contains("pre-01") && error.kind == "Failed", "{error:?}");
        assert_eq!(sim.state().names(HOME), ["pre-01", "pre-04", "pre-05"].map(str::to_owned).into());
        assert!(sim.state().mails.last().unwrap().0.contains("could not be deleted"));
        sim.state().fates.clear();
        a_day_passes(&sim);
        sim.tick().await.unwrap();
        assert_eq!(sim.state().names(HOME).len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_reply_was_lost_or_that_somebody_else_did_is_fine() {
    let sim = real(6);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().fates.push((Which::Of("delete", "pre-01".to_owned()), Fate::LostAfter));
    let code = "DBClusterSnapshotNotFoundFault";
    sim.state().fates.push((Which::Of("delete", "pre-02".to_owned()), Fate::Refused(Class::Backup, code)));
    sim.tick().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_looked_at_again_is_not_deleted() {
    for (operation, least) in [("again", 4), ("sharing", 1)] {
        let sim = real(6);
        sim.tick().await.unwrap();
        a_day_passes(&sim);
        let which = if operation == "again" { Which::All("again") } else { Which::Of("sharing", "pre-01".to_owned()) };
        sim.state().fates.push((which, Fate::Refused(Class::Transient, "Throttling")));
        sim.tick().await.unwrap_err();
        assert_eq!(sim.state().deleted.len(), 4 - least, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn marks_that_cannot_be_read_or_written_stop_the_run() {
    let unreadable = real(5);
    unreadable.state().put("lifecycle.json", b"{".to_vec());
    assert!(unreadable.tick().await.unwrap_err().message.contains("repair it"));
    let sim = real(5);
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    for fate in [Fate::Refused(Class::Transient, "SlowDown"), Fate::LostBefore, Fate::LostAfter] {
        sim.state().fates.push((Which::Of("write", "lifecycle.json".to_owned()), fate));
        let error = sim.tick().await.unwrap_err();
        assert!(error.message.contains("nothing was deleted"), "{error:?}");
        assert!(sim.state().deleted.is_empty());
        sim.state().fates.clear();
    }
    sim.tick().await.unwrap();
    assert_eq!(sim.state().deleted.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_cannot_be_read_is_told_and_what_may_be_copied_to_it_stays() {
    let sim = sim(5, &policy(r#", "copy_to": {"region": "us-west-2", "keep_last": 1}"#, REAL));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    sim.state().fates.push((Which::In("manual", AWAY), Fate::Refused(Class::Transient, "")));
    let error = sim.tick().await.unwrap_err();
    assert!(error.message.contains("us-west-2"), "{error:?}");
    assert!(sim.state().deleted.is_empty());
    sim.state().fates.clear();
    sim.state().fates.push((Which::In("manual", HOME), Fate::Refused(Class::Transient, "")));
    sim.tick().await.unwrap_err();
    assert!(sim.state().deleted.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_databases_that_nothing_waits_for() {
    let sim = real(2);
    sim.state().add(snapshot("hand-made", begins()));
    sim.tick().await.unwrap();
    let state = sim.state();
    assert_eq!((state.count("snapshots"), state.count("exports"), state.count("again")), (0, 0, 0));
    assert!(state.mails.is_empty(), "{:?}", state.mails);
}

#[tokio::test(start_paused = true)]
async fn looking_and_deleting_run_side_by_side_and_within_their_bounds() {
    let number = 400;
    let sim = sim(number + 2, &policy("", r#""dry_run": false, "max_deletions": 5000"#));
    sim.tick().await.unwrap();
    a_day_passes(&sim);
    let began = tokio::time::Instant::now();
    sim.tick().await.unwrap();
    let took = began.elapsed().as_secs_f64();
    let state = sim.state();
    assert_eq!(state.deleted.len(), 400);
    assert_eq!((state.most_flying, state.count("again")), (8, 4));
    let least = 400.0 * state.latency.as_secs_f64() / 8.0;
    assert!(took < 1.5 * least + 1.0, "{took:.1} s, where {least:.1} s are the least");
}
