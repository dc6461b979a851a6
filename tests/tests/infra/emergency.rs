//! What `emergency-restore` may and may not do, with and without the right to cut over.
//!
//! The documents are those that Terraform renders for two databases: the Aurora cluster `prod-orders`, which has a vault of AWS
//! Backup, and the RDS instance `prod-billing`. AWS asks for a call's action on each of several resources, and one that is not
//! allowed refuses the call (Service Authorization Reference, "Resource types").

use std::collections::BTreeSet;

use crate::evaluator::{Facts, Outcome, Role};
use crate::terraform::{allowed, read, statements};

/// The role where `emergency_cut_over` is false
pub(crate) fn plain() -> Role {
    role("emergency-restore")
}

/// The role where it is true, with one proxy
pub(crate) fn with_cut_over() -> Role {
    role("emergency-restore-cut-over")
}

fn role(name: &str) -> Role {
    let document = |name: &str| read(&format!("infra/tests/fixtures/{name}.iam.json"));
    let (own, fence) = (document(name), document(&format!("{name}-fence")));
    Role::of(&[&own, &fence])
}

/// A call with everything that AWS authorises it on
pub(crate) struct Call {
    action: &'static str,
    /// ARN and the tag `lifeboat:purpose` that it has
    on: Vec<(String, Option<&'static str>)>,
    facts: Facts,
}

pub(crate) fn call(action: &'static str) -> Call {
    Call { action, on: Vec::new(), facts: Facts::new() }
}

impl Call {
    /// Of RDS where it is no whole ARN
    pub(crate) fn on(self, resource: &str) -> Self {
        self.on_purpose(resource, None)
    }

    pub(crate) fn tagged(self, resource: &str, purpose: &'static str) -> Self {
        self.on_purpose(resource, Some(purpose))
    }

    fn on_purpose(mut self, resource: &str, purpose: Option<&'static str>) -> Self {
        let is_whole = resource.starts_with("arn:") || resource == "*";
        let arn = if is_whole { resource.to_owned() } else { format!("arn:aws:rds:{HOME}:{resource}") };
        self.on.push((arn, purpose));
        self
    }

    pub(crate) fn with(mut self, key: &str, values: &[&str]) -> Self {
        self.facts.insert(key.to_lowercase(), values.iter().map(|value| (*value).to_owned()).collect());
        self
    }

    /// Tags in the request
    fn tags(self, purpose: &str) -> Self {
        let keys = ["lifeboat:run", "lifeboat:purpose", "lifeboat:source"];
        self.with("aws:RequestTag/lifeboat:purpose", &[purpose]).with("aws:TagKeys", &keys)
    }

