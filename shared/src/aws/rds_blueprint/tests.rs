use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_clusters::{DescribeDbClustersInput, DescribeDbClustersOutput};
use aws_sdk_rds::operation::describe_db_instances::{DescribeDbInstancesInput, DescribeDbInstancesOutput};
use aws_sdk_rds::types::{
    DbClusterRole, DbInstanceRole, DbParameterGroupStatus, DbSubnetGroup, Endpoint, OptionGroupMembership,
    ServerlessV2ScalingConfigurationInfo, Tag, VpcSecurityGroupMembership,
};
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{NO_RULES, Seen, rds_error};
use crate::database::Capacity;

/// 2026-11-22T17:00:00Z
const NOW: u64 = 1_795_366_800;

fn rds(rules: &[&Rule]) -> Rds {
    let now = UNIX_EPOCH + Duration::from_secs(NOW);
    let with_clock = |config: aws_sdk_rds::config::Builder| config.time_source(StaticTimeSource::new(now));
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules, with_clock))
}

fn clusters(seen: &Seen<DescribeDbClustersInput>, found: Vec<DbCluster>) -> Rule {
    mock!(Client::describe_db_clusters)
        .match_requests(seen.all())
        .then_output(move || DescribeDbClustersOutput::builder().set_db_clusters(Some(found.clone())).build())
}

