//! Recovery points of AWS Backup: its job makes the copy, the run adopts it and makes it what its source was.

use jiff::SignedDuration;
use lifeboat::database::{PointFacts, RecoveryPoint, Tags};
use lifeboat::fault::Class;
use lifeboat::recover::{From, Letter, Phase};
use serde_json::{Value, json};

use crate::things::{AT, INSPECTION, LEDGER, RUN, arn, handed_over, now, sim};
use crate::world::{Fate, Sim, Which};

fn request() -> Value {
    json!({"database": "orders", "recovery_point": "latest", "scheduled_time": AT})
}

#[tokio::test(start_paused = true)]
async fn a_cluster_comes_back_from_a_recovery_point_with_every_detail() {
    let sim = sim();
    let answer = sim.ask(request()).await.unwrap();
    assert!(answer["message"].as_str().unwrap().contains("recovery point in vault prod"), "{}", answer["message"]);
    sim.minutes(50).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{record:#?}");
    assert_eq!(record.told, [Letter::Usable, Letter::HandedOver]);
    assert_eq!(record.given_up, []);
    let role = "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole".to_owned();
    assert_eq!(record.from, From::Vault { role });
    let copy = state.cluster(RUN).unwrap();
    assert_eq!((copy.tags["lifeboat:run"].as_str(), copy.tags["team"].as_str()), (RUN, "payments"));
    assert_eq!(copy.members.len(), 2);
    assert_eq!((state.count("start_restore_job"), state.count("adopt")), (1, 1));
    assert_eq!(state.count("restore_cluster"), 0, "RDS restores no recovery points");
    assert!(state.mails.iter().any(|(_, body)| body.contains("restore job job-")), "{:?}", state.mails);
}

#[tokio::test(start_paused = true)]
async fn the_command_that_the_windows_hand_out_is_the_one_that_works() {
    let sim = sim();
    let answer = sim.ask(json!({"database": "orders"})).await.unwrap();
    let point = &answer["databases"][0]["vaults"][0]["points"]["known"]["newest"][0]["arn"];
    let named = json!({"database": "orders", "recovery_point": point, "scheduled_time": AT});
    sim.ask(named).await.unwrap();
    assert_eq!(sim.state().made, [RUN]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_comes_back_from_a_recovery_point_with_every_detail() {
    let sim = sim();
    let point = RecoveryPoint {
        arn: arn("snapshot", "awsbackup:job-2"),
        vault: "gone".to_owned(),
        resource_arn: arn("db", "prod-ledger"),
        resource_type: "RDS".to_owned(),
        status: "COMPLETED".to_owned(),
        created_at: Some(now() - SignedDuration::from_hours(9)),
        bytes: None,
        kms_key: None,
    };
    let facts = PointFacts { point, message: None, tier: None, delete_at: None, completed_at: None, copied_from: None };
    sim.state().points.insert("gone".to_owned(), vec![facts]);
    sim.state().returned = [("dbInstanceIdentifier".to_owned(), "prod-ledger".to_owned())].into();
    sim.ask(json!({"database": "ledger", "recovery_point": "latest", "scheduled_time": AT})).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(LEDGER);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{record:#?}");
    assert_eq!(sim.state().made, [LEDGER]);
}

#[tokio::test(start_paused = true)]
async fn serverless_instances_come_after_the_range_that_aws_backup_cannot_be_told() {
    let sim = sim();
    {
        let mut state = sim.state();
        let capacity = Some(lifeboat::database::Capacity { min: 0.5, max: 8.0 });
        state.settings.get_mut("cluster-of-orders").unwrap().capacity = capacity;
        state.members.values_mut().for_each(|member| "db.serverless".clone_into(&mut member.class));
    }
    sim.ask(request()).await.unwrap();
    sim.minutes(50).await;
    let record = sim.state().record(RUN);
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{:?}", record.notes);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_to_a_copy_before_the_job_has_named_it() {
    let sim = sim();
    sim.ask(request()).await.unwrap();
    sim.minutes(2).await;
    let state = sim.state();
    assert!(state.cluster(RUN).unwrap().tags.is_empty());
    assert_eq!(state.count("adopt") + state.count("change") + state.count("create_member"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_is_told_with_aws_words_and_what_it_made_is_left_alone() {
    let sim = sim();
    sim.state().jobs_come_to = "FAILED";
    sim.ask(request()).await.unwrap();
    sim.minutes(30).await;
    let state = sim.state();
    let record = state.record(RUN);
    assert_eq!(record.phase, Phase::Stuck);
    assert!(record.notes.iter().any(|note| note.contains("as AWS Backup says")), "{:?}", record.notes);
    assert!(state.cluster(RUN).is_some());
    assert_eq!(state.count("create_member"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_job_did_not_make_is_not_adopted() {
    let sim = sim();
    sim.ask(request()).await.unwrap();
    sim.state().jobs.iter_mut().for_each(|job| job.made = arn("cluster", "other"));
    sim.minutes(20).await;
    let state = sim.state();
    assert_eq!(state.record(RUN).phase, Phase::Stuck);
    assert!(state.cluster(RUN).unwrap().tags.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_another_run_took_in_between_is_not_given_our_tags() {
    let sim = sim();
    sim.ask(request()).await.unwrap();
    let takes = |state: &mut crate::world::State| {
        let Some(copy) = state.clusters.iter_mut().find(|one| one.identifier == RUN) else { return };
        copy.tags = Tags::from([("lifeboat:run".to_owned(), "recovery-other-20261120120000".to_owned())]);
    };
    // Seen free when it is decided, and taken when it is read again just before.
    sim.pass(SignedDuration::from_mins(5));
    sim.state().changes.push(("replace", Box::new(takes)));
    sim.minutes(20).await;
    let state = sim.state();
    assert_eq!(state.count("adopt"), 0);
    assert_eq!(state.record(RUN).phase, Phase::Stuck);
}

#[tokio::test(start_paused = true)]
async fn without_its_metadata_nothing_is_begun() {
    let sim = sim();
    sim.state().fates.push((Which::All("restore_metadata"), Fate::Refused(Class::Permission, "AccessDenied")));
    let error = sim.ask(request()).await.unwrap_err();
    assert!(error.message.contains("AccessDenied") && error.message.contains("Nothing was made"), "{}", error.message);
    assert!(sim.state().made.is_empty() && sim.state().keys_under("runs/").is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_inspection_of_a_recovery_point_is_small_and_ends() {
    let sim = sim();
    let request = json!({"database": "orders", "recovery_point": "latest", "inspect_for": "8h", "scheduled_time": AT});
    sim.ask(request).await.unwrap();
    sim.minutes(50).await;
    let state = sim.state();
    assert_eq!(state.record(INSPECTION).phase, Phase::HandedOver, "{:?}", state.record(INSPECTION).notes);
    let copy = state.cluster(INSPECTION).unwrap();
    assert_eq!((copy.members.len(), copy.tags["lifeboat:purpose"].as_str()), (1, "inspection"));
    assert!(copy.tags.contains_key("lifeboat:expires-at"), "{:?}", copy.tags);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_gone_comes_back_as_its_last_record_knew_it() {
    let sim = handed_over().await;
    lose(&sim);
    let request = json!({"database": "orders", "recovery_point": "latest", "scheduled_time": "2026-11-20T14:00:00Z"});
    sim.ask(request).await.unwrap();
    sim.minutes(50).await;
    let record = sim.state().record("recovery-orders-20261120140000");
    assert_eq!((record.phase, record.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{:?}", record.notes);
}

#[tokio::test(start_paused = true)]
async fn of_one_that_nobody_remembers_the_point_tells_what_it_knows() {
    let sim = sim();
    lose(&sim);
    let known = [("dbSubnetGroupName", "private"), ("dbClusterParameterGroupName", "orders-cluster")];
    sim.state().returned.extend(known.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let error = sim.ask(request()).await.unwrap_err().message;
    assert!(error.contains("with.security_groups") && error.contains("with.instance_class"), "{error}");
    assert!(!error.contains("with.subnet_group") && !error.contains("with.parameter_group"), "{error}");
    let with = json!({"security_groups": ["sg-1"], "instance_class": "db.r6g.large"});
    sim.ask(json!({"database": "orders", "recovery_point": "latest", "with": with, "scheduled_time": AT}))
        .await
        .unwrap();
    sim.minutes(50).await;
    assert_eq!(sim.state().record(RUN).phase, Phase::HandedOver, "{:?}", sim.state().record(RUN).notes);
}

fn lose(sim: &Sim) {
    let mut state = sim.state();
    state.clusters.retain(|one| one.identifier != "prod-orders");
    state.instances.retain(|one| one.cluster.as_deref() != Some("prod-orders"));
}
