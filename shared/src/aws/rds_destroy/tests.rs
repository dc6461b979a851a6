use aws_sdk_rds::Client;
use aws_sdk_rds::operation::delete_db_cluster::{DeleteDbClusterInput, DeleteDbClusterOutput};
use aws_sdk_rds::operation::delete_db_instance::{DeleteDbInstanceInput, DeleteDbInstanceOutput};
use aws_sdk_rds::operation::modify_db_cluster::{ModifyDbClusterInput, ModifyDbClusterOutput};
use aws_sdk_rds::operation::modify_db_instance::{ModifyDbInstanceInput, ModifyDbInstanceOutput};
use aws_sdk_rds::operation::start_db_cluster::StartDbClusterOutput;
use aws_sdk_rds::operation::start_db_instance::StartDbInstanceOutput;
use aws_smithy_mocks::{mock, mock_client};

use super::*;
use crate::aws::testing::rds::{RUN_ID, copy_cluster, copy_instance, owned};
use crate::aws::testing::{Seen, rds_error};
use crate::fault::Class;

#[tokio::test]
async fn a_cluster_goes_with_its_automated_backups_and_without_a_final_snapshot() {
    let seen = Seen::new();
    let rule = mock!(Client::delete_db_cluster)
        .match_requests(seen.all())
        .then_output(|| DeleteDbClusterOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, [&rule]));
    rds.delete_cluster(owned(copy_cluster())).await.unwrap();
    let wanted = DeleteDbClusterInput::builder()
        .db_cluster_identifier(RUN_ID)
        .skip_final_snapshot(true)
        .delete_automated_backups(true);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn documentdb_is_told_nothing_that_its_api_does_not_have() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::delete_db_cluster)
        .match_requests(clusters.all())
        .then_output(|| DeleteDbClusterOutput::builder().build());
    let instance = mock!(Client::delete_db_instance)
        .match_requests(instances.all())
        .then_output(|| DeleteDbInstanceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&cluster, &instance]));
    rds.delete_cluster(owned(Cluster { engine: Engine::Docdb, ..copy_cluster() })).await.unwrap();
    let member = format!("{RUN_ID}-1");
    for of in [Some(RUN_ID), None] {
        rds.delete_instance(owned(Instance { engine: Engine::Docdb, ..copy_instance(&member, of) })).await.unwrap();
    }
    let wanted = DeleteDbClusterInput::builder().db_cluster_identifier(RUN_ID).skip_final_snapshot(true);
    assert_eq!(clusters.only(), wanted.build().unwrap());
    let wanted = DeleteDbInstanceInput::builder().db_instance_identifier(member).build().unwrap();
    assert_eq!(instances.every(), [wanted.clone(), wanted]);
}

#[tokio::test]
async fn an_instance_on_its_own_goes_with_its_backups_and_a_member_with_nothing_but_its_name() {
    let seen = Seen::new();
    let rule = mock!(Client::delete_db_instance)
        .match_requests(seen.all())
        .then_output(|| DeleteDbInstanceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&rule]));
    rds.delete_instance(owned(copy_instance(RUN_ID, None))).await.unwrap();
    let member = format!("{RUN_ID}-1");
    rds.delete_instance(owned(copy_instance(&member, Some(RUN_ID)))).await.unwrap();
    let alone = DeleteDbInstanceInput::builder()
        .db_instance_identifier(RUN_ID)
        .skip_final_snapshot(true)
        .delete_automated_backups(true);
    let of_a_cluster = DeleteDbInstanceInput::builder().db_instance_identifier(member);
    assert_eq!(seen.every(), [alone.build().unwrap(), of_a_cluster.build().unwrap()]);
}

#[tokio::test]
async fn protection_is_taken_off_at_once() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::modify_db_cluster)
        .match_requests(clusters.all())
        .then_output(|| ModifyDbClusterOutput::builder().build());
    let instance = mock!(Client::modify_db_instance)
        .match_requests(instances.all())
        .then_output(|| ModifyDbInstanceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, [&cluster, &instance]));
    rds.unprotect_cluster(&owned(copy_cluster())).await.unwrap();
    rds.unprotect_instance(&owned(copy_instance(RUN_ID, None))).await.unwrap();
    let wanted = ModifyDbClusterInput::builder().db_cluster_identifier(RUN_ID);
    assert_eq!(clusters.only(), wanted.deletion_protection(false).apply_immediately(true).build().unwrap());
    let wanted = ModifyDbInstanceInput::builder().db_instance_identifier(RUN_ID);
    assert_eq!(instances.only(), wanted.deletion_protection(false).apply_immediately(true).build().unwrap());
}

#[tokio::test]
async fn a_stopped_copy_is_started_by_its_name() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::start_db_cluster)
        .match_requests(clusters.all())
        .then_output(|| StartDbClusterOutput::builder().build());
    let instance = mock!(Client::start_db_instance)
        .match_requests(instances.all())
        .then_output(|| StartDbInstanceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, [&cluster, &instance]));
    rds.start_cluster(&owned(copy_cluster())).await.unwrap();
    rds.start_instance(&owned(copy_instance(RUN_ID, None))).await.unwrap();
    assert_eq!(clusters.only().db_cluster_identifier(), Some(RUN_ID));
    assert_eq!(instances.only().db_instance_identifier(), Some(RUN_ID));
}

#[tokio::test]
async fn what_is_gone_already_and_what_cannot_go_yet_are_told_apart() {
    let table = [
        (404, "DBClusterNotFoundFault", Class::NotFound),
        (404, "DBClusterNotFound", Class::NotFound),
        (400, "InvalidDBClusterStateFault", Class::WrongState),
        (403, "AccessDenied", Class::Permission),
    ];
    for (status, code, class) in table {
        let rule = mock!(Client::delete_db_cluster).then_http_response(move || rds_error(status, code));
        let rds = Rds::of(mock_client!(aws_sdk_rds, [&rule]));
        assert_eq!(rds.delete_cluster(owned(copy_cluster())).await.unwrap_err().class, class, "{code}");
    }
}
