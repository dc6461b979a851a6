//! Each call is compared as a whole: a setting that is missing, and one that is there and should not be, fails the test.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::create_db_instance::{CreateDbInstanceInput, CreateDbInstanceOutput};
use aws_sdk_rds::operation::modify_db_cluster::{ModifyDbClusterInput, ModifyDbClusterOutput};
use aws_sdk_rds::operation::modify_db_instance::{ModifyDbInstanceInput, ModifyDbInstanceOutput};
use aws_sdk_rds::operation::restore_db_cluster_from_snapshot::{
    RestoreDbClusterFromSnapshotInput, RestoreDbClusterFromSnapshotOutput,
};
use aws_sdk_rds::operation::restore_db_cluster_to_point_in_time::{
    RestoreDbClusterToPointInTimeInput, RestoreDbClusterToPointInTimeOutput,
};
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::{
    RestoreDbInstanceFromDbSnapshotInput, RestoreDbInstanceFromDbSnapshotOutput,
};
use aws_sdk_rds::operation::restore_db_instance_to_point_in_time::{
    RestoreDbInstanceToPointInTimeInput, RestoreDbInstanceToPointInTimeOutput,
};
use aws_smithy_mocks::{Rule, mock, mock_client};
use aws_smithy_types::DateTime;

use super::*;
use crate::aws::testing::rds::{RUN_ID, copy_cluster, copy_instance, owned};
use crate::aws::testing::{Seen, rds_error};
use crate::fault::Class;
use crate::restore::{Purpose, copy_tags};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, rules))
}

fn given_tags() -> Tags {
    copy_tags(RUN_ID, Purpose::Drill, "prod-orders", Some("2026-11-23T18:00:00Z".parse().unwrap()))
}

fn sent_tags() -> Vec<Tag> {
    let pairs = [
        ("lifeboat:expires-at", "2026-11-23T18:00:00Z"),
        ("lifeboat:purpose", "drill"),
        ("lifeboat:run", RUN_ID),
        ("lifeboat:source", "prod-orders"),
    ];
    pairs.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect()
}

fn to_a_time() -> Point {
    Point::Time { to: "2026-11-22T17:00:00Z".parse().unwrap() }
}

fn from_a_snapshot() -> Point {
    Point::Snapshot {
        identifier: "rds:prod-orders-2026-11-22".to_owned(),
        created_at: None,
        engine_version: "16.4".to_owned(),
    }
}

fn cluster_act(point: Point) -> RestoreCluster {
    RestoreCluster {
        identifier: RUN_ID.to_owned(),
        source: "prod-orders".to_owned(),
        resource_id: None,
        engine: Engine::AuroraPostgresql,
        point,
        subnet_group: Some("private".to_owned()),
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        parameter_group: Some("orders-16".to_owned()),
        capacity: Some(Capacity { min: 0.5, max: 1.0 }),
        iam_auth: true,
        backup_retention_days: 1,
        tags: given_tags(),
    }
}

fn instance_act(point: Point) -> RestoreInstance {
    RestoreInstance {
        identifier: RUN_ID.to_owned(),
        source: "prod-ledger".to_owned(),
        resource_id: None,
        engine: Engine::Postgres,
        point,
        class: Some("db.t4g.medium".to_owned()),
        subnet_group: Some("private".to_owned()),
        security_groups: vec!["sg-1".to_owned()],
        parameter_group: Some("ledger-16".to_owned()),
        iam_auth: true,
        backup_retention_days: 0,
        tags: given_tags(),
    }
}

fn sent_range() -> ServerlessV2ScalingConfiguration {
    ServerlessV2ScalingConfiguration::builder().min_capacity(0.5).max_capacity(1.0).build()
}

