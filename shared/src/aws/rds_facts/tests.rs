use aws_sdk_rds::types::{
    DbClusterMember, DbParameterGroupStatus, DbSubnetGroup, Endpoint, OptionGroupMembership,
    ServerlessV2ScalingConfigurationInfo,
};

use super::*;

fn at(text: &str) -> DateTime {
    date_time(text.parse().unwrap())
}

fn group(id: &str) -> VpcSecurityGroupMembership {
    VpcSecurityGroupMembership::builder().vpc_security_group_id(id).build()
}

fn raw_cluster() -> DbCluster {
    DbCluster::builder()
        .db_cluster_identifier("Prod-Orders")
        .db_cluster_arn("arn:cluster")
        .db_cluster_resource_id("cluster-ABC")
        .engine("aurora-postgresql")
        .engine_version("16.4")
        .status("backing-up")
        .cluster_create_time(at("2026-01-01T00:00:00.123Z"))
        .tag_list(Tag::builder().key("team").value("payments").build())
        .endpoint("prod-orders.cluster-x.eu-west-1.rds.amazonaws.com")
        .port(5432)
        .db_cluster_members(
            DbClusterMember::builder().db_instance_identifier("Orders-1").is_cluster_writer(true).build(),
        )
        .db_cluster_members(
            DbClusterMember::builder().db_instance_identifier("orders-2").is_cluster_writer(false).build(),
        )
        .earliest_restorable_time(at("2026-11-15T18:00:00Z"))
        .latest_restorable_time(at("2026-11-22T17:55:00Z"))
        .database_name("app")
        .master_username("postgres")
        .master_user_secret(MasterUserSecret::builder().secret_arn("arn:secret").secret_status("active").build())
        .vpc_security_groups(group("sg-1"))
        .db_subnet_group("private")
        .db_cluster_parameter_group("orders-16")
        .iam_database_authentication_enabled(true)
        .enabled_cloudwatch_logs_exports("postgresql")
        .serverless_v2_scaling_configuration(
            ServerlessV2ScalingConfigurationInfo::builder().min_capacity(0.5).max_capacity(16.0).build(),
        )
        .storage_type("aurora-iopt1")
        .allocated_storage(1)
        .kms_key_id("arn:key")
        .storage_encrypted(true)
        .backup_retention_period(7)
        .deletion_protection(true)
        .build()
}

fn told_cluster() -> Cluster {
    Cluster {
        identifier: "prod-orders".to_owned(),
        arn: "arn:cluster".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: "backing-up".to_owned(),
        created_at: Some("2026-01-01T00:00:00.123Z".parse().unwrap()),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
        endpoint: Some("prod-orders.cluster-x.eu-west-1.rds.amazonaws.com".to_owned()),
        port: Some(5432),
        members: vec![
            Member { instance: "orders-1".to_owned(), writer: true },
            Member { instance: "orders-2".to_owned(), writer: false },
        ],
        window: Window {
            earliest: Some("2026-11-15T18:00:00Z".parse().unwrap()),
            latest: Some("2026-11-22T17:55:00Z".parse().unwrap()),
        },
        database_name: Some("app".to_owned()),
        master_user: Some("postgres".to_owned()),
        secret: Some(ManagedSecret { arn: "arn:secret".to_owned(), state: SecretState::Active }),
        configuration: Configuration {
            security_groups: vec!["sg-1".to_owned()],
            subnet_group: Some("private".to_owned()),
            parameter_group: Some("orders-16".to_owned()),
            option_group: None,
            iam_auth: true,
            log_exports: vec!["postgresql".to_owned()],
            capacity: Some(Capacity { min: 0.5, max: 16.0 }),
            storage_type: Some("aurora-iopt1".to_owned()),
            storage_gib: Some(1),
            kms_key: Some("arn:key".to_owned()),
            encrypted: true,
            backup_retention_days: 7,
            deletion_protection: true,
            multi_az: false,
            class: None,
        },
    }
}

