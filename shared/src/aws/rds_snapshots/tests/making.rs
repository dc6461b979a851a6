//! Each call is compared as a whole: a setting that is missing, and one that is there and should not be, fails the test.

use aws_sdk_rds::operation::copy_db_cluster_snapshot::{CopyDbClusterSnapshotInput, CopyDbClusterSnapshotOutput};
use aws_sdk_rds::operation::copy_db_snapshot::{CopyDbSnapshotInput, CopyDbSnapshotOutput};
use aws_sdk_rds::operation::create_db_cluster_snapshot::{CreateDbClusterSnapshotInput, CreateDbClusterSnapshotOutput};
use aws_sdk_rds::operation::create_db_snapshot::{CreateDbSnapshotInput, CreateDbSnapshotOutput};
use aws_sdk_rds::operation::start_export_task::{StartExportTaskInput, StartExportTaskOutput};

use super::*;
use crate::database::Tags;
use crate::lifecycle::{CopySnapshot, CreateSnapshot, StartExport};
use crate::ports::MakeSnapshots;

const NAME: &str = "pre-maintenance-orders-202611201200";

fn given_tags() -> Tags {
    [("lifeboat:purpose", "snapshot"), ("lifeboat:source", "prod-orders")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

fn sent_tags() -> Vec<Tag> {
    let pairs = [("lifeboat:purpose", "snapshot"), ("lifeboat:source", "prod-orders")];
    pairs.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect()
}

fn create(clustered: bool) -> CreateSnapshot {
    CreateSnapshot {
        database: "orders".to_owned(),
        source: "prod-orders".to_owned(),
        clustered,
        identifier: NAME.to_owned(),
        tags: given_tags(),
        keep_until: None,
        thinned_out: true,
    }
}

fn copy(clustered: bool, kms_key: Option<&str>, option_group: Option<&str>) -> CopySnapshot {
    CopySnapshot {
        database: "orders".to_owned(),
        source_arn: "arn:aws:rds:us-west-2:123456789012:cluster-snapshot:rds:prod-orders-2026".to_owned(),
        clustered,
        target: "copy-pre-1".to_owned(),
        region: "eu-west-1".to_owned(),
        kms_key: kms_key.map(str::to_owned),
        option_group: option_group.map(str::to_owned),
        tags: given_tags(),
    }
}

fn export(prefix: Option<&str>) -> StartExport {
    StartExport {
        task: "export-pre-1-202611201200".to_owned(),
        source_arn: arn("cluster-snapshot", "pre-1"),
        bucket: "archive".to_owned(),
        prefix: prefix.map(str::to_owned),
        kms_key: "arn:aws:kms:eu-west-1:123456789012:key/1".to_owned(),
        role: "arn:aws:iam::123456789012:role/exports".to_owned(),
    }
}

#[tokio::test]
async fn a_snapshot_is_taken_with_its_tags() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::create_db_cluster_snapshot)
        .match_requests(clusters.all())
        .then_output(|| CreateDbClusterSnapshotOutput::builder().build());
    let instance = mock!(Client::create_db_snapshot)
        .match_requests(instances.all())
        .then_output(|| CreateDbSnapshotOutput::builder().build());
    let rds = rds(&[&cluster, &instance]);
    rds.create(&create(true)).await.unwrap();
    rds.create(&create(false)).await.unwrap();
    let wanted = CreateDbClusterSnapshotInput::builder()
        .db_cluster_snapshot_identifier(NAME)
        .db_cluster_identifier("prod-orders")
        .set_tags(Some(sent_tags()));
    assert_eq!(clusters.only(), wanted.build().unwrap());
    let wanted = CreateDbSnapshotInput::builder()
        .db_snapshot_identifier(NAME)
        .db_instance_identifier("prod-orders")
        .set_tags(Some(sent_tags()));
    assert_eq!(instances.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_copy_of_a_cluster_s_snapshot_has_its_key_and_our_tags_and_none_of_the_source_s() {
    let seen = Seen::new();
    let rule = mock!(Client::copy_db_cluster_snapshot)
        .match_requests(seen.all())
        .then_output(|| CopyDbClusterSnapshotOutput::builder().build());
    let rds = rds(&[&rule]);
    rds.copy(&copy(true, Some("arn:aws:kms:eu-west-1:123456789012:key/1"), None)).await.unwrap();
    rds.copy(&copy(true, None, None)).await.unwrap();
    let wanted = || {
        CopyDbClusterSnapshotInput::builder()
            .source_db_cluster_snapshot_identifier(
                "arn:aws:rds:us-west-2:123456789012:cluster-snapshot:rds:prod-orders-2026",
            )
            .target_db_cluster_snapshot_identifier("copy-pre-1")
            .copy_tags(false)
            .set_tags(Some(sent_tags()))
    };
    let encrypted = wanted().kms_key_id("arn:aws:kms:eu-west-1:123456789012:key/1").build().unwrap();
    assert_eq!(seen.every(), [encrypted, wanted().build().unwrap()]);
}

#[tokio::test]
async fn a_copy_of_an_instance_s_snapshot_names_its_option_group_too() {
    let seen = Seen::new();
    let rule = mock!(Client::copy_db_snapshot)
        .match_requests(seen.all())
        .then_output(|| CopyDbSnapshotOutput::builder().build());
    rds(&[&rule]).copy(&copy(false, Some("key/1"), Some("with-audit"))).await.unwrap();
    let wanted = CopyDbSnapshotInput::builder()
        .source_db_snapshot_identifier("arn:aws:rds:us-west-2:123456789012:cluster-snapshot:rds:prod-orders-2026")
        .target_db_snapshot_identifier("copy-pre-1")
        .kms_key_id("key/1")
        .option_group_name("with-audit")
        .copy_tags(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_copy_for_another_region_is_not_made_here() {
    let nothing = mock_client!(aws_sdk_rds, RuleMode::MatchAny, NO_RULES, |config| {
        config.region(aws_sdk_rds::config::Region::new("us-west-2"))
    });
    for clustered in [true, false] {
        let fault = Rds::of(nothing.clone()).copy(&copy(clustered, None, None)).await.unwrap_err();
        assert_eq!((fault.class, fault.resource.as_str()), (Class::Configuration, "copy-pre-1"), "{fault}");
    }
}

#[tokio::test]
async fn an_export_says_where_to_and_with_what() {
    let seen = Seen::new();
    let rule = mock!(Client::start_export_task)
        .match_requests(seen.all())
        .then_output(|| StartExportTaskOutput::builder().build());
    let rds = rds(&[&rule]);
    rds.export(&export(Some("orders"))).await.unwrap();
    rds.export(&export(None)).await.unwrap();
    let wanted = || {
        StartExportTaskInput::builder()
            .export_task_identifier("export-pre-1-202611201200")
            .source_arn(arn("cluster-snapshot", "pre-1"))
            .s3_bucket_name("archive")
            .kms_key_id("arn:aws:kms:eu-west-1:123456789012:key/1")
            .iam_role_arn("arn:aws:iam::123456789012:role/exports")
    };
    let prefixed = wanted().s3_prefix("orders").build().unwrap();
    assert_eq!(seen.every(), [prefixed, wanted().build().unwrap()]);
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning() {
    for (status, code, class) in [
        (400, "DBClusterSnapshotAlreadyExistsFault", Class::AlreadyExists),
        (400, "SnapshotQuotaExceeded", Class::Quota),
        (400, "InvalidDBClusterStateFault", Class::WrongState),
        (404, "DBClusterNotFoundFault", Class::NotFound),
    ] {
        let rule = mock!(Client::create_db_cluster_snapshot).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).create(&create(true)).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.resource.as_str()), (class, code, NAME));
    }
    for (status, code, class) in [
        (400, "DBSnapshotAlreadyExists", Class::AlreadyExists),
        (400, "SnapshotQuotaExceeded", Class::Quota),
        (400, "KMSKeyNotAccessibleFault", Class::Key),
        (404, "DBSnapshotNotFound", Class::Backup),
        (400, "InvalidDBSnapshotState", Class::WrongState),
    ] {
        let rule = mock!(Client::copy_db_snapshot).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).copy(&copy(false, None, None)).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.resource.as_str()), (class, code, "copy-pre-1"));
    }
    for (status, code, class) in [
        (400, "ExportTaskAlreadyExists", Class::AlreadyExists),
        (400, "IamRoleMissingPermissions", Class::Permission),
        (404, "IamRoleNotFound", Class::Configuration),
        (400, "InvalidExportSourceState", Class::WrongState),
        (400, "KMSKeyNotAccessibleFault", Class::Key),
    ] {
        let rule = mock!(Client::start_export_task).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).export(&export(None)).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.operation), (class, code, "rds:StartExportTask"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_act_is_sent_again_and_one_whose_reply_was_lost_is_left_to_its_caller() {
    let rule = mock!(Client::create_db_snapshot).sequence();
    let rule = rule.http_response(|| rds_error(400, "Throttling")).times(9);
    let rule = rule.output(|| CreateDbSnapshotOutput::builder().build()).build();
    rds(&[&rule]).create(&create(false)).await.unwrap();
    assert_eq!(rule.num_calls(), 10);
    let rule = mock!(Client::create_db_snapshot).sequence();
    let rule = rule.http_response(|| wire(200, "<CreateDBSnapshotResponse><CreateDBSn")).repeatedly().build();
    assert_eq!(rds(&[&rule]).create(&create(false)).await.unwrap_err().class, Class::Unknown);
    assert_eq!(rule.num_calls(), 1);
}
