//! The account that the tests begin with: an Aurora cluster with a reader, an RDS instance, their backups, a policy.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    Cluster, Configuration, Engine, Instance, Key, Kind, Member as Of, PointFacts, Quota, RecoveryPoint,
    RetainedBackup, Snapshot, SnapshotDetails, SnapshotKind, Tags, Window,
};
use lifeboat::recover::{Member, Settings, Target};
use serde_json::{Value, json};

use crate::world::Sim;

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1";
pub(crate) const RUN: &str = "recovery-orders-20261120120000";
pub(crate) const INSPECTION: &str = "inspect-orders-20261120120000";
pub(crate) const LEDGER: &str = "recovery-ledger-20261120120000";
pub(crate) const AT: &str = "2026-11-20T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    AT.parse().unwrap()
}

pub(crate) fn arn(what: &str, name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{what}:{name}")
}

pub(crate) fn kind_of(engine: &Engine) -> Kind {
    match engine {
        Engine::Docdb => Kind::Documentdb,
        Engine::AuroraPostgresql | Engine::AuroraMysql => Kind::Aurora,
        _ => Kind::Rds,
    }
}

pub(crate) fn configuration(settings: &Settings) -> Configuration {
    Configuration {
        security_groups: settings.security_groups.clone(),
        subnet_group: settings.subnet_group.clone(),
        encrypted: settings.encrypted,
        kms_key: settings.kms_key.clone(),
        ..Configuration::default()
    }
}

pub(crate) fn policy(login: &Value) -> Value {
    json!({
        "version": 1,
        "timezone": "Asia/Tokyo",
        "databases": {
            "orders": {
                "kind": "aurora", "identifier": "prod-orders",
                "backups": {"recovery_points": [{"vault": "prod", "newest_hours": 26}]},
                "sandbox": {"login": login},
                "checks": [{"kind": "row_count", "table": "public.users", "at_least": 1}],
            },
            "ledger": {
                "kind": "rds", "identifier": "prod-ledger",
                "backups": {"recovery_points": [{"vault": "gone", "newest_hours": 26}]},
                "sandbox": {"login": login},
            },
        },
    })
}

pub(crate) fn iam() -> Value {
    json!({"method": "iam", "user": "probe", "database": "app"})
}

pub(crate) fn secret() -> Value {
    json!({"method": "managed_secret", "database": "app"})
}

fn settings() -> Settings {
    let some = |text: &str| Some(text.to_owned());
    Settings {
        security_groups: vec!["sg-1".to_owned(), "sg-2".to_owned()],
        subnet_group: some("private"),
        parameter_group: some("orders-cluster"),
        port: Some(5433),
        iam_auth: true,
        log_exports: vec!["postgresql".to_owned()],
        kms_key: some(KEY),
        encrypted: true,
        backup_retention_days: 14,
        backup_window: some("02:00-02:30"),
        maintenance_window: some("sun:03:00-sun:03:30"),
        deletion_protection: true,
        copy_tags_to_snapshot: true,
        ..Settings::default()
    }
}

fn member(name: &str, writer: bool) -> Member {
    Member { identifier: name.to_owned(), class: "db.r6g.large".to_owned(), writer, ..Member::default() }
}

fn instance(name: &str, cluster: Option<&str>, engine: Engine) -> Instance {
    let settings = settings();
    Instance {
        identifier: name.to_owned(),
        arn: arn("db", name),
        resource_id: format!("db-of-{name}"),
        engine,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: Some(now() - SignedDuration::from_hours(5000)),
        tags: Tags::from([("team".to_owned(), "payments".to_owned())]),
        cluster: cluster.map(str::to_owned),
        endpoint: Some(format!("{name}.x.eu-west-1.rds.amazonaws.com")),
        port: Some(5433),
        latest_restorable: Some(now() - SignedDuration::from_mins(4)),
        database_name: None,
        master_user: Some("root".to_owned()),
        secret: None,
        configuration: configuration(&settings),
    }
}

pub(crate) fn snapshot(name: &str, hours: i64) -> Snapshot {
    Snapshot {
        identifier: name.to_owned(),
        arn: arn("cluster-snapshot", name),
        source: "prod-orders".to_owned(),
        kind: SnapshotKind::Manual,
        status: "available".to_owned(),
        created_at: Some(now() - SignedDuration::from_hours(hours)),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: Some(240),
        tags: Tags::new(),
        details: SnapshotDetails { kms_key: Some(KEY.to_owned()), ..SnapshotDetails::default() },
    }
}

