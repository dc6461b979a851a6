# snapshot-lifecycle: takes snapshots, copies them, lets go what has aged out. It may delete snapshots that the policy names and
# what is left of drills; it may not read data, restore anything, or touch a protected database.

locals {
  snapshot_lifecycle_name = "${var.name_prefix}snapshot-lifecycle"

  # Where copies go
  copied_to = sort(distinct([
    for database in var.databases : database.snapshots.copy_to.region
    if try(database.snapshots.copy_to.region, null) != null && try(database.snapshots.copy_to.region, null) != local.region
  ]))
  # Where leftovers of drills may be, and where copies go
  lifecycle_regions = sort(distinct(concat(local.regions, local.copied_to)))
  lifecycle_region  = length(local.lifecycle_regions) == 1 ? local.region : "*"
  rds_lifecycle     = "arn:${local.partition}:rds:${local.lifecycle_region}:${local.account}"

  # Snapshots that the policy lets go are named by its patterns: IAM reads * and ? as the policy does
  snapshot_patterns = {
    cluster-snapshot = sort(distinct(flatten([
      for database in var.databases : try(coalesce(database.snapshots.patterns, []), []) if database.kind != "rds"
    ])))
    snapshot = sort(distinct(flatten([
      for database in var.databases : try(coalesce(database.snapshots.patterns, []), []) if database.kind == "rds"
    ])))
  }
  snapshots_let_go = flatten([
    for kind, patterns in local.snapshot_patterns : [for pattern in patterns : "${local.rds}:${kind}:${lower(pattern)}"]
  ])
  snapshot_vaults = sort(distinct(flatten([
    for database in var.databases : [
      for point in coalesce(try(database.backups.recovery_points, null), []) :
      "arn:${local.partition}:backup:${local.lifecycle_region}:${local.account}:backup-vault:${point.vault}"
    ]
  ])))
  export_roles = var.snapshot_lifecycle == null ? [] : var.snapshot_lifecycle.export_roles
  export_keys  = var.snapshot_lifecycle == null ? [] : var.snapshot_lifecycle.export_keys
}

module "snapshot_lifecycle" {
  source = "./modules/lambda_function"
  count  = var.snapshot_lifecycle == null ? 0 : 1

  function_name        = local.snapshot_lifecycle_name
  description          = "Lifeboat: takes snapshots, copies them to another region, lets go what has aged out"
  zip                  = var.snapshot_lifecycle.zip
  architecture         = var.architecture
  enabled              = var.snapshot_lifecycle.enabled
  reserved_concurrency = var.snapshot_lifecycle.reserved_concurrency
  memory_mb            = var.snapshot_lifecycle.memory_mb
  timeout_seconds      = 900 # deletions are as slow as AWS lets them be; what is left goes on in the next run
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.snapshot_lifecycle.json

  # A run that ends red may have deleted as many as one run may; done again by Lambda, it would delete as many once more
  async_retries = 0

