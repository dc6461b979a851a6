use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_account_attributes::DescribeAccountAttributesOutput;
use aws_sdk_rds::operation::describe_certificates::DescribeCertificatesOutput;
use aws_sdk_rds::operation::describe_db_cluster_snapshot_attributes::DescribeDbClusterSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_cluster_snapshots::DescribeDbClusterSnapshotsOutput;
use aws_sdk_rds::operation::describe_db_clusters::DescribeDbClustersOutput;
use aws_sdk_rds::operation::describe_db_instance_automated_backups::DescribeDbInstanceAutomatedBackupsOutput;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::describe_db_major_engine_versions::DescribeDbMajorEngineVersionsOutput;
use aws_sdk_rds::operation::describe_db_snapshot_attributes::DescribeDbSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::types::{
    AccountQuota, Certificate as RawCertificate, CertificateDetails, DbClusterSnapshot, DbClusterSnapshotAttribute,
    DbClusterSnapshotAttributesResult, DbInstanceAutomatedBackup, DbSnapshot, DbSnapshotAttribute,
    DbSnapshotAttributesResult, RestoreWindow,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::*;
use crate::aws::testing::{rds_error, wire};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

/// Page of a marker, and the marker of the next one: `pages` in all
fn page(marker: Option<&str>, pages: usize) -> (usize, Option<String>) {
    let page: usize = marker.map_or(0, |marker| marker.parse().unwrap());
    (page, (page + 1 < pages).then(|| (page + 1).to_string()))
}

fn clusters(pages: usize) -> Rule {
    mock!(Client::describe_db_clusters).then_compute_output(move |asked| {
        let (page, next) = page(asked.marker(), pages);
        assert_eq!((asked.max_records(), asked.db_cluster_identifier()), (Some(100), None));
        let of = |n: usize| DbCluster::builder().db_cluster_identifier(format!("c{}", page * 100 + n)).build();
        DescribeDbClustersOutput::builder().set_db_clusters(Some((0..100).map(of).collect())).set_marker(next).build()
    })
}

fn cluster_snapshots(pages: usize) -> Rule {
    mock!(Client::describe_db_cluster_snapshots).then_compute_output(move |asked| {
        assert_eq!((asked.include_shared(), asked.include_public()), (None, None));
        if asked.snapshot_type().is_some() {
            return DescribeDbClusterSnapshotsOutput::builder().build();
        }
        let (page, next) = page(asked.marker(), pages);
        let of = |n: usize| {
            let arn = format!("arn:aws:rds:eu-west-1:1:cluster-snapshot:s{}", page * 100 + n);
            DbClusterSnapshot::builder().db_cluster_snapshot_arn(arn).vpc_id("vpc-1").port(5432).build()
        };
        DescribeDbClusterSnapshotsOutput::builder()
            .set_db_cluster_snapshots(Some((0..100).map(of).collect()))
            .set_marker(next)
            .build()
    })
}

fn no_instance_snapshots() -> Rule {
    mock!(Client::describe_db_snapshots).then_output(|| DescribeDbSnapshotsOutput::builder().build())
}

#[tokio::test]
async fn a_thousand_clusters_and_ten_thousand_snapshots_are_a_call_for_each_hundred() {
    let (clusters, snapshots, instances) = (clusters(10), cluster_snapshots(100), no_instance_snapshots());
    let rds = rds(&[&clusters, &snapshots, &instances]);
    assert_eq!((rds.clusters().await.unwrap().len(), clusters.num_calls()), (1000, 10));
    let found = rds.snapshots().await.unwrap();
    // A hundred pages, and one empty page for each list that AWS Backup's may stand in
    assert_eq!((found.len(), snapshots.num_calls(), instances.num_calls()), (10_000, 101, 2));
    assert!(found.iter().all(|snapshot| snapshot.details.vpc.is_none() && snapshot.details.port.is_none()));
}

#[tokio::test]
async fn more_snapshots_than_the_bound_are_an_error_and_no_shorter_list() {
    let (snapshots, instances) = (cluster_snapshots(201), no_instance_snapshots());
    let fault = rds(&[&snapshots, &instances]).snapshots().await.unwrap_err();
    assert_eq!((fault.code.as_str(), snapshots.num_calls()), ("TooMany", 201));
    assert!(fault.message.contains("200 pages of 100"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_in_the_middle_of_the_pages_fails_the_walk() {
    let rule = mock!(Client::describe_db_cluster_snapshots).sequence();
    let first = || {
        let one = DbClusterSnapshot::builder().db_cluster_snapshot_identifier("a").build();
        DescribeDbClusterSnapshotsOutput::builder().db_cluster_snapshots(one).marker("1").build()
    };
    let rule = rule.output(first).http_response(|| rds_error(400, "Throttling")).repeatedly().build();
    let fault = rds(&[&rule, &no_instance_snapshots()]).snapshots().await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::Transient, "rds:DescribeDBClusterSnapshots"));
}

#[tokio::test]
async fn snapshots_of_every_type_are_found_once() {
    let of_cluster = |name: &str, kind: &str| {
        let arn = format!("arn:{name}");
        DbClusterSnapshot::builder()
            .db_cluster_snapshot_identifier(name)
            .db_cluster_snapshot_arn(arn)
            .snapshot_type(kind)
            .build()
    };
    let clusters = mock!(Client::describe_db_cluster_snapshots).then_compute_output(move |asked| {
        let found = match asked.snapshot_type() {
            None => vec![of_cluster("rds:c", "automated"), of_cluster("awsbackup:c", "awsbackup")],
            Some(kind) => vec![of_cluster("awsbackup:c", kind)],
        };
        DescribeDbClusterSnapshotsOutput::builder().set_db_cluster_snapshots(Some(found)).build()
    });
    let instances = mock!(Client::describe_db_snapshots).then_compute_output(|asked| {
        let name = asked.snapshot_type().map_or("mine", |_| "awsbackup:i");
        let kind = asked.snapshot_type().unwrap_or("manual");
        let one = DbSnapshot::builder().db_snapshot_identifier(name).db_snapshot_arn(format!("arn:{name}"));
        DescribeDbSnapshotsOutput::builder().db_snapshots(one.snapshot_type(kind).build()).build()
    });
    let found = rds(&[&clusters, &instances]).snapshots().await.unwrap();
    let names: Vec<&str> = found.iter().map(|snapshot| snapshot.identifier.as_str()).collect();
    assert_eq!(names, ["awsbackup:c", "awsbackup:i", "mine", "rds:c"]);
}

#[tokio::test]
async fn a_type_of_clusters_snapshots_that_aws_does_not_know_has_no_list_and_a_denied_one_is_an_error() {
    for (status, code, is_fine) in [(400, "InvalidParameterValue", true), (403, "AccessDenied", false)] {
        let plain = mock!(Client::describe_db_cluster_snapshots)
            .match_requests(|asked| asked.snapshot_type().is_none())
            .then_output(|| DescribeDbClusterSnapshotsOutput::builder().build());
        let backups = mock!(Client::describe_db_cluster_snapshots)
            .match_requests(|asked| asked.snapshot_type().is_some())
            .then_http_response(move || rds_error(status, code));
        let found = rds(&[&plain, &backups, &no_instance_snapshots()]).snapshots().await;
        assert_eq!(found.is_ok(), is_fine, "{code}");
    }
}

#[tokio::test]
async fn how_a_cluster_and_an_instance_are_kept_comes_with_the_lists() {
    let clusters = mock!(Client::describe_db_clusters).then_output(|| {
        let one = DbCluster::builder().db_cluster_identifier("Prod-Orders").preferred_backup_window("17:00-17:30");
        let one = one.preferred_maintenance_window("sun:18:00-sun:18:30").aws_backup_recovery_point_arn("arn:point");
        let one = one.engine_lifecycle_support("open-source-rds-extended-support-disabled");
        DescribeDbClustersOutput::builder().db_clusters(one.replication_source_identifier("").build()).build()
    });
    let instances = mock!(Client::describe_db_instances).then_output(|| {
        let certificate =
            CertificateDetails::builder().ca_identifier("rds-ca-rsa2048-g1").valid_till(DateTime::from_secs(300));
        let one = DbInstance::builder().db_instance_identifier("ledger-replica").aws_backup_recovery_point_arn("");
        let one = one.ca_certificate_identifier("rds-ca-rsa2048-g1").certificate_details(certificate.build());
        let one = one.read_replica_source_db_instance_identifier("ledger");
        DescribeDbInstancesOutput::builder().db_instances(one.build()).build()
    });
    let rds = rds(&[&clusters, &instances]);
    let cluster = rds.clusters().await.unwrap().remove(0);
    let kept = Upkeep {
        backup_window: Some("17:00-17:30".to_owned()),
        maintenance_window: Some("sun:18:00-sun:18:30".to_owned()),
        kept_by_aws_backup: true,
        extended_support: Some("open-source-rds-extended-support-disabled".to_owned()),
        ..Upkeep::default()
    };
    assert_eq!((cluster.facts.identifier.as_str(), cluster.upkeep), ("prod-orders", kept));
    let kept = Upkeep {
        certificate: Some("rds-ca-rsa2048-g1".to_owned()),
        certificate_until: Timestamp::from_second(300).ok(),
        replica_of: Some("ledger".to_owned()),
        ..Upkeep::default()
    };
    assert_eq!(rds.instances().await.unwrap().remove(0).upkeep, kept);
}

#[tokio::test]
async fn windows_are_those_of_instances_that_live_here() {
    let rule = mock!(Client::describe_db_instance_automated_backups).then_output(|| {
        let backup = |name: &str, status: &str, until: i64, own: &str| {
            let window = RestoreWindow::builder().latest_time(DateTime::from_secs(until)).build();
            DbInstanceAutomatedBackup::builder()
                .db_instance_identifier(name)
                .status(status)
                .restore_window(window)
                .db_instance_arn("arn:aws:rds:eu-west-1:1:db:ledger")
                .db_instance_automated_backups_arn(format!("arn:aws:rds:{own}:1:auto-backup:ab-1"))
                .build()
        };
        let backups = vec![
            backup("Ledger", "active", 300, "eu-west-1"),
            backup("ledger", "retained", 400, "eu-west-1"),
            backup("ledger", "replicating", 500, "us-west-2"),
        ];
        DescribeDbInstanceAutomatedBackupsOutput::builder().set_db_instance_automated_backups(Some(backups)).build()
    });
    let windows = rds(&[&rule]).windows().await.unwrap();
    let latest: Vec<_> = windows.iter().map(|(name, window)| (name.as_str(), window.latest)).collect();
    assert_eq!(latest, [("ledger", Timestamp::from_second(300).ok())]);
}

#[tokio::test]
async fn who_else_may_restore_a_snapshot_is_told_for_both_kinds() {
    let table = [
        (vec![], Sharing::Private),
        (vec!["all"], Sharing::With(vec!["all".to_owned()])),
        (vec!["222222222222", "111111111111"], Sharing::With(vec!["111111111111".into(), "222222222222".into()])),
    ];
    for (accounts, wanted) in table {
        let values = || Some(accounts.iter().map(|account| (*account).to_owned()).collect::<Vec<_>>());
        let (of_cluster, of_instance) = (values(), values());
        let clusters = mock!(Client::describe_db_cluster_snapshot_attributes).then_compute_output(move |asked| {
            assert_eq!(asked.db_cluster_snapshot_identifier(), Some("pre-1"));
            let restore = DbClusterSnapshotAttribute::builder().attribute_name("restore");
            let restore = restore.set_attribute_values(of_cluster.clone()).build();
            let other = DbClusterSnapshotAttribute::builder().attribute_name("copy").attribute_values("x").build();
            let result = DbClusterSnapshotAttributesResult::builder()
                .db_cluster_snapshot_attributes(other)
                .db_cluster_snapshot_attributes(restore);
            DescribeDbClusterSnapshotAttributesOutput::builder()
                .db_cluster_snapshot_attributes_result(result.build())
                .build()
        });
        let instances = mock!(Client::describe_db_snapshot_attributes).then_compute_output(move |_| {
            let restore = DbSnapshotAttribute::builder().attribute_name("restore");
            let restore = restore.set_attribute_values(of_instance.clone()).build();
            let result = DbSnapshotAttributesResult::builder().db_snapshot_attributes(restore).build();
            DescribeDbSnapshotAttributesOutput::builder().db_snapshot_attributes_result(result).build()
        });
        let rds = rds(&[&clusters, &instances]);
        assert_eq!(rds.sharing("pre-1", true).await.unwrap(), wanted);
        assert_eq!(rds.sharing("pre-1", false).await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn an_answer_about_sharing_that_says_nothing_is_no_private_snapshot() {
    let clusters = mock!(Client::describe_db_cluster_snapshot_attributes)
        .then_output(|| DescribeDbClusterSnapshotAttributesOutput::builder().build());
    let instances = mock!(Client::describe_db_snapshot_attributes)
        .then_output(|| DescribeDbSnapshotAttributesOutput::builder().build());
    let rds = rds(&[&clusters, &instances]);
    for clustered in [true, false] {
        assert_eq!(rds.sharing("pre-1", clustered).await.unwrap_err().class, Class::Unknown);
    }
}

#[tokio::test]
async fn quotas_and_certificates_come_as_they_are() {
    let quotas = mock!(Client::describe_account_attributes).then_output(|| {
        let full = AccountQuota::builder().account_quota_name("DBClusters").used(38).max(40).build();
        let half = AccountQuota::builder().account_quota_name("DBInstances").max(40).build();
        DescribeAccountAttributesOutput::builder().account_quotas(full).account_quotas(half).build()
    });
    let certificates = mock!(Client::describe_certificates).then_output(|| {
        let one = RawCertificate::builder().certificate_identifier("rds-ca-rsa2048-g1");
        DescribeCertificatesOutput::builder().certificates(one.valid_till(DateTime::from_secs(9)).build()).build()
    });
    let rds = rds(&[&quotas, &certificates]);
    assert_eq!(rds.quotas().await.unwrap(), [Quota { name: "DBClusters".to_owned(), used: 38, most: 40 }]);
    let wanted = Certificate { identifier: "rds-ca-rsa2048-g1".to_owned(), until: Timestamp::from_second(9).ok() };
    assert_eq!(rds.certificates().await.unwrap(), [wanted]);
}

#[tokio::test]
async fn the_ends_of_support_are_those_of_each_lifecycle() {
    let rule = mock!(Client::describe_db_major_engine_versions).then_output(|| {
        let lifecycle = |name: LifecycleSupportName, end: i64| {
            SupportedEngineLifecycle::builder()
                .lifecycle_support_name(name)
                .lifecycle_support_start_date(DateTime::from_secs(1))
                .lifecycle_support_end_date(DateTime::from_secs(end))
                .build()
        };
        let old = DbMajorEngineVersion::builder().engine("postgres").major_engine_version("13");
        let old = old
            .supported_engine_lifecycles(lifecycle(LifecycleSupportName::OpenSourceRdsExtendedSupport, 200))
            .supported_engine_lifecycles(lifecycle(LifecycleSupportName::OpenSourceRdsStandardSupport, 100));
        let bare = DbMajorEngineVersion::builder().engine("mariadb").major_engine_version("11.8");
        DescribeDbMajorEngineVersionsOutput::builder()
            .db_major_engine_versions(old.build())
            .db_major_engine_versions(bare.build())
            .build()
    });
    let support = rds(&[&rule]).support().await.unwrap();
    let ends: Vec<_> = support.iter().map(|one| (one.major.as_str(), one.standard_until, one.extended_until)).collect();
    let at = |second| Timestamp::from_second(second).ok();
    assert_eq!(ends, [("13", at(100), at(200)), ("11.8", None, None)]);
}

#[tokio::test]
async fn what_may_not_be_read_is_an_error() {
    let denied = || wire(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    let quotas = mock!(Client::describe_account_attributes).then_http_response(denied);
    let certificates = mock!(Client::describe_certificates).then_http_response(denied);
    let support = mock!(Client::describe_db_major_engine_versions).then_http_response(denied);
    let windows = mock!(Client::describe_db_instance_automated_backups).then_http_response(denied);
    let rds = rds(&[&quotas, &certificates, &support, &windows]);
    assert_eq!(rds.quotas().await.unwrap_err().class, Class::Permission);
    assert_eq!(rds.certificates().await.unwrap_err().class, Class::Permission);
    assert_eq!(rds.support().await.unwrap_err().class, Class::Permission);
    assert_eq!(rds.windows().await.unwrap_err().class, Class::Permission);
}
