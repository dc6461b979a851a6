//! A policy with two databases that AWS Backup keeps, and a world in which all is well.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::super::{Answer, Asking, Finding, Region, Severity, Sheet, Unknown, VaultFacts, World};
use crate::database::{
    BackupJob, BackupPlan, BackupRule, Cluster, Configuration, Engine, Instance, JobKind, Kept, Key, PointFacts,
    RecoveryPoint, Tags, Upkeep, Vault, Window,
};
use crate::policy::Policy;

pub(super) const HOME: &str = "eu-west-1";
pub(super) const ORDERS: &str = "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders";
pub(super) const LEDGER: &str = "arn:aws:rds:eu-west-1:123456789012:db:prod-ledger";
pub(super) const OTHER: &str = "arn:aws:rds:eu-west-1:123456789012:db:somebody";
pub(super) const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/vault";
pub(super) const DATA_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/data";

/// A Friday at noon
pub(super) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

pub(super) fn second() -> SignedDuration {
    SignedDuration::from_secs(1)
}

pub(super) fn denied() -> Unknown {
    Unknown { why: "AccessDenied: backup:Anything".to_owned() }
}

pub(super) fn policy() -> Policy {
    let text = r#"{"version": 1, "databases": {
        "orders": {"kind": "aurora", "identifier": "prod-orders",
            "backups": {"recovery_points": [{"vault": "prod", "newest_hours": 26}]}},
        "ledger": {"kind": "rds", "identifier": "prod-ledger",
            "backups": {"recovery_points": [{"vault": "prod", "newest_hours": 26}]}}}}"#;
    Policy::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

pub(super) fn cluster(identifier: &str) -> Kept<Cluster> {
    let facts = Cluster {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:cluster:{identifier}"),
        resource_id: "cluster-ABC".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: None,
        tags: Tags::new(),
        endpoint: None,
        port: None,
        members: Vec::new(),
        window: Window::default(),
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration { encrypted: true, ..Configuration::default() },
    };
    Kept { facts, upkeep: Upkeep::default() }
}

pub(super) fn instance(identifier: &str) -> Kept<Instance> {
    let facts = Instance {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:db:{identifier}"),
        resource_id: "db-ABC".to_owned(),
        engine: Engine::Postgres,
        engine_version: "16.4".to_owned(),
        status: "available".to_owned(),
        created_at: None,
        tags: Tags::new(),
        cluster: None,
        endpoint: None,
        port: None,
        latest_restorable: None,
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration { encrypted: true, ..Configuration::default() },
    };
    Kept { facts, upkeep: Upkeep::default() }
}

pub(super) fn key(arn: &str, state: &str) -> Key {
    Key { arn: arn.to_owned(), state: state.to_owned(), deleted_at: None, aws_managed: false }
}

/// A point that was made at 5 o'clock of a day
pub(super) fn point(resource: &str, created_at: Timestamp) -> PointFacts {
    PointFacts {
        point: RecoveryPoint {
            arn: format!("{resource}:awsbackup:job-{}", created_at.as_second()),
            vault: "prod".to_owned(),
            resource_arn: resource.to_owned(),
            resource_type: "RDS".to_owned(),
            status: "COMPLETED".to_owned(),
            created_at: Some(created_at),
            bytes: None,
            kms_key: Some(DATA_KEY.to_owned()),
        },
        message: None,
        tier: Some("WARM".to_owned()),
        delete_at: None,
        completed_at: None,
        copied_from: None,
    }
}

/// A backup job of orders that completed
pub(super) fn job(id: &str, created_at: Timestamp) -> BackupJob {
    BackupJob {
        kind: JobKind::Backup,
        id: id.to_owned(),
        state: "COMPLETED".to_owned(),
        message: None,
        resource_arn: ORDERS.to_owned(),
        vault: Some("prod".to_owned()),
        plan: Some("plan-1".to_owned()),
        created_at: Some(created_at),
        ended_at: Some(created_at + hours(1)),
        is_test: false,
        made: None,
        deletion: None,
    }
}

pub(super) fn failed(id: &str, created_at: Timestamp, state: &str) -> BackupJob {
    BackupJob { state: state.to_owned(), message: Some("the role may not write".to_owned()), ..job(id, created_at) }
}