  environment = {
    LIFEBOAT_BUCKET    = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN = aws_sns_topic.lifeboat.arn
    LIFEBOAT_NAMESPACE = var.metrics_namespace
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly those that the adapters list.
data "aws_iam_policy_document" "snapshot_lifecycle" {
  statement {
    sid = "ReadDatabasesAndSnapshots"
    actions = [
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBClusterAutomatedBackups",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBSnapshots",
      "rds:DescribeDBClusterSnapshotAttributes",
      "rds:DescribeDBSnapshotAttributes",
      "rds:DescribeExportTasks",
      "rds:DescribeEvents",
    ]
    # *: the account's snapshots are listed as a whole, a hundred a call. No data is in them.
    resources = ["*"]
  }

  # Of what the policy names, under one prefix
  statement {
    sid     = "TakeSnapshots"
    actions = ["rds:CreateDBClusterSnapshot", "rds:CreateDBSnapshot"]
    resources = concat(
      [for identifier in local.clustered : "${local.rds}:cluster:${identifier}"],
      [for identifier in local.instances : "${local.rds}:db:${identifier}"],
      [for kind in ["cluster-snapshot", "snapshot"] : "${local.rds}:${kind}:pre-maintenance-*"],
    )
  }

  # Copies: made in the region that they are for, and tagged as copies when they are made
  dynamic "statement" {
    for_each = length(local.copied_to) > 0 ? [true] : []

    content {
      sid     = "MakeCopies"
      actions = ["rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot"]
      resources = flatten([
        for region in local.copied_to : [
          for kind in ["cluster-snapshot", "snapshot"] : "arn:${local.partition}:rds:${region}:${local.account}:${kind}:copy-*"
        ]
      ])

      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/lifeboat:purpose"
        values   = ["snapshot-copy"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.copied_to) > 0 ? [true] : []

    content {
      sid     = "CopyFrom"
      actions = ["rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot"]
      resources = concat(
        local.snapshots_let_go,
        # *: the option group of an instance's snapshot comes with it; using one changes nothing in it
        [for region in local.copied_to : "arn:${local.partition}:rds:${region}:${local.account}:og:*"],
      )
    }
  }

  # A copy is made from a snapshot of this region, and RDS asks for the way between the two
  dynamic "statement" {
    for_each = length(local.copied_to) > 0 ? [true] : []

    content {
      sid     = "CopyAcrossRegions"
      actions = ["rds:CrossRegionCommunication"]
      # *: the action knows no resources
      resources = ["*"]
    }
  }

  # Tags come with the call that makes a snapshot; nothing else is ever tagged
  statement {
    sid     = "TagWhatIsMade"
    actions = ["rds:AddTagsToResource"]
    resources = concat(
      [for kind in ["cluster-snapshot", "snapshot"] : "${local.rds}:${kind}:pre-maintenance-*"],
      flatten([
        for region in local.copied_to : [
          for kind in ["cluster-snapshot", "snapshot"] : "arn:${local.partition}:rds:${region}:${local.account}:${kind}:copy-*"
        ]
      ]),
    )

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/lifeboat:purpose"
      values   = ["snapshot", "snapshot-copy"]
    }
  }

  # At home by the names of the policy's patterns; tags cannot be asked for, as people make these snapshots too
  dynamic "statement" {
    for_each = length(local.snapshots_let_go) > 0 ? [local.snapshots_let_go] : []

    content {
      sid       = "LetGoByThePolicysNames"
      actions   = ["rds:DeleteDBClusterSnapshot", "rds:DeleteDBSnapshot"]
      resources = statement.value
    }
  }

  # Abroad by name and tag
  dynamic "statement" {
    for_each = length(local.copied_to) > 0 ? [true] : []

    content {
      sid     = "LetGoCopies"
      actions = ["rds:DeleteDBClusterSnapshot", "rds:DeleteDBSnapshot"]
      resources = flatten([
        for region in local.copied_to : [
          for kind in ["cluster-snapshot", "snapshot"] : "arn:${local.partition}:rds:${region}:${local.account}:${kind}:copy-*"
        ]
      ])

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/lifeboat:purpose"
        values   = ["snapshot-copy"]
      }
    }
  }

  # What is left of drills and inspections: name and tag, both
  statement {
    sid = "SweepDrills"
    actions = [
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
      "rds:StartDBCluster",
      "rds:StartDBInstance",
      "rds:DeleteDBInstance",
      "rds:DeleteDBCluster",
      "rds:DeleteDBClusterSnapshot",
      "rds:DeleteDBSnapshot",
    ]
    resources = [for kind in ["cluster", "db", "cluster-snapshot", "snapshot"] : "${local.rds_lifecycle}:${kind}:drill-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["drill"]
    }
  }

  statement {
    sid = "SweepInspections"
    actions = [
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
      "rds:StartDBCluster",
      "rds:StartDBInstance",
      "rds:DeleteDBInstance",
      "rds:DeleteDBCluster",
      "rds:DeleteDBClusterSnapshot",
      "rds:DeleteDBSnapshot",
    ]
    resources = [for kind in ["cluster", "db", "cluster-snapshot", "snapshot"] : "${local.rds_lifecycle}:${kind}:inspect-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["inspection"]
    }
  }

  # Backups that RDS retained of them. Their ARNs are ids that nobody knows here: the tag is all there is.
  statement {
    sid     = "SweepRetainedBackups"
    actions = ["rds:DeleteDBClusterAutomatedBackup", "rds:DeleteDBInstanceAutomatedBackup"]
    resources = [
      "${local.rds_lifecycle}:cluster-auto-backup:*",
      "${local.rds_lifecycle}:auto-backup:*",
    ]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["drill", "inspection"]
    }
  }

