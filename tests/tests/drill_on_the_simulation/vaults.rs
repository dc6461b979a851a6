//! Recovery points of AWS Backup: copies that are made without our tags, and adopted.

use tests::sim::HOME;

use super::*;

const VAULT_RUN: &str = "drill-orders-vault-202611221800";

async fn vault_drill(sim: &Sim) -> Record {
    drilled(sim, "orders/vault").await
}

/// The number of the first call of an operation in a good drill
async fn number_of(operation: &str) -> usize {
    let sim = Sim::new(begins());
    vault_drill(&sim).await;
    let number = sim.state().calls.iter().position(|call| call.operation == operation);
    number.unwrap_or_else(|| panic!("a good drill does not call {operation}"))
}

/// A cluster of the run's name that somebody else made
fn add_stranger(sim: &Sim, minutes_ago: i64) {
    let mut state = sim.state();
    let at = state.now - SignedDuration::from_mins(minutes_ago);
    let engine = lifeboat::database::Engine::AuroraPostgresql;
    state.home.add_cluster(VAULT_RUN, &engine, lifeboat::database::Tags::new(), at, at);
}

#[tokio::test]
async fn the_newest_usable_recovery_point_is_restored_adopted_checked_and_removed() {
    let sim = Sim::new(begins());
    let record = vault_drill(&sim).await;
    promises_kept(&sim, "a recovery point");
    assert_eq!(verdict(&record), (VerdictWord::Passed, Because::ChecksPassed));
    assert_eq!(record.restored_to(), Some(begins() - SignedDuration::from_hours(20)), "the newer one is EXPIRED");
    let state = sim.state();
    for (operation, times) in [("backup:StartRestoreJob", 1), ("rds:AddTagsToResource", 1), ("rds:ModifyDBCluster", 2)]
    {
        assert_eq!(state.count(operation), times, "{operation}");
    }
    let (id, job) = state.home.jobs.first_key_value().expect("a job");
    assert_eq!(record.restore_job.as_ref(), Some(id));
    assert_eq!(job.asked.role, "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole");
    assert_eq!(job.asked.token, VAULT_RUN);
    let told = |key: &str| job.asked.metadata.get(key).map(String::as_str);
    assert_eq!(told("DBClusterIdentifier"), Some(VAULT_RUN), "under the key that was returned");
    assert_eq!(told("VpcSecurityGroupIds"), Some("[\"sg-0123456789abcdef0\"]"));
    assert_eq!(told("dbSubnetGroupName"), Some("private"));
    assert_eq!((told("EngineVersion"), told("DBClusterParameterGroupName")), (Some("16.4"), None));
    assert!(state.mails[0].body.contains("vault prod"), "{}", state.mails[0].body);
}

#[tokio::test]
async fn a_recovery_point_of_an_instance_is_drilled_too() {
    let sim = Sim::new(begins());
    let record = drilled(&sim, "ledger/vault").await;
    promises_kept(&sim, "a recovery point of an instance");
    assert_eq!(verdict(&record).0, VerdictWord::Passed);
    let state = sim.state();
    let (_, job) = state.home.jobs.first_key_value().expect("a job");
    for key in ["DeletionProtection", "MultiAZ", "publiclyAccessible"] {
        assert_eq!(job.asked.metadata.get(key).map(String::as_str), Some("false"), "{key}");
    }
    assert_eq!(record.copy.configuration.expect("seen").backup_retention_days, 0);
}

#[tokio::test]
async fn a_lost_reply_to_the_start_meets_the_same_job() {
    let number = number_of("backup:StartRestoreJob").await;
    for fate in [Fate::LostBefore, Fate::LostAfter, Fate::KilledBefore, Fate::KilledAfter] {
        let sim = Sim::new(begins());
        sim.state().fates.insert(number, fate);
        let request = json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T18:00:00Z"});
        let _ = sim.invoke(request).await;
        sim.tick_until_quiet(300).await;
        promises_kept(&sim, &format!("{fate:?}"));
        assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed, "{fate:?}");
        assert_eq!(sim.state().home.jobs.len(), 1, "{fate:?}");
    }
}

#[tokio::test]
async fn a_job_that_fails_is_a_bad_backup_only_where_aws_says_so() {
    let table = [
        ("boom (Service: AmazonRDS; Error Code: InvalidRestoreFault)", VerdictWord::Failed, Because::BackupUnusable),
        ("The recovery point has expired", VerdictWord::Failed, Because::BackupUnusable),
        ("User: x is not authorized to perform: rds:X", VerdictWord::Inconclusive, Because::Permission),
        ("You have reached your quota", VerdictWord::Inconclusive, Because::Quota),
        ("Internal error", VerdictWord::Inconclusive, Because::Other),
    ];
    for (message, word, because) in table {
        let sim = Sim::new(begins());
        sim.state().jobs_fail = Some(message);
        let record = vault_drill(&sim).await;
        promises_kept(&sim, message);
        assert_eq!(verdict(&record), (word, because), "{message}");
        assert!(record.verdict.expect("a verdict").reason.contains(message), "{message}");
    }
}

#[tokio::test]
async fn each_refusal_of_the_start_has_its_verdict() {
    let table = [
        (Class::Permission, "AccessDeniedException", Because::Permission),
        (Class::Quota, "LimitExceededException", Because::Quota),
        (Class::Transient, "ServiceUnavailableException", Because::Deadline),
        (Class::NotFound, "ResourceNotFoundException", Because::Source),
    ];
    for (class, code, because) in table {
        let sim = Sim::new(begins());
        sim.state().always.insert("backup:StartRestoreJob", Fate::Refused(class, code));
        let record = vault_drill(&sim).await;
        promises_kept(&sim, code);
        assert_eq!(verdict(&record), (VerdictWord::Inconclusive, because), "{code}");
    }
}