    pub(crate) fn outcome(&self, role: &Role) -> Outcome {
        assert!(!self.on.is_empty(), "{} of nothing", self.action);
        let each = self.on.iter().map(|(arn, purpose)| {
            let mut facts = self.facts.clone();
            let tag = purpose.map(|purpose| ("aws:resourcetag/lifeboat:purpose".to_owned(), vec![purpose.to_owned()]));
            facts.extend(tag);
            role.evaluate(self.action, arn, &facts)
        });
        let each: Vec<Outcome> = each.collect();
        let worst = [Outcome::Denied, Outcome::NotAllowed].into_iter().find(|outcome| each.contains(outcome));
        worst.unwrap_or(Outcome::Allowed)
    }
}

const HOME: &str = "ap-northeast-1:123456789012";
const RUN: &str = "recovery-orders-20261122180000";
const BUCKET: &str = "arn:aws:s3:::lifeboat-123456789012-ap-northeast-1";

pub(crate) fn cluster(name: &str) -> String {
    format!("cluster:{name}")
}

fn of(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{HOME}:{rest}")
}

fn object(key: &str) -> String {
    format!("{BUCKET}/{key}")
}

fn through_rds(action: &'static str) -> Call {
    let key = of("kms", "key/0a1b2c3d");
    let grant = call(action).on(&key).with("kms:GrantIsForAWSResource", &["true"]);
    grant.with("kms:ViaService", &["rds.ap-northeast-1.amazonaws.com"])
}

fn pass(role: &str, service: &'static str) -> Call {
    call("iam:PassRole").on(&format!("arn:aws:iam::123456789012:role/{role}")).with("iam:PassedToService", &[service])
}

/// What a recovery needs from its first call to its last
fn needed() -> Vec<(&'static str, Call)> {
    let (copy, member) = (cluster(RUN), format!("db:{RUN}-1"));
    let groups = |call: Call| call.on("subgrp:private").on("cluster-pg:orders").on("og:default:mysql-8-0");
    let restore = |action| groups(call(action).on(&copy)).tags("recovery");
    let point = of("rds", "cluster-snapshot:awsbackup:job-0a1b");
    vec![
        ("look", call("rds:DescribeDBClusters").on("*")),
        ("quotas", call("rds:DescribeAccountAttributes").on("*")),
        ("look at a proxy", call("rds:DescribeDBProxyTargets").on("*")),
        ("restore a cluster to a time", restore("rds:RestoreDBClusterToPointInTime").on("cluster:prod-orders")),
        ("from a snapshot", restore("rds:RestoreDBClusterFromSnapshot").on("cluster-snapshot:pre-maintenance-1")),
        ("from an automated one", restore("rds:RestoreDBClusterFromSnapshot").on("cluster-snapshot:rds:prod-orders-1")),
        ("of what is gone", restore("rds:RestoreDBClusterToPointInTime").on("cluster-auto-backup:ab-0a1b")),
        (
            "restore an instance",
            call("rds:RestoreDBInstanceToPointInTime")
                .on("db:recovery-billing-20261122180000")
                .on("db:prod-billing")
                .on("pg:billing")
                .tags("recovery"),
        ),
        ("an inspection", groups(call("rds:RestoreDBClusterToPointInTime").on("cluster:inspect-x")).tags("inspection")),
        ("an instance of the copy", call("rds:CreateDBInstance").on(&member).on(&copy).on("pg:o").tags("recovery")),
        ("tag while it is made", call("rds:AddTagsToResource").on(&copy).tags("recovery")),
        ("tag what AWS Backup made", call("rds:AddTagsToResource").on(&member).tags("recovery")),
        ("change the copy", call("rds:ModifyDBCluster").tagged(&copy, "recovery").on("cluster-pg:orders")),
        ("change its instance", call("rds:ModifyDBInstance").tagged(&member, "recovery").on("pg:orders")),
        ("its roles", call("rds:AddRoleToDBCluster").tagged(&copy, "recovery")),
        ("roles of an instance", call("rds:AddRoleToDBInstance").tagged("db:recovery-billing-1", "recovery")),
        ("its Data API", call("rds:EnableHttpEndpoint").tagged(&copy, "recovery")),
        ("a password for it", call("secretsmanager:CreateSecret").on(&of("secretsmanager", "secret:rds!cluster-0a1b"))),
        (
            "an instance from a snapshot",
            call("rds:RestoreDBInstanceFromDBSnapshot")
                .on("db:inspect-x")
                .on("snapshot:rds:prod-billing-1")
                .tags("inspection"),
        ),
        (
            "one that is gone",
            call("rds:RestoreDBInstanceToPointInTime").on("db:recovery-x").on("auto-backup:ab-0a1b").tags("recovery"),
        ),
        ("an instance of an inspection", {
            let create = call("rds:CreateDBInstance").on("db:inspect-x-1").on("cluster:inspect-x");
            groups(create).tags("inspection")
        }),
        ("tag an inspection", call("rds:AddTagsToResource").on("cluster:inspect-x").tags("inspection")),
        ("tag its instance", call("rds:AddTagsToResource").on("db:inspect-x-1").tags("inspection")),
        ("change an inspection", groups(call("rds:ModifyDBCluster").tagged("cluster:inspect-x", "inspection"))),
        ("change its instance", groups(call("rds:ModifyDBInstance").tagged("db:inspect-x-1", "inspection"))),
        ("keep its instance", {
            let keep = call("rds:AddTagsToResource").tagged("db:inspect-x-1", "inspection");
            keep.with("aws:TagKeys", &["lifeboat:expires-at"])
        }),
        ("keep an inspection", {
            let keep = call("rds:AddTagsToResource").tagged("cluster:inspect-x", "inspection");
            keep.with("aws:TagKeys", &["lifeboat:expires-at"])
        }),
        ("look at a key", call("kms:DescribeKey").on(&of("kms", "key/0a1b2c3d"))),
        ("open its key", through_rds("kms:CreateGrant")),
        ("monitoring", pass("rds-monitoring-role", "monitoring.rds.amazonaws.com")),
        ("look into the vault", call("backup:ListRecoveryPointsByBackupVault").on(&of("backup", "backup-vault:prod"))),
        ("from a recovery point", call("backup:StartRestoreJob").on(&point)),
        ("of an instance", call("backup:StartRestoreJob").on("snapshot:awsbackup:job-0a1b")),
        ("how to", call("backup:GetRecoveryPointRestoreMetadata").on(&of("backup", "recovery-point:0a1b"))),
        ("follow it", call("backup:DescribeRestoreJob").on("*")),
        ("AWS Backup's role", pass("service-role/AWSBackupDefaultServiceRole", "backup.amazonaws.com")),
        ("runs of a job", call("glue:GetJobRuns").on(&of("glue", "job/daily-etl"))),
        ("the policy", call("s3:GetObject").on(&object("policy.json"))),
        ("an old record", call("s3:GetObject").on(&object("runs/closed/2026/10/drill-x.json"))),
        ("a record", call("s3:PutObject").on(&object("runs/open/recovery-x.json"))),
        ("file it", call("s3:PutObject").on(&object("runs/closed/2026/11/recovery-x.json"))),
        ("close it", call("s3:DeleteObject").on(&object("runs/open/recovery-x.json"))),
        ("records", call("s3:ListBucket").on(BUCKET)),
        ("what was found", call("s3:GetObject").on(&object("checks/recovery-x.json"))),
        ("a mail", call("sns:Publish").on(&of("sns", "lifeboat"))),
        ("a sign of life", call("cloudwatch:PutMetricData").on("*").with("cloudwatch:namespace", &["Lifeboat"])),
        ("ask the data", call("lambda:InvokeFunction").on(&of("lambda", "function:data-check"))),
    ]
}

/// What nobody may do with this role, whatever else is attached to it
fn denied() -> Vec<(&'static str, Call)> {
    let (copy, member) = (cluster(RUN), format!("db:{RUN}-1"));
    let secret = of("secretsmanager", "secret:rds!cluster-0a1b");
    let no_end = |name: &str| call("rds:AddTagsToResource").tagged(name, "drill").tags("recovery");
    vec![
        ("delete production", call("rds:DeleteDBCluster").on("cluster:prod-orders").on("cluster-snapshot:final")),
        ("its writer", call("rds:DeleteDBInstance").on("db:prod-orders-1")),
        ("an end for production", {
            let end = call("rds:AddTagsToResource").tagged("cluster:prod-orders", "inspection");
            end.with("aws:TagKeys", &["lifeboat:expires-at"])
        }),
        (
            "what is production now and was a recovery",
            call("rds:AddRoleToDBCluster").tagged("cluster:prod-orders", "recovery"),
        ),
        ("an instance in production", call("rds:DeleteDBInstance").on("db:prod-billing")),
        ("delete its own recovery", call("rds:DeleteDBCluster").tagged(&copy, "recovery")),
        ("an instance of it", call("rds:DeleteDBInstance").tagged(&member, "recovery")),
        ("delete an inspection", call("rds:DeleteDBCluster").tagged("cluster:inspect-x", "inspection")),
        ("delete a drill", call("rds:DeleteDBCluster").tagged("cluster:drill-x", "drill")),
        ("a snapshot", call("rds:DeleteDBClusterSnapshot").on("cluster-snapshot:pre-maintenance-1")),
        ("an automated snapshot", call("rds:DeleteDBSnapshot").on("snapshot:rds:prod-billing-1")),
        ("a retained backup", call("rds:DeleteDBClusterAutomatedBackup").on("cluster-auto-backup:ab-0a1b")),
        ("a proxy", call("rds:DeleteDBProxy").on("db-proxy:prx-0a1b2c3d4e5f60718")),
        ("a recovery point", call("backup:DeleteRecoveryPoint").on(&of("backup", "recovery-point:0a1b"))),
        ("a vault", call("backup:DeleteBackupVault").on(&of("backup", "backup-vault:prod"))),
        ("a secret", call("secretsmanager:DeleteSecret").on(&secret)),
        ("a key", call("kms:ScheduleKeyDeletion").on(&of("kms", "key/0a1b2c3d"))),
        ("old versions of a record", call("s3:DeleteObjectVersion").on(&object("runs/open/recovery-x.json"))),
        ("the bucket", call("s3:DeleteBucket").on(BUCKET)),
        ("a point of AWS Backup out of its hands", {
            call("backup:DisassociateRecoveryPoint").on(&of("backup", "recovery-point:0a1b"))
        }),
        ("a key that opens backups", call("kms:DisableKey").on(&of("kms", "key/0a1b2c3d"))),
        ("start what somebody stopped", call("rds:StartDBCluster").on("cluster:prod-orders")),
        ("make a replica a database", call("rds:PromoteReadReplica").on("db:prod-billing-replica")),
        ("switch regions", call("rds:SwitchoverGlobalCluster").on("cluster:prod-orders")),
        ("a database out of a file", call("rds:RestoreDBClusterFromS3").on(&copy).tags("recovery")),
        ("stop production", call("rds:StopDBCluster").on("cluster:prod-orders")),
        ("restart it", call("rds:RebootDBInstance").on("db:prod-orders-1")),
        ("fail it over", call("rds:FailoverDBCluster").on("cluster:prod-orders")),
        ("take tags from its own", call("rds:RemoveTagsFromResource").tagged(&copy, "recovery")),
        ("take roles from production", call("rds:RemoveRoleFromDBCluster").on("cluster:prod-orders")),
        ("tag production as a recovery", call("rds:AddTagsToResource").on("cluster:prod-orders").tags("recovery")),
        ("its instance", call("rds:AddTagsToResource").on("db:prod-orders-1").tags("recovery")),
        ("a snapshot as a recovery", call("rds:AddTagsToResource").on("cluster-snapshot:a").tags("recovery")),
        ("a drill as a recovery", no_end("cluster:drill-x")),
        ("another database", call("rds:ModifyDBCluster").on("cluster:prod-users")),
        ("one that is called alike", call("rds:ModifyDBCluster").on("cluster:prod-orders-archive")),
        ("an instance of another", call("rds:ModifyDBInstance").on("db:prod-users-1")),
        ("an instance that is called alike", call("rds:ModifyDBInstance").on("db:prod-billing-2")),
        ("a drill", call("rds:ModifyDBCluster").tagged("cluster:drill-x", "drill")),
        ("a member of production", call("rds:CreateDBInstance").on("db:recovery-x-1").on("cluster:prod-orders")),
        ("a role of production", call("rds:AddRoleToDBCluster").on("cluster:prod-orders")),
        ("production's Data API", call("rds:EnableHttpEndpoint").on("cluster:prod-orders")),
        ("share a snapshot", call("rds:ModifyDBClusterSnapshotAttribute").on("cluster-snapshot:pre-maintenance-1")),
        ("a proxy's settings", call("rds:ModifyDBProxy").on("db-proxy:prx-0a1b2c3d4e5f60718")),
        ("its group's", call("rds:ModifyDBProxyTargetGroup").on("target-group:prx-tg-0a1b2c3d4e5f60718")),
        ("another proxy's targets", {
            let group = call("rds:DeregisterDBProxyTargets").on("target-group:prx-tg-99999999999999999");
            group.on("db-proxy:prx-99999999999999999").on("cluster:prod-orders")
        }),
        ("targets for it", {
            let group = call("rds:RegisterDBProxyTargets").on("target-group:prx-tg-99999999999999999");
            group.on("db-proxy:prx-99999999999999999").tagged(&copy, "recovery")
        }),
        ("another target for a proxy", {
            let group = call("rds:RegisterDBProxyTargets").on("target-group:prx-tg-0a1b2c3d4e5f60718");
            group.on("cluster:prod-users")
        }),
        ("production's password", call("secretsmanager:GetSecretValue").on(&secret)),
        ("passwords at once", call("secretsmanager:BatchGetSecretValue").on(&secret)),
        ("a whole log", call("rds:DownloadCompleteDBLogFile").on("db:prod-orders-1")),
        ("a query", call("rds-data:ExecuteStatement").on("cluster:prod-orders")),
        ("a login", call("rds-db:connect").on(&of("rds-db", "dbuser:cluster-0a1b/app"))),
        ("a log of queries", call("rds:DownloadDBLogFilePortion").on("db:prod-orders-1")),
    ]
}

/// What no statement allows
fn not_allowed() -> Vec<(&'static str, Call)> {
    let copy = cluster(RUN);
    let restore = || call("rds:RestoreDBClusterToPointInTime").on("cluster:prod-orders").on("subgrp:private");
    let abroad = "arn:aws:rds:us-west-2:123456789012:cluster:recovery-x";
    vec![
        ("a copy under another name", restore().on("cluster:prod-orders-2").tags("recovery")),
        ("a copy without a tag", restore().on(&copy)),
        ("a copy as a drill", restore().on(&copy).tags("drill")),
        (
            "a copy of another database",
            call("rds:RestoreDBClusterToPointInTime").on("cluster:prod-users").on(&copy).tags("recovery"),
        ),
        ("in another region", restore().on(abroad).tags("recovery")),
        ("a cluster", call("rds:CreateDBCluster").on(&copy).tags("recovery")),
        ("a snapshot", call("rds:CreateDBClusterSnapshot").on("cluster:prod-orders")),
        ("what is named as ours and tagged as a drill", call("rds:ModifyDBCluster").tagged(&copy, "drill")),
        ("retag what is tagged as a drill", call("rds:AddTagsToResource").tagged(&copy, "drill").tags("recovery")),
        ("tag a recovery as a drill", call("rds:AddTagsToResource").tagged(&copy, "recovery").tags("drill")),
        ("an end for a recovery", {
            let end = call("rds:AddTagsToResource").tagged(&copy, "recovery");
            end.with("aws:TagKeys", &["lifeboat:expires-at"])
        }),
        ("other tags of an inspection", {
            let tags = call("rds:AddTagsToResource").tagged("cluster:inspect-x", "inspection");
            tags.with("aws:TagKeys", &["lifeboat:expires-at", "owner"])
        }),
        ("a parameter", call("rds:ModifyDBClusterParameterGroup").on("cluster-pg:orders")),
        ("a role to Lambda", pass("rds-monitoring-role", "lambda.amazonaws.com")),
        ("a role to AWS Backup", pass("admin", "backup.amazonaws.com")),
        ("a key for somebody", call("kms:CreateGrant").on(&of("kms", "key/0a1b2c3d"))),
        ("open a key", call("kms:Decrypt").on(&of("kms", "key/0a1b2c3d"))),
        ("a grant that is not for AWS", through_rds("kms:CreateGrant").with("kms:GrantIsForAWSResource", &["false"])),
        (
            "a grant through S3",
            through_rds("kms:CreateGrant").with("kms:ViaService", &["s3.ap-northeast-1.amazonaws.com"]),
        ),
        ("a key of somebody else", {
            let key = "arn:aws:kms:ap-northeast-1:999999999999:key/0a1b2c3d";
            let grant = call("kms:CreateGrant").on(key).with("kms:GrantIsForAWSResource", &["true"]);
            grant.with("kms:ViaService", &["rds.ap-northeast-1.amazonaws.com"])
        }),
        ("look at it", call("kms:DescribeKey").on("arn:aws:kms:ap-northeast-1:999999999999:key/0a1b2c3d")),
        ("AWS Backup's role to somebody", pass("service-role/AWSBackupDefaultServiceRole", "ec2.amazonaws.com")),
        ("a role of somebody else", {
            let role = call("iam:PassRole").on("arn:aws:iam::999999999999:role/rds-monitoring-role");
            role.with("iam:PassedToService", &["monitoring.rds.amazonaws.com"])
        }),
        ("a secret of one's own", call("secretsmanager:CreateSecret").on(&of("secretsmanager", "secret:app"))),
        ("restore something else", call("backup:StartRestoreJob").on("arn:aws:ec2:ap-northeast-1::snapshot/snap-0a1b")),
        ("jobs of somebody else", call("glue:GetJobRuns").on("arn:aws:glue:ap-northeast-1:999999999999:job/daily-etl")),
        ("list another bucket", call("s3:ListBucket").on("arn:aws:s3:::other")),
        ("an inspection that is none", {
            let end = call("rds:AddTagsToResource").tagged("cluster:inspect-x", "recovery");
            end.with("aws:TagKeys", &["lifeboat:expires-at"])
        }),
        ("another vault", call("backup:ListRecoveryPointsByBackupVault").on(&of("backup", "backup-vault:other"))),
        ("a vault's rules", call("backup:PutBackupVaultAccessPolicy").on(&of("backup", "backup-vault:prod"))),
        ("run a job", call("glue:StartJobRun").on(&of("glue", "job/daily-etl"))),
        ("rewrite the policy", call("s3:PutObject").on(&object("policy.json"))),
        ("rewrite answers", call("s3:PutObject").on(&object("checks/recovery-x.json"))),
        ("delete the evidence", call("s3:DeleteObject").on(&object("runs/closed/2026/11/recovery-x.json"))),
        ("another bucket", call("s3:GetObject").on("arn:aws:s3:::other/policy.json")),
        ("another function", call("lambda:InvokeFunction").on(&of("lambda", "function:restore-drill"))),
        ("another topic", call("sns:Publish").on(&of("sns", "other"))),
        ("AWS's metrics", call("cloudwatch:PutMetricData").on("*").with("cloudwatch:namespace", &["AWS/RDS"])),
        ("become another role", call("sts:AssumeRole").on("arn:aws:iam::123456789012:role/admin")),
    ]
}

#[test]
fn the_documents_are_of_terraforms_files() {
    let own = statements("emergency_restore.tf", "emergency_restore");
    let fence = statements("emergency_restore.tf", "emergency_restore_fence");
    assert!(own.iter().all(|statement| statement.allows) && fence.iter().all(|statement| !statement.allows));
    let with = with_cut_over();
    let rendered: BTreeSet<String> = with.allowed().map(str::to_owned).collect();
    assert_eq!(rendered, allowed(&own), "with everything given, everything stands");
    let targets = ["rds:DeregisterDBProxyTargets", "rds:RegisterDBProxyTargets"];
    let without: BTreeSet<String> = rendered.into_iter().filter(|action| !targets.contains(&action.as_str())).collect();
    assert_eq!(plain().allowed().map(str::to_owned).collect::<BTreeSet<_>>(), without);
}

#[test]
fn a_recovery_has_every_right_that_it_needs() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in needed() {
        assert_eq!(call.outcome(&plain), Outcome::Allowed, "{what}");
        assert_eq!(call.outcome(&with), Outcome::Allowed, "{what}, with cut-over");
    }
}

#[test]
fn nothing_is_deleted_and_production_not_touched_whatever_else_the_role_gets() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in denied() {
        assert_eq!(call.outcome(&plain), Outcome::Denied, "{what}");
        assert_eq!(call.outcome(&with), Outcome::Denied, "{what}, with cut-over");
    }
}

#[test]
fn what_it_does_not_need_it_may_not() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in not_allowed() {
        assert_eq!(call.outcome(&plain), Outcome::NotAllowed, "{what}");
        assert_eq!(call.outcome(&with), Outcome::NotAllowed, "{what}, with cut-over");
    }
}

#[test]
fn the_fence_is_the_second_lock_and_not_the_only_one() {
    for name in ["emergency-restore", "emergency-restore-cut-over"] {
        let own = Role::of(&[&read(&format!("infra/tests/fixtures/{name}.iam.json"))]);
        for (what, call) in denied() {
            assert_eq!(call.outcome(&own), Outcome::NotAllowed, "{name}: {what}");
        }
    }
}