  # RDS asks for these on groups and final snapshots too; nothing of them is changed or made
  statement {
    sid     = "UseGroupsWhileSweeping"
    actions = ["rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:DeleteDBCluster"]
    resources = concat(
      [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds_lifecycle}:${kind}:*"],
      ["${local.rds_lifecycle}:cluster-snapshot:drill-*", "${local.rds_lifecycle}:cluster-snapshot:inspect-*"],
    )
  }

  # Belt and braces. Automated snapshots and AWS Backup's have a colon in their names, which none of these patterns reaches
  # (a * would: so they are denied by name as well).
  statement {
    sid    = "NeverAutomatedOrAwsBackups"
    effect = "Deny"
    actions = [
      "rds:DeleteDBClusterSnapshot",
      "rds:DeleteDBSnapshot",
    ]
    resources = flatten([
      for kind in ["cluster-snapshot", "snapshot"] : [for name in ["rds:*", "awsbackup:*"] : "${local.rds_lifecycle}:${kind}:${name}"]
    ])
  }

  statement {
    sid    = "NeverADatabaseOutsideOurNames"
    effect = "Deny"
    actions = [
      "rds:DeleteDBCluster",
      "rds:DeleteDBInstance",
      "rds:ModifyDB*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
    ]
    not_resources = concat(
      [for kind in ["cluster", "db", "cluster-snapshot", "snapshot"] : "${local.rds_lifecycle}:${kind}:drill-*"],
      [for kind in ["cluster", "db", "cluster-snapshot", "snapshot"] : "${local.rds_lifecycle}:${kind}:inspect-*"],
      [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds_lifecycle}:${kind}:*"],
      # What an export starts from
      length(local.export_roles) > 0 ? [for kind in ["cluster-snapshot", "snapshot"] : "${local.rds}:${kind}:*"] : [],
    )
  }

  statement {
    sid    = "NeverRestoresOrShares"
    effect = "Deny"
    actions = [
      "rds:Restore*",
      "rds:CreateDBCluster",
      "rds:CreateDBInstance",
      "rds:ModifyDBSnapshotAttribute",
      "rds:ModifyDBClusterSnapshotAttribute",
      "rds:RemoveTagsFromResource",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "NeverData"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "rds-db:connect", "rds-data:*", "rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"]
    resources = ["*"]
  }

  # The other half of every * that stands for a region
  dynamic "statement" {
    for_each = length(local.lifecycle_regions) > 1 ? [local.lifecycle_regions] : []

    content {
      sid       = "OnlyWhereSnapshotsAre"
      effect    = "Deny"
      actions   = ["rds:*", "backup:*", "kms:*"]
      resources = ["*"]

      condition {
        test     = "StringNotEquals"
        variable = "aws:RequestedRegion"
        values   = statement.value
      }
    }
  }

  # An encrypted copy is encrypted anew with a key of its region: only through RDS, and grants only for AWS's own use
  dynamic "statement" {
    for_each = length(local.copied_to) > 0 ? [true] : []

    content {
      sid       = "GrantKeysToRds"
      actions   = ["kms:CreateGrant"]
      resources = ["arn:${local.partition}:kms:${local.lifecycle_region}:${local.account}:key/*"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = [for region in local.lifecycle_regions : "rds.${region}.*"]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.copied_to) + length(local.export_roles) > 0 ? [true] : []

    content {
      sid       = "LookAtKeysThroughRds"
      actions   = ["kms:DescribeKey"]
      resources = ["arn:${local.partition}:kms:${local.lifecycle_region}:${local.account}:key/*"]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = [for region in local.lifecycle_regions : "rds.${region}.*"]
      }
    }
  }

