//! Three databases with everything set that can be set.

use crate::database::{Capacity, Engine, Kind, Tags};
use crate::recover::{Blueprint, Insights, Member, ReadFrom, Settings};

pub(crate) const RUN: &str = "recovery-orders-20261120120000";

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn member(identifier: &str, writer: bool) -> Member {
    Member {
        identifier: identifier.to_owned(),
        class: "db.r6g.large".to_owned(),
        writer,
        tier: Some(i32::from(!writer)),
        zone: some(if writer { "eu-west-1a" } else { "eu-west-1b" }),
        parameter_group: some("orders-instances"),
        monitoring_seconds: 60,
        monitoring_role: some("arn:aws:iam::123456789012:role/rds-monitoring"),
        insights: Some(Insights { kms_key: some("arn:aws:kms:eu-west-1:123456789012:key/1"), days: Some(465) }),
        publicly_accessible: false,
        auto_minor_upgrade: true,
        certificate: some("rds-ca-rsa2048-g1"),
        maintenance_window: some("sun:03:00-sun:03:30"),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
    }
}

/// An Aurora PostgreSQL cluster: two security groups, several logs, several roles, a writer and two readers
pub(crate) fn aurora() -> Blueprint {
    Blueprint {
        kind: Kind::Aurora,
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        identifier: "prod-orders".to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        database_name: some("app"),
        master_user: some("root"),
        tags: Tags::from([
            ("team".to_owned(), "payments".to_owned()),
            ("aws:cloudformation:stack-name".to_owned(), "orders".to_owned()),
        ]),
        settings: Settings {
            security_groups: texts(&["sg-1", "sg-2"]),
            subnet_group: some("private"),
            parameter_group: some("orders-cluster"),
            option_group: None,
            port: Some(5433),
            iam_auth: true,
            log_exports: texts(&["postgresql", "iam-db-auth-error"]),
            roles: vec![
                ("arn:aws:iam::123456789012:role/import".to_owned(), some("s3Import")),
                ("arn:aws:iam::123456789012:role/export".to_owned(), some("s3Export")),
            ],
            capacity: Some(Capacity { min: 0.5, max: 8.0 }),
            pause_after_seconds: Some(600),
            storage_type: some("aurora-iopt1"),
            kms_key: some("arn:aws:kms:eu-west-1:123456789012:key/1"),
            encrypted: true,
            backup_retention_days: 14,
            backup_window: some("02:00-02:30"),
            maintenance_window: some("sun:03:00-sun:03:30"),
            deletion_protection: true,
            copy_tags_to_snapshot: true,
            http_endpoint: true,
            network_type: some("IPV4"),
            managed_secret: true,
            secret_key: some("alias/secrets"),
            extended_support: some("open-source-rds-extended-support-disabled"),
            ..Settings::default()
        },
        members: vec![member("prod-orders-b", false), member("prod-orders-a", true), member("prod-orders-c", false)],
        replicas: Vec::new(),
        read_from: ReadFrom::Source,
        read_at: "2026-11-20T12:00:00Z".parse().unwrap(),
    }
}

/// A DocumentDB cluster
pub(crate) fn documents() -> Blueprint {
    let aurora = aurora();
    Blueprint {
        kind: Kind::Documentdb,
        engine: Engine::Docdb,
        engine_version: "5.0.0".to_owned(),
        settings: Settings {
            iam_auth: false,
            roles: Vec::new(),
            capacity: None,
            pause_after_seconds: None,
            storage_type: None,
            http_endpoint: false,
            extended_support: None,
            ..aurora.settings
        },
        ..aurora
    }
}

/// An RDS instance for PostgreSQL
pub(crate) fn instance() -> Blueprint {
    let aurora = aurora();
    Blueprint {
        kind: Kind::Rds,
        engine: Engine::Postgres,
        identifier: "prod-ledger".to_owned(),
        settings: Settings {
            option_group: some("ledger-options"),
            capacity: None,
            pause_after_seconds: None,
            storage_type: some("io2"),
            storage_gib: Some(400),
            iops: Some(6000),
            grows_to_gib: Some(1000),
            multi_az: true,
            http_endpoint: false,
            ..aurora.settings
        },
        members: vec![Member { tier: None, ..member("prod-ledger", true) }],
        replicas: texts(&["prod-ledger-replica"]),
        ..aurora
    }
}
