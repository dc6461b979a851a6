//! Records as runs leave them, for the tests of everything a person reads.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

mod differing;
mod kinds;
mod parts;

pub(super) use differing::differing;
pub(super) use kinds::{documentdb_unread, from_a_vault, gone, in_another_region, rds_instance};
use parts::{plan, production};

use crate::database::{Configuration, Engine, Kind, Window};
use crate::restore::{Leftover, Phase, Point, Purpose, Record, SourceFacts, drill_id};
use crate::verify::{Answers, Because, Check, CheckAnswer, Found, Verdict, judge_check, of_answers, with_defaults};

/// The scheduled time of every fixture: a Monday morning in Tokyo
pub(super) const SCHEDULED: &str = "2026-11-22T18:00:00Z";
/// The bucket of every fixture
pub(super) const BUCKET: &str = "example-lifeboat";

pub(super) fn at(seconds: i64) -> Timestamp {
    SCHEDULED.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// When the mails are written: an hour after the schedule
pub(super) fn now() -> Timestamp {
    at(3600)
}

pub(super) fn checks(all: serde_json::Value) -> Vec<Check> {
    serde_json::from_value(all).unwrap()
}

fn policy_checks() -> Vec<Check> {
    checks(json!([
        {"kind": "row_count", "table": "public.users", "at_least": 1000},
        {"kind": "freshness", "table": "public.audit_log", "column": "created_at", "within": "24h"},
        {"kind": "orphans", "child": "payouts.user_id", "parent": "users.id"},
        {"kind": "sql", "query": "SELECT count(*) = 0 FROM orders WHERE total < 0", "expect": true}
    ]))
}

/// A drill that was asked for and knows its source
pub(super) fn planned() -> Record {
    let id = drill_id("orders", Some("weekly"), at(0));
    let mut record = Record::born(id, Purpose::Drill, plan(Kind::Aurora, policy_checks()), at(0), at(4));
    record.source = Some(SourceFacts {
        database_name: Some("app".to_owned()),
        arn: "arn:aws:rds:us-east-1:123456789012:cluster:prod-orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        window: Window { earliest: Some(at(-7 * 86_400)), latest: Some(at(-248)) },
        configuration: production(),
        class: Some("db.r6g.2xlarge".to_owned()),
        is_gone: false,
    });
    record.point = Some(Point::Time { to: at(-3600) });
    record
}

fn reach(record: &mut Record, moments: [Option<i64>; 5]) {
    let [volume, instance, query, checks, gone] = moments.map(|seconds| seconds.map(at));
    record.milestones.volume_restored = volume;
    record.milestones.instance_up = instance;
    record.milestones.first_query = query;
    record.milestones.checks_done = checks;
    record.milestones.torn_down = gone;
}

fn up(record: &mut Record) {
    record.copy.class = Some("db.serverless".to_owned());
    record.copy.engine_version = Some("16.4".to_owned());
    record.copy.configuration = Some(Configuration {
        security_groups: vec!["sg-0sandbox".to_owned()],
        subnet_group: Some("private".to_owned()),
        parameter_group: Some("default.aurora-postgresql16".to_owned()),
        capacity: record.plan.sandbox.capacity,
        backup_retention_days: 1,
        deletion_protection: false,
        log_exports: vec![],
        class: Some("db.serverless".to_owned()),
        ..production()
    });
}

fn answer(record: &mut Record, checks: Vec<CheckAnswer>) {
    let answers = Answers {
        version: 1,
        run: record.run.clone(),
        attempt: 1,
        endpoint: "copy:5432".to_owned(),
        database: "app".to_owned(),
        server_version: Some("PostgreSQL 16.4".to_owned()),
        first_query_at: record.milestones.first_query,
        restored_to: None,
        finished_at: at(1911),
        trouble: None,
        checks,
    };
    record.verdict = Some(of_answers(&record.plan.checks, &answers));
    record.answers = Some(crate::restore::without_bulk(&answers));
}

fn judged(record: &Record, found: Vec<Found>) -> Vec<CheckAnswer> {
    let to = record.restored_to().unwrap();
    record
        .plan
        .checks
        .iter()
        .zip(found)
        .zip(1_u64..)
        .map(|((check, found), n)| judge_check(check, found, to, None, n * 13))
        .collect()
}

fn ended(mut record: Record, seconds: i64) -> Record {
    record.enter(Phase::TearingDown, at(seconds - 700));
    record.enter(Phase::Closed, at(seconds));
    record
}

fn with_counts(users: u64) -> Record {
    let mut record = planned();
    reach(&mut record, [Some(1082), Some(1741), Some(1906), Some(1911), Some(2631)]);
    up(&mut record);
    let found =
        vec![Found::Count(users), Found::Newest(Some(at(-3663))), Found::Count(0), Found::Value(Some("t".to_owned()))];
    let answers = judged(&record, found);
    answer(&mut record, answers);
    ended(record, 2640)
}

pub(super) fn passed() -> Record {
    let mut record = with_counts(10_234);
    record.note(
        "RDS took the copy's own first backup before the instance could be attached; 3 min of the restore are due to it",
    );
    record
}

pub(super) fn check_failed() -> Record {
    with_counts(0)
}

pub(super) fn backup_unusable() -> Record {
    let mut record = planned();
    record.verdict = Some(Verdict::failed(
        Because::BackupUnusable,
        "the restore of prod-orders to 2026-11-22 17:00:00 UTC ended in status restore-error: \
         the cluster could not be restored",
    ));
    ended(record, 1503)
}

pub(super) fn quota() -> Record {
    let mut record = planned();
    record.verdict = Some(Verdict::inconclusive(
        Because::Quota,
        "RestoreDBClusterToPointInTime drill-orders-weekly-202611221800: DBClusterQuotaExceededFault: \
         You have reached the maximum number of DB clusters (40) in this account",
    ));
    ended(record, 66)
}

pub(super) fn leftover(what: &str, identifier: &str, run: Option<&str>) -> Leftover {
    Leftover {
        what: what.to_owned(),
        identifier: identifier.to_owned(),
        run: run.map(str::to_owned),
        note: "available: DeleteDBInstance was refused: AccessDenied".to_owned(),
        region: None,
    }
}

pub(super) fn left_behind() -> Record {
    let mut record = passed();
    record.milestones.torn_down = None;
    let run = record.run.clone();
    record.leftovers = vec![
        leftover("cluster", &run, Some(&run)),
        leftover("instance", &format!("{run}-1"), Some(&run)),
        leftover("cluster", "drill-billing-202611151800", Some("drill-billing-202611151800")),
        leftover("snapshot", "drill-orders-final", None),
    ];
    record.verdict =
        Some(Verdict::failed(Because::LeftBehind, format!("{run}-1 is still there 60 min after its tear-down began")));
    record
}

pub(super) fn implicit() -> Record {
    let mut record = planned();
    record.plan.checks = with_defaults(&[]);
    record.plan.checks_are_implicit = true;
    reach(&mut record, [Some(1082), Some(1741), Some(1906), Some(1907), Some(2631)]);
    up(&mut record);
    let answers = judged(&record, vec![Found::Count(42), no_damage()]);
    answer(&mut record, answers);
    ended(record, 2640)
}

fn no_damage() -> Found {
    let looked_for = vec!["invalid indexes".to_owned(), "emptied tables".to_owned(), "sequences behind".to_owned()];
    Found::Damages {
        looked_for,
        found: vec![],
        left_out: vec!["NULLs in public.huge: more than 1,000,000 rows".to_owned()],
    }
}

/// Everything that can come from outside tries to break out of its place
pub(super) fn hostile() -> Record {
    let evil = "x\r\nSubject: [PASS] all is well\n\u{202e}<script>alert('1')</script>\u{0}' ; rm -rf /  ";
    let mut record = passed();
    record.plan.database = evil.repeat(3);
    record.plan.drill = Some(evil.to_owned());
    record.plan.identifier = evil.to_owned();
    record.plan.checks = checks(json!([{"kind": "sql", "query": format!("SELECT {evil}"), "expect": evil}]));
    let answers = judged(&record, vec![Found::Value(Some(evil.repeat(20)))]);
    answer(&mut record, answers);
    record.point =
        Some(Point::Snapshot { identifier: evil.repeat(9), created_at: None, engine_version: evil.to_owned() });
    record.leftovers = vec![leftover(evil, evil, Some(evil)), leftover("cluster", "prod-orders", None)];
    record.notes = vec![evil.repeat(40), "注文データベースの復元は完了しましたが、".repeat(9)];
    record.run = format!("drill-{evil}");
    record
}
