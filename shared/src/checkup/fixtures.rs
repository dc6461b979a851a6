//! Policies, findings, sheets and worlds to tell about.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Compared, DrillFacts, Finding, Mend, Region, Severity, Sheet, State, Tell, Unknown, World, compare, tell};
use crate::database::{Cluster, Configuration, Engine, Kept, Sample, Snapshot, Tags, Upkeep, Window};
use crate::policy::Policy;
use crate::verify::VerdictWord;

/// A Friday at 6 in the morning in Tokyo
pub(crate) const NOW: &str = "2026-11-19T21:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

/// Two Aurora clusters, mails on Mondays in Tokyo, with this in `checkup`
pub(crate) fn policy(checkup: &str) -> Policy {
    let text = format!(
        r#"{{"version": 1, "timezone": "Asia/Tokyo", "databases": {{
            "orders": {{"kind": "aurora", "identifier": "prod-orders", "backups": {{"retention_days": 7}}}},
            "ledger": {{"kind": "documentdb", "identifier": "prod-ledger"}}}},
            "checkup": {{{checkup}}}}}"#
    );
    Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// What `finding` is accepted for
pub(crate) fn accepting(pattern: &str, until: &str) -> Policy {
    policy(&format!(r#""accept": [{{"finding": "{pattern}", "reason": "it is being retired", "until": "{until}"}}]"#))
}

/// A finding of this severity; its id ends in the database's name, or in `-` for the account
pub(crate) fn finding(id: &str, severity: Severity, title: &str) -> Finding {
    let database = ["orders", "ledger"].into_iter().find(|name| id.split('/').nth(1) == Some(name));
    Finding {
        id: id.to_owned(),
        database: database.map(str::to_owned),
        severity,
        title: title.to_owned(),
        evidence: vec!["What AWS says about it".to_owned()],
        why: "It matters for a reason.".to_owned(),
        mend: Mend::say("Do what mends it."),
        measure: None,
    }
}

pub(crate) fn measured(mut finding: Finding, measure: f64) -> Finding {
    finding.measure = Some(measure);
    finding
}

/// A retention that is too low
pub(crate) fn retention() -> Finding {
    let command = ["aws", "rds", "modify-db-cluster", "--db-cluster-identifier", "prod-orders"];
    let command = [command.as_slice(), &["--backup-retention-period", "7", "--apply-immediately"]].concat();
    Finding {
        evidence: vec!["BackupRetentionPeriod of prod-orders is 1".to_owned(), "the policy asks for 7".to_owned()],
        why: "What is damaged and noticed after a day cannot be restored.".to_owned(),
        mend: Mend::run("Raise the retention to 7 days:", &command),
        ..finding("retention/orders", Severity::High, "orders keeps automated backups for 1 day; the policy asks for 7")
    }
}

/// A snapshot that everybody can restore
pub(crate) fn shared() -> Finding {
    let name = "manual-ledger-before-migration";
    let command = ["aws", "rds", "modify-db-cluster-snapshot-attribute", "--db-cluster-snapshot-identifier", name];
    let rest = ["--attribute-name", "restore", "--values-to-remove", "all"];
    Finding {
        id: format!("shared-snapshot/{name}"),
        database: Some("ledger".to_owned()),
        severity: Severity::High,
        title: format!("{name} can be restored by everybody"),
        evidence: vec!["restore is allowed to: all".to_owned(), "made 2026-11-02 09:14:00 UTC".to_owned()],
        why: "Whoever has an AWS account can read the data of ledger.".to_owned(),
        mend: Mend::run("Take the permission back:", &[command.as_slice(), rest.as_slice()].concat()),
        measure: None,
    }
}

/// Storage that grows
pub(crate) fn storage(gib: f64) -> Finding {
    let title = format!("orders is billed for {gib:.0} GiB of backups; the policy allows 2000");
    measured(finding("billed-storage/orders", Severity::Low, &title), gib)
}

/// What a sheet is made of
#[derive(Debug, Clone)]
pub(crate) enum Said {
    Fine(&'static str),
    Found(Finding),
    Unknown(&'static str, &'static str),
}

pub(crate) fn sheet(said: impl IntoIterator<Item = Said>) -> Sheet {
    let mut sheet = Sheet::default();
    for one in said {
        match one {
            Said::Fine(id) => sheet.fine(id),
            Said::Found(finding) => sheet.found(finding),
            Said::Unknown(id, database) => {
                let database = Some(database).filter(|name| !name.is_empty());
                let title = format!("{} could not be told", id.split('/').next().unwrap());
                let why = "DescribeDBClusters was refused: AccessDenied".to_owned();
                sheet.unknown(id, database, &title, &Unknown { why });
            }
        }
    }
    sheet
}

/// A state in which the weekly mail and today's digest went out already
pub(crate) fn mailed() -> State {
    State { digest_at: Some(now() - hours(2)), weekly_at: Some(now() - hours(72)), ..State::default() }
}

/// One run: compares, and marks what was told where the mail goes out
pub(crate) fn run(at: Timestamp, policy: &Policy, sheet: &Sheet, state: &State) -> (Tell, Compared, State) {
    let compared = compare(at, policy, sheet, state, None);
    let tell = tell(at, policy, &compared);
    let mut told = compared.next.clone();
    told.told(at, tell);
    (tell, compared, told)
}

/// Both databases, up and backed up
pub(crate) fn world() -> World {
    world_at(now())
}

/// The same at another time
pub(crate) fn world_at(now: Timestamp) -> World {
    let region = Region {
        clusters: Some(Ok(vec![cluster("prod-orders", now, 5), cluster("prod-ledger", now, 4)])),
        snapshots: Some(Ok(vec![
            snapshot("prod-orders", now, 6),
            snapshot("prod-orders", now, 30),
            snapshot("prod-ledger", now, 9),
        ])),
        billed: Some(Ok([("prod-orders".to_owned(), vec![Sample { at: now - hours(40), value: 1.5e12 }])].into())),
        ..Region::default()
    };
    let drill = |database: &str, verdict, age| DrillFacts {
        run: format!("drill-{database}"),
        database: database.to_owned(),
        drill: "weekly".to_owned(),
        requested_at: now - hours(age),
        verdict,
        reason: String::new(),
        left_behind: 0,
    };
    World {
        home: "eu-west-1".to_owned(),
        regions: BTreeMap::from([("eu-west-1".to_owned(), region)]),
        drills: Some(Ok(vec![
            drill("orders", VerdictWord::Failed, 3),
            drill("orders", VerdictWord::Passed, 75),
            drill("ledger", VerdictWord::Inconclusive, 50),
        ])),
        ..World::default()
    }
}

fn cluster(identifier: &str, now: Timestamp, lag_minutes: i64) -> Kept<Cluster> {
    let latest = Some(now - SignedDuration::from_mins(lag_minutes));
    Kept {
        facts: Cluster {
            identifier: identifier.to_owned(),
            arn: String::new(),
            resource_id: String::new(),
            engine: Engine::AuroraPostgresql,
            engine_version: "16.4".to_owned(),
            status: "available".to_owned(),
            created_at: None,
            tags: Tags::new(),
            endpoint: None,
            port: None,
            members: vec![],
            window: Window { earliest: None, latest },
            database_name: None,
            master_user: None,
            secret: None,
            configuration: Configuration { backup_retention_days: 7, ..Configuration::default() },
        },
        upkeep: Upkeep::default(),
    }
}

fn snapshot(source: &str, now: Timestamp, age: i64) -> Snapshot {
    let mut snapshot = crate::lifecycle::fixtures::snapshot("one", 0);
    source.clone_into(&mut snapshot.source);
    snapshot.created_at = Some(now - hours(age));
    snapshot
}