pub(crate) fn retained() -> RetainedBackup {
    RetainedBackup {
        identifier: "prod-orders".to_owned(),
        resource_id: "cluster-of-orders".to_owned(),
        arn: arn("cluster", "prod-orders"),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        window: Window {
            earliest: Some(now() - SignedDuration::from_hours(24 * 7)),
            latest: Some(now() - SignedDuration::from_mins(4)),
        },
        created_at: Some(now() - SignedDuration::from_hours(5000)),
        kms_key: Some(KEY.to_owned()),
        port: Some(5433),
        backup_arn: None,
        tags: Tags::new(),
    }
}

pub(crate) fn sim() -> Sim {
    let sim = Sim::new(now());
    let mut state = sim.state();
    state.put("policy.json", policy(&iam()).to_string().into_bytes());
    let window = Window {
        earliest: Some(now() - SignedDuration::from_hours(24 * 7)),
        latest: Some(now() - SignedDuration::from_mins(4)),
    };
    let tags = Tags::from([("team".to_owned(), "payments".to_owned())]);
    let members = [("prod-orders-a", true), ("prod-orders-b", false)];
    state.clusters.push(Cluster {
        identifier: "prod-orders".to_owned(),
        arn: arn("cluster", "prod-orders"),
        resource_id: "cluster-of-orders".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: Some(now() - SignedDuration::from_hours(5000)),
        tags,
        endpoint: Some("prod-orders.cluster-x.eu-west-1.rds.amazonaws.com".to_owned()),
        port: Some(5433),
        members: members.iter().map(|(name, writer)| Of { instance: (*name).to_owned(), writer: *writer }).collect(),
        window,
        database_name: Some("app".to_owned()),
        master_user: Some("root".to_owned()),
        secret: None,
        configuration: configuration(&settings()),
    });
    let roles = vec![("arn:aws:iam::123456789012:role/import".to_owned(), Some("s3Import".to_owned()))];
    state.settings.insert("cluster-of-orders".to_owned(), Settings { roles, http_endpoint: true, ..settings() });
    for (name, writer) in members {
        state.instances.push(instance(name, Some("prod-orders"), Engine::AuroraPostgresql));
        state.members.insert(format!("db-of-{name}"), member(name, writer));
    }
    state.instances.push(instance("prod-ledger", None, Engine::Postgres));
    state.settings.insert("db-of-prod-ledger".to_owned(), Settings { storage_gib: Some(400), ..settings() });
    state.members.insert("db-of-prod-ledger".to_owned(), member("prod-ledger", true));
    state.windows.insert("prod-ledger".to_owned(), window);
    state.snapshots = vec![snapshot("before-migration", 30), snapshot("before-release", 6)];
    let key = Key { arn: KEY.to_owned(), state: "Enabled".to_owned(), deleted_at: None, aws_managed: false };
    state.keys.insert(KEY.to_owned(), key);
    let point = RecoveryPoint {
        arn: arn("cluster-snapshot", "awsbackup:job-1"),
        vault: "prod".to_owned(),
        resource_arn: arn("cluster", "prod-orders"),
        resource_type: "Aurora".to_owned(),
        status: "COMPLETED".to_owned(),
        created_at: Some(now() - SignedDuration::from_hours(9)),
        bytes: None,
        kms_key: Some(KEY.to_owned()),
    };
    let facts = PointFacts { point, message: None, tier: None, delete_at: None, completed_at: None, copied_from: None };
    state.points.insert("prod".to_owned(), vec![facts]);
    let returned = [("engine", "aurora-postgresql"), ("dbClusterIdentifier", "prod-orders"), ("port", "0")];
    state.returned = returned.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let quota = |name: &str, used| Quota { name: name.to_owned(), used, most: 40 };
    state.quotas = vec![quota("DBClusters", 12), quota("DBInstances", 20), quota("AllocatedStorage", 1)];
    let target = Target { identifier: "prod-orders".to_owned(), clustered: true };
    state.proxies.insert("orders-proxy".to_owned(), vec![(target, now() - SignedDuration::from_hours(1))]);
    drop(state);
    sim
}

/// The request that most tests begin with
pub(crate) fn an_hour_ago() -> Value {
    json!({"database": "orders", "to": "1 hour ago", "scheduled_time": AT})
}

/// A recovery of orders that was handed over and filed
pub(crate) async fn handed_over() -> Sim {
    let sim = sim();
    sim.ask(an_hour_ago()).await.unwrap();
    sim.minutes(40).await;
    let record = sim.state().record(RUN);
    assert_eq!(record.phase, lifeboat::recover::Phase::HandedOver, "{:?}", record.notes);
    sim
}