pub(super) fn rule(name: &str, schedule: &str) -> BackupRule {
    BackupRule {
        name: name.to_owned(),
        vault: "prod".to_owned(),
        schedule: Some(schedule.to_owned()),
        timezone: None,
        start_within_minutes: Some(60),
        delete_after_days: Some(35),
        cold_after_days: None,
        continuous: false,
        copies: Vec::new(),
    }
}

pub(super) fn plan(id: &str, rules: Vec<BackupRule>) -> BackupPlan {
    BackupPlan { id: id.to_owned(), name: format!("the {id}"), rules }
}

pub(super) fn vault(name: &str) -> Vault {
    Vault {
        name: name.to_owned(),
        kms_key: Some(KEY.to_owned()),
        locked: false,
        lock_date: None,
        min_days: None,
        max_days: None,
    }
}

/// All is well: a point and a job at 5 o'clock, when the plan's only rule was due
pub(super) fn well() -> World {
    let five = at("2026-11-20T05:00:00Z");
    let points = [ORDERS, LEDGER].map(|arn| [point(arn, five - hours(24)), point(arn, five)]).concat();
    let jobs = [(ORDERS, JobKind::Backup), (LEDGER, JobKind::Backup), (ORDERS, JobKind::Copy)];
    let jobs = jobs.map(|(arn, kind)| BackupJob { kind, resource_arn: arn.to_owned(), ..job("job-1", five) });
    let keys = [KEY, DATA_KEY].map(|arn| (arn.to_owned(), Ok(Some(key(arn, "Enabled")))));
    let region = Region {
        clusters: Some(Ok(vec![cluster("prod-orders")])),
        instances: Some(Ok(vec![instance("prod-ledger")])),
        keys: keys.into(),
        vaults: [("prod".to_owned(), VaultFacts { vault: Ok(Some(vault("prod"))), points: Ok(points) })].into(),
        jobs: Some(Ok(jobs.into())),
        plans: Some(Ok(vec![plan("plan-1", vec![rule("daily", "cron(0 5 * * ? *)")])])),
        ..Region::default()
    };
    World { home: HOME.to_owned(), regions: BTreeMap::from([(HOME.to_owned(), region)]), ..World::default() }
}

pub(super) fn home(world: &mut World) -> &mut Region {
    world.regions.get_mut(HOME).unwrap()
}

pub(super) fn prod(world: &mut World) -> &mut Vault {
    home(world).vaults.get_mut("prod").unwrap().vault.as_mut().unwrap().as_mut().unwrap()
}

pub(super) fn points(world: &mut World) -> &mut Vec<PointFacts> {
    home(world).vaults.get_mut("prod").unwrap().points.as_mut().unwrap()
}

pub(super) fn jobs(world: &mut World) -> &mut Vec<BackupJob> {
    home(world).jobs.as_mut().unwrap().as_mut().unwrap()
}

pub(super) fn plans(world: &mut World) -> &mut Vec<BackupPlan> {
    home(world).plans.as_mut().unwrap().as_mut().unwrap()
}

pub(super) fn sheet_at(now: Timestamp, world: &World) -> Sheet {
    let (mut sheet, policy) = (Sheet::default(), policy());
    let index = super::super::index::Index::of(world);
    super::ask(&Asking { now, policy: &policy, world, index: &index }, &mut sheet);
    sheet
}

pub(super) fn answer(world: &World, id: &str) -> Option<Answer> {
    let sheet = sheet_at(now(), world);
    sheet.answers().find(|(known, _)| *known == id).map(|(_, answer)| answer.clone())
}

pub(super) fn found(world: &World, id: &str) -> Finding {
    match answer(world, id) {
        Some(Answer::Found(finding)) => std::sync::Arc::unwrap_or_clone(finding),
        other => panic!("{id}: {other:?}"),
    }
}

/// `None`: fine
pub(super) fn severity(world: &World, id: &str) -> Option<Severity> {
    match answer(world, id) {
        Some(Answer::Found(finding)) => Some(finding.severity),
        Some(Answer::Fine) => None,
        silent => panic!("{id}: {silent:?}"),
    }
}
