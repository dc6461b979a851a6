use aws_sdk_rds::Client;
use aws_sdk_rds::operation::delete_db_cluster_automated_backup::{
    DeleteDbClusterAutomatedBackupInput, DeleteDbClusterAutomatedBackupOutput,
};
use aws_sdk_rds::operation::delete_db_cluster_snapshot::{DeleteDbClusterSnapshotInput, DeleteDbClusterSnapshotOutput};
use aws_sdk_rds::operation::delete_db_instance_automated_backup::{
    DeleteDbInstanceAutomatedBackupInput, DeleteDbInstanceAutomatedBackupOutput,
};
use aws_sdk_rds::operation::delete_db_snapshot::{DeleteDbSnapshotInput, DeleteDbSnapshotOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{NO_RULES, Seen, rds_error, wire};
use crate::database::{Engine, Tags, Window};
use crate::lifecycle::fixtures::{daily, now, of_instance, read_again, ripe, snapshot, strict, world};
use crate::lifecycle::{Doomed, Ground, Tried};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

/// The first that a plan of five daily snapshots lets go
fn doomed() -> Doomed<Snapshot> {
    let (policy, world) = (strict(), world(daily(5)));
    let (marks, plan) = ripe(&policy, &world);
    let tried = Tried::new(now(), &policy, &world);
    let ground = Ground { now: now(), policy: &policy, world: &world, plan: &plan, marks: &marks, tried: &tried };
    let line = plan.to_delete().next().unwrap();
    Doomed::claim(read_again(&line.snapshot), &ground).unwrap()
}

fn retained(arn: &str, resource_id: &str) -> RetainedBackup {
    RetainedBackup {
        identifier: "drill-orders-202611221800".to_owned(),
        resource_id: resource_id.to_owned(),
        arn: arn.to_owned(),
        engine: Engine::Postgres,
        engine_version: "16.4".to_owned(),
        window: Window::default(),
        created_at: None,
        kms_key: None,
        port: None,
        backup_arn: None,
        tags: Tags::new(),
    }
}

const OF_CLUSTER: &str = "arn:aws:rds:eu-west-1:123456789012:cluster:drill-orders-202611221800";
const OF_INSTANCE: &str = "arn:aws:rds:eu-west-1:123456789012:db:drill-orders-202611221800";

#[tokio::test]
async fn what_the_gate_let_through_is_deleted_by_its_name_and_nothing_else_is_said() {
    let seen = Seen::new();
    let rule = mock!(Client::delete_db_cluster_snapshot)
        .match_requests(seen.all())
        .then_output(|| DeleteDbClusterSnapshotOutput::builder().build());
    let doomed = doomed();
    let name = doomed.get().identifier.clone();
    rds(&[&rule]).delete(doomed).await.unwrap();
    let wanted = DeleteDbClusterSnapshotInput::builder().db_cluster_snapshot_identifier(name);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn the_arn_tells_whose_snapshot_it_is() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::delete_db_cluster_snapshot)
        .match_requests(of_clusters.all())
        .then_output(|| DeleteDbClusterSnapshotOutput::builder().build());
    let instance = mock!(Client::delete_db_snapshot)
        .match_requests(of_instances.all())
        .then_output(|| DeleteDbSnapshotOutput::builder().build());
    let rds = rds(&[&cluster, &instance]);
    rds.delete_snapshot(&snapshot("pre-1", 1)).await.unwrap();
    rds.delete_snapshot(&of_instance("manual-1", 1)).await.unwrap();
    let wanted = DeleteDbClusterSnapshotInput::builder().db_cluster_snapshot_identifier("pre-1");
    assert_eq!(of_clusters.only(), wanted.build().unwrap());
    let wanted = DeleteDbSnapshotInput::builder().db_snapshot_identifier("manual-1");
    assert_eq!(of_instances.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn where_the_arn_does_not_say_what_it_is_nothing_is_sent() {
    let nothing = Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
    let arn = |what: &str| format!("arn:aws:rds:eu-west-1:123456789012:{what}");
    let of_another_name = arn("cluster-snapshot:pre-2");
    for arn in [String::new(), "pre-1".to_owned(), arn("cluster:pre-1"), arn("db:pre-1"), of_another_name] {
        let fault = nothing.delete_snapshot(&Snapshot { arn, ..snapshot("pre-1", 1) }).await.unwrap_err();
        assert_eq!((fault.class, fault.resource.as_str()), (Class::Permanent, "pre-1"), "{fault}");
    }
    for arn in [String::new(), arn("auto-backup:ab-1"), arn("cluster-snapshot:pre-1")] {
        let fault = nothing.delete_backup(&retained(&arn, "cluster-ABC")).await.unwrap_err();
        assert_eq!(fault.class, Class::Permanent, "{fault}");
    }
    for arn in [OF_CLUSTER, OF_INSTANCE] {
        let fault = nothing.delete_backup(&retained(arn, "")).await.unwrap_err();
        assert!(fault.message.contains("no resource id"), "{fault}");
    }
}

#[tokio::test]
async fn a_retained_backup_goes_by_the_id_of_its_database() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::delete_db_cluster_automated_backup)
        .match_requests(of_clusters.all())
        .then_output(|| DeleteDbClusterAutomatedBackupOutput::builder().build());
    let instance = mock!(Client::delete_db_instance_automated_backup)
        .match_requests(of_instances.all())
        .then_output(|| DeleteDbInstanceAutomatedBackupOutput::builder().build());
    let rds = rds(&[&cluster, &instance]);
    rds.delete_backup(&retained(OF_CLUSTER, "cluster-ABC")).await.unwrap();
    rds.delete_backup(&retained(OF_INSTANCE, "db-ABC")).await.unwrap();
    let wanted = DeleteDbClusterAutomatedBackupInput::builder().db_cluster_resource_id("cluster-ABC");
    assert_eq!(of_clusters.only(), wanted.build().unwrap());
    let wanted = DeleteDbInstanceAutomatedBackupInput::builder().dbi_resource_id("db-ABC");
    assert_eq!(of_instances.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn what_is_gone_already_is_not_found_and_what_cannot_go_yet_is_in_a_wrong_state() {
    for (status, code, class) in [
        (404, "DBClusterSnapshotNotFoundFault", Class::NotFound),
        (400, "InvalidDBClusterSnapshotStateFault", Class::WrongState),
        (403, "AccessDenied", Class::Permission),
    ] {
        let rule = mock!(Client::delete_db_cluster_snapshot).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).delete_snapshot(&snapshot("pre-1", 1)).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.resource.as_str()), (class, code, "pre-1"));
    }
    let rule = mock!(Client::delete_db_snapshot).then_http_response(|| rds_error(404, "DBSnapshotNotFound"));
    let fault = rds(&[&rule]).delete_snapshot(&of_instance("manual-1", 1)).await.unwrap_err();
    assert_eq!(fault.class, Class::NotFound);
    let rule = mock!(Client::delete_db_cluster_automated_backup)
        .then_http_response(|| rds_error(404, "DBClusterAutomatedBackupNotFoundFault"));
    let fault = rds(&[&rule]).delete_backup(&retained(OF_CLUSTER, "cluster-ABC")).await.unwrap_err();
    assert_eq!(fault.class, Class::NotFound);
    let rule = mock!(Client::delete_db_instance_automated_backup)
        .then_http_response(|| rds_error(404, "DBInstanceAutomatedBackupNotFound"));
    let fault = rds(&[&rule]).delete_backup(&retained(OF_INSTANCE, "db-ABC")).await.unwrap_err();
    assert_eq!(fault.class, Class::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_deletion_is_sent_again_and_one_whose_reply_was_lost_is_not() {
    let rule = mock!(Client::delete_db_cluster_snapshot).sequence();
    let rule = rule.http_response(|| rds_error(400, "Throttling")).times(9);
    let rule = rule.output(|| DeleteDbClusterSnapshotOutput::builder().build()).build();
    rds(&[&rule]).delete(doomed()).await.unwrap();
    assert_eq!(rule.num_calls(), 10);
    let rule = mock!(Client::delete_db_cluster_snapshot).sequence();
    let rule = rule.http_response(|| wire(200, "<DeleteDBClusterSnapshotResponse><DeleteDB")).repeatedly().build();
    assert_eq!(rds(&[&rule]).delete(doomed()).await.unwrap_err().class, Class::Unknown);
    assert_eq!(rule.num_calls(), 1);
}
