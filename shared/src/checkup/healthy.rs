//! A policy of three databases, and a world in which every question about them is answered with "fine".

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::facts::{DrillFacts, Region, Unknown, VaultFacts, World};
use super::{Answer, Finding, Sheet};
use crate::database::{
    BackupJob, BackupPlan, BackupRule, Certificate, Cluster, Configuration, Engine, EngineSupport, Instance, JobKind,
    Kept, Key, Member, PointFacts, Quota, RecoveryPoint, Sample, Sharing, Snapshot, SnapshotDetails, SnapshotKind,
    Tags, Upkeep, Vault, Window,
};
use crate::policy::Policy;
use crate::verify::VerdictWord;

/// The databases' region, and that of their copies
pub(crate) const HOME: &str = "eu-west-1";
pub(crate) const ABROAD: &str = "us-west-2";

/// A Friday
pub(crate) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(crate) fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

pub(crate) fn ago(number: i64) -> Timestamp {
    now() - hours(number)
}

/// One Aurora cluster, one RDS instance, one DocumentDB cluster
pub(crate) const POLICY: &str = r#"{"version": 1, "timezone": "Asia/Tokyo",
    "databases": {
        "orders": {"kind": "aurora", "identifier": "prod-orders",
            "backups": {"retention_days": 7, "restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                "recovery_points": [{"vault": "prod", "newest_hours": 26}],
                "copies": [{"region": "us-west-2", "newest_hours": 50}]},
            "storage": {"billed_gib": 2000, "growth_percent_per_week": 20},
            "drills": {"weekly": {"max_age_days": 8}},
            "snapshots": {"patterns": ["manual-*"], "copy_to": {"region": "us-west-2"}}},
        "ledger": {"kind": "rds", "identifier": "prod-ledger",
            "backups": {"retention_days": 7, "restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                "recovery_points": [{"vault": "prod", "newest_hours": 26}]},
            "drills": {"weekly": {"max_age_days": 8}}},
        "archive": {"kind": "documentdb", "identifier": "prod-archive",
            "backups": {"retention_days": 7, "restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                "recovery_points": [{"vault": "prod", "newest_hours": 26}]},
            "drills": {"weekly": {"max_age_days": 8}}}},
    "jobs": {"daily-etl": {"database": "orders", "start_by": "07:30"}}}"#;

pub(crate) fn policy() -> Policy {
    policy_of(POLICY)
}

pub(crate) fn policy_of(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// The policy with a text in it replaced
pub(crate) fn policy_with(from: &str, to: &str) -> Policy {
    assert!(POLICY.contains(from), "{from}");
    policy_of(&POLICY.replace(from, to))
}

pub(crate) fn arn(region: &str, what: &str, identifier: &str) -> String {
    format!("arn:aws:rds:{region}:123456789012:{what}:{identifier}")
}

pub(crate) fn key(region: &str) -> String {
    format!("arn:aws:kms:{region}:123456789012:key/0a1b2c3d")
}

pub(crate) fn upkeep() -> Upkeep {
    Upkeep {
        backup_window: Some("18:00-18:30".to_owned()),
        maintenance_window: Some("sun:20:00-sun:20:30".to_owned()),
        certificate: None,
        certificate_until: None,
        kept_by_aws_backup: false,
        extended_support: Some("open-source-rds-extended-support".to_owned()),
        replica_of: None,
    }
}

fn configuration() -> Configuration {
    Configuration {
        kms_key: Some(key(HOME)),
        encrypted: true,
        backup_retention_days: 7,
        deletion_protection: true,
        ..Configuration::default()
    }
}

pub(crate) fn cluster(identifier: &str, engine: &str, version: &str) -> Kept<Cluster> {
    let facts = Cluster {
        identifier: identifier.to_owned(),
        arn: arn(HOME, "cluster", identifier),
        resource_id: format!("cluster-RES{}", identifier.to_uppercase()),
        engine: Engine::from(engine),
        engine_version: version.to_owned(),
        status: "available".to_owned(),
        created_at: Some(ago(24 * 300)),
        tags: Tags::new(),
        endpoint: None,
        port: None,
        members: vec![Member { instance: format!("{identifier}-1"), writer: true }],
        window: Window { earliest: Some(ago(24 * 7)), latest: Some(now() - SignedDuration::from_mins(5)) },
        database_name: None,
        master_user: None,
        secret: None,
        configuration: configuration(),
    };
    Kept { facts, upkeep: upkeep() }
}

pub(crate) fn instance(identifier: &str, engine: &str, version: &str) -> Kept<Instance> {
    let facts = Instance {
        identifier: identifier.to_owned(),
        arn: arn(HOME, "db", identifier),
        resource_id: format!("db-RES{}", identifier.to_uppercase()),
        engine: Engine::from(engine),
        engine_version: version.to_owned(),
        status: "available".to_owned(),
        created_at: Some(ago(24 * 300)),
        tags: Tags::new(),
        cluster: None,
        endpoint: None,
        port: None,
        latest_restorable: Some(now() - SignedDuration::from_mins(5)),
        database_name: None,
        master_user: None,
        secret: None,
        configuration: configuration(),
    };
    let upkeep = Upkeep {
        certificate: Some("rds-ca-rsa2048-g1".to_owned()),
        certificate_until: Some(now() + hours(24 * 200)),
        ..upkeep()
    };
    Kept { facts, upkeep }
}

/// The first instance of a cluster
pub(crate) fn member(of: &Kept<Cluster>) -> Kept<Instance> {
    let first = of.facts.members.first().unwrap().instance.clone();
    let mut kept = instance(&first, of.facts.engine.word(), &of.facts.engine_version);
    kept.facts.cluster = Some(of.facts.identifier.clone());
    kept
}

/// A manual snapshot of the home region, so many hours old, of a database whose name says what it is
pub(crate) fn snapshot(source: &str, identifier: &str, age: i64) -> Snapshot {
    let (what, engine) = match source {
        "prod-ledger" => ("snapshot", Engine::Postgres),
        "prod-archive" => ("cluster-snapshot", Engine::Docdb),
        _ => ("cluster-snapshot", Engine::AuroraPostgresql),
    };
    Snapshot {
        identifier: identifier.to_owned(),
        arn: arn(HOME, what, identifier),
        source: source.to_owned(),
        kind: SnapshotKind::Manual,
        status: "available".to_owned(),
        created_at: Some(ago(age)),
        engine,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: Some(120),
        tags: Tags::new(),
        details: SnapshotDetails { kms_key: Some(key(HOME)), ..SnapshotDetails::default() },
    }
}

pub(crate) fn automated(source: &str, age: i64) -> Snapshot {
    let identifier = format!("rds:{source}-{age}");
    Snapshot { kind: SnapshotKind::Automated, ..snapshot(source, &identifier, age) }
}

/// A copy abroad of data that is so many hours old
pub(crate) fn copied(source: &str, age: i64) -> Snapshot {
    let here = snapshot(source, &format!("copy-{source}-{age}"), age);
    let details = SnapshotDetails {
        kms_key: Some(key(ABROAD)),
        copied_from: Some(here.arn.clone()),
        ..SnapshotDetails::default()
    };
    Snapshot { arn: here.arn.replace(HOME, ABROAD), details, ..here }
}

pub(crate) fn quotas() -> Vec<Quota> {
    let names = ["DBClusters", "DBInstances", "ManualSnapshots", "ManualClusterSnapshots"];
    names.map(|name| Quota { name: name.to_owned(), used: 10, most: 40 }).into()
}

fn keys(region: &str) -> BTreeMap<String, Result<Option<Key>, Unknown>> {
    let key = Key { arn: key(region), state: "Enabled".to_owned(), deleted_at: None, aws_managed: false };
    BTreeMap::from([(key.arn.clone(), Ok(Some(key)))])
}

fn support() -> Vec<EngineSupport> {
    let versions = [("aurora-postgresql", "16"), ("postgres", "16"), ("docdb", "5.0")];
    versions
        .map(|(engine, major)| EngineSupport {
            engine: engine.to_owned(),
            major: major.to_owned(),
            standard_until: Some(now() + hours(24 * 800)),
            extended_until: Some(now() + hours(24 * 1900)),
        })
        .into()
}

/// A recovery point of a database of the home region
pub(crate) fn point(what: &str, source: &str, age: i64) -> PointFacts {
    PointFacts {
        point: RecoveryPoint {
            arn: format!("arn:aws:backup:{HOME}:123456789012:recovery-point:{source}-{age}"),
            vault: "prod".to_owned(),
            resource_arn: arn(HOME, what, source),
            resource_type: if what == "db" { "RDS" } else { "Aurora" }.to_owned(),
            status: "COMPLETED".to_owned(),
            created_at: Some(ago(age)),
            bytes: None,
            kms_key: Some(key(HOME)),
        },
        message: None,
        tier: Some("WARM".to_owned()),
        delete_at: Some(now() + hours(24 * 30)),
        completed_at: Some(ago(age)),
        copied_from: None,
    }
}

pub(crate) fn vault(points: Vec<PointFacts>) -> VaultFacts {
    let vault = Vault {
        name: "prod".to_owned(),
        kms_key: Some(key(HOME)),
        locked: false,
        lock_date: None,
        min_days: None,
        max_days: None,
    };
    VaultFacts { vault: Ok(Some(vault)), points: Ok(points) }
}

/// A backup job of a plan
pub(crate) fn job(what: &str, source: &str, age: i64) -> BackupJob {
    BackupJob {
        kind: JobKind::Backup,
        id: format!("job-{source}-{age}"),
        state: "COMPLETED".to_owned(),
        message: None,
        resource_arn: arn(HOME, what, source),
        vault: Some("prod".to_owned()),
        plan: Some("plan-1".to_owned()),
        created_at: Some(ago(age)),
        ended_at: Some(ago(age)),
        is_test: false,
        made: None,
        deletion: None,
    }
}

pub(crate) fn plan(schedule: &str) -> BackupPlan {
    let rule = BackupRule {
        name: "daily".to_owned(),
        vault: "prod".to_owned(),
        schedule: Some(schedule.to_owned()),
        timezone: None,
        start_within_minutes: Some(60),
        delete_after_days: Some(35),
        cold_after_days: None,
        continuous: false,
        copies: Vec::new(),
    };
    BackupPlan { id: "plan-1".to_owned(), name: "production".to_owned(), rules: vec![rule] }
}

/// A drill `weekly` that passed so many hours ago
pub(crate) fn drill(database: &str, age: i64) -> DrillFacts {
    DrillFacts {
        run: format!("drill-{database}-{age}"),
        database: database.to_owned(),
        drill: "weekly".to_owned(),
        requested_at: ago(age),
        verdict: VerdictWord::Passed,
        reason: "every check passed".to_owned(),
        left_behind: 0,
    }
}

/// 50 GiB on each of these days ago, oldest first
fn samples(days: std::ops::Range<i64>) -> Vec<Sample> {
    days.rev().map(|day| Sample { at: ago(24 * day), value: 50.0 * 1_073_741_824.0 }).collect()
}

fn home_region() -> Region {
    let orders = cluster("prod-orders", "aurora-postgresql", "16.4");
    let archive = cluster("prod-archive", "docdb", "5.0.0");
    let ledger = instance("prod-ledger", "postgres", "16.4");
    let instances = vec![member(&orders), member(&archive), ledger];
    let window = Window { earliest: Some(ago(24 * 7)), latest: Some(now() - SignedDuration::from_mins(5)) };
    let manual = snapshot("prod-orders", "manual-1", 40);
    let sharing = BTreeMap::from([(manual.arn.clone(), Sharing::Private)]);
    let databases = [("cluster", "prod-orders"), ("db", "prod-ledger"), ("cluster", "prod-archive")];
    let authority = Certificate { identifier: "rds-ca-rsa2048-g1".to_owned(), until: Some(now() + hours(24 * 9000)) };
    let mut snapshots: Vec<Snapshot> = databases.iter().map(|(_, source)| automated(source, 10)).collect();
    snapshots.push(manual);
    Region {
        clusters: Some(Ok(vec![orders, archive])),
        instances: Some(Ok(instances)),
        windows: Some(Ok(BTreeMap::from([("prod-ledger".to_owned(), window)]))),
        snapshots: Some(Ok(snapshots)),
        sharing,
        retained: BTreeMap::new(),
        quotas: Some(Ok(quotas())),
        certificates: Some(Ok(vec![authority])),
        support: Some(Ok(support())),
        keys: keys(HOME),
        vaults: BTreeMap::from([(
            "prod".to_owned(),
            vault(databases.iter().map(|(what, source)| point(what, source, 9)).collect()),
        )]),
        jobs: Some(Ok(databases.iter().map(|(what, source)| job(what, source, 9)).collect())),
        plans: Some(Ok(vec![plan("cron(0 3 ? * * *)")])),
        billed: Some(Ok(BTreeMap::from([("prod-orders".to_owned(), samples(1..3))]))),
    }
}

fn abroad_region() -> Region {
    let copy = copied("prod-orders", 40);
    let sharing = BTreeMap::from([(copy.arn.clone(), Sharing::Private)]);
    Region {
        snapshots: Some(Ok(vec![copy])),
        sharing,
        quotas: Some(Ok(quotas())),
        keys: keys(ABROAD),
        ..Region::default()
    }
}

/// Every question is answered with "fine"
pub(crate) fn world() -> World {
    World {
        home: HOME.to_owned(),
        regions: BTreeMap::from([(HOME.to_owned(), home_region()), (ABROAD.to_owned(), abroad_region())]),
        drills: Some(Ok(["orders", "ledger", "archive"].map(|database| drill(database, 100)).into())),
        open_runs: Some(Ok(Vec::new())),
        history: BTreeMap::from([("orders".to_owned(), samples(3..21))]),
        last_looked: None,
    }
}

/// What the world says after a change, to be reached without unwrapping at every step
pub(crate) fn home(world: &mut World) -> &mut Region {
    world.regions.get_mut(HOME).unwrap()
}

pub(crate) fn abroad(world: &mut World) -> &mut Region {
    world.regions.get_mut(ABROAD).unwrap()
}

pub(crate) fn list<T>(list: &mut Option<Result<T, Unknown>>) -> &mut T {
    list.as_mut().unwrap().as_mut().unwrap()
}

/// `prod-orders`
pub(crate) fn orders(world: &mut World) -> &mut Kept<Cluster> {
    list(&mut home(world).clusters).iter_mut().find(|kept| kept.facts.identifier == "prod-orders").unwrap()
}

/// `prod-ledger`
pub(crate) fn ledger(world: &mut World) -> &mut Kept<Instance> {
    list(&mut home(world).instances).iter_mut().find(|kept| kept.facts.identifier == "prod-ledger").unwrap()
}

pub(crate) fn denied() -> Unknown {
    Unknown { why: "AccessDenied".to_owned() }
}

/// What one module asks
pub(super) fn asked(ask: fn(&super::Asking<'_>, &mut Sheet), policy: &Policy, world: &World) -> Sheet {
    let mut sheet = Sheet::default();
    let index = super::index::Index::of(world);
    ask(&super::Asking { now: now(), policy, world, index: &index }, &mut sheet);
    sheet
}

/// The answer to a question: `fine`, a severity, or `-` where it is not on the sheet
pub(crate) fn word(sheet: &Sheet, id: &str) -> String {
    match answer(sheet, id) {
        None => "-".to_owned(),
        Some(Answer::Fine) => "fine".to_owned(),
        Some(Answer::Silent(_)) => "silent".to_owned(),
        Some(Answer::Found(finding)) => format!("{:?}", finding.severity).to_lowercase(),
    }
}

pub(crate) fn answer<'a>(sheet: &'a Sheet, id: &str) -> Option<&'a Answer> {
    sheet.answers().find(|(known, _)| *known == id).map(|(_, answer)| answer)
}

pub(crate) fn finding<'a>(sheet: &'a Sheet, id: &str) -> &'a Finding {
    match answer(sheet, id) {
        Some(Answer::Found(finding)) => finding,
        other => panic!("{id}: {other:?}"),
    }
}

/// Everything that is not fine, as `id severity title`
pub(crate) fn lines(sheet: &Sheet) -> Vec<String> {
    let all = sheet.findings();
    all.into_iter().map(|found| format!("{} {:?} {}", found.id, found.severity, found.title)).collect()
}

#[test]
fn in_the_healthy_world_every_question_is_answered_with_fine() {
    let sheet = super::judge(now(), &policy(), &world());
    assert_eq!(lines(&sheet), Vec::<String>::new());
    // The lists of jobs, of which none is ever complete, and kinds of jobs of which there were none
    let silent = sheet.answers().filter(|(_, answer)| matches!(answer, Answer::Silent(_)));
    assert!(silent.map(|(id, _)| id).all(|id| id.contains("-jobs")), "{sheet:?}");
    assert!(sheet.answers().filter(|(_, answer)| **answer == Answer::Fine).count() >= 70);
}