fn instances(seen: &Seen<DescribeDbInstancesInput>, found: Vec<DbInstance>) -> Rule {
    mock!(Client::describe_db_instances)
        .match_requests(seen.all())
        .then_output(move || DescribeDbInstancesOutput::builder().set_db_instances(Some(found.clone())).build())
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn group(id: &str) -> VpcSecurityGroupMembership {
    VpcSecurityGroupMembership::builder().vpc_security_group_id(id).build()
}

fn row(instance: &str, writer: bool) -> DbClusterMember {
    DbClusterMember::builder().db_instance_identifier(instance).is_cluster_writer(writer).promotion_tier(5).build()
}

fn secret() -> MasterUserSecret {
    MasterUserSecret::builder().secret_arn("arn:of:the:secret").kms_key_id("key-2").build()
}

fn bare(identifier: &str) -> DbCluster {
    DbCluster::builder()
        .db_cluster_identifier(identifier)
        .db_cluster_arn(format!("arn:aws:rds:eu-west-1:123456789012:cluster:{identifier}"))
        .db_cluster_resource_id("cluster-ABC")
        .status("available")
        .engine("docdb")
        .engine_version("5.0.0")
        .build()
}

/// An Aurora MySQL cluster with everything set that can be set
fn aurora() -> DbCluster {
    let range = ServerlessV2ScalingConfigurationInfo::builder().min_capacity(0.0).max_capacity(8.0);
    let role = DbClusterRole::builder().role_arn("arn:of:a:role").feature_name("s3Import").build();
    DbCluster::builder()
        .db_cluster_identifier("Prod-Orders")
        .db_cluster_arn("arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders")
        .db_cluster_resource_id("cluster-ABC")
        .status("available")
        .engine("aurora-mysql")
        .engine_version("8.0.mysql_aurora.3.08.0")
        .database_name("app")
        .master_username("root")
        .tag_list(tag("team", "payments"))
        .tag_list(tag("aws:cloudformation:stack-name", "orders"))
        .vpc_security_groups(group("sg-1"))
        .vpc_security_groups(group("sg-2"))
        .db_subnet_group("private")
        .db_cluster_parameter_group("orders-cluster")
        .port(3307)
        .iam_database_authentication_enabled(true)
        .enabled_cloudwatch_logs_exports("audit")
        .enabled_cloudwatch_logs_exports("error")
        .associated_roles(role)
        .associated_roles(DbClusterRole::builder().role_arn("arn:of:every:role").feature_name("").build())
        .serverless_v2_scaling_configuration(range.seconds_until_auto_pause(600).build())
        .storage_type("aurora-iopt1")
        .allocated_storage(1)
        .kms_key_id("key-1")
        .storage_encrypted(true)
        .backup_retention_period(14)
        .preferred_backup_window("02:00-02:30")
        .preferred_maintenance_window("sun:03:00-sun:03:30")
        .deletion_protection(true)
        .copy_tags_to_snapshot(true)
        .multi_az(true)
        .backtrack_window(3600)
        .http_endpoint_enabled(true)
        .network_type("DUAL")
        .master_user_secret(secret())
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .db_cluster_members(row("prod-orders-a", false))
        .db_cluster_members(row("Prod-Orders-B", true))
        .build()
}

fn of_aurora(identifier: &str) -> DbInstance {
    DbInstance::builder()
        .db_instance_identifier(identifier)
        .db_cluster_identifier("prod-orders")
        .db_instance_class("db.r6g.large")
        .promotion_tier(1)
        .availability_zone("eu-west-1a")
        .db_parameter_groups(DbParameterGroupStatus::builder().db_parameter_group_name("orders-instances").build())
        .monitoring_interval(60)
        .monitoring_role_arn("arn:of:monitoring")
        .performance_insights_enabled(true)
        .performance_insights_kms_key_id("key-3")
        .performance_insights_retention_period(465)
        .publicly_accessible(true)
        .auto_minor_version_upgrade(true)
        .ca_certificate_identifier("rds-ca-rsa2048-g1")
        .preferred_maintenance_window("mon:03:00-mon:03:30")
        .tag_list(tag("team", "payments"))
        .tag_list(tag("aws:rds:primaryDBInstanceArn", "x"))
        .build()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn read_member(identifier: &str, writer: bool) -> Member {
    Member {
        identifier: identifier.to_owned(),
        class: "db.r6g.large".to_owned(),
        writer,
        tier: Some(1),
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

#[tokio::test]
async fn a_cluster_is_read_with_everything_and_its_writer_first() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let stranger = DbInstance::builder().db_instance_identifier("other-1").db_cluster_identifier("other").build();
    let found = vec![of_aurora("prod-orders-a"), stranger, of_aurora("prod-orders-b")];
    let rds = rds(&[&clusters(&of_clusters, vec![aurora()]), &instances(&of_instances, found)]);
    let read = rds.blueprint("prod-orders", true).await.unwrap().unwrap();
    let settings = Settings {
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        subnet_group: some("private"),
        parameter_group: some("orders-cluster"),
        option_group: None,
        port: Some(3307),
        iam_auth: true,
        log_exports: vec!["audit".to_owned(), "error".to_owned()],
        roles: vec![("arn:of:a:role".to_owned(), some("s3Import")), ("arn:of:every:role".to_owned(), None)],
        capacity: Some(Capacity { min: 0.0, max: 8.0 }),
        pause_after_seconds: Some(600),
        storage_type: some("aurora-iopt1"),
        storage_gib: None,
        iops: None,
        throughput: None,
        grows_to_gib: None,
        kms_key: some("key-1"),
        encrypted: true,
        backup_retention_days: 14,
        backup_window: some("02:00-02:30"),
        maintenance_window: some("sun:03:00-sun:03:30"),
        deletion_protection: true,
        copy_tags_to_snapshot: true,
        multi_az: false,
        backtrack_seconds: Some(3600),
        http_endpoint: true,
        network_type: some("DUAL"),
        managed_secret: true,
        secret_key: some("key-2"),
        extended_support: some("open-source-rds-extended-support-disabled"),
    };
    let wanted = Blueprint {
        kind: Kind::Aurora,
        engine: Engine::AuroraMysql,
        engine_version: "8.0.mysql_aurora.3.08.0".to_owned(),
        identifier: "prod-orders".to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        database_name: some("app"),
        master_user: some("root"),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
        settings,
        members: vec![read_member("prod-orders-b", true), read_member("prod-orders-a", false)],
        replicas: Vec::new(),
        read_from: ReadFrom::Source,
        read_at: "2026-11-22T17:00:00Z".parse().unwrap(),
    };
    assert_eq!(read, wanted);
    let asked = DescribeDbClustersInput::builder().db_cluster_identifier("prod-orders");
    assert_eq!(of_clusters.only(), asked.build().unwrap());
    let asked = DescribeDbInstancesInput::builder().filters(only("db-cluster-id", "prod-orders")).max_records(100);
    assert_eq!(of_instances.only(), asked.build().unwrap());
}

#[tokio::test]
async fn a_cluster_of_documentdb_has_less_and_nothing_is_made_up() {
    let member = row("prod-docs-1", true);
    let mut raw = bare("prod-docs");
    (raw.db_cluster_members, raw.backtrack_window) = (Some(vec![member]), Some(0));
    let instance = DbInstance::builder().db_instance_identifier("prod-docs-1").db_cluster_identifier("prod-docs");
    let found = vec![instance.db_instance_class("db.r6g.large").build()];
    let rds = rds(&[&clusters(&Seen::new(), vec![raw]), &instances(&Seen::new(), found)]);
    let read = rds.blueprint("prod-docs", true).await.unwrap().unwrap();
    assert_eq!((read.kind, read.engine), (Kind::Documentdb, Engine::Docdb));
    assert_eq!(read.settings, Settings::default());
    let member = Member {
        identifier: "prod-docs-1".to_owned(),
        class: "db.r6g.large".to_owned(),
        writer: true,
        // Its instances do not tell it, the cluster does.
        tier: Some(5),
        ..Member::default()
    };
    assert_eq!(read.members, [member]);
}

#[tokio::test]
async fn a_cluster_whose_reader_is_in_no_list_is_not_a_smaller_cluster() {
    let found = vec![of_aurora("prod-orders-b")];
    let rds = rds(&[&clusters(&Seen::new(), vec![aurora()]), &instances(&Seen::new(), found)]);
    let fault = rds.blueprint("prod-orders", true).await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::Unknown, "rds:DescribeDBInstances"));
    assert!(fault.message.contains("prod-orders-a"), "{fault}");
}

#[tokio::test]
async fn an_instance_is_read_with_everything_and_its_replicas() {
    let role = DbInstanceRole::builder().role_arn("arn:of:a:role").feature_name("s3Export").build();
    let of_instances = Seen::new();
    let mut raw = of_aurora("prod-ledger");
    raw.db_cluster_identifier = None;
    raw.promotion_tier = None;
    raw.db_instance_arn = some("arn:aws:rds:eu-west-1:123456789012:db:prod-ledger");
    raw.dbi_resource_id = some("db-ABC");
    raw.engine = some("postgres");
    raw.engine_version = some("16.4");
    raw.db_name = some("ledger");
    raw.master_username = some("root");
    raw.endpoint = Some(Endpoint::builder().address("host").port(5433).build());
    raw.vpc_security_groups = Some(vec![group("sg-1")]);
    raw.db_subnet_group = Some(DbSubnetGroup::builder().db_subnet_group_name("private").build());
    raw.option_group_memberships = Some(vec![OptionGroupMembership::builder().option_group_name("options").build()]);
    raw.iam_database_authentication_enabled = Some(true);
    raw.enabled_cloudwatch_logs_exports = Some(vec!["postgresql".to_owned()]);
    raw.associated_roles = Some(vec![role]);
    raw.storage_type = some("gp3");
    raw.allocated_storage = Some(500);
    raw.iops = Some(12_000);
    raw.storage_throughput = Some(500);
    raw.max_allocated_storage = Some(1000);
    raw.kms_key_id = some("key-1");
    raw.storage_encrypted = Some(true);
    raw.backup_retention_period = Some(7);
    raw.preferred_backup_window = some("02:00-02:30");
    raw.deletion_protection = Some(true);
    raw.copy_tags_to_snapshot = Some(true);
    raw.multi_az = Some(true);
    raw.network_type = some("IPV4");
    raw.master_user_secret = Some(secret());
    raw.engine_lifecycle_support = some("open-source-rds-extended-support");
    raw.read_replica_db_instance_identifiers = Some(vec!["prod-ledger-r".to_owned()]);
    raw.read_replica_db_cluster_identifiers = Some(vec!["prod-ledger-aurora".to_owned()]);
    let read = rds(&[&instances(&of_instances, vec![raw])]).blueprint("prod-ledger", false).await.unwrap().unwrap();
    let settings = Settings {
        security_groups: vec!["sg-1".to_owned()],
        subnet_group: some("private"),
        parameter_group: some("orders-instances"),
        option_group: some("options"),
        port: Some(5433),
        iam_auth: true,
        log_exports: vec!["postgresql".to_owned()],
        roles: vec![("arn:of:a:role".to_owned(), some("s3Export"))],
        capacity: None,
        pause_after_seconds: None,
        storage_type: some("gp3"),
        storage_gib: Some(500),
        iops: Some(12_000),
        throughput: Some(500),
        grows_to_gib: Some(1000),
        kms_key: some("key-1"),
        encrypted: true,
        backup_retention_days: 7,
        backup_window: some("02:00-02:30"),
        maintenance_window: some("mon:03:00-mon:03:30"),
        deletion_protection: true,
        copy_tags_to_snapshot: true,
        multi_az: true,
        backtrack_seconds: None,
        http_endpoint: false,
        network_type: some("IPV4"),
        managed_secret: true,
        secret_key: some("key-2"),
        extended_support: some("open-source-rds-extended-support"),
    };
    let wanted = Blueprint {
        kind: Kind::Rds,
        engine: Engine::Postgres,
        engine_version: "16.4".to_owned(),
        identifier: "prod-ledger".to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-ledger".to_owned(),
        resource_id: "db-ABC".to_owned(),
        database_name: some("ledger"),
        master_user: some("root"),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
        settings,
        members: vec![Member { tier: None, ..read_member("prod-ledger", true) }],
        replicas: vec!["prod-ledger-r".to_owned(), "prod-ledger-aurora".to_owned()],
        read_from: ReadFrom::Source,
        read_at: "2026-11-22T17:00:00Z".parse().unwrap(),
    };
    assert_eq!(read, wanted);
    let asked = DescribeDbInstancesInput::builder().db_instance_identifier("prod-ledger");
    assert_eq!(of_instances.only(), asked.build().unwrap());
}

#[tokio::test]
async fn a_zero_of_storage_is_nothing_that_could_be_asked_for() {
    let mut raw = of_aurora("prod-ledger");
    raw.db_instance_arn = some("arn");
    raw.dbi_resource_id = some("db-ABC");
    raw.storage_throughput = Some(0);
    raw.iops = Some(0);
    raw.performance_insights_enabled = Some(false);
    let read = rds(&[&instances(&Seen::new(), vec![raw])]).blueprint("prod-ledger", false).await.unwrap().unwrap();
    assert_eq!((read.settings.iops, read.settings.throughput), (None, None));
    assert_eq!(read.members.first().unwrap().insights, None);
}

#[tokio::test]
async fn what_is_not_there_has_no_blueprint_and_a_refusal_is_no_absence() {
    let cluster = mock!(Client::describe_db_clusters).then_http_response(|| rds_error(404, "DBClusterNotFoundFault"));
    let instance = mock!(Client::describe_db_instances).then_http_response(|| rds_error(404, "DBInstanceNotFound"));
    assert_eq!(rds(&[&cluster]).blueprint("gone", true).await.unwrap(), None);
    assert_eq!(rds(&[&instance]).blueprint("gone", false).await.unwrap(), None);
    let refused = mock!(Client::describe_db_clusters).then_http_response(|| rds_error(403, "AccessDenied"));
    assert_eq!(rds(&[&refused]).blueprint("prod-orders", true).await.unwrap_err().class, Class::Permission);
    // Half an answer is none.
    let refused = mock!(Client::describe_db_instances).then_http_response(|| rds_error(403, "AccessDenied"));
    let rds = rds(&[&clusters(&Seen::new(), vec![aurora()]), &refused]);
    assert_eq!(rds.blueprint("prod-orders", true).await.unwrap_err().class, Class::Permission);
}

#[tokio::test]
async fn a_database_without_an_arn_or_an_id_is_no_blueprint() {
    let (mut nameless, mut idless) = (bare("prod-docs"), bare("prod-docs"));
    nameless.db_cluster_arn = None;
    idless.db_cluster_resource_id = None;
    for raw in [nameless, idless] {
        let rds = rds(&[&clusters(&Seen::new(), vec![raw]), &instances(&Seen::new(), Vec::new())]);
        assert_eq!(rds.blueprint("prod-docs", true).await.unwrap_err().class, Class::Unknown);
    }
}

#[tokio::test]
async fn a_server_is_found_by_its_id_whatever_it_is_called_now() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let mut renamed = bare("Prod-Orders-Before");
    renamed.status = some("renaming");
    let instance = DbInstance::builder().db_instance_identifier("prod-orders-1").dbi_resource_id("db-ABC");
    let found = vec![instance.db_instance_status("available").build()];
    let rds = rds(&[&clusters(&of_clusters, vec![renamed]), &instances(&of_instances, found)]);
    let cluster = Server { resource_id: "cluster-ABC".to_owned(), clustered: true };
    let named = rds.named(&cluster).await.unwrap();
    assert_eq!(named, Some(("prod-orders-before".to_owned(), "renaming".to_owned())));
    let instance = Server { resource_id: "db-ABC".to_owned(), clustered: false };
    assert_eq!(rds.named(&instance).await.unwrap(), Some(("prod-orders-1".to_owned(), "available".to_owned())));
    let asked = DescribeDbClustersInput::builder().filters(only("db-cluster-resource-id", "cluster-ABC"));
    assert_eq!(of_clusters.only(), asked.max_records(100).build().unwrap());
    let asked = DescribeDbInstancesInput::builder().filters(only("dbi-resource-id", "db-ABC"));
    assert_eq!(of_instances.only(), asked.max_records(100).build().unwrap());
}

#[tokio::test]
async fn an_answer_with_another_id_is_not_the_server() {
    let mut other = bare("prod-orders");
    other.db_cluster_resource_id = some("cluster-OTHER");
    let rds = rds(&[&clusters(&Seen::new(), vec![other]), &instances(&Seen::new(), vec![of_aurora("a")])]);
    for (id, clustered) in [("cluster-ABC", true), ("db-ABC", false)] {
        let server = Server { resource_id: id.to_owned(), clustered };
        assert_eq!(rds.named(&server).await.unwrap(), None, "{id}");
    }
}

#[tokio::test]
async fn nobody_is_looked_for_without_an_id() {
    for clustered in [true, false] {
        let server = Server { resource_id: String::new(), clustered };
        let nobody = Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
        assert_eq!(nobody.named(&server).await.unwrap_err().class, Class::Unknown);
    }
}
