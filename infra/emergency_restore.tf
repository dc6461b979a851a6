# emergency-restore: brings a database back as a copy beside it, and cuts over when asked. It may delete nothing, and reach nothing
# that is in production unless emergency_cut_over says so.

locals {
  emergency_restore_name = "${var.name_prefix}emergency-restore"

  # What it makes. It works in the region that it runs in: after the loss of a region that is a deployment in the other one.
  recoveries      = ["${local.rds}:cluster:recovery-*", "${local.rds}:db:recovery-*"]
  inspections     = ["${local.rds}:cluster:inspect-*", "${local.rds}:db:inspect-*"]
  recovery_groups = [for kind in ["subgrp", "cluster-pg", "pg", "og"] : "${local.rds}:${kind}:*"]
  recovery_keys   = var.kms_key_arns == null ? ["arn:${local.partition}:kms:${local.region}:${local.account}:key/*"] : var.kms_key_arns

  # Roles that copies get from their source: of Enhanced Monitoring, and of imports, exports and calls from inside the database
  recovery_roles = try(coalesce(var.emergency_restore.roles, ["arn:${local.partition}:iam::${local.account}:role/*"]), [])

  # AWS Backup: every vault that the policy names, and the role that restores what is in it
  recovery_vaults = sort(distinct(flatten([
    for database in var.databases : [
      for point in try(coalesce(database.backups.recovery_points, []), []) :
      "arn:${local.partition}:backup:${local.region}:${local.account}:backup-vault:${point.vault}"
    ]
  ])))
  recovery_restore_roles = sort(distinct([
    for database in var.databases : coalesce(
      try(database.sandbox.restore_role, null), "arn:${local.partition}:iam::${local.account}:role/service-role/AWSBackupDefaultServiceRole"
    ) if length(try(coalesce(database.backups.recovery_points, []), [])) > 0
  ]))

  # A swap of names renames the source aside, to <name>-before-<time>, and the copy into its place. RDS holds 63 characters: a name
  # that leaves no space for the 22 of that is cut to 32, with a hash of 8 behind it.
  cut_over          = var.emergency_restore != null && var.emergency_cut_over
  swapped_instances = try(coalesce(var.emergency_restore.instances, []), [])
  put_aside = {
    for name in concat(local.clustered, local.instances, local.swapped_instances) :
    name => length(name) <= 41 ? "${name}-before-*" : "${trimsuffix(substr(name, 0, 32), "-")}-????????-before-*"
  }
  swapped = !local.cut_over ? [] : concat(
    flatten([for name in local.clustered : ["${local.rds}:cluster:${name}", "${local.rds}:cluster:${local.put_aside[name]}"]]),
    flatten([
      for name in concat(local.instances, local.swapped_instances) :
      ["${local.rds}:db:${name}", "${local.rds}:db:${local.put_aside[name]}"]
    ]),
    # Instances of a cluster are called after it, unless their names are given
    try(var.emergency_restore.instances, null) != null ? [] : flatten([
      for name in local.clustered : concat(
        ["${local.rds}:db:${name}-*"],
        length(name) > 32 ? ["${local.rds}:db:${trimsuffix(substr(name, 0, 32), "-")}-????????-before-*"] : [],
      )
    ]),
  )
  # AWS asks for the right on the proxy and on its target group; both have ids for names
  switched_proxies = !local.cut_over ? [] : flatten([for proxy in values(var.emergency_restore.proxies) : [proxy.arn, proxy.target_group_arn]])
}

module "emergency_restore" {
  source = "./modules/lambda_function"
  count  = var.emergency_restore == null ? 0 : 1

  function_name        = local.emergency_restore_name
  description          = "Lifeboat: shows what can be restored, brings a database back whole as a copy, cuts over when asked"
  zip                  = var.emergency_restore.zip
  architecture         = var.architecture
  enabled              = var.emergency_restore.enabled
  reserved_concurrency = var.emergency_restore.reserved_concurrency
  memory_mb            = var.emergency_restore.memory_mb
  timeout_seconds      = 300 # a tick does all that can be done; the next one comes in a minute
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.emergency_restore.json

  # A request without scheduled_time that comes again is another one, and would make a second copy
  async_retries = 0

