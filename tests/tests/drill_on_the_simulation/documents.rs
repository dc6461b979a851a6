//! DocumentDB: clusters whose restore takes fewer settings, and whose class nobody can guess.

use super::*;

#[tokio::test]
async fn a_documentdb_cluster_is_drilled_from_both_kinds_of_backup() {
    // To a time: the group and the retention are set afterwards; a managed password; the protection that comes up is taken off.
    for (drill, changes) in [("shelf/weekly", 3), ("shelf/quarterly", 2)] {
        let sim = Sim::new(begins());
        let record = drilled(&sim, drill).await;
        promises_kept(&sim, drill);
        assert_eq!(verdict(&record).0, VerdictWord::Passed, "{drill}: {:?}", record.verdict);
        let setup = record.copy.configuration.expect("seen");
        assert_eq!(setup.parameter_group.as_deref(), Some("sandbox-docdb5"), "{drill}");
        assert_eq!(setup.backup_retention_days, 1, "{drill}");
        assert_eq!(record.copy.class.as_deref(), Some("db.r6g.large"), "{drill}: the source writer's own");
        assert_eq!(sim.state().count("rds:ModifyDBCluster"), changes, "{drill}");
        let body = &sim.state().mails[0].body;
        assert!(body.contains("docdb"), "{body}");
    }
}

#[tokio::test]
async fn a_class_that_cannot_be_told_is_asked_for_by_name_and_nothing_is_made() {
    let sim = Sim::new(begins());
    sim.state().home.instances.remove("prod-shelf-1");
    sim.state().home.clusters.get_mut("prod-shelf").expect("there").facts.members.clear();
    let record = drilled(&sim, "shelf/weekly").await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Configuration));
    assert!(record.verdict.expect("a verdict").reason.contains("sandbox.instance_class"));
    assert_eq!(sim.state().count("rds:RestoreDBCluster"), 0);
    let by_hand = sim.invoke(json!({"drill": "shelf"})).await.expect("not killed").unwrap_err();
    assert!(by_hand.message.contains("sandbox.instance_class"), "{}", by_hand.message);
}

#[tokio::test]
async fn a_copy_that_nobody_can_read_is_inconclusive_and_says_how_far_it_came() {
    let sim = Sim::new(begins());
    sim.state().data_check = DataCheckMode::NoDriver;
    let record = drilled(&sim, "shelf/weekly").await;
    promises_kept(&sim, "no driver");
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::NotAsked));
    let reason = record.verdict.expect("a verdict").reason;
    for words in ["cluster and instance of the copy came up", "its data was not read", "no driver for docdb"] {
        assert!(reason.contains(words), "{reason}");
    }
    assert!(sim.state().mails[0].subject.starts_with("[INCONCLUSIVE]"));
}

#[tokio::test]
async fn settings_that_may_not_be_changed_are_inconclusive_and_leave_nothing() {
    let sim = Sim::new(begins());
    sim.state().always.insert("rds:ModifyDBCluster", Fate::Refused(Class::Permission, "AccessDenied"));
    let request = json!({"drill": "shelf/weekly", "scheduled_time": "2026-11-22T18:00:00Z"});
    let _ = sim.invoke(request).await.expect("not killed");
    for _ in 0..15 {
        sim.pass(SignedDuration::from_secs(60));
        let _ = sim.invoke(Sim::tick()).await.expect("not killed");
    }
    sim.state().always.clear();
    sim.tick_until_quiet(300).await;
    promises_kept(&sim, "not to be changed");
    assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Inconclusive, Because::Permission));
}

#[tokio::test]
async fn whichever_call_of_a_documentdb_drill_fails_the_end_is_the_same() {
    walk(json!({"drill": "shelf/weekly", "scheduled_time": "2026-11-22T18:00:00Z"})).await;
}
