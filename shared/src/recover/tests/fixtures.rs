//! Three databases with everything set that can be set, and what AWS keeps of one of them.

use jiff::Timestamp;

use crate::database::{
    Capacity, Engine, Key, Kind, RecoveryPoint, RetainedBackup, Seen, Snapshot, SnapshotDetails, SnapshotKind, Tags,
    Window,
};
use crate::recover::{Blueprint, Facts, Insights, Living, Member, ReadFrom, Settings};

pub(crate) const RUN: &str = "recovery-orders-20261120120000";

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "most fields are options")]
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

/// When everything here is looked at
pub(crate) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1";

pub(crate) fn snapshot(identifier: &str, kind: SnapshotKind, taken: &str) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:{identifier}"),
        source: "prod-orders".to_owned(),
        kind,
        status: "available".to_owned(),
        created_at: Some(at(taken)),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: Some(240),
        tags: Tags::new(),
        details: SnapshotDetails { kms_key: some(KEY), ..SnapshotDetails::default() },
    }
}

pub(crate) fn recovery_point(job: &str, status: &str, taken: &str) -> RecoveryPoint {
    RecoveryPoint {
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:awsbackup:job-{job}"),
        vault: "prod".to_owned(),
        resource_arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        resource_type: "Aurora".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(taken)),
        bytes: Some(258_000_000_000),
        kms_key: some(KEY),
    }
}

pub(crate) fn key(state: &str) -> Key {
    Key { arn: KEY.to_owned(), state: state.to_owned(), deleted_at: None, aws_managed: false }
}

/// The Aurora cluster of [`aurora`] with a week of backups, and a copy of them in a vault
pub(crate) fn facts() -> Facts {
    let nightly = |day: u8| {
        snapshot(
            &format!("rds:prod-orders-2026-11-{day}-02-04"),
            SnapshotKind::Automated,
            &format!("2026-11-{day}T02:04:11Z"),
        )
    };
    let mut snapshots: Vec<Snapshot> = (14..=20).map(nightly).collect();
    snapshots.push(snapshot("pre-maintenance-orders-42", SnapshotKind::Manual, "2026-11-18T21:30:00Z"));
    snapshots.push(Snapshot {
        status: "creating".to_owned(),
        created_at: None,
        ..snapshot("pre-maintenance-orders-43", SnapshotKind::Manual, "2026-11-20T11:59:00Z")
    });
    Facts {
        database: "orders".to_owned(),
        kind: Kind::Aurora,
        identifier: "prod-orders".to_owned(),
        living: Seen::Present(Living {
            arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
            engine: Engine::AuroraPostgresql,
            engine_version: "16.4".to_owned(),
            status: "available".to_owned(),
            created_at: Some(at("2025-03-01T09:00:00Z")),
            kms_key: some(KEY),
            encrypted: true,
            window: Window {
                earliest: Some(at("2026-11-13T12:03:20.417Z")),
                latest: Some(at("2026-11-20T11:56:48.930Z")),
            },
            window_unread: None,
        }),
        snapshots: Seen::Present(snapshots),
        vaults: vec![(
            "prod".to_owned(),
            Seen::Present(vec![
                recovery_point("0001", "COMPLETED", "2026-11-19T03:00:00Z"),
                recovery_point("0002", "EXPIRED", "2026-11-20T03:00:00Z"),
            ]),
        )],
        retained: Seen::Present(Vec::new()),
        keys: [(KEY.to_owned(), Seen::Present(key("Enabled")))].into(),
    }
}

pub(crate) fn retained(resource_id: &str, earliest: &str, latest: &str) -> RetainedBackup {
    RetainedBackup {
        identifier: "prod-orders".to_owned(),
        resource_id: resource_id.to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        window: Window { earliest: Some(at(earliest)), latest: Some(at(latest)) },
        created_at: Some(at("2025-03-01T09:00:00Z")),
        kms_key: some(KEY),
        port: Some(5433),
        backup_arn: None,
        tags: Tags::new(),
    }
}

/// The same, deleted two hours ago; RDS retains its backups
pub(crate) fn gone() -> Facts {
    let backup = retained("cluster-ABC", "2026-11-13T12:03:20Z", "2026-11-20T10:01:07Z");
    Facts { living: Seen::Absent, retained: Seen::Present(vec![backup]), ..facts() }
}
