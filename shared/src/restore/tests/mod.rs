//! Tables over the machine, with worlds that are written down by hand.

mod decisions;
mod gate;
mod points;
mod sweeping;
mod validating;
mod vaults;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::database::{Cluster, Configuration, Engine, Instance, Kind, ManagedSecret, SecretState, Seen, Tags, Window};
use crate::verify::{Check, Login};

pub(super) const RUN: &str = "drill-orders-202611221800";

pub(super) fn at(minutes: i64) -> Timestamp {
    let begins: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
    begins + SignedDuration::from_mins(minutes)
}

pub(super) fn plan(kind: Kind) -> Plan {
    Plan {
        database: "orders".to_owned(),
        drill: Some("weekly".to_owned()),
        kind,
        identifier: "prod-orders".to_owned(),
        source: SourceChoice::PointInTime { lag_seconds: 3600 },
        region: None,
        sandbox: Sandbox::default(),
        connect_to: Some("app".to_owned()),
        login: Login::ManagedSecret { secret_arn: None },
        checks: vec![Check::RowCount { table: "users".to_owned(), at_least: Some(1), at_most: None }],
        checks_are_implicit: false,
        deadline_minutes: 120,
        expires_hours: 24,
        timezone: "Asia/Tokyo".to_owned(),
        restore_lag_minutes: Some(15),
    }
}

pub(super) fn facts(engine: Engine) -> SourceFacts {
    SourceFacts {
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        engine,
        engine_version: "16.4".to_owned(),
        window: Window { earliest: Some(at(-7 * 24 * 60)), latest: Some(at(-4)) },
        configuration: Configuration::default(),
        class: Some("db.r6g.large".to_owned()),
        database_name: Some("app".to_owned()),
        is_gone: false,
    }
}

/// A run that has come to `phase`, with what it would know there
pub(super) fn record(kind: Kind, phase: Phase) -> Record {
    let mut record = Record::born(RUN.to_owned(), Purpose::Drill, plan(kind), at(0), at(0));
    let engine = if kind.is_clustered() { Engine::AuroraPostgresql } else { Engine::Mysql };
    if phase > Phase::Planned {
        record.source = Some(facts(engine));
        record.point = Some(Point::Time { to: at(-60) });
    }
    if phase > Phase::Attaching {
        record.copy.endpoint = Some("copy.rds.amazonaws.com".to_owned());
        record.copy.port = Some(5432);
    }
    if phase > Phase::Opening {
        record.copy.secret_arn = Some("arn:secret".to_owned());
    }
    if phase != Phase::Planned {
        record.enter(phase, at(1));
    }
    record
}

pub(super) fn ours() -> Tags {
    copy_tags(RUN, Purpose::Drill, "prod-orders", Some(at(24 * 60)))
}

pub(super) fn cluster(status: &str) -> Cluster {
    Cluster {
        identifier: RUN.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster:{RUN}"),
        resource_id: "cluster-COPY".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(1)),
        tags: ours(),
        endpoint: Some("copy.rds.amazonaws.com".to_owned()),
        port: Some(5432),
        members: Vec::new(),
        window: Window::default(),
        database_name: Some("app".to_owned()),
        master_user: Some("root".to_owned()),
        secret: None,
        configuration: Configuration::default(),
    }
}

pub(super) fn instance(status: &str) -> Instance {
    Instance {
        identifier: format!("{RUN}-1"),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:db:{RUN}-1"),
        resource_id: "db-COPY".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(10)),
        tags: ours(),
        cluster: Some(RUN.to_owned()),
        endpoint: Some("copy-1.rds.amazonaws.com".to_owned()),
        port: Some(5432),
        latest_restorable: None,
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    }
}

/// The copy of an RDS instance
pub(super) fn alone(status: &str) -> Instance {
    Instance { identifier: RUN.to_owned(), cluster: None, engine: Engine::Mysql, ..instance(status) }
}

pub(super) fn with_secret(mut cluster: Cluster, state: SecretState) -> Cluster {
    cluster.secret = Some(ManagedSecret { arn: "arn:secret".to_owned(), state });
    cluster
}

pub(super) fn seen(cluster: Seen<Cluster>, instance: Seen<Instance>) -> Observed {
    Observed { cluster, instance, ..Observed::nothing() }
}
