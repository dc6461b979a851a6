# glue-alert: says at once what broke when a Glue job fails, and with which command the data comes back. It changes nothing.

locals {
  glue_alert_name = "${var.name_prefix}glue-alert"
}

module "glue_alert" {
  source = "./modules/lambda_function"
  count  = var.glue_alert == null ? 0 : 1

  function_name        = local.glue_alert_name
  description          = "Lifeboat: tells of failed, missed and stuck runs of Glue jobs, and how their data comes back"
  zip                  = var.glue_alert.zip
  architecture         = var.architecture
  enabled              = var.glue_alert.enabled
  reserved_concurrency = var.glue_alert.reserved_concurrency
  memory_mb            = var.glue_alert.memory_mb
  # Shorter than a claim holds (three minutes): who still runs must not be told over
  timeout_seconds    = 120
  log_retention_days = var.log_retention_days
  log_level          = var.log_level
  alarm_topic_arn    = aws_sns_topic.lifeboat.arn
  policy_json        = data.aws_iam_policy_document.glue_alert.json

  # What was told is written down: an event that comes again tells nothing twice
  async_retries = 2

  environment = {
    LIFEBOAT_BUCKET    = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN = aws_sns_topic.lifeboat.arn
    LIFEBOAT_NAMESPACE = var.metrics_namespace
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra_glue.rs holds the allowed actions to exactly those that the adapters list.
data "aws_iam_policy_document" "glue_alert" {
  statement {
    sid     = "ReadRunsOfTheJobs"
    actions = ["glue:GetJobRuns"]
    # With no job there is no function; a document without a resource is none
    resources = length(var.jobs) == 0 ? ["arn:${local.partition}:glue:${local.region}:${local.account}:job/none"] : [
      for name in keys(var.jobs) : "arn:${local.partition}:glue:${local.region}:${local.account}:job/${name}"
    ]
  }

  statement {
    sid = "ReadDatabases"
    actions = [
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBInstanceAutomatedBackups",
      "rds:DescribeDBClusterAutomatedBackups",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBSnapshots",
    ]
    # *: snapshots and retained backups have names that nobody knows here. No data is in what is described.
    resources = ["*"]
  }

  statement {
    sid     = "ReadPolicyMemoryRecordsTables"
    actions = ["s3:GetObject"]
    resources = [
      "${local.bucket_arn}/policy.json",
      "${local.bucket_arn}/jobs.json",
      "${local.bucket_arn}/runs/*",
      "${local.bucket_arn}/tables/*",
    ]
  }

  statement {
    sid       = "WriteMemory"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arn}/jobs.json"]
  }

  # The whole bucket, as for restore-drill: with a condition a missing object would read as "access denied"
  statement {
    sid       = "ListRecordsAndTables"
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

  # Belt and braces, whatever else is ever attached to this role
  statement {
    sid    = "NeverChangesAnything"
    effect = "Deny"
    actions = [
      "rds:Delete*",
      "rds:Create*",
      "rds:Restore*",
      "rds:Modify*",
      "rds:Copy*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
      "rds:AddTagsToResource",
      "rds:RemoveTagsFromResource",
      "glue:Start*",
      "glue:Stop*",
      "glue:Batch*",
      "glue:Create*",
      "glue:Update*",
      "glue:Delete*",
      "glue:Put*",
      "glue:Reset*",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "NeverData"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "rds-db:connect", "rds-data:*", "glue:GetConnection", "glue:GetConnections", "rds:DownloadDBLogFilePortion", "rds:DownloadCompleteDBLogFile"]
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
}

# --- what calls it ----------------------------------------------------------------------------------------------------

# Glue sends the first three; ERROR and EXPIRED are found by the poll, and naming one here does no harm
resource "aws_cloudwatch_event_rule" "glue_alert_runs" {
  count = var.glue_alert == null ? 0 : 1

  name        = "${local.glue_alert_name}-runs"
  description = "Tells glue-alert of a run that failed: events/glue-alert/{failed,timeout,stopped}.json"
  state       = var.glue_alert.enabled ? "ENABLED" : "DISABLED"

  event_pattern = jsonencode({
    "source"      = ["aws.glue"]
    "detail-type" = ["Glue Job State Change"]
    "detail" = {
      "jobName" = sort(keys(var.jobs))
      "state"   = ["FAILED", "TIMEOUT", "STOPPED", "ERROR"]
    }
  })

  lifecycle {
    precondition {
      condition     = length(join("\",\"", keys(var.jobs))) <= 1800
      error_message = "The names of all jobs together are too long for one rule (a pattern holds 2048 characters): watch fewer jobs, or shorten names."
    }
  }
}

# The poll: what no event tells
resource "aws_cloudwatch_event_rule" "glue_alert_poll" {
  count = var.glue_alert == null ? 0 : 1

  name                = "${local.glue_alert_name}-poll"
  description         = "Wakes glue-alert to look at every job: events/glue-alert/tick-scheduled-event.json"
  schedule_expression = "rate(${var.glue_alert.poll_minutes} minutes)"
  state               = var.glue_alert.enabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "glue_alert" {
  for_each = var.glue_alert == null ? {} : {
    runs = { rule = aws_cloudwatch_event_rule.glue_alert_runs[0].name, age = 86400, attempts = 185 }
    # The next one is near
    poll = { rule = aws_cloudwatch_event_rule.glue_alert_poll[0].name, age = 600, attempts = 2 }
  }

  rule = each.value.rule
  arn  = module.glue_alert[0].arn

  retry_policy {
    maximum_event_age_in_seconds = each.value.age
    maximum_retry_attempts       = each.value.attempts
  }
}

resource "aws_lambda_permission" "glue_alert" {
  for_each = var.glue_alert == null ? {} : {
    runs = aws_cloudwatch_event_rule.glue_alert_runs[0].arn
    poll = aws_cloudwatch_event_rule.glue_alert_poll[0].arn
  }

  statement_id  = "eventbridge-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.glue_alert[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}

# A poll that is dead says nothing, and nothing sounds like good news
resource "aws_cloudwatch_metric_alarm" "glue_alert_silent" {
  count = try(var.glue_alert.enabled, false) ? 1 : 0

  alarm_name          = "${var.name_prefix}lifeboat-glue-alert-silent"
  alarm_description   = "glue-alert has given no sign of life for two hours: look at its log group and its rule ${local.glue_alert_name}-poll."
  namespace           = var.metrics_namespace
  metric_name         = "Heartbeat"
  dimensions          = { Function = "glue-alert" }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}
