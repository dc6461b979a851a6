//! A small shop's account, its policy, and decisions that are easy to follow.

use backup_check::BackupCheck;
use backup_check::observe::{Observed, observe};
use backup_check::rules::{Mended, Rules, Tell};
use backup_check::scope::Scope;
use jiff::Timestamp;
use lifeboat::checkup::{
    Compared, Ended, Ending, Finding, Known, Mend, Remedies, Severity, Standing, State, World as Facts,
};
use lifeboat::database::{
    BackupPlan, BackupRule, Certificate, Cluster, Configuration, Engine, EngineSupport, Instance, Kept, Key,
    PointFacts, Quota, RecoveryPoint, Snapshot, SnapshotDetails, SnapshotKind, Tags, Upkeep, Vault, Window,
};
use lifeboat::mail::{Mail, Metric, Unit};
use lifeboat::policy::Policy;
use lifeboat::run::{Handler, PolicySource, RunError};
use serde_json::{Value, json};

use crate::world::{Fake, HOME, WEST};

pub(crate) const NOW: &str = "2026-11-22T07:00:00Z";
pub(crate) const KEY: &str = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// An Aurora cluster with everything, and an RDS instance with little
pub(crate) fn policy() -> Value {
    json!({
        "version": 1,
        "databases": {
            "orders": {
                "kind": "aurora", "identifier": "prod-orders",
                "backups": {"retention_days": 7, "recovery_points": [{"vault": "prod", "newest_hours": 26}],
                            "copies": [{"region": "us-west-2", "newest_hours": 50}]},
                "sandbox": {"subnet_group": "private", "security_groups": ["sg-0a1b2c3d4e5f60718"]},
                "drills": {"weekly": {"max_age_days": 8}}
            },
            "ledger": {"kind": "rds", "identifier": "prod-ledger", "backups": {"retention_days": 7}}
        }
    })
}

pub(crate) fn cluster(identifier: &str, retention: i32) -> Kept<Cluster> {
    let facts = Cluster {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:cluster:{identifier}"),
        resource_id: "cluster-A".to_owned(),
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
        configuration: configuration(retention),
    };
    Kept { facts, upkeep: Upkeep::default() }
}

fn configuration(retention: i32) -> Configuration {
    Configuration {
        kms_key: Some(KEY.to_owned()),
        encrypted: true,
        backup_retention_days: retention,
        ..Configuration::default()
    }
}

pub(crate) fn instance(identifier: &str, retention: i32) -> Kept<Instance> {
    let facts = Instance {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{HOME}:123456789012:db:{identifier}"),
        resource_id: "db-A".to_owned(),
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
        configuration: configuration(retention),
    };
    Kept { facts, upkeep: Upkeep::default() }
}

