# restore-drill: restores into copies, has their data asked, tears them down. It may delete copies; it may not read data.

locals {
  restore_drill_name = "${var.name_prefix}restore-drill"

  clustered    = [for database in var.databases : lower(database.identifier) if database.kind != "rds"]
  instances    = [for database in var.databases : lower(database.identifier) if database.kind == "rds"]
  any_key      = ["arn:${local.partition}:kms:${local.copies_region}:${local.account}:key/*"]
  kms_key_arns = var.kms_key_arns == null ? local.any_key : var.kms_key_arns

  # Drills of AWS Backup's recovery points, each with the vaults it looks through and the role that AWS Backup restores with.
  # Without a role in the policy that is the one which AWS Backup makes for itself when it is first used in an account.
  backup_drills = flatten([
    for database in var.databases : [
      for drill in database.drills : {
        region = coalesce(drill.region, local.region)
        vaults = [for point in coalesce(try(database.backups.recovery_points, null), []) : point.vault]
        role = coalesce(
          try(drill.sandbox.restore_role, null), try(database.sandbox.restore_role, null),
          "arn:${local.partition}:iam::${local.account}:role/service-role/AWSBackupDefaultServiceRole"
        )
      } if drill.source == "recovery_point"
    ]
  ])
  backup_vaults = sort(distinct(flatten([
    for drill in local.backup_drills :
    [for vault in drill.vaults : "arn:${local.partition}:backup:${drill.region}:${local.account}:backup-vault:${vault}"]
  ])))
  restore_roles = sort(distinct([for drill in local.backup_drills : drill.role]))

  # Every drill that has a schedule. A name of a schedule holds 64 characters, of databases and drills 63 each.
  schedules = {
    for schedule in flatten([
      for name, database in var.databases : [
        for drill, it in database.drills : {
          drill      = "${name}/${drill}"
          name       = "${name}.${drill}"
          expression = it.schedule
          timezone   = coalesce(it.schedule_timezone, var.timezone)
        } if it.schedule != null
      ]
    ]) : schedule.drill => schedule
  }
}

module "restore_drill" {
  source = "./modules/lambda_function"

  function_name        = local.restore_drill_name
  description          = "Lifeboat: restores a backup into a temporary copy, has its data asked, tears it down, mails the verdict"
  zip                  = var.restore_drill.zip
  architecture         = var.architecture
  enabled              = var.restore_drill.enabled
  reserved_concurrency = var.restore_drill.reserved_concurrency
  memory_mb            = var.restore_drill.memory_mb
  timeout_seconds      = 300 # a tick is a few calls for each run; the next one comes in a minute
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.restore_drill.json

  # A request from the Scheduler is the same request when it comes again: its scheduled time is its key
  async_retries = 2

