//! Drills in another region: everything of the copy happens there, and home may be down.

use tests::sim::{AWAY, HOME};

use super::*;

#[tokio::test]
async fn everything_of_the_copy_happens_in_its_own_region() {
    for drill in ["orders/dr-yearly", "orders/dr-vault"] {
        let sim = Sim::new(begins());
        let record = drilled(&sim, drill).await;
        promises_kept(&sim, drill);
        assert_eq!(verdict(&record).0, VerdictWord::Passed, "{drill}");
        let state = sim.state();
        for call in state.calls.iter().filter(|call| call.region == HOME) {
            let at_home = ["Describe", "s3:", "sns:", "cloudwatch:"].iter().any(|word| call.operation.contains(word));
            assert!(at_home, "{drill}: {call:?}");
        }
        assert_eq!(state.count_in(AWAY, "lambda:InvokeFunction"), 1, "{drill}: the data is asked there");
        assert!(state.mails[0].body.contains("us-west-2"), "{}", state.mails[0].body);
        assert_eq!(record.copy.arn.expect("seen").split(':').nth(3), Some(AWAY), "{drill}");
    }
}

#[tokio::test]
async fn home_being_down_does_not_stop_a_drill_from_a_copied_snapshot() {
    let sim = Sim::new(begins());
    sim.state().home.down = true;
    let record = drilled(&sim, "orders/dr-yearly").await;
    assert_eq!(verdict(&record).0, VerdictWord::Passed);
    assert!(record.notes.iter().any(|note| note.contains("could not be read")), "{:?}", record.notes);
    assert_eq!(sim.state().copies(), Vec::<String>::new());
    assert_eq!(sim.state().mails.len(), 1);
}

#[tokio::test]
async fn home_being_down_does_not_stop_a_drill_from_a_vault_that_an_earlier_drill_knew() {
    let sim = Sim::new(begins());
    drilled(&sim, "orders/weekly").await;
    sim.state().home.down = true;
    sim.pass(SignedDuration::from_hours(1));
    let later = json!({"drill": "orders/dr-vault", "scheduled_time": "2026-11-22T20:00:00Z"});
    let _ = sim.invoke(later).await.expect("not killed");
    sim.tick_until_quiet(300).await;
    let closed = sim.state().closed_records();
    let record = closed.iter().find(|record| record.run.contains("dr-vault")).expect("the drill");
    assert_eq!(verdict(record).0, VerdictWord::Passed);
    assert_eq!(sim.state().copies(), Vec::<String>::new());
}

#[tokio::test]
async fn without_such_a_drill_its_recovery_points_cannot_be_told_and_nothing_is_made() {
    let sim = Sim::new(begins());
    sim.state().home.down = true;
    let record = drilled(&sim, "orders/dr-vault").await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Deadline));
    assert_eq!(sim.state().count("backup:StartRestoreJob"), 0);
}

#[tokio::test]
async fn the_other_region_being_down_is_no_bad_backup() {
    let sim = Sim::new(begins());
    sim.state().away.down = true;
    let record = drilled(&sim, "orders/dr-yearly").await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Deadline), "{:?}", record.verdict);
}

#[tokio::test]
async fn a_region_without_a_copied_snapshot_fails_the_drill() {
    let sim = Sim::new(begins());
    sim.state().away.snapshots.clear();
    let record = drilled(&sim, "orders/dr-yearly").await;
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::BackupUnusable));
}

#[tokio::test]
async fn a_database_of_the_same_name_in_the_other_region_is_not_the_one_that_is_drilled() {
    let engine = lifeboat::database::Engine::AuroraPostgresql;
    for home_is_down in [false, true] {
        let sim = Sim::new(begins());
        sim.state().home.down = home_is_down;
        sim.state().away.add_snapshot("prod-orders", &engine, begins() - SignedDuration::from_hours(1), "its-own");
        let record = drilled(&sim, "orders/dr-yearly").await;
        assert_eq!(record.restored_to(), Some(begins() - SignedDuration::from_hours(26)), "{:?}", record.point);
        let sim = Sim::new(begins());
        sim.state().home.down = home_is_down;
        sim.state().away.snapshots.clear();
        sim.state().away.add_snapshot("prod-orders", &engine, begins() - SignedDuration::from_hours(1), "its-own");
        let record = drilled(&sim, "orders/dr-yearly").await;
        assert_ne!(verdict(&record).0, VerdictWord::Passed, "it was never copied there");
        assert_eq!(sim.state().count_in(AWAY, "rds:RestoreDBCluster"), 0);
    }
}

#[tokio::test]
async fn a_copied_snapshot_stands_for_the_time_that_its_data_was_taken() {
    let sim = Sim::new(begins());
    let taken = begins() - SignedDuration::from_hours(50);
    sim.state().away.snapshots[0].details.original_created_at = Some(taken);
    let record = drilled(&sim, "orders/dr-yearly").await;
    assert_eq!(record.restored_to(), Some(taken), "freshness and RPO are measured from it");
}

#[tokio::test]
async fn what_a_drill_left_in_another_region_is_swept_there() {
    let sim = Sim::new(begins());
    for operation in ["rds:DeleteDBInstance", "rds:DeleteDBCluster"] {
        sim.state().always.insert(operation, Fate::Refused(Class::Permission, "AccessDenied"));
    }
    let record = drilled(&sim, "orders/dr-yearly").await;
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::LeftBehind));
    assert!(sim.state().mails[0].body.contains("--region us-west-2"), "{}", sim.state().mails[0].body);
    assert_eq!(sim.state().copies().len(), 2);
    sim.state().always.clear();
    // Two sweeps after the copy's time is over: the instance goes first.
    sim.pass(SignedDuration::from_hours(25));
    for _ in 0..45 {
        sim.pass(SignedDuration::from_secs(60));
        let _ = sim.invoke(Sim::tick()).await.expect("not killed");
    }
    assert_eq!(sim.state().copies(), Vec::<String>::new());
}

#[tokio::test]
async fn a_drill_from_a_copied_recovery_point_survives_every_loss_of_a_reply() {
    let good = Sim::new(begins());
    drilled(&good, "orders/dr-vault").await;
    let calls = good.state().calls.clone();
    let acts = calls.iter().enumerate();
    let acts = acts.filter(|(_, call)| call.region == AWAY && !call.operation.contains("Describe"));
    let numbers: Vec<usize> = acts.map(|(number, _)| number).collect();
    assert!(numbers.len() >= 7, "{numbers:?}");
    for number in numbers {
        for fate in [Fate::LostBefore, Fate::LostAfter, Fate::KilledAfter] {
            let sim = Sim::new(begins());
            sim.state().fates.insert(number, fate);
            let request = json!({"drill": "orders/dr-vault", "scheduled_time": "2026-11-22T18:00:00Z"});
            let _ = sim.invoke(request).await;
            sim.tick_until_quiet(300).await;
            let story = format!("call {number} {:?}: {fate:?}", calls.get(number));
            promises_kept(&sim, &story);
            assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed, "{story}");
        }
    }
}
