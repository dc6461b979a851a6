# backup-check: looks at backups and tells. It may destroy nothing, and change nothing unless checkup.remediate says so.

locals {
  backup_check_name = "${var.name_prefix}backup-check"

  # Regions that hold copies, or that drills restore in
  checked_regions = sort(distinct(concat(
    local.regions,
    flatten([for database in var.databases : [for copy in coalesce(try(database.backups.copies, null), []) : copy.region]]),
    [for database in var.databases : database.snapshots.copy_to.region if try(database.snapshots.copy_to.region, null) != null],
  )))
  checked_region = length(local.checked_regions) == 1 ? local.region : "*"

  remediates = anytrue([for it in values(coalesce(var.checkup.remediate, {})) : coalesce(it, false)])
}

module "backup_check" {
  source = "./modules/lambda_function"
  count  = var.backup_check == null ? 0 : 1

  function_name        = local.backup_check_name
  description          = "Lifeboat: checks every morning whether a restore would work, and what the backups cost"
  zip                  = var.backup_check.zip
  architecture         = var.architecture
  enabled              = var.backup_check.enabled
  reserved_concurrency = var.backup_check.reserved_concurrency
  memory_mb            = var.backup_check.memory_mb
  timeout_seconds      = 300
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.backup_check.json

  # What was told is written down: a run that comes again tells nothing twice
  async_retries = 2

  environment = {
    LIFEBOAT_BUCKET    = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN = aws_sns_topic.lifeboat.arn
    LIFEBOAT_NAMESPACE = var.metrics_namespace
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly those that the adapters list.
data "aws_iam_policy_document" "backup_check" {
  #checkov:skip=CKV_AWS_356: each * has its reason beside it; what changes something stands only with checkup.remediate, on named databases
  statement {
    sid = "ReadDatabases"
    actions = [
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBClusterAutomatedBackups",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBSnapshots",
      "rds:DescribeDBClusterSnapshotAttributes",
      "rds:DescribeDBSnapshotAttributes",
      "rds:DescribeAccountAttributes",
      "rds:DescribeCertificates",
      "rds:DescribeDBMajorEngineVersions",
      "rds:DescribeEvents",
    ]
    # *: databases that nobody named, and snapshots of everybody, are what it looks for. No data is in it.
    resources = ["*"]
  }

  statement {
    sid     = "ReadStorageMetrics"
    actions = ["cloudwatch:GetMetricData"]
    # *: the action knows no resources and no conditions
    resources = ["*"]
  }

  # The state of keys behind databases, snapshots and vaults: what they are, not what they encrypt
  statement {
    sid       = "LookAtKeys"
    actions   = ["kms:DescribeKey"]
    resources = ["arn:${local.partition}:kms:${local.checked_region}:${local.account}:key/*"]
  }

  statement {
    sid = "LookAtAwsBackup"
    actions = [
      "backup:DescribeBackupVault",
      "backup:ListRecoveryPointsByBackupVault",
    ]
    resources = ["arn:${local.partition}:backup:${local.checked_region}:${local.account}:backup-vault:*"]
  }

  statement {
    sid = "LookAtJobsAndPlans"
    actions = [
      "backup:ListBackupJobs",
      "backup:ListCopyJobs",
      "backup:ListRestoreJobs",
      "backup:ListBackupPlans",
      "backup:GetBackupPlan",
    ]
    # *: the lists know no resources, and plans have ids that nobody knows here
    resources = ["*"]
  }

  # Only where checkup.remediate asks for it, and only what the policy names
  dynamic "statement" {
    for_each = local.remediates ? [true] : []

    content {
      sid     = "MendWhatThePolicyNames"
      actions = ["rds:ModifyDBCluster", "rds:ModifyDBInstance"]
      resources = concat(
        [for identifier in local.clustered : "${local.rds}:cluster:${identifier}"],
        [for identifier in local.instances : "${local.rds}:db:${identifier}"],
        # *: RDS asks for the right on the groups of a database too; what changes a group is called otherwise
        [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds}:${kind}:*"],
      )
    }
  }

  # Belt and braces, whatever else is ever attached to this role
  statement {
    sid    = "NeverMakesOrDestroys"
    effect = "Deny"
    actions = [
      "rds:Delete*",
      "rds:Create*",
      "rds:Restore*",
      "rds:Copy*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
      "rds:AddTagsToResource",
      "rds:RemoveTagsFromResource",
      "rds:ModifyDBSnapshotAttribute",
      "rds:ModifyDBClusterSnapshotAttribute",
      "backup:Delete*",
      "backup:Start*",
      "backup:Put*",
      "backup:Update*",
      "kms:ScheduleKeyDeletion",
      "kms:DisableKey",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "NeverData"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "rds-db:connect", "rds-data:*", "rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"]
    resources = ["*"]
  }

  # Except for its own mails: a message to an encrypted topic is encrypted with the caller's rights
  statement {
    sid       = "NeverDecrypts"
    effect    = "Deny"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "kms:ViaService"
      values   = ["sns.${local.region}.amazonaws.com"]
    }
  }

  # The other half of every * that stands for a region
  dynamic "statement" {
    for_each = length(local.checked_regions) > 1 ? [local.checked_regions] : []

    content {
      sid       = "OnlyWhereBackupsAre"
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

  statement {
    sid     = "ReadPolicyRecordsFindings"
    actions = ["s3:GetObject"]
    resources = [
      "${local.bucket_arn}/policy.json",
      "${local.bucket_arn}/findings.json",
      "${local.bucket_arn}/runs/*",
    ]
  }

  statement {
    sid       = "WriteFindings"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/findings.json"]
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

# --- what rings it ----------------------------------------------------------------------------------------------------

# Backup and copy jobs say how they stand in detail.state
resource "aws_cloudwatch_event_rule" "backup_check_jobs" {
  count = var.backup_check == null ? 0 : 1

  name        = "${local.backup_check_name}-jobs"
  description = "Rings backup-check when a job of AWS Backup failed: events/backup-check/ring-backup-*.json"
  state       = var.backup_check.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.backup"]
    "detail-type" = ["Backup Job State Change", "Copy Job State Change"]
    "detail" = {
      "state" = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]
    }
  })
}

# Restore jobs and recovery points say it in detail.status
resource "aws_cloudwatch_event_rule" "backup_check_points" {
  count = var.backup_check == null ? 0 : 1

  name        = "${local.backup_check_name}-points"
  description = "Rings backup-check when a restore job failed or a recovery point is not whole: events/backup-check/ring-restore-*.json"
  state       = var.backup_check.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.backup"]
    "detail-type" = ["Restore Job State Change", "Recovery Point State Change"]
    "detail" = {
      "status" = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]
    }
  })
}