#[tokio::test]
async fn a_cluster_is_restored_to_a_time_with_every_setting_said() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterToPointInTimeOutput::builder().build());
    rds(&[&rule]).restore_cluster(&cluster_act(to_a_time())).await.unwrap();
    let wanted = RestoreDbClusterToPointInTimeInput::builder()
        .db_cluster_identifier(RUN_ID)
        .source_db_cluster_identifier("prod-orders")
        .restore_to_time(DateTime::from_secs(1_795_366_800))
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders-16")
        .serverless_v2_scaling_configuration(sent_range())
        .enable_iam_database_authentication(true)
        .backup_retention_period(1)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn what_is_gone_is_restored_by_its_resource_id_and_not_by_its_name() {
    let clusters = Seen::new();
    let rule = mock!(Client::restore_db_cluster_to_point_in_time)
        .match_requests(clusters.all())
        .then_output(|| RestoreDbClusterToPointInTimeOutput::builder().build());
    let act = RestoreCluster { resource_id: Some("cluster-GONE".to_owned()), ..cluster_act(to_a_time()) };
    rds(&[&rule]).restore_cluster(&act).await.unwrap();
    let sent = clusters.only();
    let named = (sent.source_db_cluster_resource_id(), sent.source_db_cluster_identifier());
    assert_eq!(named, (Some("cluster-GONE"), None));

    let instances = Seen::new();
    let rule = mock!(Client::restore_db_instance_to_point_in_time)
        .match_requests(instances.all())
        .then_output(|| RestoreDbInstanceToPointInTimeOutput::builder().build());
    let act = RestoreInstance { resource_id: Some("db-GONE".to_owned()), ..instance_act(to_a_time()) };
    rds(&[&rule]).restore_instance(&act).await.unwrap();
    let sent = instances.only();
    assert_eq!((sent.source_dbi_resource_id(), sent.source_db_instance_identifier()), (Some("db-GONE"), None));
}

#[tokio::test]
async fn a_cluster_is_restored_from_a_snapshot_in_the_snapshots_version() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_from_snapshot)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterFromSnapshotOutput::builder().build());
    rds(&[&rule]).restore_cluster(&cluster_act(from_a_snapshot())).await.unwrap();
    let wanted = RestoreDbClusterFromSnapshotInput::builder()
        .db_cluster_identifier(RUN_ID)
        .snapshot_identifier("rds:prod-orders-2026-11-22")
        .engine("aurora-postgresql")
        .engine_version("16.4")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders-16")
        .serverless_v2_scaling_configuration(sent_range())
        .enable_iam_database_authentication(true)
        .backup_retention_period(1)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn what_the_policy_leaves_out_is_left_out_of_the_call() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterToPointInTimeOutput::builder().build());
    let act = RestoreCluster {
        subnet_group: None,
        security_groups: Vec::new(),
        parameter_group: None,
        capacity: None,
        ..cluster_act(to_a_time())
    };
    rds(&[&rule]).restore_cluster(&act).await.unwrap();
    let sent = seen.only();
    assert_eq!(sent.vpc_security_group_ids, None);
    assert_eq!(sent.db_subnet_group_name, None);
    assert_eq!(sent.db_cluster_parameter_group_name, None);
    assert_eq!(sent.serverless_v2_scaling_configuration, None);
    assert_eq!((sent.deletion_protection, sent.tags), (Some(false), Some(sent_tags())));
}

#[tokio::test]
async fn the_masters_password_is_given_to_rds_at_once() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::modify_db_cluster)
        .match_requests(clusters.all())
        .then_output(|| ModifyDbClusterOutput::builder().build());
    let instance = mock!(Client::modify_db_instance)
        .match_requests(instances.all())
        .then_output(|| ModifyDbInstanceOutput::builder().build());
    let rds = rds(&[&cluster, &instance]);
    rds.manage_cluster_secret(&owned(copy_cluster()).lent()).await.unwrap();
    rds.manage_instance_secret(&owned(copy_instance(RUN_ID, None)).lent()).await.unwrap();
    let wanted = ModifyDbClusterInput::builder().db_cluster_identifier(RUN_ID);
    assert_eq!(clusters.only(), wanted.manage_master_user_password(true).apply_immediately(true).build().unwrap());
    let wanted = ModifyDbInstanceInput::builder().db_instance_identifier(RUN_ID);
    assert_eq!(instances.only(), wanted.manage_master_user_password(true).apply_immediately(true).build().unwrap());
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning() {
    let table = [
        (400, "DBClusterAlreadyExistsFault", Class::AlreadyExists),
        (403, "DBClusterQuotaExceededFault", Class::Quota),
        (400, "InvalidRestoreFault", Class::Backup),
        (400, "KMSKeyNotAccessibleFault", Class::Key),
    ];
    for (status, code, class) in table {
        let rule =
            mock!(Client::restore_db_cluster_to_point_in_time).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).restore_cluster(&cluster_act(to_a_time())).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "rds:RestoreDBClusterToPointInTime"), "{fault}");
    }
}

mod adopting;
mod documentdb;
mod instances;
