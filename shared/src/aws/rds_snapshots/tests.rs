use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_cluster_snapshots::{
    DescribeDbClusterSnapshotsInput, DescribeDbClusterSnapshotsOutput,
};
use aws_sdk_rds::operation::describe_db_snapshots::{DescribeDbSnapshotsInput, DescribeDbSnapshotsOutput};
use aws_sdk_rds::types::{DbClusterSnapshot, DbSnapshot, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{NO_RULES, Seen, rds_error, wire};

mod making;
mod told;

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules, |config| {
        config.region(aws_sdk_rds::config::Region::new("eu-west-1"))
    }))
}

fn arn(what: &str, name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{what}:{name}")
}

fn of_cluster(name: &str) -> DbClusterSnapshot {
    let tag = Tag::builder().key("team").value("billing").build();
    let raw = DbClusterSnapshot::builder().db_cluster_snapshot_identifier(name).tag_list(tag);
    raw.db_cluster_snapshot_arn(arn("cluster-snapshot", name)).snapshot_type("manual").build()
}

fn of_instance(name: &str) -> DbSnapshot {
    let raw = DbSnapshot::builder().db_snapshot_identifier(name).snapshot_type("manual");
    raw.db_snapshot_arn(arn("snapshot", name)).build()
}

fn clusters_page(found: Vec<DbClusterSnapshot>, next: Option<String>) -> DescribeDbClusterSnapshotsOutput {
    DescribeDbClusterSnapshotsOutput::builder().set_db_cluster_snapshots(Some(found)).set_marker(next).build()
}

fn instances_page(found: Vec<DbSnapshot>, next: Option<String>) -> DescribeDbSnapshotsOutput {
    DescribeDbSnapshotsOutput::builder().set_db_snapshots(Some(found)).set_marker(next).build()
}

/// So many pages of a hundred
fn clusters(pages: usize) -> Rule {
    mock!(Client::describe_db_cluster_snapshots).then_compute_output(move |asked| {
        let page: usize = asked.marker().map_or(0, |marker| marker.parse().unwrap());
        let found = (0..100).map(|n| of_cluster(&format!("c{page}-{n}"))).collect();
        clusters_page(found, (page + 1 < pages).then(|| (page + 1).to_string()))
    })
}

fn no_instances() -> Rule {
    mock!(Client::describe_db_snapshots).then_output(|| instances_page(Vec::new(), None))
}

fn names(snapshots: &[Snapshot]) -> Vec<&str> {
    snapshots.iter().map(|snapshot| snapshot.identifier.as_str()).collect()
}

#[tokio::test]
async fn the_manual_ones_of_clusters_and_instances_are_asked_for_by_type_a_hundred_at_a_time() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let clusters = mock!(Client::describe_db_cluster_snapshots)
        .match_requests(of_clusters.all())
        .then_output(|| clusters_page(vec![of_cluster("Pre-1")], None));
    let instances = mock!(Client::describe_db_snapshots)
        .match_requests(of_instances.all())
        .then_output(|| instances_page(vec![of_instance("manual-1")], None));
    let found = rds(&[&clusters, &instances]).manual().await.unwrap();
    assert_eq!(names(&found), ["pre-1", "manual-1"]);
    // Tags come with the list.
    assert_eq!(found[0].tags.get("team").map(String::as_str), Some("billing"));
    let wanted = DescribeDbClusterSnapshotsInput::builder().snapshot_type("manual").max_records(100);
    assert_eq!(of_clusters.only(), wanted.build().unwrap());
    let wanted = DescribeDbSnapshotsInput::builder().snapshot_type("manual").max_records(100);
    assert_eq!(of_instances.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn twenty_thousand_are_two_hundred_calls_and_more_are_an_error_and_no_short_list() {
    let rule = clusters(200);
    let found = rds(&[&rule, &no_instances()]).manual().await.unwrap();
    assert_eq!((found.len(), rule.num_calls()), (20_000, 200));
    let rule = clusters(201);
    let fault = rds(&[&rule, &no_instances()]).manual().await.unwrap_err();
    assert_eq!((fault.code.as_str(), rule.num_calls()), ("TooMany", 200));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_throttled_is_asked_for_again_and_one_that_fails_fails_the_list() {
    let rule = mock!(Client::describe_db_cluster_snapshots).sequence();
    let rule = rule.output(|| clusters_page(vec![of_cluster("a")], Some("1".to_owned())));
    let rule = rule.http_response(|| rds_error(400, "Throttling")).times(9);
    let rule = rule.output(|| clusters_page(vec![of_cluster("b")], None)).build();
    let found = rds(&[&rule, &no_instances()]).manual().await.unwrap();
    assert_eq!((names(&found), rule.num_calls()), (vec!["a", "b"], 11));
    let rule = mock!(Client::describe_db_snapshots).then_http_response(|| rds_error(403, "AccessDenied"));
    let fault = rds(&[&clusters(2), &rule]).manual().await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::Permission, "rds:DescribeDBSnapshots"));
}