  environment = {
    LIFEBOAT_BUCKET     = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN  = aws_sns_topic.lifeboat.arn
    LIFEBOAT_DATA_CHECK = local.data_check_name
    LIFEBOAT_NAMESPACE  = var.metrics_namespace
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly those that the adapters list.
data "aws_iam_policy_document" "restore_drill" {
  statement {
    sid = "ReadDatabases"
    actions = [
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBClusterAutomatedBackups",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBSnapshots",
      "rds:DescribeEvents",
    ]
    # *: the sweep lists the whole account, because a copy whose record was lost can be anywhere in it. No data is in it.
    resources = ["*"]
  }

  # Targets: named and tagged as drills, or not made at all
  statement {
    sid = "RestoreIntoDrillsOnly"
    actions = [
      "rds:RestoreDBClusterToPointInTime",
      "rds:RestoreDBClusterFromSnapshot",
      "rds:RestoreDBInstanceToPointInTime",
      "rds:RestoreDBInstanceFromDBSnapshot",
      "rds:CreateDBInstance",
    ]
    resources = ["${local.rds_copies}:cluster:drill-*", "${local.rds_copies}:db:drill-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/lifeboat:purpose"
      values   = ["drill"]
    }
  }

  # Sources. RDS asks for the same actions on everything that a restore takes from. No tag condition: sources are not ours.
  statement {
    sid = "RestoreFromProtectedOnly"
    actions = [
      "rds:RestoreDBClusterToPointInTime",
      "rds:RestoreDBClusterFromSnapshot",
      "rds:RestoreDBInstanceToPointInTime",
      "rds:RestoreDBInstanceFromDBSnapshot",
    ]
    resources = concat(
      [for identifier in local.clustered : "${local.rds}:cluster:${identifier}"],
      [for identifier in local.instances : "${local.rds}:db:${identifier}"],
      # *: snapshots and retained backups have names and ids that nobody knows here. Retained backups stay in their region.
      [for kind in ["cluster-auto-backup", "auto-backup"] : "${local.rds}:${kind}:*"],
      [for kind in ["cluster-snapshot", "snapshot"] : "${local.rds_copies}:${kind}:*"],
    )
  }

  statement {
    sid = "UseGroups"
    actions = [
      "rds:RestoreDBClusterToPointInTime",
      "rds:RestoreDBClusterFromSnapshot",
      "rds:RestoreDBInstanceToPointInTime",
      "rds:RestoreDBInstanceFromDBSnapshot",
      "rds:CreateDBInstance",
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
    ]
    # *: which groups a copy uses is for the policy, its source and AWS's defaults to say; using one changes nothing in it, and
    # what changes a group is called otherwise (rds:ModifyDBParameterGroup)
    resources = [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds_copies}:${kind}:*"]
  }

  # Tags come with the call that makes the copy; AWS Backup's copies have none of ours, and get them afterwards. Nothing outside
  # the prefix can be tagged as a drill, and nothing that is tagged as something else.
  statement {
    sid       = "TagDrills"
    actions   = ["rds:AddTagsToResource"]
    resources = ["${local.rds_copies}:cluster:drill-*", "${local.rds_copies}:db:drill-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/lifeboat:purpose"
      values   = ["drill"]
    }

    # While the copy is being made there is no tag to look at
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["drill"]
    }
  }

  # Name and tag, both
  statement {
    sid = "OpenAndDestroyDrills"
    actions = [
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
      "rds:StartDBCluster",
      "rds:StartDBInstance",
      "rds:DeleteDBInstance",
      "rds:DeleteDBCluster",
    ]
    resources = ["${local.rds_copies}:cluster:drill-*", "${local.rds_copies}:db:drill-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["drill"]
    }
  }

  # The sweep removes inspections whose time is over; that it is over is for the code to see, IAM knows no such condition
  statement {
    sid = "DestroyInspections"
    actions = [
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
      "rds:StartDBCluster",
      "rds:StartDBInstance",
      "rds:DeleteDBInstance",
      "rds:DeleteDBCluster",
    ]
    resources = ["${local.rds_copies}:cluster:inspect-*", "${local.rds_copies}:db:inspect-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["inspection"]
    }
  }

  # RDS asks for DeleteDBCluster on the final snapshot too. None is made, and this lets none be deleted: that would be
  # DeleteDBClusterSnapshot.
  statement {
    sid       = "DestroyWithoutFinalSnapshot"
    actions   = ["rds:DeleteDBCluster"]
    resources = ["${local.rds_copies}:cluster-snapshot:drill-*", "${local.rds_copies}:cluster-snapshot:inspect-*"]
  }

  # Restore tests of AWS Backup. Its cluster and its instance may be opened, which is told by AWS Backup's own tag, and never be
  # removed; the instance that a validation attaches is named and tagged as ours.
  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid       = "OpenRestoreTests"
      actions   = ["rds:ModifyDBCluster", "rds:ModifyDBInstance"]
      resources = ["${local.rds}:cluster:awsbackup-restore-test-*", "${local.rds}:db:awsbackup-restore-test-*"]

      condition {
        test     = "Null"
        variable = "aws:ResourceTag/awsbackup-restore-test"
        values   = ["false"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid       = "AttachToRestoreTests"
      actions   = ["rds:CreateDBInstance"]
      resources = ["${local.rds}:cluster:awsbackup-restore-test-*", "${local.rds}:db:validation-*"]

      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/lifeboat:purpose"
        values   = ["validation"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid       = "TagWhatIsAttached"
      actions   = ["rds:AddTagsToResource"]
      resources = ["${local.rds}:db:validation-*"]

      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/lifeboat:purpose"
        values   = ["validation"]
      }

      condition {
        test     = "StringEqualsIfExists"
        variable = "aws:ResourceTag/lifeboat:purpose"
        values   = ["validation"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid       = "RemoveWhatWasAttached"
      actions   = ["rds:DeleteDBInstance"]
      resources = ["${local.rds}:db:validation-*"]

      condition {
        test     = "StringEquals"
        variable = "aws:ResourceTag/lifeboat:purpose"
        values   = ["validation"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid     = "AnswerRestoreTests"
      actions = ["backup:DescribeRestoreJob", "backup:PutRestoreValidationResult"]
      # *: the actions know no resources
      resources = ["*"]
    }
  }

  # When a tested recovery point was made: what the freshness of its rows is measured from
  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [module.backup_vault[0].arn] : []

    content {
      sid       = "LookIntoTestedVault"
      actions   = ["backup:ListRecoveryPointsByBackupVault"]
      resources = [statement.value]
    }
  }

  # Belt and braces: whatever else is ever attached to this role, what is named as a restore test of AWS Backup is not removed by it
  dynamic "statement" {
    for_each = length(local.tested_kinds) > 0 ? [true] : []

    content {
      sid       = "NeverRemoveRestoreTests"
      effect    = "Deny"
      actions   = ["rds:Delete*", "rds:Stop*", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"]
      resources = ["${local.rds_copies}:cluster:awsbackup-restore-test-*", "${local.rds_copies}:db:awsbackup-restore-test-*"]
    }
  }

  # Belt and braces: whatever else is ever attached to this role, what is not named as a copy stays as it is. Parameter, option
  # and subnet groups are no exception to that: no statement allows changing them, but RDS asks for making and
  # modifying a copy on them as well.
  statement {
    sid    = "NeverOutsideOurNames"
    effect = "Deny"
    actions = [
      "rds:Delete*",
      "rds:Modify*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
      "rds:AddTagsToResource",
      "rds:RemoveTagsFromResource",
      "rds:RestoreDBClusterFromS3",
      "rds:RestoreDBInstanceFromS3",
    ]
    not_resources = concat(
      [for kind in ["cluster", "db", "cluster-snapshot"] : "${local.rds_copies}:${kind}:drill-*"],
      [for kind in ["cluster", "db", "cluster-snapshot"] : "${local.rds_copies}:${kind}:inspect-*"],
      # Only where restore tests are looked into
      [for kind in ["db:validation", "cluster:awsbackup-restore-test", "db:awsbackup-restore-test"] : "${local.rds}:${kind}-*" if length(local.tested_kinds) > 0],
      [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds_copies}:${kind}:*"],
    )
  }

  # The other half of every * that stands for a region
  dynamic "statement" {
    for_each = length(local.other_regions) > 0 ? [local.regions] : []

    content {
      sid       = "OnlyWhereDrillsAre"
      effect    = "Deny"
      actions   = ["rds:*", "backup:*", "lambda:*", "kms:*", "secretsmanager:*"]
      resources = ["*"]

      condition {
        test     = "StringNotEquals"
        variable = "aws:RequestedRegion"
        values   = statement.value
      }
    }
  }

  # Who can delete a cluster cannot read data
  statement {
    sid       = "NeverData"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "rds-db:connect", "rds-data:*", "rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"]
    resources = ["*"]
  }

  # A managed password of a copy: RDS makes the secret with the caller's rights. The name is RDS's own, and no read follows.
  statement {
    sid       = "HaveRdsMakeThePassword"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    resources = ["arn:${local.partition}:secretsmanager:${local.copies_region}:${local.account}:secret:rds!*"]
  }

  # Keys of copies and of the secrets of their passwords, AWS's own among them: what they are, not what they encrypt
  statement {
    sid       = "LookAtKeysThroughRds"
    actions   = ["kms:DescribeKey"]
    resources = local.any_key

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = flatten([for region in local.regions : ["rds.${region}.*", "secretsmanager.${region}.*"]])
    }
  }

  # Copies of what is encrypted with a key of one's own: only through RDS, and grants only for AWS's own use
  dynamic "statement" {
    for_each = length(local.kms_key_arns) > 0 ? [local.kms_key_arns] : []

    content {
      sid       = "GrantKeysToRds"
      actions   = ["kms:CreateGrant"]
      resources = statement.value

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = [for region in local.regions : "rds.${region}.*"]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  # Recovery points of AWS Backup, only where a drill restores one
  dynamic "statement" {
    for_each = length(local.backup_vaults) > 0 ? [local.backup_vaults] : []

    content {
      sid       = "LookIntoVaults"
      actions   = ["backup:ListRecoveryPointsByBackupVault"]
      resources = statement.value
    }
  }

  # A recovery point has the ARN of the snapshot that it is, or one of AWS Backup's own; its id is nobody's to know here. What a
  # restore makes is for the role to say that is passed with it: the rights of this one end with asking.
  dynamic "statement" {
    for_each = length(local.backup_drills) > 0 ? [true] : []

    content {
      sid     = "RestoreRecoveryPoints"
      actions = ["backup:GetRecoveryPointRestoreMetadata", "backup:StartRestoreJob"]
      resources = [
        "${local.rds_copies}:cluster-snapshot:awsbackup:*",
        "${local.rds_copies}:snapshot:awsbackup:*",
        "arn:${local.partition}:backup:${local.copies_region}:${local.account}:recovery-point:*",
      ]
    }
  }

  dynamic "statement" {
    for_each = length(local.backup_drills) > 0 ? [true] : []

    content {
      sid     = "FollowRestoreJobs"
      actions = ["backup:DescribeRestoreJob"]
      # *: the action knows no resources
      resources = ["*"]
    }
  }

  # AWS Backup's managed policy for restores may delete any database. So a role with it is never this function's own: it is
  # handed to AWS Backup, to nobody else, and no other role is.
  dynamic "statement" {
    for_each = length(local.restore_roles) > 0 ? [local.restore_roles] : []

    content {
      sid       = "HandRestoreRolesToAwsBackup"
      actions   = ["iam:PassRole"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["backup.amazonaws.com"]
      }
    }
  }

  statement {
    sid     = "ReadPolicyRecordsAnswers"
    actions = ["s3:GetObject"]
    resources = [
      "${local.bucket_arn}/policy.json",
      "${local.bucket_arn}/runs/*",
      "${local.bucket_arn}/checks/*",
      "${local.bucket_arn}/reports/*",
    ]
  }

  statement {
    sid       = "WriteRecordsAndReports"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/runs/*", "${local.bucket_arn}/reports/*"]
  }

  statement {
    sid       = "CloseRecords"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.bucket_arn}/runs/open/*"]
  }

  # The whole bucket, which is ours alone. With a condition on s3:prefix a missing object would read as "access denied"
  # instead of "not there": S3 looks for this right without a prefix then.
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

  statement {
    sid     = "AskDataCheck"
    actions = ["lambda:InvokeFunction"]
    resources = [
      for name in local.data_check_names : "arn:${local.partition}:lambda:${local.copies_region}:${local.account}:function:${name}"
    ]
  }
}

# --- what wakes it ----------------------------------------------------------------------------------------------------

# The tick that everything rests on. With no drill under way it is one list of the bucket.
resource "aws_cloudwatch_event_rule" "restore_drill_tick" {
  name                = "${local.restore_drill_name}-tick"
  description         = "Wakes restore-drill: events/restore-drill/tick-scheduled-event.json"
  schedule_expression = "rate(1 minute)"
  state               = var.restore_drill.enabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "restore_drill_tick" {
  rule = aws_cloudwatch_event_rule.restore_drill_tick.name
  arn  = module.restore_drill.arn

  # A late tick is worth nothing: the next one is there already
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

# Only quicker than the tick: RDS sends events when it can. All of events/restore-drill/tick-rds-*.json match.
resource "aws_cloudwatch_event_rule" "restore_drill_rds" {
  name        = "${local.restore_drill_name}-rds"
  description = "Wakes restore-drill when RDS says something about a copy: events/restore-drill/tick-rds-*.json"
  state       = var.restore_drill.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event", "RDS DB Instance Event"]
    "detail" = {
      "SourceIdentifier" = [{ "prefix" = "drill-" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "restore_drill_rds" {
  rule = aws_cloudwatch_event_rule.restore_drill_rds.name
  arn  = module.restore_drill.arn

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

# A restore test that is done is a request: no tick makes up for an event that was lost. As
# events/restore-drill/validate-backup-restore-test-completed.json.
resource "aws_cloudwatch_event_rule" "restore_drill_tests" {
  count = length(local.tested_kinds) > 0 ? 1 : 0

  name        = "${local.restore_drill_name}-tests"
  description = "Has restore-drill look into what AWS Backup restored: events/restore-drill/validate-*.json"
  state       = var.restore_drill.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.backup"]
    "detail-type" = ["Restore Job State Change"]
    "detail" = {
      "status"                = ["COMPLETED"]
      "resourceType"          = ["Aurora", "RDS", "DocumentDB"]
      "restoreTestingPlanArn" = [{ "prefix" = "arn:" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "restore_drill_tests" {
  count = length(local.tested_kinds) > 0 ? 1 : 0

  rule = aws_cloudwatch_event_rule.restore_drill_tests[0].name
  arn  = module.restore_drill.arn

  # After an hour there is no time left to look
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 20
  }
}

resource "aws_lambda_permission" "restore_drill" {
  for_each = merge(
    {
      tick = aws_cloudwatch_event_rule.restore_drill_tick.arn
      rds  = aws_cloudwatch_event_rule.restore_drill_rds.arn
    },
    length(local.tested_kinds) > 0 ? { tests = aws_cloudwatch_event_rule.restore_drill_tests[0].arn } : {},
  )

  statement_id  = "eventbridge-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.restore_drill.function_name
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}

# --- its schedules ----------------------------------------------------------------------------------------------------

resource "aws_scheduler_schedule_group" "drills" {
  name = "${var.name_prefix}lifeboat-drills"
}

resource "aws_scheduler_schedule" "drill" {
  #checkov:skip=CKV_AWS_297: its input is the name of a drill and a time; encrypted with the Scheduler's own key
  for_each = local.schedules

  group_name = aws_scheduler_schedule_group.drills.name
  # A point separates: it is in no name of a database or a drill
  name                         = length(each.value.name) <= 64 ? each.value.name : "${substr(each.value.name, 0, 55)}.${substr(sha1(each.value.name), 0, 8)}"
  description                  = "Starts the drill ${each.value.drill}"
  state                        = var.restore_drill.enabled ? "ENABLED" : "DISABLED"
  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.timezone

  # On the minute: the scheduled time is the drill's name and key
  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.restore_drill.arn
    role_arn = aws_iam_role.scheduler.arn

    # As events/restore-drill/start-from-scheduler.json once the placeholder is filled in. jsonencode writes < and > as escapes,
    # in which the Scheduler does not find its placeholder.
    input = replace(replace(jsonencode({
      drill          = each.value.drill
      scheduled_time = "<aws.scheduler.scheduled-time>"
    }), "\\u003c", "<"), "\\u003e", ">")

    # Six hours: a drill that starts later than that is better looked at
    retry_policy {
      maximum_event_age_in_seconds = 21600
      maximum_retry_attempts       = 20
    }

    dead_letter_config {
      arn = aws_sqs_queue.drills_not_started.arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# Starts that never reached the function
resource "aws_sqs_queue" "drills_not_started" {
  name                      = "${var.name_prefix}lifeboat-drills-not-started"
  message_retention_seconds = 1209600 # 14 days, the longest there is
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "drills_not_started" {
  alarm_name          = "${var.name_prefix}lifeboat-drills-not-started"
  alarm_description   = "A scheduled drill could not be started. The request is in the queue ${aws_sqs_queue.drills_not_started.name}; start the drill by hand, then purge the queue."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.drills_not_started.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    sid     = "SchedulesOfThisGroup"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    # The group, not its schedules: that is the source which the Scheduler names
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.name_prefix}lifeboat-drills"]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartDrills"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.restore_drill_arn]
  }

  statement {
    sid       = "KeepWhatCouldNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.drills_not_started.arn]
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.name_prefix}lifeboat-scheduler-${local.region}"
  description        = "Lifeboat: what EventBridge Scheduler starts drills with"
  assume_role_policy = data.aws_iam_policy_document.scheduler_trust.json
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "start-drills"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}
