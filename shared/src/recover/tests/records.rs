//! Records as recoveries leave them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::fixtures::{RUN, aurora, documents, instance};
use crate::fault::Class;
use crate::recover::{Blueprint, Copy, Difference, Entered, From, GivenUp, Phase, Questions, Record, VERSION, members};
use crate::restore::{ActState, Asked, Failure, Point, Purpose, without_bulk};
use crate::verify::{Answers, Because, Check, Found, Login, Verdict, judge_check, of_answers};

/// The request of every record; the data is of an hour before
pub(crate) fn after(seconds: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn checks() -> Vec<Check> {
    serde_json::from_value(json!([
        {"kind": "row_count", "table": "public.users", "at_least": 1000},
        {"kind": "freshness", "table": "public.audit_log", "column": "created_at", "within": "24h"},
        {"kind": "orphans", "child": "payouts.user_id", "parent": "users.id"}
    ]))
    .unwrap()
}

fn done(at: i64) -> Asked {
    Asked { at: after(at), attempt: 1, state: ActState::Done { at: after(at + 1) } }
}

/// Just asked for
pub(crate) fn begun(blueprint: Blueprint) -> Record {
    Record {
        version: VERSION,
        run: RUN.to_owned(),
        purpose: Purpose::Recovery,
        database: "orders".to_owned(),
        region: None,
        requested_at: after(0),
        asked_for: "1 hour ago".to_owned(),
        from: From::Source(blueprint.identifier.clone()),
        blueprint,
        point: Point::Time { to: after(-3600) },
        restore_job: None,
        questions: Questions::Ask {
            checks: checks(),
            login: Login::ManagedSecret { secret_arn: None },
            database: "app".to_owned(),
        },
        timezone: "Asia/Tokyo".to_owned(),
        phase: Phase::Restoring,
        phases: vec![Entered { phase: Phase::Restoring, at: after(0) }],
        acts: [("restore".to_owned(), done(4))].into(),
        given_up: Vec::new(),
        copy: Copy::default(),
        answers: None,
        verdict: None,
        differences: None,
        expires_at: None,
        cut_over: None,
        cut_overs: 0,
        told: Vec::new(),
        notes: Vec::new(),
    }
}

/// The writer is up and the data was questioned; readers are on their way
pub(crate) fn usable(blueprint: Blueprint, users: u64) -> Record {
    let mut record = begun(blueprint);
    let host = match record.blueprint.kind {
        crate::database::Kind::Rds => "recovery-orders-20261120120000.c9akciq32.eu-west-1.rds.amazonaws.com",
        crate::database::Kind::Documentdb => {
            "recovery-orders-20261120120000.cluster-c9akciq32.eu-west-1.docdb.amazonaws.com"
        }
        crate::database::Kind::Aurora => "recovery-orders-20261120120000.cluster-c9akciq32.eu-west-1.rds.amazonaws.com",
    };
    record.copy = Copy {
        arn: Some(format!("arn:aws:rds:eu-west-1:123456789012:cluster:{RUN}")),
        endpoint: Some(host.to_owned()),
        port: Some(5433),
        secret_arn: Some("arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-6f1c2d3e-aB3dEf".to_owned()),
        volume_at: Some(after(1082)),
        usable_at: Some(after(1741)),
        members_at: [(format!("{RUN}-1"), after(1741))].into(),
    };
    for member in members(&record.blueprint, RUN) {
        record.acts.insert(format!("create:{}", member.identifier), done(1084));
    }
    record.acts.insert("secret".to_owned(), done(1745));
    record.enter(Phase::Building, after(1082));
    record.enter(Phase::Checking, after(1741));
    let found = [Found::Count(users), Found::Newest(Some(after(-3663))), Found::Count(0)];
    let answered = checks();
    let answers = answered.iter().zip(found).zip(1_u64..);
    let answers = Answers {
        version: 1,
        run: RUN.to_owned(),
        attempt: 1,
        endpoint: "copy:5433".to_owned(),
        database: "app".to_owned(),
        server_version: None,
        first_query_at: Some(after(1780)),
        restored_to: None,
        finished_at: after(1790),
        trouble: None,
        checks: answers.map(|((check, found), n)| judge_check(check, found, after(-3600), None, n * 13)).collect(),
    };
    record.verdict = Some(of_answers(&checks(), &answers));
    record.answers = Some(without_bulk(&answers));
    record.enter(Phase::Completing, after(1800));
    record
}

fn difference(field: &str, wanted: &str, found: &str, command: &[&str]) -> Difference {
    Difference {
        of: RUN.to_owned(),
        field: field.to_owned(),
        wanted: wanted.to_owned(),
        found: found.to_owned(),
        command: command.iter().map(|arg| (*arg).to_owned()).collect(),
    }
}

/// Everything is made but one reader
pub(crate) fn handed_over(users: u64) -> Record {
    let mut record = usable(aurora(), users);
    record.copy.members_at.insert(format!("{RUN}-2"), after(2410));
    record.given_up.push(GivenUp {
        act: format!("create:{RUN}-3"),
        why: "CreateDBInstance: InsufficientDBInstanceCapacity: no db.r6g.large in eu-west-1b (capacity)".to_owned(),
    });
    record.differences = Some(vec![
        Difference {
            of: format!("{RUN}-3"),
            ..difference(
                "instance",
                "db.r6g.large",
                "not there",
                &[
                    "aws",
                    "rds",
                    "create-db-instance",
                    "--db-instance-identifier",
                    "recovery-orders-20261120120000-3",
                    "--db-cluster-identifier",
                    RUN,
                    "--engine",
                    "aurora-postgresql",
                    "--db-instance-class",
                    "db.r6g.large",
                ],
            )
        },
        difference(
            "exported logs",
            "postgresql, iam-db-auth-error",
            "postgresql",
            &[
                "aws",
                "rds",
                "modify-db-cluster",
                "--db-cluster-identifier",
                RUN,
                "--cloudwatch-logs-export-configuration",
                "{\"EnableLogTypes\":[\"iam-db-auth-error\"]}",
                "--apply-immediately",
            ],
        ),
        difference("availability zone", "eu-west-1a", "eu-west-1c", &[]),
    ]);
    record.enter(Phase::HandedOver, after(2520));
    record
}

/// An RDS instance with a replica, and nothing that differs
pub(crate) fn complete_instance() -> Record {
    let mut record = usable(instance(), 10_234);
    record.copy.members_at = [(RUN.to_owned(), after(1741))].into();
    record.copy.volume_at = record.copy.usable_at;
    record.copy.secret_arn = None;
    record.blueprint.engine = crate::database::Engine::Mysql;
    record.differences = Some(Vec::new());
    record.enter(Phase::HandedOver, after(2000));
    record
}

/// An inspection of a DocumentDB cluster, whose data could not be questioned
pub(crate) fn inspection() -> Record {
    let mut record = usable(documents().for_inspection(&crate::restore::Sandbox::default()), 10_234);
    record.run = "inspect-orders-20261120120000".to_owned();
    record.purpose = Purpose::Inspection;
    record.expires_at = Some(after(8 * 3600));
    record.copy.port = Some(27017);
    let host = record.copy.endpoint.take().unwrap_or_default();
    record.copy.endpoint = Some(host.replace("recovery-", "inspect-"));
    record.copy.secret_arn = None;
    record.copy.members_at = [("inspect-orders-20261120120000-1".to_owned(), after(1741))].into();
    record.answers = None;
    let why = "DocumentDB's logins are its own: give data-check one in sandbox.login";
    record.questions = Questions::Cannot { why: why.to_owned() };
    record.verdict = Some(Verdict::inconclusive(Because::NotAsked, why));
    record.differences = Some(Vec::new());
    record.enter(Phase::HandedOver, after(2000));
    record
}

/// AWS refused the restore for good
pub(crate) fn stuck(class: Class, message: &str) -> Record {
    let mut record = begun(aurora());
    let failure = Failure { class, message: message.to_owned() };
    let refused = Asked { at: after(64), attempt: 5, state: ActState::Refused { at: after(65), failure } };
    record.acts.insert("restore".to_owned(), refused);
    record.notes.push(format!("restore: {message} ({})", class.words()));
    record.enter(Phase::Stuck, after(66));
    record
}