#[tokio::test]
async fn they_are_looked_at_again_in_one_call_and_what_is_gone_is_left_out() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let clusters = mock!(Client::describe_db_cluster_snapshots)
        .match_requests(of_clusters.all())
        .then_output(|| clusters_page(vec![of_cluster("pre-1")], None));
    let instances = mock!(Client::describe_db_snapshots)
        .match_requests(of_instances.all())
        .then_output(|| instances_page(vec![of_instance("pre-2"), of_instance("pre-1")], Some("more".to_owned())));
    let rds = rds(&[&clusters, &instances]);
    let wanted = ["pre-1".to_owned(), "PRE-2".to_owned()];
    assert_eq!(names(&rds.again(&wanted, true).await.unwrap()), ["pre-1"]);
    // All were told: whatever the next page has was not asked for.
    assert_eq!(names(&rds.again(&wanted, false).await.unwrap()), ["pre-2", "pre-1"]);
    let filter = |name: &str| Filter::builder().name(name).values("pre-1").values("pre-2").build();
    let wanted = DescribeDbClusterSnapshotsInput::builder().filters(filter("db-cluster-snapshot-id"));
    assert_eq!(of_clusters.only(), wanted.snapshot_type("manual").max_records(100).build().unwrap());
    let wanted = DescribeDbSnapshotsInput::builder().filters(filter("db-snapshot-id"));
    assert_eq!(of_instances.only(), wanted.snapshot_type("manual").max_records(100).build().unwrap());
}

#[tokio::test]
async fn an_answer_to_another_question_is_no_proof_that_something_is_gone() {
    let wanted = ["pre-1".to_owned()];
    let stranger = mock!(Client::describe_db_cluster_snapshots)
        .then_output(|| clusters_page(vec![of_cluster("pre-1"), of_cluster("pre-10")], None));
    let fault = rds(&[&stranger]).again(&wanted, true).await.unwrap_err();
    assert_eq!((fault.class, fault.message.contains("pre-10")), (Class::Unknown, true));
    let cut = mock!(Client::describe_db_snapshots).then_output(|| instances_page(Vec::new(), Some("1".to_owned())));
    assert_eq!(rds(&[&cut]).again(&wanted, false).await.unwrap_err().class, Class::Unknown);
}

#[tokio::test]
async fn to_look_at_none_again_is_no_call_and_at_more_than_a_page_an_error() {
    let nothing = Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
    assert_eq!(nothing.again(&[], true).await.unwrap(), []);
    let many: Vec<String> = (0..=LOOKED_AT).map(|number| format!("pre-{number}")).collect();
    assert_eq!(nothing.again(&many, true).await.unwrap_err().code, "TooMany");
}

#[tokio::test]
async fn one_is_found_by_its_identifier_among_those_of_clusters_or_else_of_instances() {
    let missing = mock!(Client::describe_db_cluster_snapshots)
        .then_http_response(|| rds_error(404, "DBClusterSnapshotNotFoundFault"));
    let seen = Seen::new();
    let there = mock!(Client::describe_db_snapshots)
        .match_requests(seen.all())
        .then_output(|| instances_page(vec![of_instance("manual-1")], None));
    let found = rds(&[&missing, &there]).snapshot("manual-1").await.unwrap().unwrap();
    assert_eq!(found.arn, arn("snapshot", "manual-1"));
    let wanted = DescribeDbSnapshotsInput::builder().db_snapshot_identifier("manual-1").max_records(100);
    assert_eq!(seen.only(), wanted.build().unwrap());
    let neither = mock!(Client::describe_db_snapshots).then_http_response(|| rds_error(404, "DBSnapshotNotFound"));
    assert_eq!(rds(&[&missing, &neither]).snapshot("manual-1").await.unwrap(), None);
    let refused = mock!(Client::describe_db_cluster_snapshots).then_http_response(|| rds_error(403, "AccessDenied"));
    assert_eq!(rds(&[&refused, &there]).snapshot("manual-1").await.unwrap_err().class, Class::Permission);
}

#[tokio::test]
async fn an_arn_is_asked_for_by_its_identifier_and_is_there_only_if_it_is_the_same() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_db_cluster_snapshots)
        .match_requests(seen.all())
        .then_output(|| clusters_page(vec![of_cluster("rds:orders-2026-11-20-00-01")], None));
    let rds = rds(&[&rule]);
    let wanted = arn("cluster-snapshot", "rds:orders-2026-11-20-00-01");
    assert_eq!(rds.snapshot(&wanted).await.unwrap().unwrap().arn, wanted);
    // An automated one is found only with its type.
    let asked = DescribeDbClusterSnapshotsInput::builder()
        .db_cluster_snapshot_identifier("rds:orders-2026-11-20-00-01")
        .snapshot_type("automated")
        .max_records(100);
    assert_eq!(seen.only(), asked.build().unwrap());
    let of_another_account = wanted.replace("123456789012", "210987654321");
    assert_eq!(rds.snapshot(&of_another_account).await.unwrap(), None);
    let fault = rds.snapshot(&wanted.replace("eu-west-1", "us-west-2")).await.unwrap_err();
    assert_eq!(fault.class, Class::Configuration, "{fault}");
    assert!(fault.message.contains("us-west-2"), "{fault}");
}