#[test]
fn a_cluster_is_told_as_rds_tells_it() {
    assert_eq!(cluster(raw_cluster()), told_cluster());
}

#[test]
fn an_instance_is_told_as_rds_tells_it() {
    let raw = DbInstance::builder()
        .db_instance_identifier("Prod-Ledger")
        .db_instance_arn("arn:db")
        .dbi_resource_id("db-ABC")
        .engine("postgres")
        .engine_version("16.4")
        .db_instance_status("available")
        .instance_create_time(at("2026-01-01T00:00:00Z"))
        .endpoint(Endpoint::builder().address("prod-ledger.x.rds.amazonaws.com").port(5433).build())
        .latest_restorable_time(at("2026-11-22T17:55:00Z"))
        .db_name("ledger")
        .master_username("postgres")
        .master_user_secret(MasterUserSecret::builder().secret_arn("arn:secret").secret_status("pondering").build())
        .vpc_security_groups(group("sg-1"))
        .db_subnet_group(DbSubnetGroup::builder().db_subnet_group_name("private").build())
        .db_parameter_groups(DbParameterGroupStatus::builder().db_parameter_group_name("ledger-16").build())
        .option_group_memberships(OptionGroupMembership::builder().option_group_name("default:postgres-16").build())
        .storage_type("gp3")
        .allocated_storage(200)
        .multi_az(true)
        .db_instance_class("db.m7g.large");
    let told = instance(raw.build());
    assert_eq!((told.identifier.as_str(), told.resource_id.as_str(), told.port), ("prod-ledger", "db-ABC", Some(5433)));
    assert_eq!(told.endpoint.as_deref(), Some("prod-ledger.x.rds.amazonaws.com"));
    assert_eq!((told.engine, told.cluster, told.database_name.as_deref()), (Engine::Postgres, None, Some("ledger")));
    assert_eq!(told.secret.unwrap().state, SecretState::Other("pondering".to_owned()));
    let set_up = told.configuration;
    assert_eq!(set_up.parameter_group.as_deref(), Some("ledger-16"));
    assert_eq!(set_up.option_group.as_deref(), Some("default:postgres-16"));
    assert_eq!(set_up.subnet_group.as_deref(), Some("private"));
    assert_eq!((set_up.class.as_deref(), set_up.multi_az, set_up.storage_gib), (Some("db.m7g.large"), true, Some(200)));
}

#[test]
fn what_aws_leaves_out_while_something_is_made_stays_out() {
    let raw =
        DbInstance::builder().db_instance_identifier("drill-1").db_instance_status("creating").db_instance_port(0);
    let told = instance(raw.build());
    assert_eq!((told.created_at, told.endpoint, told.port, told.secret), (None, None, None, None));
}

#[test]
fn who_made_a_snapshot_is_told_by_its_type_and_its_name() {
    let table = [
        ("automated", "rds:orders-2026-11-22", SnapshotKind::Automated),
        ("manual", "before-migration", SnapshotKind::Manual),
        ("awsbackup", "awsbackup:job-1", SnapshotKind::AwsBackup),
        ("manual", "awsbackup:job-1", SnapshotKind::AwsBackup),
        ("shared", "theirs", SnapshotKind::Other),
    ];
    for (word, identifier, kind) in table {
        let raw = DbClusterSnapshot::builder().db_cluster_snapshot_identifier(identifier).snapshot_type(word);
        assert_eq!(cluster_snapshot(raw.build()).kind, kind, "{word} {identifier}");
        let raw = DbSnapshot::builder().db_snapshot_identifier(identifier).snapshot_type(word);
        assert_eq!(instance_snapshot(raw.build()).kind, kind, "{word} {identifier}");
    }
}

#[test]
fn times_keep_their_fractions_both_ways() {
    for text in ["2026-11-22T17:55:00.123456789Z", "1969-12-31T23:59:59.5Z", "2026-11-22T17:55:00Z"] {
        let ours: Timestamp = text.parse().unwrap();
        assert_eq!(time(Some(&date_time(ours))), Some(ours), "{text}");
    }
}
