//! Calls for DocumentDB have nothing that its API does not have; the lists are those of its model of 2014-10-31.

use super::*;

fn documentdb_act(point: Point) -> RestoreCluster {
    RestoreCluster { engine: Engine::Docdb, ..cluster_act(point) }
}

#[tokio::test]
async fn a_restore_to_a_time_has_no_parameter_group_no_retention_and_no_login_by_iam() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterToPointInTimeOutput::builder().build());
    rds(&[&rule]).restore_cluster(&documentdb_act(to_a_time())).await.unwrap();
    let wanted = RestoreDbClusterToPointInTimeInput::builder()
        .db_cluster_identifier(RUN_ID)
        .source_db_cluster_identifier("prod-orders")
        .restore_to_time(DateTime::from_secs(1_795_366_800))
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .serverless_v2_scaling_configuration(sent_range())
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_restore_from_a_snapshot_has_a_parameter_group_and_still_no_retention() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_from_snapshot)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterFromSnapshotOutput::builder().build());
    rds(&[&rule]).restore_cluster(&documentdb_act(from_a_snapshot())).await.unwrap();
    let wanted = RestoreDbClusterFromSnapshotInput::builder()
        .db_cluster_identifier(RUN_ID)
        .snapshot_identifier("rds:prod-orders-2026-11-22")
        .engine("docdb")
        .engine_version("16.4")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders-16")
        .serverless_v2_scaling_configuration(sent_range())
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_says_nothing_about_the_public_which_cannot_reach_it_anyway() {
    let seen = Seen::new();
    let rule = mock!(Client::create_db_instance)
        .match_requests(seen.all())
        .then_output(|| CreateDbInstanceOutput::builder().build());
    let act = CreateInstance {
        identifier: format!("{RUN_ID}-1"),
        cluster: RUN_ID.to_owned(),
        engine: Engine::Docdb,
        class: "db.t4g.medium".to_owned(),
        tags: given_tags(),
    };
    rds(&[&rule]).create_instance(&act).await.unwrap();
    let wanted = CreateDbInstanceInput::builder()
        .db_instance_identifier(format!("{RUN_ID}-1"))
        .db_cluster_identifier(RUN_ID)
        .engine("docdb")
        .db_instance_class("db.t4g.medium")
        .auto_minor_version_upgrade(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn what_its_restore_could_not_be_told_is_set_afterwards() {
    let seen = Seen::new();
    let rule = mock!(Client::modify_db_cluster)
        .match_requests(seen.all())
        .then_output(|| ModifyDbClusterOutput::builder().build());
    let act = Adjust {
        identifier: RUN_ID.to_owned(),
        clustered: true,
        parameter_group: Some("tls-on".to_owned()),
        capacity: None,
        iam_auth: Some(true),
        backup_retention_days: Some(1),
    };
    let copy = Cluster { engine: Engine::Docdb, ..copy_cluster() };
    rds(&[&rule]).adjust_cluster(&owned(copy).lent(), &act).await.unwrap();
    let wanted = ModifyDbClusterInput::builder()
        .db_cluster_identifier(RUN_ID)
        .db_cluster_parameter_group_name("tls-on")
        .backup_retention_period(1)
        .apply_immediately(true);
    assert_eq!(seen.only(), wanted.build().unwrap());
}