  environment = {
    LIFEBOAT_BUCKET     = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN  = aws_sns_topic.lifeboat.arn
    LIFEBOAT_DATA_CHECK = local.data_check_name
    LIFEBOAT_NAMESPACE  = var.metrics_namespace
    LIFEBOAT_CUT_OVER   = tostring(local.cut_over) # without the right it refuses at once, and leaves the cut-overs of others alone
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly those that the adapters list, and both documents as they are rendered
# (tests/fixtures/emergency-restore*.iam.json) to a table of what the function may and may not do.
data "aws_iam_policy_document" "emergency_restore" {
  statement {
    sid = "ReadDatabases"
    actions = [
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBClusterAutomatedBackups",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBSnapshots",
      "rds:DescribeDBProxyTargets",
      "rds:DescribeAccountAttributes",
      "rds:DescribeEvents",
    ]
    # *: a server is found by its id whatever it is called now, and a backup of what is gone has no name. No data is in it.
    resources = ["*"]
  }

  # Targets: named and tagged as ours, or not made at all
  statement {
    sid = "MakeCopies"
    actions = [
      "rds:RestoreDBClusterToPointInTime",
      "rds:RestoreDBClusterFromSnapshot",
      "rds:RestoreDBInstanceToPointInTime",
      "rds:RestoreDBInstanceFromDBSnapshot",
      "rds:CreateDBInstance",
    ]
    resources = concat(local.recoveries, local.inspections)

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/lifeboat:purpose"
      values   = ["recovery", "inspection"]
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
      # *: snapshots and retained backups have names and ids that nobody knows here
      [for kind in ["cluster-auto-backup", "auto-backup", "cluster-snapshot", "snapshot"] : "${local.rds}:${kind}:*"],
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
    # *: the groups of a copy are its source's, or those that somebody names at 3 a.m.; using one changes nothing in it, and what
    # changes a group is called otherwise (rds:ModifyDBParameterGroup)
    resources = local.recovery_groups
  }

  # Tags come with the call that makes the copy; AWS Backup's copies have none of ours, and get them afterwards. Nothing outside
  # our names can be tagged as ours, and nothing that is tagged as something else.
  statement {
    sid       = "TagCopies"
    actions   = ["rds:AddTagsToResource"]
    resources = concat(local.recoveries, local.inspections)

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/lifeboat:purpose"
      values   = ["recovery", "inspection"]
    }

    # While the copy is being made there is no tag to look at
    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["recovery", "inspection"]
    }
  }

  # An inspection that somebody wants for longer: its end is the one tag that is ever changed
  statement {
    sid       = "KeepInspectionsLonger"
    actions   = ["rds:AddTagsToResource"]
    resources = local.inspections

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["inspection"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "aws:TagKeys"
      values   = ["lifeboat:expires-at"]
    }
  }

