//! Instances: restored by themselves, and attached to a cluster.

use super::*;

#[tokio::test]
async fn an_instance_is_restored_to_a_time_with_every_setting_said() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_instance_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbInstanceToPointInTimeOutput::builder().build());
    rds(&[&rule]).restore_instance(&instance_act(to_a_time())).await.unwrap();
    let wanted = RestoreDbInstanceToPointInTimeInput::builder()
        .target_db_instance_identifier(RUN_ID)
        .source_db_instance_identifier("prod-ledger")
        .restore_time(DateTime::from_secs(1_795_366_800))
        .db_instance_class("db.t4g.medium")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .db_parameter_group_name("ledger-16")
        .enable_iam_database_authentication(true)
        .backup_retention_period(0)
        .publicly_accessible(false)
        .multi_az(false)
        .auto_minor_version_upgrade(false)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_is_restored_from_a_snapshot_with_every_setting_said() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_instance_from_db_snapshot)
        .match_requests(seen.all())
        .then_output(|| RestoreDbInstanceFromDbSnapshotOutput::builder().build());
    rds(&[&rule]).restore_instance(&instance_act(from_a_snapshot())).await.unwrap();
    let wanted = RestoreDbInstanceFromDbSnapshotInput::builder()
        .db_instance_identifier(RUN_ID)
        .db_snapshot_identifier("rds:prod-orders-2026-11-22")
        .db_instance_class("db.t4g.medium")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .db_parameter_group_name("ledger-16")
        .enable_iam_database_authentication(true)
        .backup_retention_period(0)
        .publicly_accessible(false)
        .multi_az(false)
        .auto_minor_version_upgrade(false)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_is_attached_out_of_the_publics_reach() {
    let seen = Seen::new();
    let rule = mock!(Client::create_db_instance)
        .match_requests(seen.all())
        .then_output(|| CreateDbInstanceOutput::builder().build());
    let act = CreateInstance {
        identifier: format!("{RUN_ID}-1"),
        cluster: RUN_ID.to_owned(),
        engine: Engine::AuroraPostgresql,
        class: "db.serverless".to_owned(),
        tags: given_tags(),
    };
    rds(&[&rule]).create_instance(&act).await.unwrap();
    let wanted = CreateDbInstanceInput::builder()
        .db_instance_identifier(format!("{RUN_ID}-1"))
        .db_cluster_identifier(RUN_ID)
        .engine("aurora-postgresql")
        .db_instance_class("db.serverless")
        .publicly_accessible(false)
        .auto_minor_version_upgrade(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}
