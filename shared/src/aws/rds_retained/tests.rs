use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_automated_backups::DescribeDbClusterAutomatedBackupsOutput;
use aws_sdk_rds::operation::describe_db_instance_automated_backups::DescribeDbInstanceAutomatedBackupsOutput;
use aws_sdk_rds::types::builders::DbInstanceAutomatedBackupBuilder;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;

use super::*;
use crate::aws::testing::{Seen, rds_error};
use crate::database::Engine;
use crate::fault::Class;
use crate::ports::Databases;

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

fn restore_window() -> RestoreWindow {
    RestoreWindow::builder().earliest_time(DateTime::from_secs(100)).latest_time(DateTime::from_secs(300)).build()
}

fn wanted(identifier: &str, engine: Engine, port: u16) -> RetainedBackup {
    RetainedBackup {
        identifier: identifier.to_owned(),
        resource_id: "resource-1".to_owned(),
        arn: "arn:1".to_owned(),
        engine,
        engine_version: "16.4".to_owned(),
        window: Window { earliest: "1970-01-01T00:01:40Z".parse().ok(), latest: "1970-01-01T00:05:00Z".parse().ok() },
        created_at: "1970-01-01T00:00:50Z".parse().ok(),
        kms_key: Some("arn:key".to_owned()),
        port: Some(port),
        tags: crate::database::Tags::new(),
        backup_arn: None,
    }
}

#[tokio::test]
async fn the_backup_of_a_cluster_that_is_gone_is_found_by_status_and_then_by_name() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_cluster_automated_backups).match_requests(seen.all()).then_output(|| {
        let backup = DbClusterAutomatedBackup::builder()
            .db_cluster_identifier("Prod-Orders")
            .db_cluster_resource_id("resource-1")
            .db_cluster_arn("arn:1")
            .engine("aurora-postgresql")
            .engine_version("16.4")
            .restore_window(restore_window())
            .cluster_create_time(DateTime::from_secs(50))
            .kms_key_id("arn:key")
            .port(5432);
        DescribeDbClusterAutomatedBackupsOutput::builder()
            .db_cluster_automated_backups(backup.clone().status("active").build())
            .db_cluster_automated_backups(backup.clone().status("retained").build())
            .db_cluster_automated_backups(backup.clone().build())
            .db_cluster_automated_backups(backup.status("retained").db_cluster_identifier("prod-orders-2").build())
            .build()
    });
    let found = rds(&[&rule]).retained("prod-orders", true).await.unwrap();
    assert_eq!(found, [wanted("prod-orders", Engine::AuroraPostgresql, 5432)]);
    let asked = seen.only();
    // With the name, AWS would answer that there is no such cluster.
    assert_eq!((asked.db_cluster_identifier(), asked.filters()), (None, [retained()].as_slice()));
}

#[tokio::test]
async fn the_backup_of_an_instance_that_is_gone_is_found_in_the_same_way() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_instance_automated_backups).match_requests(seen.all()).then_output(|| {
        let backup = DbInstanceAutomatedBackup::builder()
            .db_instance_identifier("prod-ledger")
            .dbi_resource_id("resource-1")
            .db_instance_arn("arn:1")
            .engine("mariadb")
            .engine_version("16.4")
            .restore_window(restore_window())
            .instance_create_time(DateTime::from_secs(50))
            .kms_key_id("arn:key")
            .port(3306);
        DescribeDbInstanceAutomatedBackupsOutput::builder()
            .db_instance_automated_backups(backup.clone().status("creating").build())
            .db_instance_automated_backups(backup.clone().status("retained").build())
            .db_instance_automated_backups(backup.clone().status("retained").db_instance_identifier("prod").build())
            .db_instance_automated_backups(replicated(backup).status("retained").build())
            .build()
    });
    let found = rds(&[&rule]).retained("Prod-Ledger", false).await.unwrap();
    assert_eq!(found, [wanted("prod-ledger", Engine::Mariadb, 3306)]);
    let asked = seen.only();
    assert_eq!((asked.db_instance_identifier(), asked.filters()), (None, [retained()].as_slice()));
}

#[tokio::test]
async fn none_kept_is_an_empty_list_and_not_allowed_to_ask_is_not() {
    let rule = mock!(Client::describe_db_cluster_automated_backups)
        .then_http_response(|| rds_error(404, "DBClusterAutomatedBackupNotFoundFault"));
    assert_eq!(rds(&[&rule]).retained("prod-orders", true).await.unwrap(), []);
    let rule = mock!(Client::describe_db_instance_automated_backups)
        .then_http_response(|| rds_error(404, "DBInstanceAutomatedBackupNotFound"));
    assert_eq!(rds(&[&rule]).retained("prod-ledger", false).await.unwrap(), []);
    let rule =
        mock!(Client::describe_db_cluster_automated_backups).then_http_response(|| rds_error(403, "AccessDenied"));
    assert_eq!(rds(&[&rule]).retained("prod-orders", true).await.unwrap_err().class, Class::Permission);
}

#[tokio::test]
async fn what_a_backup_leaves_out_stays_out() {
    let rule = mock!(Client::describe_db_cluster_automated_backups).then_output(|| {
        let bare = DbClusterAutomatedBackup::builder().status("retained").db_cluster_identifier("prod-orders").port(0);
        DescribeDbClusterAutomatedBackupsOutput::builder().db_cluster_automated_backups(bare.build()).build()
    });
    let found = rds(&[&rule]).retained("prod-orders", true).await.unwrap();
    assert_eq!((found[0].window, found[0].created_at, found[0].port), (Window::default(), None, None));
    assert_eq!((found[0].resource_id.as_str(), found[0].engine.clone()), ("", Engine::from("")));
}

/// The same as it lies in a region that it was replicated to
fn replicated(backup: DbInstanceAutomatedBackupBuilder) -> DbInstanceAutomatedBackupBuilder {
    backup
        .db_instance_arn("arn:aws:rds:us-east-1:123456789012:db:prod-ledger")
        .db_instance_automated_backups_arn("arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-1")
}

#[tokio::test]
async fn the_window_of_an_instance_is_never_that_of_its_namesake_in_another_region() {
    let rule = mock!(Client::describe_db_instance_automated_backups).then_output(|| {
        let backup = DbInstanceAutomatedBackup::builder().restore_window(restore_window());
        DescribeDbInstanceAutomatedBackupsOutput::builder()
            .db_instance_automated_backups(replicated(backup).status("replicating").build())
            .db_instance_automated_backups(DbInstanceAutomatedBackup::builder().status("active").build())
            .build()
    });
    assert_eq!(rds(&[&rule]).instance_window("prod-ledger").await.unwrap(), Window::default());
}
