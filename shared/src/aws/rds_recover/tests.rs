//! Each call is compared as a whole: a setting that is missing, and one that is there and should not be, fails the test.

use aws_sdk_rds::Client;
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
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;

use super::*;
use crate::aws::testing::{NO_RULES, Seen, rds_error};
use crate::database::Capacity;
use crate::recover::Insights;
use crate::restore::{Purpose, copy_tags};

mod afterwards;
mod members;

const RUN: &str = "recovery-orders-20261122180000";

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

#[expect(clippy::unnecessary_wraps, reason = "every setting is an option")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn given_tags() -> Tags {
    let mut tags = copy_tags(RUN, Purpose::Recovery, "prod-orders", None);
    tags.insert("team".to_owned(), "payments".to_owned());
    tags
}

fn sent_tags() -> Vec<Tag> {
    let pairs = [
        ("lifeboat:purpose", Purpose::Recovery.word()),
        ("lifeboat:run", RUN),
        ("lifeboat:source", "prod-orders"),
        ("team", "payments"),
    ];
    pairs.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect()
}

fn to_a_time() -> Point {
    Point::Time { to: "2026-11-22T17:00:00Z".parse().unwrap() }
}

fn from_a_snapshot() -> Point {
    let identifier = "rds:prod-orders-2026-11-22".to_owned();
    Point::Snapshot { identifier, created_at: None, engine_version: "8.0.mysql_aurora.3.08.0".to_owned() }
}

fn recovery_point() -> Point {
    Point::RecoveryPoint {
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:awsbackup:job-1".to_owned(),
        vault: "prod".to_owned(),
        resource_type: "Aurora".to_owned(),
        created_at: None,
        kms_key: None,
        metadata: crate::database::RestoreMetadata::new(),
    }
}

/// Everything that can be set, of whatever engine
fn settings() -> Settings {
    Settings {
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        subnet_group: some("private"),
        parameter_group: some("orders"),
        option_group: some("options"),
        port: Some(3307),
        iam_auth: true,
        log_exports: vec!["audit".to_owned(), "error".to_owned()],
        roles: vec![("arn:of:a:role".to_owned(), some("s3Import"))],
        capacity: Some(Capacity { min: 0.0, max: 8.0 }),
        pause_after_seconds: Some(600),
        storage_type: some("aurora-iopt1"),
        storage_gib: Some(500),
        iops: Some(12_000),
        throughput: Some(600),
        grows_to_gib: Some(1000),
        kms_key: None,
        encrypted: true,
        backup_retention_days: 14,
        backup_window: some("02:00-02:30"),
        maintenance_window: some("sun:03:00-sun:03:30"),
        deletion_protection: true,
        copy_tags_to_snapshot: true,
        multi_az: true,
        backtrack_seconds: Some(3600),
        http_endpoint: true,
        network_type: some("DUAL"),
        managed_secret: true,
        secret_key: some("key-2"),
        extended_support: some("open-source-rds-extended-support-disabled"),
    }
}

fn member(identifier: &str) -> Member {
    Member {
        identifier: identifier.to_owned(),
        class: "db.r6g.large".to_owned(),
        writer: true,
        tier: Some(0),
        zone: some("eu-west-1a"),
        parameter_group: some("orders-instances"),
        monitoring_seconds: 60,
        monitoring_role: some("arn:of:monitoring"),
        insights: Some(Insights { kms_key: some("key-3"), days: Some(465) }),
        publicly_accessible: true,
        auto_minor_upgrade: true,
        certificate: some("rds-ca-rsa2048-g1"),
        maintenance_window: some("mon:03:00-mon:03:30"),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
    }
}

fn cluster_act(point: Point) -> RestoreCluster {
    RestoreCluster {
        identifier: RUN.to_owned(),
        from: From::Source("prod-orders".to_owned()),
        point,
        engine: Engine::AuroraMysql,
        settings: settings(),
        tags: given_tags(),
    }
}

