//! Who else may restore a snapshot, and how far exports are.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_rds::operation::describe_db_cluster_snapshot_attributes::DescribeDbClusterSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_snapshot_attributes::DescribeDbSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_export_tasks::{DescribeExportTasksInput, DescribeExportTasksOutput};
use aws_sdk_rds::types::{DbClusterSnapshotAttributesResult, DbSnapshotAttributesResult};

use super::*;

fn of_a_cluster(attributes: &[(&str, &[&str])]) -> DescribeDbClusterSnapshotAttributesOutput {
    let attributes = attributes.iter().map(|(name, values)| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        DbClusterSnapshotAttribute::builder().attribute_name(*name).set_attribute_values(Some(values)).build()
    });
    let told = DbClusterSnapshotAttributesResult::builder().db_cluster_snapshot_identifier("pre-1");
    let told = told.set_db_cluster_snapshot_attributes(Some(attributes.collect())).build();
    DescribeDbClusterSnapshotAttributesOutput::builder().db_cluster_snapshot_attributes_result(told).build()
}

fn of_an_instance(accounts: &[&str]) -> DescribeDbSnapshotAttributesOutput {
    let values = accounts.iter().map(|account| (*account).to_owned()).collect();
    let attribute = DbSnapshotAttribute::builder().attribute_name("restore").set_attribute_values(Some(values));
    let told = DbSnapshotAttributesResult::builder().db_snapshot_attributes(attribute.build()).build();
    DescribeDbSnapshotAttributesOutput::builder().db_snapshot_attributes_result(told).build()
}

#[tokio::test]
async fn who_else_may_restore_it_is_told_by_one_attribute() {
    type Attributes = &'static [(&'static str, &'static [&'static str])];
    let table: [(Attributes, Sharing); 3] = [
        (&[("restore", &[])], Sharing::Private),
        (&[("other", &["1"]), ("restore", &["2", "3"])], Sharing::With(vec!["2".to_owned(), "3".to_owned()])),
        (&[("restore", &["all"])], Sharing::With(vec!["all".to_owned()])),
    ];
    for (attributes, sharing) in table {
        let rule = mock!(Client::describe_db_cluster_snapshot_attributes)
            .match_requests(|asked| asked.db_cluster_snapshot_identifier() == Some("pre-1"))
            .then_output(move || of_a_cluster(attributes));
        assert_eq!(rds(&[&rule]).sharing("pre-1", true).await.unwrap(), sharing);
    }
    for (accounts, sharing) in [(&[][..], Sharing::Private), (&["2"], Sharing::With(vec!["2".to_owned()]))] {
        let rule = mock!(Client::describe_db_snapshot_attributes)
            .match_requests(|asked| asked.db_snapshot_identifier() == Some("manual-1"))
            .then_output(move || of_an_instance(accounts));
        assert_eq!(rds(&[&rule]).sharing("manual-1", false).await.unwrap(), sharing);
    }
}

/// Answers that lack the one attribute that tells
const LACKING: [&[(&str, &[&str])]; 2] = [&[], &[("other", &["1"])]];

#[tokio::test]
async fn an_answer_that_says_nothing_about_sharing_does_not_make_it_private() {
    let told = || DbClusterSnapshotAttributesResult::builder().db_cluster_snapshot_identifier("pre-1").build();
    let rule = mock!(Client::describe_db_cluster_snapshot_attributes).then_output(move || {
        DescribeDbClusterSnapshotAttributesOutput::builder().db_cluster_snapshot_attributes_result(told()).build()
    });
    assert_eq!(rds(&[&rule]).sharing("pre-1", true).await.unwrap_err().class, Class::Unknown);
    // A list that lacks the one attribute that tells.
    for attributes in LACKING {
        let rule = mock!(Client::describe_db_cluster_snapshot_attributes).then_output(move || of_a_cluster(attributes));
        assert_eq!(rds(&[&rule]).sharing("pre-1", true).await.unwrap_err().class, Class::Unknown);
    }
    let rule = mock!(Client::describe_db_snapshot_attributes)
        .then_output(|| DescribeDbSnapshotAttributesOutput::builder().build());
    assert_eq!(rds(&[&rule]).sharing("pre-1", false).await.unwrap_err().class, Class::Unknown);
    let rule = mock!(Client::describe_db_cluster_snapshot_attributes)
        .then_http_response(|| rds_error(404, "DBClusterSnapshotNotFoundFault"));
    assert_eq!(rds(&[&rule]).sharing("pre-1", true).await.unwrap_err().class, Class::NotFound);
}

#[tokio::test]
async fn an_export_comes_with_how_far_it_is_and_a_nameless_one_counts_too() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_export_tasks).match_requests(seen.all()).then_output(|| {
        let task = ExportTask::builder()
            .export_task_identifier("export-pre-1-202611201200")
            .source_arn(arn("cluster-snapshot", "pre-1"))
            .status("IN_PROGRESS")
            .percent_progress(40)
            .total_extracted_data_in_gb(12)
            .warning_message("a table was left out")
            .s3_bucket("archive")
            .s3_prefix("orders");
        let nameless = ExportTask::builder().status("COMPLETE").build();
        DescribeExportTasksOutput::builder().export_tasks(task.build()).export_tasks(nameless).build()
    });
    let wanted = Export {
        task: "export-pre-1-202611201200".to_owned(),
        source_arn: arn("cluster-snapshot", "pre-1"),
        status: "IN_PROGRESS".to_owned(),
        percent: Some(40),
        failure: None,
        warning: Some("a table was left out".to_owned()),
        gib: Some(12),
        bucket: Some("archive".to_owned()),
        prefix: Some("orders".to_owned()),
    };
    let told = rds(&[&rule]).exports(Some("export-pre-1-202611201200")).await.unwrap();
    assert_eq!(told[0], wanted);
    assert_eq!((told.len(), told[1].task.as_str(), told[1].status.as_str()), (2, "", "COMPLETE"));
    let asked = DescribeExportTasksInput::builder().export_task_identifier("export-pre-1-202611201200");
    assert_eq!(seen.only(), asked.max_records(100).build().unwrap());
    let unknown = mock!(Client::describe_export_tasks).then_http_response(|| rds_error(404, "ExportTaskNotFound"));
    assert_eq!(rds(&[&unknown]).exports(Some("export-1")).await.unwrap(), []);
    let page = mock!(Client::describe_export_tasks).then_http_response(|| wire(404, "<html>no such page</html>"));
    assert_eq!(rds(&[&page]).exports(None).await.unwrap_err().class, Class::Permanent);
}

#[tokio::test]
async fn all_exports_means_all_pages() {
    let pages = AtomicUsize::new(0);
    let rule = mock!(Client::describe_export_tasks).then_compute_output(move |asked| {
        let page = pages.fetch_add(1, Ordering::Relaxed);
        assert_eq!(asked.marker().map(str::to_owned), (page > 0).then(|| page.to_string()));
        let task = ExportTask::builder().export_task_identifier(format!("export-{page}")).build();
        let next = (page < 2).then(|| (page + 1).to_string());
        DescribeExportTasksOutput::builder().export_tasks(task).set_marker(next).build()
    });
    let found = rds(&[&rule]).exports(None).await.unwrap();
    assert_eq!(
        found.iter().map(|export| export.task.as_str()).collect::<Vec<_>>(),
        ["export-0", "export-1", "export-2"]
    );
}
