//! What `table-backup` may and may not do, and what is sent to it.
//!
//! The document is the one that Terraform renders for three live databases: `warehouse` with a secret, `orders` with a login by IAM on
//! the one cluster that is named, `ledger` with one on any instance. `warehouse` has a sandbox too, whose login is `data-check`'s.

use std::collections::BTreeSet;

use lifeboat::request::{TablesEvent, tables_event};
use serde_json::{Value, json};

use crate::adapters::{adapters, features};
use crate::calls::{BUCKET, Call, call, object, of};
use crate::evaluator::{Outcome, Role};
use crate::matching::{sample_of, samples_of};
use crate::terraform::{allowed, read, set, statements, terraform};

const SECRET: &str = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/warehouse-AbCdEf";

fn role() -> Role {
    Role::of(&[&read("infra/tests/fixtures/table-backup.iam.json")])
}

fn password(secret: &str) -> Call {
    call("secretsmanager:GetSecretValue").on(secret)
}

fn log_in(database: &str, user: &str) -> Call {
    call("rds-db:connect").on(&of("rds-db", &format!("dbuser:{database}/{user}")))
}

fn decrypt(service: &str, secret: &str) -> Call {
    let through = format!("{service}.ap-northeast-1.amazonaws.com");
    let open = call("kms:Decrypt").on(&of("kms", "key/0a1b2c3d")).with("kms:ViaService", &[&through]);
    open.with("kms:EncryptionContext:SecretARN", &[secret])
}

#[test]
fn table_backup_may_do_exactly_what_it_calls() {
    // A token is signed without a call, and Secrets Manager opens a secret's key in the caller's name: both are asked for where
    // the code calls something else.
    let in_its_name = set(&["rds-db:connect", "kms:Decrypt"]);
    let called: BTreeSet<String> = adapters("table-backup").union(&in_its_name).cloned().collect();
    let written = allowed(&statements("table_backup.tf", "table_backup"));
    assert_eq!(written, called);
    let rendered: BTreeSet<String> = role().allowed().map(str::to_owned).collect();
    assert_eq!(rendered, written, "with both kinds of login, everything stands");
}

#[test]
fn what_a_backup_and_a_restore_need_is_allowed() {
    let role = role();
    let table = [
        ("the policy", call("s3:GetObject").on(&object("policy.json"))),
        ("open failures", call("s3:GetObject").on(&object("jobs.json"))),
        ("that there are none", call("s3:ListBucket").on(BUCKET)),
        ("tell of a backup", call("s3:PutObject").on(&object("tables/warehouse/warehouse-20261122180000.json"))),
        ("read it again", call("s3:GetObject").on(&object("tables/warehouse/warehouse-20261122180000.json"))),
        ("tell less", call("s3:DeleteObject").on(&object("tables/warehouse/warehouse-20261122180000.json"))),
        ("its password", password(SECRET)),
        ("under a key of one's own", decrypt("secretsmanager", SECRET)),
        ("log in to the cluster that is named", log_in("cluster-ABCDEFGHIJKL01234", "lifeboat")),
        ("log in to an instance", log_in("db-ZYXWVUTSRQPO98765", "lifeboat_ledger")),
        ("a mail", call("sns:Publish").on(&of("sns", "lifeboat"))),
    ];
    for (what, call) in table {
        assert_eq!(call.outcome(&role), Outcome::Allowed, "{what}");
    }
}

