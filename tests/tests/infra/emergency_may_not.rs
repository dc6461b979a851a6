//! What `emergency-restore` may not do.

use crate::calls::{BUCKET, Call, RUN, call, cluster, object, of, pass, through_rds};

/// What nobody may do with this role, whatever else is attached to it
pub(crate) fn denied() -> Vec<(&'static str, Call)> {
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
pub(crate) fn not_allowed() -> Vec<(&'static str, Call)> {
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
