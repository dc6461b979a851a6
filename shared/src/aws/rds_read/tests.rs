use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_automated_backups::DescribeDbClusterAutomatedBackupsOutput;
use aws_sdk_rds::operation::describe_db_cluster_snapshots::DescribeDbClusterSnapshotsOutput;
use aws_sdk_rds::operation::describe_db_clusters::DescribeDbClustersOutput;
use aws_sdk_rds::operation::describe_db_instance_automated_backups::DescribeDbInstanceAutomatedBackupsOutput;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::operation::describe_events::DescribeEventsOutput;
use aws_sdk_rds::types::{
    DbCluster, DbClusterAutomatedBackup, DbClusterSnapshot, DbInstance, DbInstanceAutomatedBackup, DbSnapshot,
    Event as RdsEvent, RestoreWindow, Tag,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{Seen, rds_error, wire};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

/// 250 clusters on three pages
fn three_pages() -> Rule {
    mock!(Client::describe_db_clusters).then_compute_output(|asked| {
        assert_eq!((asked.max_records(), asked.db_cluster_identifier()), (Some(100), None));
        let (first, count, next) = match asked.marker() {
            None => (0, 100, Some("2")),
            Some("2") => (100, 100, Some("3")),
            _ => (200, 50, None),
        };
        let clusters =
            (first..first + count).map(|n| DbCluster::builder().db_cluster_identifier(format!("c{n}")).build());
        DescribeDbClustersOutput::builder()
            .set_db_clusters(Some(clusters.collect()))
            .set_marker(next.map(str::to_owned))
            .build()
    })
}

#[tokio::test]
async fn all_clusters_means_all_pages() {
    let rule = three_pages();
    let all = rds(&[&rule]).all_clusters().await.unwrap();
    assert_eq!((all.len(), rule.num_calls()), (250, 3));
    assert_eq!((all[0].identifier.as_str(), all[249].identifier.as_str()), ("c0", "c249"));
}

#[tokio::test]
async fn pages_without_end_are_an_error_and_no_short_list() {
    let page = AtomicUsize::new(0);
    let rule = mock!(Client::describe_db_instances).then_compute_output(move |_| {
        let next = page.fetch_add(1, Ordering::Relaxed).to_string();
        DescribeDbInstancesOutput::builder().db_instances(DbInstance::builder().build()).marker(next).build()
    });
    let fault = rds(&[&rule]).all_instances().await.unwrap_err();
    assert_eq!((fault.code.as_str(), rule.num_calls()), ("TooMany", 51));
}

#[tokio::test]
async fn a_page_that_fails_fails_the_walk() {
    let rule = mock!(Client::describe_db_clusters).sequence();
    let first = || DescribeDbClustersOutput::builder().db_clusters(DbCluster::builder().build()).marker("2").build();
    let rule = rule.output(first).http_response(|| rds_error(403, "AccessDenied")).build();
    assert_eq!(rds(&[&rule]).all_clusters().await.unwrap_err().class, Class::Permission);
}

#[tokio::test]
async fn what_is_not_there_is_none_with_and_without_the_suffix_and_as_an_empty_list() {
    for code in ["DBClusterNotFoundFault", "DBClusterNotFound"] {
        let rule = mock!(Client::describe_db_clusters).then_http_response(move || rds_error(404, code));
        assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap(), None, "{code}");
    }
    for code in ["DBInstanceNotFound", "DBInstanceNotFoundFault"] {
        let rule = mock!(Client::describe_db_instances).then_http_response(move || rds_error(404, code));
        assert_eq!(rds(&[&rule]).instance("drill-1").await.unwrap(), None, "{code}");
    }
    let rule = mock!(Client::describe_db_clusters).then_output(|| DescribeDbClustersOutput::builder().build());
    assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap(), None);
    let rule = mock!(Client::describe_db_instances).then_output(|| DescribeDbInstancesOutput::builder().build());
    assert_eq!(rds(&[&rule]).instance("drill-1").await.unwrap(), None);
}