#[test]
fn no_infrastructure_and_no_other_secret_whatever_else_the_role_gets() {
    let role = role();
    let of_rds = |secret: &str| of("secretsmanager", &format!("secret:{secret}"));
    let table = [
        ("delete a cluster", call("rds:DeleteDBCluster").on("cluster:prod-warehouse")),
        ("an instance", call("rds:DeleteDBInstance").on("db:prod-ledger")),
        ("a snapshot", call("rds:DeleteDBClusterSnapshot").on("cluster-snapshot:pre-maintenance-1")),
        ("change a cluster", call("rds:ModifyDBCluster").on("cluster:prod-warehouse")),
        ("restore one", call("rds:RestoreDBClusterToPointInTime").on("cluster:recovery-x").tags("recovery")),
        ("even look at one", call("rds:DescribeDBClusters").on("*")),
        ("stop one", call("rds:StopDBCluster").on("cluster:prod-warehouse")),
        ("a statement by the Data API", call("rds-data:ExecuteStatement").on("cluster:prod-warehouse")),
        ("a recovery point", call("backup:DeleteRecoveryPoint").on(&of("backup", "recovery-point:0a1b"))),
        ("a vault", call("backup:DeleteBackupVault").on(&of("backup", "backup-vault:prod"))),
        ("a job of AWS Backup", call("backup:StartBackupJob").on(&of("backup", "backup-vault:prod"))),
        ("a run", call("glue:StartJobRun").on(&of("glue", "job/daily-etl"))),
        ("call restore-drill", call("lambda:InvokeFunction").on(&of("lambda", "function:restore-drill"))),
        ("become somebody", call("sts:AssumeRole").on("arn:aws:iam::123456789012:role/admin")),
        ("a role", call("iam:PutRolePolicy").on("arn:aws:iam::123456789012:role/admin")),
        ("the end of a key", call("kms:ScheduleKeyDeletion").on(&of("kms", "key/0a1b2c3d"))),
        ("a key switched off", call("kms:DisableKey").on(&of("kms", "key/0a1b2c3d"))),
        ("a key for everybody", call("kms:PutKeyPolicy").on(&of("kms", "key/0a1b2c3d"))),
        ("a key lent", call("kms:CreateGrant").on(&of("kms", "key/0a1b2c3d"))),
        ("a schedule", call("scheduler:DeleteSchedule").on(&of("scheduler", "schedule/lifeboat-daily/backup-check"))),
        ("a stack", call("cloudformation:DeleteStack").on(&of("cloudformation", "stack/prod"))),
        ("a replication", call("dms:StartReplicationTask").on(&of("dms", "task:x"))),
        ("where points lie", call("backup-storage:MountCapsule").on("*")),
        ("another secret", password(&of_rds("lifeboat/orders-AbCdEf"))),
        ("one that begins alike", password(&format!("{SECRET}2"))),
        ("production's master password", password(&of_rds("rds!cluster-0a1b2c3d-AbCdEf"))),
        ("all of them", call("secretsmanager:BatchGetSecretValue").on("*")),
        ("a new password", call("secretsmanager:PutSecretValue").on(SECRET)),
        ("another key for it", call("secretsmanager:UpdateSecret").on(SECRET)),
        ("the end of a password", call("secretsmanager:DeleteSecret").on(SECRET)),
        ("a password turned", call("secretsmanager:RotateSecret").on(SECRET)),
        ("a password for everybody", call("secretsmanager:PutResourcePolicy").on(SECRET)),
        ("the user of data-check", log_in("cluster-ABCDEFGHIJKL01234", "lifeboat_probe")),
        ("its user in another cluster", log_in("cluster-ZYXWVUTSRQPO98765", "lifeboat")),
        ("its user in a cluster of another kind", log_in("cluster-ABCDEFGHIJKL01234", "lifeboat_ledger")),
        ("what is of no secret", call("kms:Decrypt").on(&of("kms", "key/0a1b2c3d"))),
        ("what is in a bucket", decrypt("s3", SECRET)),
        ("the policy", call("s3:PutObject").on(&object("policy.json"))),
        ("forget failures", call("s3:DeleteObject").on(&object("jobs.json"))),
        ("a proof", call("s3:PutObject").on(&object("runs/closed/2026/11/drill-x.json"))),
        ("a version", call("s3:DeleteObjectVersion").on(&object("runs/closed/2026/11/drill-x.json"))),
        ("beside its folder", call("s3:PutObject").on(&object("tables.json"))),
        ("another bucket", call("s3:PutObject").on("arn:aws:s3:::prod-data/tables/x.json")),
        ("the bucket's rules", call("s3:PutBucketPolicy").on(BUCKET)),
    ];
    for (what, call) in table {
        assert_eq!(call.outcome(&role), Outcome::Denied, "{what}");
    }
}