fn instance_act(point: Point) -> RestoreInstance {
    RestoreInstance {
        identifier: RUN.to_owned(),
        from: From::Source("prod-ledger".to_owned()),
        point,
        settings: Settings { storage_type: some("gp3"), ..settings() },
        member: member(RUN),
        tags: given_tags(),
    }
}

fn sent_range() -> ServerlessV2ScalingConfiguration {
    let range = ServerlessV2ScalingConfiguration::builder().min_capacity(0.0).max_capacity(8.0);
    range.seconds_until_auto_pause(600).build()
}

/// One act that is taken, as it was sent
async fn cluster_to_a_time(act: &RestoreCluster) -> RestoreDbClusterToPointInTimeInput {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterToPointInTimeOutput::builder().build());
    rds(&[&rule]).restore_cluster(act).await.unwrap();
    seen.only()
}

async fn cluster_from_a_snapshot(act: &RestoreCluster) -> RestoreDbClusterFromSnapshotInput {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_cluster_from_snapshot)
        .match_requests(seen.all())
        .then_output(|| RestoreDbClusterFromSnapshotOutput::builder().build());
    rds(&[&rule]).restore_cluster(act).await.unwrap();
    seen.only()
}

async fn instance_to_a_time(act: &RestoreInstance) -> RestoreDbInstanceToPointInTimeInput {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_instance_to_point_in_time)
        .match_requests(seen.all())
        .then_output(|| RestoreDbInstanceToPointInTimeOutput::builder().build());
    rds(&[&rule]).restore_instance(act).await.unwrap();
    seen.only()
}

#[tokio::test]
async fn a_cluster_is_restored_to_a_time_with_every_setting_that_aws_takes() {
    let wanted = RestoreDbClusterToPointInTimeInput::builder()
        .db_cluster_identifier(RUN)
        .source_db_cluster_identifier("prod-orders")
        .restore_to_time(DateTime::from_secs(1_795_366_800))
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .serverless_v2_scaling_configuration(sent_range())
        .storage_type("aurora-iopt1")
        .network_type("DUAL")
        .enable_iam_database_authentication(true)
        .backup_retention_period(14)
        .preferred_backup_window("02:00-02:30")
        .backtrack_window(3600)
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(cluster_to_a_time(&cluster_act(to_a_time())).await, wanted.build().unwrap());
}

#[tokio::test]
async fn a_cluster_is_restored_from_a_snapshot_in_the_snapshots_version_with_the_same_settings() {
    let wanted = RestoreDbClusterFromSnapshotInput::builder()
        .db_cluster_identifier(RUN)
        .snapshot_identifier("rds:prod-orders-2026-11-22")
        .engine("aurora-mysql")
        .engine_version("8.0.mysql_aurora.3.08.0")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .serverless_v2_scaling_configuration(sent_range())
        .storage_type("aurora-iopt1")
        .network_type("DUAL")
        .enable_iam_database_authentication(true)
        .backup_retention_period(14)
        .preferred_backup_window("02:00-02:30")
        .backtrack_window(3600)
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(cluster_from_a_snapshot(&cluster_act(from_a_snapshot())).await, wanted.build().unwrap());
}

