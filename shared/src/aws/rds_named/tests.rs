use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_snapshots::{
    DescribeDbClusterSnapshotsInput, DescribeDbClusterSnapshotsOutput,
};
use aws_sdk_rds::operation::describe_db_snapshots::{DescribeDbSnapshotsInput, DescribeDbSnapshotsOutput};
use aws_sdk_rds::types::{DbClusterSnapshot, DbSnapshot};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{Seen, rds_error};

const OTHERS: &str = "arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:shared-1";

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

fn of_cluster(identifier: &str, arn: &str) -> DescribeDbClusterSnapshotsOutput {
    let one = DbClusterSnapshot::builder().db_cluster_snapshot_identifier(identifier).db_cluster_snapshot_arn(arn);
    DescribeDbClusterSnapshotsOutput::builder().db_cluster_snapshots(one.build()).build()
}

#[tokio::test]
async fn one_that_another_account_shares_is_asked_for_by_its_arn_among_the_shared_ones() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_cluster_snapshots)
        .match_requests(seen.all())
        .then_output(|| of_cluster("shared-1", OTHERS));
    let found = rds(&[&rule]).named_snapshot(OTHERS, true).await.unwrap().unwrap();
    assert_eq!(found.arn, OTHERS);
    let wanted = DescribeDbClusterSnapshotsInput::builder().db_cluster_snapshot_identifier(OTHERS).include_shared(true);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn one_of_our_own_is_asked_for_by_its_identifier_and_with_its_type_where_aws_wants_it() {
    let table = [("manual-1", None), ("rds:orders-1", Some("automated")), ("awsbackup:job-1", Some("awsbackup"))];
    for (name, word) in table {
        let seen = Seen::new();
        let rule = mock!(Client::describe_db_snapshots)
            .match_requests(seen.all())
            .then_output(|| DescribeDbSnapshotsOutput::builder().build());
        assert_eq!(rds(&[&rule]).named_snapshot(name, false).await.unwrap(), None);
        let wanted = DescribeDbSnapshotsInput::builder().db_snapshot_identifier(name);
        assert_eq!(seen.only(), wanted.set_snapshot_type(word.map(str::to_owned)).build().unwrap(), "{name}");
    }
    assert_eq!(type_of("awsbackup:job-1", true), None);
}

#[tokio::test]
async fn another_one_in_the_answer_is_not_taken_for_it() {
    let rule = mock!(Client::describe_db_cluster_snapshots)
        .then_output(|| of_cluster("shared-1", "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:shared-1"));
    assert_eq!(rds(&[&rule]).named_snapshot(OTHERS, true).await.unwrap(), None);
    let rule = mock!(Client::describe_db_snapshots).then_output(|| {
        let one = DbSnapshot::builder().db_snapshot_identifier("manual-2").build();
        DescribeDbSnapshotsOutput::builder().db_snapshots(one).build()
    });
    assert_eq!(rds(&[&rule]).named_snapshot("manual-1", false).await.unwrap(), None);
}

#[tokio::test]
async fn not_there_is_an_answer_and_not_allowed_is_none() {
    let rule = mock!(Client::describe_db_cluster_snapshots)
        .then_http_response(|| rds_error(404, "DBClusterSnapshotNotFoundFault"));
    assert_eq!(rds(&[&rule]).named_snapshot("manual-1", true).await.unwrap(), None);
    let rule = mock!(Client::describe_db_cluster_snapshots).then_http_response(|| rds_error(403, "AccessDenied"));
    let fault = rds(&[&rule]).named_snapshot("manual-1", true).await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::Permission, "rds:DescribeDBClusterSnapshots"));
}