  # Exports for the archive, only with the roles and keys that are named
  dynamic "statement" {
    for_each = length(local.export_roles) > 0 ? [true] : []

    content {
      sid     = "StartExports"
      actions = ["rds:StartExportTask"]
      # *: the action knows no resources; what it can reach is what the role that is handed over can write to
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.export_roles) > 0 ? [local.export_roles] : []

    content {
      sid       = "HandExportRolesToRds"
      actions   = ["iam:PassRole"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["export.rds.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.export_keys) > 0 ? [local.export_keys] : []

    content {
      sid       = "GrantExportKeys"
      actions   = ["kms:CreateGrant", "kms:DescribeKey"]
      resources = statement.value
    }
  }

  # Recovery points that AWS Backup could not delete are told, not touched
  dynamic "statement" {
    for_each = length(local.snapshot_vaults) > 0 ? [local.snapshot_vaults] : []

    content {
      sid       = "LookIntoVaults"
      actions   = ["backup:ListRecoveryPointsByBackupVault"]
      resources = statement.value
    }
  }

  statement {
    sid     = "LookAtRestoreTests"
    actions = ["backup:ListRestoreJobs"]
    # *: the action knows no resources
    resources = ["*"]
  }

  statement {
    sid     = "ReadPolicyMarksRecords"
    actions = ["s3:GetObject"]
    resources = [
      "${local.bucket_arn}/policy.json",
      "${local.bucket_arn}/lifecycle.json",
      "${local.bucket_arn}/lifecycle-left.json",
      "${local.bucket_arn}/runs/open/*",
    ]
  }

  statement {
    sid       = "WriteMarks"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/lifecycle.json", "${local.bucket_arn}/lifecycle-left.json"]
  }

  # The whole bucket, as for restore-drill: with a condition a missing object would read as "access denied"
  statement {
    sid       = "ListRecords"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "SendMail"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]
  }

  statement {
    sid     = "Measure"
    actions = ["cloudwatch:PutMetricData"]
    # *: the action knows no resources, only the namespace
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [var.metrics_namespace]
    }
  }
}

# --- what wakes it ----------------------------------------------------------------------------------------------------

# A snapshot that is complete can be copied at once, where a policy asks for copies. Such an event is a reason for copies only:
# what marks and deletes is the schedule.
resource "aws_cloudwatch_event_rule" "snapshot_lifecycle_created" {
  count = var.snapshot_lifecycle == null ? 0 : 1

  name        = "${local.snapshot_lifecycle_name}-created"
  description = "Wakes snapshot-lifecycle when a manual snapshot is complete: events/snapshot-lifecycle/tick-rds-*.json"
  state       = var.snapshot_lifecycle.enabled && length(local.copied_to) > 0 ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Snapshot Event", "RDS DB Snapshot Event"]
    "detail" = {
      "EventID" = ["RDS-EVENT-0042", "RDS-EVENT-0075"]
    }
  })
}

resource "aws_cloudwatch_event_target" "snapshot_lifecycle_created" {
  count = var.snapshot_lifecycle == null ? 0 : 1

  rule = aws_cloudwatch_event_rule.snapshot_lifecycle_created[0].name
  arn  = module.snapshot_lifecycle[0].arn

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 5
  }
}

resource "aws_lambda_permission" "snapshot_lifecycle_created" {
  count = var.snapshot_lifecycle == null ? 0 : 1

  statement_id  = "eventbridge-created"
  action        = "lambda:InvokeFunction"
  function_name = module.snapshot_lifecycle[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.snapshot_lifecycle_created[0].arn
}
