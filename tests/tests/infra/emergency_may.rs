//! What `emergency-restore` needs.

use crate::calls::{BUCKET, Call, RUN, call, cluster, object, of, pass, through_rds};

/// What a recovery needs from its first call to its last
pub(crate) fn needed() -> Vec<(&'static str, Call)> {
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