#[tokio::test]
async fn a_strangers_cluster_of_our_name_is_neither_adopted_nor_removed() {
    for (story, before) in [("there before the run", Some(10)), ("made after the run began", None)] {
        let sim = Sim::new(begins());
        if let Some(minutes) = before {
            add_stranger(&sim, minutes);
        }
        let request = json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T18:00:00Z"});
        let _ = sim.invoke(request).await.expect("not killed");
        if before.is_none() {
            sim.pass(SignedDuration::from_secs(20));
            add_stranger(&sim, 0);
        }
        sim.tick_until_quiet(300).await;
        assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Inconclusive, Because::Interference), "{story}");
        let mut state = sim.state();
        assert_eq!((state.copies(), state.count("rds:AddTagsToResource")), (vec![VAULT_RUN.to_owned()], 0), "{story}");
        assert!(state.home.clusters[VAULT_RUN].facts.tags.is_empty(), "{story}");
        state.home.clusters.remove(VAULT_RUN);
        drop(state);
        promises_kept(&sim, story);
    }
}

#[tokio::test]
async fn an_adoption_that_is_refused_for_good_fails_loudly_and_touches_nothing() {
    let sim = Sim::new(begins());
    sim.state().always.insert("rds:AddTagsToResource", Fate::Refused(Class::Permission, "AccessDenied"));
    let record = vault_drill(&sim).await;
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::LeftBehind));
    let state = sim.state();
    assert_eq!(state.copies(), [VAULT_RUN]);
    assert_eq!(state.count("rds:DeleteDBCluster"), 0, "nothing is removed untagged");
    assert!(state.mails[0].subject.starts_with("[FAIL]") && state.mails[0].body.contains(VAULT_RUN));
}

#[tokio::test]
async fn a_run_that_ends_before_it_could_adopt_adopts_to_remove() {
    let sim = Sim::new(begins());
    sim.state().always.insert("rds:AddTagsToResource", Fate::Refused(Class::Permission, "AccessDenied"));
    let request = json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T18:00:00Z"});
    let _ = sim.invoke(request).await.expect("not killed");
    for _ in 0..10 {
        sim.pass(SignedDuration::from_secs(60));
        let _ = sim.invoke(Sim::tick()).await.expect("not killed");
    }
    assert_eq!(sim.state().copies(), [VAULT_RUN]);
    sim.state().always.clear();
    sim.tick_until_quiet(300).await;
    promises_kept(&sim, "adopted to be removed");
    assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Inconclusive, Because::Permission));
}

#[tokio::test]
async fn a_job_that_outlives_the_deadline_leaves_nothing() {
    for operation in [None, Some("backup:DescribeRestoreJob")] {
        let sim = Sim::new(begins());
        sim.state().restore_takes = SignedDuration::from_mins(150);
        if let Some(operation) = operation {
            sim.state().always.insert(operation, Fate::Refused(Class::Transient, "ServiceUnavailable"));
        }
        let request = json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T18:00:00Z"});
        let _ = sim.invoke(request).await.expect("not killed");
        for _ in 0..125 {
            sim.pass(SignedDuration::from_secs(60));
            let _ = sim.invoke(Sim::tick()).await.expect("not killed");
        }
        sim.state().always.clear();
        sim.tick_until_quiet(300).await;
        promises_kept(&sim, &format!("{operation:?}"));
        assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Inconclusive, Because::Deadline), "{operation:?}");
    }
}

#[tokio::test]
async fn a_database_without_a_usable_recovery_point_fails_and_names_the_others() {
    let sim = Sim::new(begins());
    for (point, _) in sim.state().home.vaults.get_mut("prod").into_iter().flatten() {
        point.status = "EXPIRED".to_owned();
    }
    let record = vault_drill(&sim).await;
    promises_kept(&sim, "nothing usable");
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::BackupUnusable));
    assert!(record.verdict.expect("a verdict").reason.contains("(EXPIRED)"));
}

#[tokio::test]
async fn a_vault_that_is_not_there_is_a_mistake_and_no_bad_backup() {
    let sim = Sim::new(begins());
    sim.state().home.vaults.clear();
    let record = vault_drill(&sim).await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Source));
    assert_eq!(sim.state().count_in(HOME, "backup:StartRestoreJob"), 0);
}

#[tokio::test]
async fn the_recovery_points_of_a_database_that_is_gone_are_found_by_what_earlier_drills_knew() {
    let sim = Sim::new(begins());
    assert_eq!(drilled(&sim, "orders/weekly").await.run, RUN);
    sim.state().home.clusters.remove("prod-orders");
    sim.pass(SignedDuration::from_hours(1));
    let later = json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T20:00:00Z"});
    let _ = sim.invoke(later).await.expect("not killed");
    sim.tick_until_quiet(300).await;
    let closed = sim.state().closed_records();
    let record = closed.iter().find(|record| record.run.contains("-vault-")).expect("the vault's drill");
    assert_eq!(verdict(record).0, VerdictWord::Passed);
    assert!(record.notes.iter().any(|note| note.contains("is not there any more")), "{:?}", record.notes);
    assert_eq!(sim.state().copies(), Vec::<String>::new());
}

#[tokio::test]
async fn whichever_call_of_a_vaults_drill_fails_the_end_is_the_same() {
    walk(json!({"drill": "orders/vault", "scheduled_time": "2026-11-22T18:00:00Z"})).await;
}
