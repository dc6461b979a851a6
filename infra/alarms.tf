# Alarms on what backups rest on. Those of each function (errors, throttles) are in modules/lambda_function; the silence of the
# daily functions is in daily.tf.

locals {
  gib = 1073741824

  # Where AWS keeps the metrics of a kind of database, and under which name. An Aurora or DocumentDB cluster is looked at as a
  # whole; its writer is told by its role.
  measured = {
    for name, database in var.databases : name => {
      namespace = database.kind == "documentdb" ? "AWS/DocDB" : "AWS/RDS"
      dimension = database.kind == "rds" ? "DBInstanceIdentifier" : "DBClusterIdentifier"
      kind      = database.kind
      id        = lower(database.identifier)
    }
  }

  # A window of minutes since midnight, UTC; past midnight it is what is not between its end and its beginning
  etl_minutes = var.alarms.etl_cpu == null ? [0, 0] : [
    for time in [var.alarms.etl_cpu.from, var.alarms.etl_cpu.to] : tonumber(split(":", time)[0]) * 60 + tonumber(split(":", time)[1])
  ]
  etl_inside = local.etl_minutes[0] < local.etl_minutes[1] ? (
    "now >= ${local.etl_minutes[0]} AND now < ${local.etl_minutes[1]}"
    ) : (
    "now >= ${local.etl_minutes[0]} OR now < ${local.etl_minutes[1]}"
  )
  etl_databases = var.alarms.etl_cpu == null ? {} : {
    for name, it in local.measured : name => it if var.alarms.etl_cpu.databases == null || contains(coalesce(try(var.alarms.etl_cpu.databases, null), []), name)
  }

  # The strictest age of a database's drills: the metric is of its newest proof, whichever drill gave it
  drill_ages = var.backup_check == null || !var.alarms.drill_age ? {} : {
    for name, days in {
      for name, database in var.databases : name => [for drill in database.drills : drill.max_age_days if drill.max_age_days != null]
    } : name => min(days...) if length(days) > 0
  }

  # AWS Backup is asked about where its vaults are made here or named in the policy
  uses_aws_backup = var.aws_backup != null || anytrue([
    for database in var.databases : length(coalesce(try(database.backups.recovery_points, null), [])) > 0
  ])
  # backup-check's rule counts failed jobs; without it one of our own does, and says so itself
  backup_check_rings = try(var.backup_check.enabled, false)
}

# --- restore-drill's sign of life -------------------------------------------------------------------------------------

