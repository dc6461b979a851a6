//! Policies, snapshots and databases to play with.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    Cluster, Configuration, Engine, Instance, Snapshot, SnapshotDetails, SnapshotKind, Tags, Window,
};

use crate::world::{HOME, Sim};

pub(crate) fn begins() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

/// Two are kept; deletions are on unless `cleanup` says otherwise
pub(crate) fn policy(rules: &str, cleanup: &str) -> String {
    format!(
        r#"{{"version": 1, "databases": {{"orders": {{"kind": "aurora", "identifier": "prod-orders",
            "backups": {{"restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                         "recovery_points": [{{"vault": "prod", "newest_hours": 26}}]}},
            "sandbox": {{"subnet_group": "private", "security_groups": ["sg-1"],
                         "login": {{"method": "managed_secret", "database": "app"}}}},
            "snapshots": {{"patterns": ["pre-*"], "keep_last": 2{rules}}}}}}},
            "cleanup": {{{cleanup}}}}}"#
    )
}

pub(crate) const REAL: &str = r#""dry_run": false, "grace_days": 1, "max_deletions": 20"#;

pub(crate) fn snapshot(identifier: &str, at: Timestamp) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:cluster-snapshot:{identifier}"),
        source: "prod-orders".to_owned(),
        kind: SnapshotKind::Manual,
        status: "available".to_owned(),
        created_at: Some(at),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: false,
        storage_gib: Some(120),
        tags: Tags::new(),
        details: SnapshotDetails::default(),
    }
}

pub(crate) fn cluster(identifier: &str, at: Timestamp) -> Cluster {
    Cluster {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:cluster:{identifier}"),
        resource_id: format!("cluster-{identifier}"),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: Some(at),
        tags: Tags::new(),
        endpoint: None,
        port: Some(5432),
        members: Vec::new(),
        window: Window { earliest: Some(at), latest: Some(at) },
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    }
}

pub(crate) fn instance(identifier: &str, at: Timestamp) -> Instance {
    Instance {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:db:{identifier}"),
        resource_id: format!("db-{identifier}"),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: Some(at),
        tags: Tags::new(),
        cluster: None,
        endpoint: None,
        port: Some(5432),
        latest_restorable: None,
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    }
}

/// `pre-00` is the oldest of so many; each is a day younger than the one before, the newest two days old. A fresh backup is
/// there at every time.
pub(crate) fn sim(number: i64, policy: &str) -> Sim {
    let sim = Sim::new(begins());
    {
        let mut state = sim.state();
        state.policy(policy);
        for day in 0..number {
            state.add(snapshot(&format!("pre-{day:02}"), begins() - hours(24 * (number - day + 1))));
        }
        state.clusters.push(cluster("prod-orders", begins() - hours(24 * 400)));
        backup(&mut state.automated, begins());
    }
    sim
}

/// An automated snapshot
pub(crate) fn backup(automated: &mut Vec<Snapshot>, at: Timestamp) {
    let mut one = snapshot(&format!("rds:prod-orders-{}", automated.len()), at);
    one.kind = SnapshotKind::Automated;
    automated.push(one);
}

/// A day passes, in which a backup is made
pub(crate) fn a_day_passes(sim: &Sim) {
    sim.pass(hours(24));
    let mut state = sim.state();
    let now = state.now();
    backup(&mut state.automated, now);
}
