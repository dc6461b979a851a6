# The schedules of the functions that look once a day.

locals {
  daily = {
    for name, it in {
      backup-check       = { function = var.backup_check, arn = one(module.backup_check[*].arn) }
      snapshot-lifecycle = { function = var.snapshot_lifecycle, arn = one(module.snapshot_lifecycle[*].arn) }
    } : name => { enabled = it.function.enabled, schedule = it.function.schedule, arn = it.arn } if it.function != null
  }
}

resource "aws_scheduler_schedule_group" "daily" {
  name = "${var.name_prefix}lifeboat-daily"
}

resource "aws_scheduler_schedule" "daily" {
  #checkov:skip=CKV_AWS_297: its input is {"tick": true}; encrypted with the Scheduler's own key
  for_each = local.daily

  group_name                   = aws_scheduler_schedule_group.daily.name
  name                         = each.key
  description                  = "Wakes ${each.key}"
  state                        = each.value.enabled ? "ENABLED" : "DISABLED"
  schedule_expression          = each.value.schedule
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = each.value.arn
    role_arn = aws_iam_role.daily.arn
    input    = jsonencode({ tick = true }) # events/<function>/tick-by-hand.json

    # A run that comes hours late is as good as one in time; after that the next one is near
    retry_policy {
      maximum_event_age_in_seconds = 21600
      maximum_retry_attempts       = 20
    }

    dead_letter_config {
      arn = aws_sqs_queue.daily_not_started.arn
    }
  }

  depends_on = [aws_iam_role_policy.daily]
}

# Ticks that never reached a function
resource "aws_sqs_queue" "daily_not_started" {
  name                      = "${var.name_prefix}lifeboat-daily-not-started"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "daily_not_started" {
  alarm_name          = "${var.name_prefix}lifeboat-daily-not-started"
  alarm_description   = "A daily run of Lifeboat could not be started. Invoke the function by hand with {\"tick\": true}, then purge the queue ${aws_sqs_queue.daily_not_started.name}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.daily_not_started.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# A checker that is dead says nothing, and nothing sounds like good news. Two days: one late run is no alarm.
resource "aws_cloudwatch_metric_alarm" "daily_silent" {
  for_each = { for name, it in local.daily : name => it if it.enabled }

  alarm_name          = "${var.name_prefix}lifeboat-${each.key}-silent"
  alarm_description   = "${each.key} has given no sign of life for two days: look at its log group and its schedule."
  namespace           = var.metrics_namespace
  metric_name         = "Heartbeat"
  dimensions          = { Function = each.key }
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

data "aws_iam_policy_document" "daily_trust" {
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

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.name_prefix}lifeboat-daily"]
    }
  }
}

data "aws_iam_policy_document" "daily" {
  # At least one of the two: a document without a resource is none
  statement {
    sid       = "StartDailyRuns"
    actions   = ["lambda:InvokeFunction"]
    resources = [for name in ["backup-check", "snapshot-lifecycle"] : "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name_prefix}${name}"]
  }

  statement {
    sid       = "KeepWhatCouldNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.daily_not_started.arn]
  }
}

resource "aws_iam_role" "daily" {
  name               = "${var.name_prefix}lifeboat-daily-${local.region}"
  description        = "Lifeboat: what EventBridge Scheduler wakes the daily functions with"
  assume_role_policy = data.aws_iam_policy_document.daily_trust.json
}

resource "aws_iam_role_policy" "daily" {
  name   = "start-daily-runs"
  role   = aws_iam_role.daily.id
  policy = data.aws_iam_policy_document.daily.json
}