#[tokio::test]
async fn what_could_not_be_asked_is_not_absent() {
    let rule = mock!(Client::describe_db_clusters).then_http_response(|| rds_error(403, "AccessDenied"));
    assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap_err().class, Class::Permission);
    let rule = mock!(Client::describe_db_clusters).then_http_response(|| wire(404, "<html>no such page</html>"));
    assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap_err().class, Class::Permanent);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_asked_again() {
    let rule = mock!(Client::describe_db_clusters).sequence();
    let rule = rule.http_response(|| rds_error(400, "Throttling")).http_response(|| wire(503, "")).output(|| {
        let found = DbCluster::builder().db_cluster_identifier("drill-1").status("available").build();
        DescribeDbClustersOutput::builder().db_clusters(found).build()
    });
    let rule = rule.build();
    assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap().unwrap().status, "available");
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn throttled_to_the_last_try_is_transient() {
    let rule = mock!(Client::describe_db_clusters)
        .sequence()
        .http_response(|| rds_error(400, "Throttling"))
        .repeatedly()
        .build();
    assert_eq!(rds(&[&rule]).cluster("drill-1").await.unwrap_err().class, Class::Transient);
}

fn backup(status: &str, latest: i64) -> DbInstanceAutomatedBackup {
    let window = RestoreWindow::builder()
        .earliest_time(aws_smithy_types::DateTime::from_secs(100))
        .latest_time(aws_smithy_types::DateTime::from_secs(latest));
    DbInstanceAutomatedBackup::builder().status(status).restore_window(window.build()).build()
}

#[tokio::test]
async fn the_window_is_that_of_the_living_instance_and_not_of_its_predecessor() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_instance_automated_backups).match_requests(seen.all()).then_output(|| {
        let backups = vec![backup("retained", 200), backup("active", 300)];
        DescribeDbInstanceAutomatedBackupsOutput::builder().set_db_instance_automated_backups(Some(backups)).build()
    });
    let window = rds(&[&rule]).instance_window("prod-ledger").await.unwrap();
    assert_eq!(window.latest, Timestamp::from_second(300).ok());
    assert_eq!(window.earliest, Timestamp::from_second(100).ok());
    assert_eq!(seen.only().db_instance_identifier(), Some("prod-ledger"));
}

#[tokio::test]
async fn an_instance_without_backups_has_no_window() {
    let rule = mock!(Client::describe_db_instance_automated_backups)
        .then_http_response(|| rds_error(404, "DBInstanceAutomatedBackupNotFound"));
    assert_eq!(rds(&[&rule]).instance_window("prod-ledger").await.unwrap(), Window::default());
}

#[tokio::test]
async fn snapshots_of_an_instance_include_those_that_only_aws_backup_lists() {
    let rule = mock!(Client::describe_db_snapshots).then_compute_output(|asked| {
        assert_eq!(asked.db_instance_identifier(), Some("prod-ledger"));
        let of = |name: &str, kind: &str| {
            let snapshot = DbSnapshot::builder().db_snapshot_identifier(name).db_snapshot_arn(format!("arn:{name}"));
            snapshot.snapshot_type(kind).build()
        };
        let found = match asked.snapshot_type() {
            None => vec![of("rds:1", "automated"), of("mine", "manual"), of("awsbackup:both", "awsbackup")],
            Some(kind) => vec![of("awsbackup:job", kind), of("awsbackup:both", kind)],
        };
        DescribeDbSnapshotsOutput::builder().set_db_snapshots(Some(found)).build()
    });
    let found = rds(&[&rule]).snapshots("prod-ledger", false).await.unwrap();
    let names: Vec<&str> = found.iter().map(|snapshot| snapshot.identifier.as_str()).collect();
    assert_eq!(names, ["awsbackup:both", "awsbackup:job", "mine", "rds:1"]);
}

#[tokio::test]
async fn snapshots_of_a_cluster_are_asked_for_by_its_name() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_cluster_snapshots).match_requests(seen.all()).then_output(|| {
        let snapshot = DbClusterSnapshot::builder().db_cluster_snapshot_identifier("rds:Orders-1").build();
        DescribeDbClusterSnapshotsOutput::builder().db_cluster_snapshots(snapshot).build()
    });
    let found = rds(&[&rule]).snapshots("prod-orders", true).await.unwrap();
    assert_eq!(found[0].identifier, "rds:orders-1");
    let asked = seen.only();
    assert_eq!(
        (asked.db_cluster_identifier(), asked.include_shared(), asked.include_public()),
        (Some("prod-orders"), None, None)
    );
}