# Failures, and what stops backups: a storage that is full, a key that cannot be used, a database deleted
resource "aws_cloudwatch_event_rule" "backup_check_rds" {
  count = var.backup_check == null ? 0 : 1

  name        = "${local.backup_check_name}-rds"
  description = "Rings backup-check when RDS says that something failed: events/backup-check/ring-rds-*.json"
  state       = var.backup_check.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event", "RDS DB Instance Event"]
    "detail" = {
      "EventID" = [
        "RDS-EVENT-0003", "RDS-EVENT-0007", "RDS-EVENT-0031", "RDS-EVENT-0035", "RDS-EVENT-0036", "RDS-EVENT-0089",
        "RDS-EVENT-0171", "RDS-EVENT-0221", "RDS-EVENT-0222", "RDS-EVENT-0418",
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "backup_check" {
  for_each = var.backup_check == null ? {} : {
    jobs   = aws_cloudwatch_event_rule.backup_check_jobs[0].name
    points = aws_cloudwatch_event_rule.backup_check_points[0].name
    rds    = aws_cloudwatch_event_rule.backup_check_rds[0].name
  }

  rule = each.value
  arn  = module.backup_check[0].arn

  # The next daily run looks anyway
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 5
  }
}

resource "aws_lambda_permission" "backup_check" {
  for_each = var.backup_check == null ? {} : {
    jobs   = aws_cloudwatch_event_rule.backup_check_jobs[0].arn
    points = aws_cloudwatch_event_rule.backup_check_points[0].arn
    rds    = aws_cloudwatch_event_rule.backup_check_rds[0].arn
  }

  statement_id  = "eventbridge-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.backup_check[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}