  # What a restore does not bring with it. Name and tag, both.
  statement {
    sid = "CompleteCopies"
    actions = [
      "rds:ModifyDBCluster",
      "rds:ModifyDBInstance",
      "rds:AddRoleToDBCluster",
      "rds:AddRoleToDBInstance",
      "rds:EnableHttpEndpoint",
    ]
    resources = concat(local.recoveries, local.inspections)

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/lifeboat:purpose"
      values   = ["recovery", "inspection"]
    }
  }

  # Only with emergency_cut_over. Names of production: the databases of the policy, their instances, and both under the names that
  # a swap puts them aside with, for the way back. Proxies: those that are named, with what they point at before and after. No
  # condition on tags: production has none of ours. IAM cannot tell a rename from another change, but a new password can be told.
  dynamic "statement" {
    for_each = local.cut_over ? [true] : []

    content {
      sid = "CutOver"
      actions = [
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:DeregisterDBProxyTargets",
        "rds:RegisterDBProxyTargets",
      ]
      resources = concat(local.swapped, local.switched_proxies)

      condition {
        test     = "BoolIfExists"
        variable = "rds:ManageMasterUserPassword"
        values   = ["false"]
      }
    }
  }

  # The copy as a proxy's target, and its own name on the way back, which nothing bears then: so there is no tag to look at
  dynamic "statement" {
    for_each = local.cut_over ? [true] : []

    content {
      sid = "CutOverToCopies"
      actions = [
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:DeregisterDBProxyTargets",
        "rds:RegisterDBProxyTargets",
      ]
      resources = local.recoveries

      condition {
        test     = "StringEqualsIfExists"
        variable = "aws:ResourceTag/lifeboat:purpose"
        values   = ["recovery"]
      }
    }
  }

  # A managed password of a copy: RDS makes the secret with the caller's rights. The name is RDS's own, and no read follows.
  statement {
    sid       = "HaveRdsMakeThePassword"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    resources = ["${local.secrets}:rds!*"]
  }

  # Keys behind backups: what they are and whether they can still be used, not what they encrypt
  statement {
    sid       = "LookAtKeys"
    actions   = ["kms:DescribeKey"]
    resources = ["arn:${local.partition}:kms:${local.region}:${local.account}:key/*"]
  }

  # Copies of what is encrypted with a key of one's own: only through RDS, and grants only for AWS's own use
  dynamic "statement" {
    for_each = length(local.recovery_keys) > 0 ? [local.recovery_keys] : []

    content {
      sid       = "GrantKeysToRds"
      actions   = ["kms:CreateGrant"]
      resources = statement.value

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["rds.${local.region}.*"]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  # A copy monitors itself, imports and exports with its source's roles, which the policy does not name. Without
  # emergency_restore.roles that is any role, but only for RDS: it can use none that does not trust it.
  dynamic "statement" {
    for_each = length(local.recovery_roles) > 0 ? [local.recovery_roles] : []

    content {
      sid       = "HandRolesToRds"
      actions   = ["iam:PassRole"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["monitoring.rds.amazonaws.com", "rds.amazonaws.com"]
      }
    }
  }

  # --- AWS Backup: everything of it stands only where the policy names a vault

  dynamic "statement" {
    for_each = length(local.recovery_vaults) > 0 ? [local.recovery_vaults] : []

    content {
      sid       = "LookIntoVaults"
      actions   = ["backup:ListRecoveryPointsByBackupVault"]
      resources = statement.value
    }
  }

  # A recovery point has the ARN of the snapshot that it is, or one of AWS Backup's own; its id is nobody's to know here. What a
  # restore makes is for the role to say that is passed with it: the rights of this one end with asking.
  dynamic "statement" {
    for_each = length(local.recovery_vaults) > 0 ? [true] : []

    content {
      sid     = "RestoreRecoveryPoints"
      actions = ["backup:GetRecoveryPointRestoreMetadata", "backup:StartRestoreJob"]
      resources = [
        "${local.rds}:cluster-snapshot:awsbackup:*",
        "${local.rds}:snapshot:awsbackup:*",
        "arn:${local.partition}:backup:${local.region}:${local.account}:recovery-point:*",
      ]
    }
  }

  dynamic "statement" {
    for_each = length(local.recovery_vaults) > 0 ? [true] : []

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
    for_each = length(local.recovery_restore_roles) > 0 ? [local.recovery_restore_roles] : []

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
    sid     = "ReadRunsOfJobs"
    actions = ["glue:GetJobRuns"]
    # *: which job did the damage is what somebody knows at 3 a.m.; it need not be one that the policy names
    resources = ["arn:${local.partition}:glue:${local.region}:${local.account}:job/*"]
  }

  # --- what every function that remembers and tells needs

  statement {
    sid     = "ReadPolicyRecordsAnswers"
    actions = ["s3:GetObject"]
    resources = [
      "${local.bucket_arn}/policy.json",
      "${local.bucket_arn}/runs/*",
      "${local.bucket_arn}/checks/*",
    ]
  }

  statement {
    sid       = "WriteRecords"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/runs/*"]
  }

  # A record that is filed leaves its place among the open ones; the bucket keeps its versions
  statement {
    sid       = "CloseRecords"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.bucket_arn}/runs/open/*"]
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

  statement {
    sid     = "AskDataCheck"
    actions = ["lambda:InvokeFunction"]
    resources = [
      for name in local.data_check_names : "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${name}"
    ]
  }
}

# Belt and braces, whatever else is ever attached to this role. A policy of its own: both together are more than the 10,240
# characters that a role has for what is written into it.
data "aws_iam_policy_document" "emergency_restore_fence" {
  # Not even its own copies: a recovery is somebody's, and inspections are restore-drill's to end
  statement {
    sid    = "NeverDeletesOrStops"
    effect = "Deny"
    actions = [
      "rds:Delete*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
      "rds:Remove*",
      "rds:ModifyDBProxy*",
      "rds:Restore*FromS3",
      "backup:Delete*",
      "backup:Disassociate*",
      "secretsmanager:DeleteSecret",
      "kms:ScheduleKeyDeletion",
      "kms:DisableKey",
      "s3:DeleteObjectVersion",
      "s3:DeleteBucket",
    ]
    resources = ["*"]
  }

  # Parameter, option and subnet groups are no exception: no statement allows changing them, but RDS asks for making and
  # modifying a copy on them as well
  statement {
    sid    = "NeverChangesOutsideOurNames"
    effect = "Deny"
    actions = [
      "rds:Modify*",
      "rds:DeregisterDBProxyTargets",
      "rds:RegisterDBProxyTargets",
    ]
    not_resources = concat(local.recoveries, local.inspections, local.recovery_groups, local.swapped, local.switched_proxies)
  }

  statement {
    sid    = "NeverMakesOrTagsOutsideOurNames"
    effect = "Deny"
    actions = [
      "rds:AddTagsToResource",
      "rds:AddRole*",
      "rds:CreateDBInstance",
      "rds:EnableHttpEndpoint",
    ]
    not_resources = concat(local.recoveries, local.inspections, local.recovery_groups)
  }

  # Who can bring a database back does not read what is in it
  statement {
    sid       = "NeverData"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "rds-db:connect", "rds-data:*", "rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "emergency_restore_fence" {
  count = var.emergency_restore == null ? 0 : 1

  name        = "${local.emergency_restore_name}-fence-${local.region}"
  description = "Lifeboat: what emergency-restore may never do"
  policy      = data.aws_iam_policy_document.emergency_restore_fence.json

  lifecycle {
    precondition {
      # IAM takes 6,144 characters, blanks not counted
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json))) <= 6144
      error_message = "The fence of ${local.emergency_restore_name} is too long for IAM (6,144 characters). With emergency_cut_over it names each protected database: split them over two deployments with a name_prefix each."
    }
  }
}

resource "aws_iam_role_policy_attachment" "emergency_restore_fence" {
  count = var.emergency_restore == null ? 0 : 1

  role       = module.emergency_restore[0].role_name
  policy_arn = aws_iam_policy.emergency_restore_fence[0].arn
}

# --- what wakes it ----------------------------------------------------------------------------------------------------

# The tick that everything rests on. With nothing under way it is one list of the bucket and a sign of life.
resource "aws_cloudwatch_event_rule" "emergency_restore_tick" {
  count = var.emergency_restore == null ? 0 : 1

  name                = "${local.emergency_restore_name}-tick"
  description         = "Wakes emergency-restore: events/emergency-restore/tick-scheduled-event.json"
  schedule_expression = "rate(1 minute)"
  state               = var.emergency_restore.enabled ? "ENABLED" : "DISABLED"
}

# Only quicker than the tick: RDS sends events when it can. All of events/emergency-restore/tick-rds-*.json match.
resource "aws_cloudwatch_event_rule" "emergency_restore_rds" {
  count = var.emergency_restore == null ? 0 : 1

  name        = "${local.emergency_restore_name}-rds"
  description = "Wakes emergency-restore when RDS says something about a copy: events/emergency-restore/tick-rds-*.json"
  state       = var.emergency_restore.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.rds"]
    "detail-type" = ["RDS DB Cluster Event", "RDS DB Instance Event"]
    "detail" = {
      "SourceIdentifier" = [{ "prefix" = "recovery-" }, { "prefix" = "inspect-" }]
    }
  })
}

resource "aws_cloudwatch_event_target" "emergency_restore" {
  for_each = var.emergency_restore == null ? {} : {
    tick = aws_cloudwatch_event_rule.emergency_restore_tick[0].name
    rds  = aws_cloudwatch_event_rule.emergency_restore_rds[0].name
  }

  rule = each.value
  arn  = module.emergency_restore[0].arn

  # A late tick is worth nothing: the next one is there already
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }

  # Not woken before it is fenced in
  depends_on = [aws_iam_role_policy_attachment.emergency_restore_fence]
}

resource "aws_lambda_permission" "emergency_restore" {
  for_each = var.emergency_restore == null ? {} : {
    tick = aws_cloudwatch_event_rule.emergency_restore_tick[0].arn
    rds  = aws_cloudwatch_event_rule.emergency_restore_rds[0].arn
  }

  statement_id  = "eventbridge-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.emergency_restore[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}

# The function that nobody uses until everything else is down: that it is dead has to be known before
resource "aws_cloudwatch_metric_alarm" "emergency_restore_silent" {
  count = try(var.emergency_restore.enabled, false) ? 1 : 0

  alarm_name          = "${var.name_prefix}lifeboat-emergency-restore-silent"
  alarm_description   = "emergency-restore has given no sign of life for half an hour: look at its log group and at the rule ${local.emergency_restore_name}-tick. Until it is back, its binary restores from any machine with credentials."
  namespace           = var.metrics_namespace
  metric_name         = "Heartbeat"
  dimensions          = { Function = "emergency-restore" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 6
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}