#[tokio::test]
async fn events_are_asked_for_by_name_kind_and_time() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_events).match_requests(seen.all()).then_output(|| {
        let event = RdsEvent::builder().source_identifier("Drill-1").message("DB instance created");
        let timed = event.clone().date(aws_smithy_types::DateTime::from_secs(300)).build();
        DescribeEventsOutput::builder().events(timed).events(event.build()).build()
    });
    let rds = rds(&[&rule]);
    let since = Timestamp::from_second(200).unwrap();
    let until = Timestamp::from_second(9000).unwrap();
    let events = rds.events("drill-1", false, since, until).await.unwrap();
    let wanted = Event {
        source: "drill-1".to_owned(),
        at: Timestamp::from_second(300).unwrap(),
        message: "DB instance created".to_owned(),
    };
    assert_eq!(events, [wanted]);
    rds.events("drill-1", true, since, until).await.unwrap();
    let asked = seen.every();
    let kinds: Vec<_> = asked.iter().map(|asked| asked.source_type().cloned()).collect();
    assert_eq!(kinds, [Some(SourceType::DbInstance), Some(SourceType::DbCluster)]);
    assert_eq!(asked[0].start_time().map(aws_smithy_types::DateTime::secs), Some(200));
    assert_eq!(asked[0].end_time().map(aws_smithy_types::DateTime::secs), Some(9000));
    assert_eq!(asked[0].source_identifier(), Some("drill-1"));
}

#[tokio::test]
async fn what_remains_of_our_copies_is_found_in_four_walks() {
    let run = || Tag::builder().key(RUN).value("drill-orders-202611221800").build();
    let clusters = mock!(Client::describe_db_cluster_snapshots).then_output(move || {
        let snapshot = DbClusterSnapshot::builder().snapshot_type("manual").status("available");
        let ours = snapshot.clone().db_cluster_identifier("Drill-orders-202611221800").tag_list(run());
        let theirs = snapshot.db_cluster_identifier("prod-drill-orders").db_cluster_snapshot_identifier("prod");
        DescribeDbClusterSnapshotsOutput::builder()
            .db_cluster_snapshots(ours.db_cluster_snapshot_identifier("left").build())
            .db_cluster_snapshots(theirs.build())
            .build()
    });
    let instances = mock!(Client::describe_db_snapshots).then_output(|| {
        let ours = DbSnapshot::builder().db_instance_identifier("inspect-ledger-1").db_snapshot_identifier("also-left");
        DescribeDbSnapshotsOutput::builder()
            .db_snapshots(ours.snapshot_type("automated").status("available").build())
            .build()
    });
    let cluster_backups = mock!(Client::describe_db_cluster_automated_backups).then_compute_output(|asked| {
        assert_eq!(asked.filters(), [crate::aws::rds_retained::retained()]);
        let backup = DbClusterAutomatedBackup::builder().db_cluster_identifier("drill-a-1");
        DescribeDbClusterAutomatedBackupsOutput::builder()
            .db_cluster_automated_backups(backup.clone().status("retained").build())
            .db_cluster_automated_backups(backup.status("active").build())
            .build()
    });
    let instance_backups = mock!(Client::describe_db_instance_automated_backups).then_output(|| {
        let backup = DbInstanceAutomatedBackup::builder().db_instance_identifier("prod").status("retained").build();
        DescribeDbInstanceAutomatedBackupsOutput::builder().db_instance_automated_backups(backup).build()
    });
    let rules = [&clusters, &instances, &cluster_backups, &instance_backups];
    let remains = rds(&rules).remains(&["drill-", "inspect-"]).await.unwrap();
    let told: Vec<_> =
        remains.iter().map(|left| (left.what.as_str(), left.identifier.as_str(), left.note.as_str())).collect();
    let wanted = [
        ("automated backup", "drill-a-1", "retained"),
        ("snapshot", "also-left", "available, automated, of inspect-ledger-1"),
        ("snapshot", "left", "available, manual, of drill-orders-202611221800"),
    ];
    assert_eq!(told, wanted);
    assert_eq!(remains[2].run.as_deref(), Some("drill-orders-202611221800"));
    assert!(rules.iter().all(|rule| rule.num_calls() == 1));
}