pub(crate) fn snapshot(region: &str, identifier: &str, source: &str, kind: SnapshotKind, created_at: &str) -> Snapshot {
    Snapshot {
        identifier: identifier.to_owned(),
        arn: format!("arn:aws:rds:{region}:123456789012:cluster-snapshot:{identifier}"),
        source: source.to_owned(),
        kind,
        status: "available".to_owned(),
        created_at: created_at.parse().ok(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: true,
        storage_gib: Some(1),
        tags: Tags::new(),
        details: SnapshotDetails { kms_key: Some(KEY.to_owned()), ..SnapshotDetails::default() },
    }
}

pub(crate) fn vault(name: &str, key: &str) -> (Vault, Vec<PointFacts>) {
    let vault = Vault {
        name: name.to_owned(),
        kms_key: Some(key.to_owned()),
        locked: false,
        lock_date: None,
        min_days: None,
        max_days: None,
    };
    let point = RecoveryPoint {
        arn: "arn:point".to_owned(),
        vault: name.to_owned(),
        resource_arn: format!("arn:aws:rds:{HOME}:123456789012:cluster:prod-orders"),
        resource_type: "Aurora".to_owned(),
        status: "COMPLETED".to_owned(),
        created_at: None,
        bytes: None,
        kms_key: Some(KEY.to_owned()),
    };
    let facts = PointFacts { point, message: None, tier: None, delete_at: None, completed_at: None, copied_from: None };
    (vault, vec![facts])
}

fn plan() -> BackupPlan {
    let copy = |region: &str, account: &str, name: &str| {
        (format!("arn:aws:backup:{region}:{account}:backup-vault:{name}"), None, None)
    };
    let rule = BackupRule {
        name: "daily".to_owned(),
        vault: "prod".to_owned(),
        schedule: None,
        timezone: None,
        start_within_minutes: None,
        delete_after_days: None,
        cold_after_days: None,
        continuous: false,
        copies: vec![
            copy(WEST, "123456789012", "dr"),
            copy(WEST, "999999999999", "theirs"),
            copy("eu-west-1", "123456789012", "nobody-asked"),
        ],
    };
    BackupPlan { id: "plan-1".to_owned(), name: "databases".to_owned(), rules: vec![rule] }
}

/// The account in good order
pub(crate) fn shop() -> Fake {
    let fake = Fake::new(NOW);
    fake.put("policy.json", &policy().to_string());
    fake.at(HOME, |account| {
        account.clusters = vec![cluster("prod-orders", 7), cluster("not-of-the-policy", 1)];
        account.instances = vec![instance("prod-ledger", 7)];
        account.windows.insert("prod-ledger".to_owned(), Window::default());
        account.snapshots = vec![
            snapshot(HOME, "rds:prod-orders-1", "prod-orders", SnapshotKind::Automated, "2026-11-21T00:00:00Z"),
            snapshot(HOME, "pre-1", "prod-orders", SnapshotKind::Manual, "2026-11-20T00:00:00Z"),
            snapshot(HOME, "awsbackup:job-1", "prod-orders", SnapshotKind::AwsBackup, "2026-11-20T00:00:00Z"),
            snapshot(HOME, "other-1", "not-of-the-policy", SnapshotKind::Manual, "2026-11-20T00:00:00Z"),
        ];
        account.quotas = vec![Quota { name: "DBClusters".to_owned(), used: 2, most: 40 }];
        account.certificates = vec![Certificate { identifier: "rds-ca-rsa2048-g1".to_owned(), until: None }];
        let support = ("postgres".to_owned(), "16".to_owned());
        account.support =
            vec![EngineSupport { engine: support.0, major: support.1, standard_until: None, extended_until: None }];
        account.vaults.insert("prod".to_owned(), vault("prod", KEY));
        account.plans = vec![plan()];
        let state = "Enabled".to_owned();
        account.keys.insert(KEY.to_owned(), Key { arn: KEY.to_owned(), state, deleted_at: None, aws_managed: false });
    });
    fake.at(WEST, |account| {
        account.snapshots = vec![snapshot(WEST, "copy-1", "prod-orders", SnapshotKind::Manual, "2026-11-21T00:00:00Z")];
        account.vaults.insert("dr".to_owned(), vault("dr", KEY));
        account.vaults.insert("theirs".to_owned(), vault("theirs", KEY));
    });
    fake
}

/// Looks at a world
pub(crate) async fn look(fake: &Fake, only: Option<&str>, hints: &[&str], state: &State) -> Observed {
    let text = fake.inside().objects["policy.json"].0.clone();
    let policy = Policy::parse(std::str::from_utf8(&text).unwrap()).unwrap();
    let hints: Vec<String> = hints.iter().map(|hint| (*hint).to_owned()).collect();
    let scope = Scope { policy: &policy, only, hints: &hints, home: HOME };
    let now = fake.inside().now;
    observe(fake, &scope, state, now).await
}

/// One finding for each database of the policy whose retention is too low, or could not be read
fn judge(now: Timestamp, policy: &Policy, facts: &Facts, state: &State, only: Option<&str>) -> Compared {
    let home = &facts.regions[&facts.home];
    let mut next = state.clone();
    let mut compared = Compared::default();
    for (name, database) in &policy.databases {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let days = if database.kind.is_clustered() {
            home.clusters.as_ref().map(|read| {
                read.as_ref()
                    .map(|all| all.iter().map(|it| (&it.facts.identifier, &it.facts.configuration)).collect::<Vec<_>>())
            })
        } else {
            home.instances.as_ref().map(|read| {
                read.as_ref()
                    .map(|all| all.iter().map(|it| (&it.facts.identifier, &it.facts.configuration)).collect::<Vec<_>>())
            })
        };
        let id = format!("retention/{name}");
        let severity = match days.expect("asked") {
            Err(_) => Some(Severity::Unjudged),
            Ok(all) => all
                .iter()
                .any(|(id, it)| **id == database.identifier && i64::from(it.backup_retention_days) < 7)
                .then_some(Severity::High),
        };
        let known = next.findings.remove(&id);
        match severity {
            None => {
                compared.resolved.extend(known.map(|known| Ended { known, at: now, how: Ending::Fine, told_at: None }));
            }
            Some(severity) => {
                let standing = if known.is_some() { Standing::Ongoing } else { Standing::New };
                let found = finding(&id, name, severity, now, known);
                next.findings.insert(id, found.clone());
                compared.found.push((standing, found));
            }
        }
    }
    compared.next = next;
    compared
}

fn finding(id: &str, database: &str, severity: Severity, now: Timestamp, known: Option<Known>) -> Known {
    let finding = Finding {
        id: id.to_owned(),
        database: Some(database.to_owned()),
        severity,
        title: format!("{id} is wrong"),
        evidence: Vec::new(),
        why: String::new(),
        mend: Mend::say("mend it"),
        measure: None,
    };
    // By way of JSON: what else is remembered of a finding is none of this flow's business.
    let since = known.as_ref().map_or(now, |known| known.since);
    let told_at = known.and_then(|known| known.told_at);
    let known = json!({"finding": finding, "since": since, "seen_at": now, "told_at": told_at});
    serde_json::from_value(known).unwrap()
}

fn due(_: Timestamp, _: &Policy, compared: &Compared) -> Tell {
    let untold = compared.found.iter().any(|(_, known)| known.told_at.is_none());
    if untold { Tell::AtOnce } else { Tell::Nothing }
}

fn mail(tell: Tell, compared: &Compared, _: &Policy, _: &Facts, mended: &Mended, _: Timestamp) -> Option<Mail> {
    let ids: Vec<&str> = compared.found.iter().map(|(_, known)| known.finding.id.as_str()).collect();
    let body = format!("{} raised {} failed {}", ids.join(" "), mended.raised.len(), mended.failed.len());
    (tell != Tell::Nothing || !mended.is_nothing()).then(|| Mail { subject: "[ALERT] backups".to_owned(), body })
}

/// The decisions of these tests
pub(crate) fn rules(mend: fn(Timestamp, &Policy, &Facts) -> Remedies) -> Rules {
    Rules {
        judge,
        mend,
        due,
        mail,
        line: |compared, _, _| format!("{} open", compared.found.len()),
        message: |compared, _, _, only, _| format!("{} of {only:?}", compared.found.len()),
        metrics: |compared, _, _, _| {
            let value = f64::from(u32::try_from(compared.found.len()).unwrap());
            vec![Metric { name: "Findings", dimension: None, value, unit: Unit::Count }]
        },
        told: |state, now, _| state.findings.values_mut().for_each(|known| known.told_at = Some(now)),
    }
}

/// The function on a world
pub(crate) fn function(fake: Fake) -> BackupCheck<Fake> {
    function_that_mends(fake, |_, _, _| Remedies::default())
}

pub(crate) fn function_that_mends(fake: Fake, mend: fn(Timestamp, &Policy, &Facts) -> Remedies) -> BackupCheck<Fake> {
    let policy = PolicySource::Key("policy.json".to_owned());
    BackupCheck::new(fake, policy, "bucket".to_owned()).deciding(rules(mend))
}

pub(crate) async fn ask(function: &BackupCheck<Fake>, event: Value) -> Result<Value, RunError> {
    function.handle(event, "2026-11-23T00:00:00Z".parse().unwrap()).await
}

/// A change to the policy of [`policy`]
pub(crate) fn with(fake: &Fake, change: impl FnOnce(&mut Value)) {
    let mut changed = policy();
    change(&mut changed);
    fake.put("policy.json", &changed.to_string());
}