# It gives one with every sweep, four an hour. A tick that is dead starts no drill, and no drill fails.
resource "aws_cloudwatch_metric_alarm" "restore_drill_silent" {
  count = var.restore_drill.enabled ? 1 : 0

  alarm_name          = "${var.name_prefix}lifeboat-restore-drill-silent"
  alarm_description   = "restore-drill has given no sign of life for two hours: copies may stand and cost. Look at its log group and at the rule ${aws_cloudwatch_event_rule.restore_drill_tick.name}."
  namespace           = var.metrics_namespace
  metric_name         = "Heartbeat"
  dimensions          = { Function = "restore-drill" }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# --- proofs -----------------------------------------------------------------------------------------------------------

# backup-check tells the age every day, and a drill that passed tells it anew: the smallest of a day counts. A day without a
# reading changes nothing; that the teller is dead is an alarm of its own.
resource "aws_cloudwatch_metric_alarm" "drill_age" {
  for_each = local.drill_ages

  alarm_name          = "${var.name_prefix}lifeboat-drill-age-${each.key}"
  alarm_description   = "The newest proof that ${each.key} can be restored is older than ${each.value} days, the policy's max_age_days. Start a drill: {\"drill\": \"${each.key}\"}"
  namespace           = var.metrics_namespace
  metric_name         = "DrillAgeHours"
  dimensions          = { Database = each.key }
  statistic           = "Minimum"
  period              = 86400
  evaluation_periods  = 1
  threshold           = each.value * 24
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# --- AWS Backup -------------------------------------------------------------------------------------------------------

# Where backup-check is not there to be rung
resource "aws_cloudwatch_event_rule" "backup_jobs" {
  count = local.uses_aws_backup && !local.backup_check_rings ? 1 : 0

  name        = "${var.name_prefix}lifeboat-backup-jobs"
  description = "Jobs of AWS Backup that did not end well: events/backup-check/ring-backup-*.json"

  event_pattern = jsonencode({
    "source"      = ["aws.backup"]
    "detail-type" = ["Backup Job State Change", "Copy Job State Change"]
    "detail" = {
      "state" = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]
    }
  })
}

resource "aws_cloudwatch_event_target" "backup_jobs" {
  count = local.uses_aws_backup && !local.backup_check_rings ? 1 : 0

  rule = aws_cloudwatch_event_rule.backup_jobs[0].name
  arn  = aws_sns_topic.lifeboat.arn

  input_transformer {
    input_paths    = { what = "$.detail-type", state = "$.detail.state", time = "$.time", region = "$.region" }
    input_template = "\"AWS Backup: <what> to <state> in <region> at <time>. Look: aws backup list-backup-jobs --by-state <state> --region <region>\""
  }
}

# EventBridge counts what its rules match. AWS/Backup has counters of its own, whose dimensions AWS does not document by name: an
# alarm on a guess would never fire, and look like health.
resource "aws_cloudwatch_metric_alarm" "backup_jobs" {
  count = local.uses_aws_backup ? 1 : 0

  alarm_name          = "${var.name_prefix}lifeboat-backup-jobs"
  alarm_description   = "A backup or copy job of AWS Backup failed, was aborted, expired or is partial: aws backup list-backup-jobs --by-state FAILED, aws backup list-copy-jobs --by-state FAILED"
  namespace           = "AWS/Events"
  metric_name         = "MatchedEvents"
  dimensions          = { RuleName = local.backup_check_rings ? one(aws_cloudwatch_event_rule.backup_check_jobs[*].name) : one(aws_cloudwatch_event_rule.backup_jobs[*].name) }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
}

# --- storage ----------------------------------------------------------------------------------------------------------

# Bytes, of the instance
resource "aws_cloudwatch_metric_alarm" "free_storage" {
  for_each = { for name, it in local.measured : name => it if it.kind == "rds" && var.alarms.free_storage_gib > 0 }

  alarm_name          = "${var.name_prefix}lifeboat-free-storage-${each.key}"
  alarm_description   = "${each.value.id} has less than ${var.alarms.free_storage_gib} GiB left. A full instance stops, and so do its backups: aws rds modify-db-instance --db-instance-identifier ${each.value.id} --allocated-storage <GiB> --apply-immediately"
  namespace           = each.value.namespace
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = each.value.id }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 3
  threshold           = var.alarms.free_storage_gib * local.gib
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# Bytes, of the instances of a cluster: the least of them
resource "aws_cloudwatch_metric_alarm" "free_local_storage" {
  for_each = { for name, it in local.measured : name => it if it.kind != "rds" && var.alarms.free_local_storage_gib > 0 }

  alarm_name          = "${var.name_prefix}lifeboat-free-local-storage-${each.key}"
  alarm_description   = "An instance of ${each.value.id} has less than ${var.alarms.free_local_storage_gib} GiB of local disk left: queries that sort or build temporary tables will fail. End the query that fills it, or take a larger class."
  namespace           = each.value.namespace
  metric_name         = "FreeLocalStorage"
  dimensions          = { DBClusterIdentifier = each.value.id }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 3
  threshold           = var.alarms.free_local_storage_gib * local.gib
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "missing"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# Bytes, of the volume of the whole cluster; MySQL's alone
resource "aws_cloudwatch_metric_alarm" "aurora_volume_left" {
  for_each = { for name, it in local.measured : name => it if it.kind == "aurora" && var.alarms.aurora_volume_left_gib > 0 }

  alarm_name          = "${var.name_prefix}lifeboat-aurora-volume-${each.key}"
  alarm_description   = "The volume of ${each.value.id} can grow by less than ${var.alarms.aurora_volume_left_gib} GiB before it is as large as Aurora allows: delete data, or split the database. (Aurora MySQL only; PostgreSQL does not publish it.)"
  namespace           = "AWS/RDS"
  metric_name         = "AuroraVolumeBytesLeftTotal"
  dimensions          = { DBClusterIdentifier = each.value.id }
  statistic           = "Minimum"
  period              = 3600
  evaluation_periods  = 1
  threshold           = var.alarms.aurora_volume_left_gib * local.gib
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "notBreaching" # it is published seldom, and not at all by PostgreSQL
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# --- processor during ETL ---------------------------------------------------------------------------------------------

# Outside the window the answer is zero, so that a busy evening is no alarm
resource "aws_cloudwatch_metric_alarm" "etl_cpu" {
  for_each = local.etl_databases

  alarm_name          = "${var.name_prefix}lifeboat-etl-cpu-${each.key}"
  alarm_description   = "${each.value.id} has been above ${var.alarms.etl_cpu.percent} % of its processor for ${var.alarms.etl_cpu.minutes} minutes between ${var.alarms.etl_cpu.from} and ${var.alarms.etl_cpu.to} UTC, while ETL jobs write: they will be late, and so will what waits for them."
  evaluation_periods  = var.alarms.etl_cpu.minutes / 5
  threshold           = var.alarms.etl_cpu.percent
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]

  metric_query {
    id    = "cpu"
    label = "CPUUtilization"

    metric {
      namespace   = each.value.namespace
      metric_name = "CPUUtilization"
      # A cluster's writer: readers would lower the mean
      dimensions = merge({ (each.value.dimension) = each.value.id }, each.value.kind == "rds" ? {} : { Role = "WRITER" })
      stat       = "Average"
      period     = 300
    }
  }

  metric_query {
    id         = "now"
    expression = "HOUR(cpu) * 60 + MINUTE(cpu)"
    label      = "Minutes since midnight, UTC"
  }

  metric_query {
    id          = "during"
    expression  = "IF(${local.etl_inside}, cpu, 0)"
    label       = "CPUUtilization during ETL"
    return_data = true
  }
}