#[tokio::test]
async fn a_cluster_of_documentdb_is_told_what_its_api_has_and_no_more() {
    // The members of its model of 2014-10-31; the parameter group only with a snapshot.
    let act = |point| RestoreCluster { engine: Engine::Docdb, ..cluster_act(point) };
    let range = ServerlessV2ScalingConfiguration::builder().min_capacity(0.0).max_capacity(8.0).build();
    let wanted = RestoreDbClusterToPointInTimeInput::builder()
        .db_cluster_identifier(RUN)
        .source_db_cluster_identifier("prod-orders")
        .restore_to_time(DateTime::from_secs(1_795_366_800))
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .serverless_v2_scaling_configuration(range.clone())
        .storage_type("aurora-iopt1")
        .network_type("DUAL")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(cluster_to_a_time(&act(to_a_time())).await, wanted.build().unwrap());
    let wanted = RestoreDbClusterFromSnapshotInput::builder()
        .db_cluster_identifier(RUN)
        .snapshot_identifier("rds:prod-orders-2026-11-22")
        .engine("docdb")
        .engine_version("8.0.mysql_aurora.3.08.0")
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_cluster_parameter_group_name("orders")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .serverless_v2_scaling_configuration(range)
        .storage_type("aurora-iopt1")
        .network_type("DUAL")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(cluster_from_a_snapshot(&act(from_a_snapshot())).await, wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_is_restored_to_a_time_with_every_setting_that_aws_takes() {
    let wanted = RestoreDbInstanceToPointInTimeInput::builder()
        .target_db_instance_identifier(RUN)
        .source_db_instance_identifier("prod-ledger")
        .restore_time(DateTime::from_secs(1_795_366_800))
        .db_instance_class("db.r6g.large")
        .publicly_accessible(true)
        .auto_minor_version_upgrade(true)
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_parameter_group_name("orders")
        .option_group_name("options")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .storage_type("gp3")
        .allocated_storage(500)
        .iops(12_000)
        .storage_throughput(600)
        .network_type("DUAL")
        .enable_iam_database_authentication(true)
        .backup_retention_period(14)
        .preferred_backup_window("02:00-02:30")
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .multi_az(true)
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(instance_to_a_time(&instance_act(to_a_time())).await, wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_is_restored_from_a_snapshot_with_the_same_settings() {
    let seen = Seen::new();
    let rule = mock!(Client::restore_db_instance_from_db_snapshot)
        .match_requests(seen.all())
        .then_output(|| RestoreDbInstanceFromDbSnapshotOutput::builder().build());
    rds(&[&rule]).restore_instance(&instance_act(from_a_snapshot())).await.unwrap();
    let wanted = RestoreDbInstanceFromDbSnapshotInput::builder()
        .db_instance_identifier(RUN)
        .db_snapshot_identifier("rds:prod-orders-2026-11-22")
        .db_instance_class("db.r6g.large")
        .publicly_accessible(true)
        .auto_minor_version_upgrade(true)
        .db_subnet_group_name("private")
        .vpc_security_group_ids("sg-1")
        .vpc_security_group_ids("sg-2")
        .db_parameter_group_name("orders")
        .option_group_name("options")
        .port(3307)
        .enable_cloudwatch_logs_exports("audit")
        .enable_cloudwatch_logs_exports("error")
        .storage_type("gp3")
        .allocated_storage(500)
        .iops(12_000)
        .storage_throughput(600)
        .network_type("DUAL")
        .enable_iam_database_authentication(true)
        .backup_retention_period(14)
        .preferred_backup_window("02:00-02:30")
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .multi_az(true)
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_in_one_zone_comes_back_in_the_same_one() {
    let act = instance_act(to_a_time());
    let act = RestoreInstance { settings: Settings { multi_az: false, ..act.settings.clone() }, ..act };
    let sent = instance_to_a_time(&act).await;
    assert_eq!((sent.multi_az, sent.availability_zone.as_deref()), (Some(false), Some("eu-west-1a")));
}

#[tokio::test]
async fn what_is_gone_is_restored_by_its_resource_id_and_not_by_its_name() {
    let act = RestoreCluster { from: From::Retained("cluster-GONE".to_owned()), ..cluster_act(to_a_time()) };
    let sent = cluster_to_a_time(&act).await;
    let named = (sent.source_db_cluster_resource_id(), sent.source_db_cluster_identifier());
    assert_eq!(named, (Some("cluster-GONE"), None));
    let act = RestoreInstance { from: From::Retained("db-GONE".to_owned()), ..instance_act(to_a_time()) };
    let sent = instance_to_a_time(&act).await;
    assert_eq!((sent.source_dbi_resource_id(), sent.source_db_instance_identifier()), (Some("db-GONE"), None));
}

#[tokio::test]
async fn of_a_source_that_little_is_known_of_only_that_is_sent_and_tags_always() {
    let act = RestoreCluster { settings: Settings::default(), ..cluster_act(to_a_time()) };
    let wanted = RestoreDbClusterToPointInTimeInput::builder()
        .db_cluster_identifier(RUN)
        .source_db_cluster_identifier("prod-orders")
        .restore_to_time(DateTime::from_secs(1_795_366_800))
        .enable_iam_database_authentication(false)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(cluster_to_a_time(&act).await, wanted.build().unwrap());
    let act = RestoreInstance {
        settings: Settings::default(),
        member: Member { identifier: RUN.to_owned(), ..Member::default() },
        ..instance_act(to_a_time())
    };
    let wanted = RestoreDbInstanceToPointInTimeInput::builder()
        .target_db_instance_identifier(RUN)
        .source_db_instance_identifier("prod-ledger")
        .restore_time(DateTime::from_secs(1_795_366_800))
        .publicly_accessible(false)
        .auto_minor_version_upgrade(false)
        .enable_iam_database_authentication(false)
        .multi_az(false)
        .deletion_protection(false)
        .copy_tags_to_snapshot(false)
        .set_tags(Some(sent_tags()));
    assert_eq!(instance_to_a_time(&act).await, wanted.build().unwrap());
}

#[tokio::test]
async fn a_key_of_ones_own_is_named_where_one_is_asked_for() {
    let act = cluster_act(to_a_time());
    let act = RestoreCluster { settings: Settings { kms_key: some("key-1"), ..act.settings.clone() }, ..act };
    assert_eq!(cluster_to_a_time(&act).await.kms_key_id.as_deref(), Some("key-1"));
}

#[tokio::test]
async fn a_recovery_point_is_never_asked_of_rds() {
    let nobody = || Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
    let fault = nobody().restore_cluster(&cluster_act(recovery_point())).await.unwrap_err();
    assert_eq!(fault.class, Class::Permanent);
    let fault = nobody().restore_instance(&instance_act(recovery_point())).await.unwrap_err();
    assert_eq!(fault.class, Class::Permanent);
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning() {
    let table = [
        (400, "DBClusterAlreadyExistsFault", Class::AlreadyExists),
        (403, "DBClusterQuotaExceededFault", Class::Quota),
        (403, "InsufficientDBClusterCapacityFault", Class::Capacity),
        (400, "InvalidRestoreFault", Class::Backup),
        (404, "DBClusterAutomatedBackupNotFoundFault", Class::Backup),
        (400, "KMSKeyNotAccessibleFault", Class::Key),
        (404, "DBClusterParameterGroupNotFound", Class::Configuration),
        (400, "DBSubnetGroupNotFoundFault", Class::Network),
        (403, "AccessDenied", Class::Permission),
    ];
    for (status, code, class) in table {
        let rule =
            mock!(Client::restore_db_cluster_to_point_in_time).then_http_response(move || rds_error(status, code));
        let fault = rds(&[&rule]).restore_cluster(&cluster_act(to_a_time())).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "rds:RestoreDBClusterToPointInTime"), "{fault}");
        assert_eq!(fault.resource, RUN);
    }
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_may_be_a_restore_that_began() {
    let unreadable = || crate::aws::testing::wire(200, "<html>");
    let cluster = mock!(Client::restore_db_cluster_to_point_in_time).then_http_response(unreadable);
    let fault = rds(&[&cluster]).restore_cluster(&cluster_act(to_a_time())).await.unwrap_err();
    assert_eq!(fault.class, Class::Unknown, "{fault}");
    let instance = mock!(Client::restore_db_instance_to_point_in_time).then_http_response(unreadable);
    let fault = rds(&[&instance]).restore_instance(&instance_act(to_a_time())).await.unwrap_err();
    assert_eq!(fault.class, Class::Unknown, "{fault}");
}