#[test]
fn what_it_does_not_need_it_may_not() {
    let role = role();
    let table = [
        ("a record", call("s3:GetObject").on(&object("runs/closed/2026/11/drill-x.json"))),
        ("what was found", call("s3:GetObject").on(&object("checks/drill-x.json"))),
        ("a version of its own", call("s3:DeleteObjectVersion").on(&object("tables/warehouse/x.json"))),
        ("what is in another bucket", call("s3:ListBucket").on("arn:aws:s3:::prod-data")),
        ("another topic", call("sns:Publish").on(&of("sns", "payments"))),
        ("another secret's key", decrypt("secretsmanager", &of("secretsmanager", "secret:lifeboat/orders-AbCdEf"))),
        ("what SNS encrypted for others", decrypt("sns", SECRET)),
        ("a secret's name", call("secretsmanager:ListSecrets").on("*")),
        ("metrics", call("cloudwatch:PutMetricData").on("*").with("cloudwatch:namespace", &["Lifeboat"])),
        ("a network", call("ec2:AuthorizeSecurityGroupIngress").on(&of("ec2", "security-group/sg-0a1b"))),
    ];
    for (what, call) in table {
        assert_eq!(call.outcome(&role), Outcome::NotAllowed, "{what}");
    }
}

#[test]
fn what_is_allowed_of_logins_is_as_narrow_as_what_is_not_denied() {
    let document: Value = serde_json::from_str(&read("infra/tests/fixtures/table-backup.iam.json")).unwrap();
    let statement =
        |sid: &str| document["Statement"].as_array().unwrap().iter().find(|it| it["Sid"] == sid).unwrap().clone();
    for (allow, deny) in [("ReadPasswordsOfItsLogins", "NeverOtherPasswords"), ("LogInAsItsUsers", "NeverOtherUsers")] {
        assert_eq!(statement(allow)["Resource"], statement(deny)["NotResource"], "{allow}");
    }
}

#[test]
fn its_features_are_those_that_change_nothing_in_aws() {
    let asked: BTreeSet<String> = features("table-backup").into_iter().collect();
    assert_eq!(asked, set(&["run", "s3", "secrets", "sns", "postgres", "mysql"]));
}

#[test]
fn every_sample_is_a_request_and_every_kind_of_request_has_one() {
    let mut kinds: Vec<&str> = samples_of("table-backup")
        .iter()
        .filter(|(name, _)| !name.starts_with("bad-"))
        .map(|(name, event)| match tables_event(event).unwrap_or_else(|mistakes| panic!("{name}: {mistakes}")) {
            TablesEvent::Backup { .. } => "backup",
            TablesEvent::List { .. } => "list",
            TablesEvent::Restore { .. } => "restore",
            TablesEvent::Undo { .. } => "undo",
            TablesEvent::CleanUp { .. } => "clean_up",
            TablesEvent::Verify(_) => "verify",
        })
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["backup", "clean_up", "list", "restore", "undo", "verify"]);
}

#[test]
fn the_schedule_sends_a_clean_up_and_no_rule_sends_anything() {
    let body = terraform("table_backup.tf");
    let is = |kind: &'static str| {
        move |block: &&hcl::Block| block.labels().first().is_some_and(|label| label.as_str() == kind)
    };
    assert_eq!(body.blocks().filter(is("aws_cloudwatch_event_rule")).count(), 0, "an event is no request for tables");
    let schedule = body.blocks().find(is("aws_scheduler_schedule")).unwrap();
    let target = schedule.body().blocks().find(|block| block.identifier() == "target").unwrap();
    let input = target.body().attributes().find(|attribute| attribute.key() == "input").unwrap();
    let written = hcl::format::to_string(input.expr()).unwrap();
    let Value::Object(sample) = sample_of("table-backup", "clean-up.json") else { panic!("an object") };
    let keys: Vec<&String> = sample.keys().collect();
    assert_eq!(keys, ["clean_up"]);
    assert_eq!(written.matches(" = ").count(), 1, "{written}");
    assert!(written.contains("clean_up = each.key"), "{written}");
    let sent = tables_event(&json!({"clean_up": "warehouse"}));
    assert!(matches!(sent, Ok(TablesEvent::CleanUp { .. })), "{sent:?}");
}

#[test]
fn a_restore_is_not_tried_again_by_lambda() {
    let body = terraform("table_backup.tf");
    let module = body.blocks().find(|block| block.identifier() == "module").unwrap();
    let retries = module.body().attributes().find(|attribute| attribute.key() == "async_retries").unwrap();
    assert_eq!(hcl::format::to_string(retries.expr()).unwrap().trim(), "0");
}
