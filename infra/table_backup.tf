# table-backup: copies tables of live databases before a job runs, and puts them back. It may change data in these tables, as far as its
# login in the database may, and no infrastructure at all.

locals {
  table_backup_name = "${var.name_prefix}table-backup"
  table_backup_arn  = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.table_backup_name}"

  live = { for name, database in var.databases : name => merge(database.live, { kind = database.kind }) if database.live != null }

  # Passwords and users of these logins, and of no others. A sandbox's login is data-check's.
  live_secrets = sort(distinct([for live in local.live : live.login.secret_arn if live.login.secret_arn != null]))
  live_users = sort(distinct([
    for live in local.live :
    "arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:${coalesce(live.login.resource_id, live.kind == "rds" ? "db-*" : "cluster-*")}/${live.login.user}"
    if live.login.user != null
  ]))

  # The engine's own where none is written, as the functions have it
  live_ports = sort(distinct([
    for live in local.live : tostring(coalesce(live.port, endswith(live.engine, "mysql") || live.engine == "mariadb" ? local.database_ports.mysql : local.database_ports.postgres))
  ]))
  live_cidrs = var.table_backup == null ? [] : distinct(concat(local.vpc_cidrs, var.table_backup.database_cidrs))

  # An optional key that is null has its default: "" is what says never
  table_backup_schedule = try(var.table_backup.clean_up, "") == "" ? null : var.table_backup.clean_up
  cleaned_up            = local.table_backup_schedule == null ? {} : local.live
}

module "table_backup" {
  source = "./modules/lambda_function"
  count  = var.table_backup == null ? 0 : 1

  function_name        = local.table_backup_name
  description          = "Lifeboat: copies tables of live databases before a job, and puts them back, from inside the VPC"
  zip                  = var.table_backup.zip
  architecture         = var.architecture
  enabled              = var.table_backup.enabled
  reserved_concurrency = var.table_backup.reserved_concurrency
  memory_mb            = var.table_backup.memory_mb
  timeout_seconds      = 900 # Lambda's longest: a backup copies and reads everything twice
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.table_backup.json

  # A restore that came again would put the table aside that the first one had put right
  async_retries = 0

  vpc = {
    subnet_ids         = var.data_check.subnet_ids
    security_group_ids = [aws_security_group.table_backup[0].id]
  }

  environment = {
    LIFEBOAT_BUCKET    = aws_s3_bucket.lifeboat.id
    LIFEBOAT_TOPIC_ARN = aws_sns_topic.lifeboat.arn
  }
}

# --- what it may do ---------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly what the function calls, and the rendered document to a table of calls.
data "aws_iam_policy_document" "table_backup" {
  statement {
    sid       = "ReadPolicyAndOpenFailures"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/policy.json", "${local.bucket_arn}/jobs.json"]
  }

  statement {
    sid       = "TellOfBackups"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.bucket_arn}/tables/*"]
  }

  # The whole bucket, as for restore-drill: with a condition a missing object would read as "access denied", and a job that never
  # failed leaves no jobs.json
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  dynamic "statement" {
    for_each = length(local.live_secrets) > 0 ? [local.live_secrets] : []

    content {
      sid       = "ReadPasswordsOfItsLogins"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  # A secret may be encrypted with a key of one's own: opened for these secrets alone, and only through Secrets Manager
  dynamic "statement" {
    for_each = length(local.live_secrets) > 0 ? [local.live_secrets] : []

    content {
      sid       = "OpenThesePasswords"
      actions   = ["kms:Decrypt"]
      resources = ["arn:${local.partition}:kms:${local.region}:${local.account}:key/*"]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${local.region}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:SecretARN"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.live_users) > 0 ? [local.live_users] : []

    content {
      sid       = "LogInAsItsUsers"
      actions   = ["rds-db:connect"]
      resources = statement.value
    }
  }

  statement {
    sid       = "SendMail"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]
  }

  # Belt and braces, whatever else is ever attached to this role: who holds data holds nothing that it stands on
  statement {
    sid    = "NeverInfrastructure"
    effect = "Deny"
    actions = [
      "rds:*",
      "rds-data:*",
      "backup:*",
      "backup-storage:*",
      "glue:*",
      "dms:*",
      "iam:*",
      "sts:AssumeRole",
      "lambda:*",
      "scheduler:*",
      "cloudformation:*",
      "kms:ScheduleKeyDeletion",
      "kms:DisableKey",
      "kms:PutKeyPolicy",
      "kms:CreateGrant",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:Update*",
      "secretsmanager:Delete*",
      "secretsmanager:Rotate*",
      "secretsmanager:PutResourcePolicy",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "NeverOtherPasswords"
    effect        = "Deny"
    actions       = ["secretsmanager:GetSecretValue"]
    not_resources = length(local.live_secrets) > 0 ? local.live_secrets : ["${local.secrets}:none"]
  }

  statement {
    sid           = "NeverOtherUsers"
    effect        = "Deny"
    actions       = ["rds-db:connect"]
    not_resources = length(local.live_users) > 0 ? local.live_users : ["arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:none/none"]
  }

  # Records, proofs and the policy are others' to write
  statement {
    sid           = "NeverOtherObjects"
    effect        = "Deny"
    actions       = ["s3:Put*", "s3:Delete*", "s3:BypassGovernanceRetention"]
    not_resources = ["${local.bucket_arn}/tables/*"]
  }

  # Except for its logins' passwords and its own mails: a message to an encrypted topic is encrypted with the caller's rights
  statement {
    sid       = "NeverDecrypts"
    effect    = "Deny"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com"]
    }
  }
}

# --- where it may connect to ------------------------------------------------------------------------------------------

# One of its own: production lets this one in, and need not let data-check in
resource "aws_security_group" "table_backup" {
  #checkov:skip=CKV2_AWS_5: attached by modules/lambda_function, to which its id goes
  count = var.table_backup == null ? 0 : 1

  name        = "${var.name_prefix}lifeboat-table-backup"
  description = "table-backup: to live databases and to AWS, from nowhere"
  vpc_id      = var.data_check.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "table_backup_databases" {
  for_each = {
    for pair in setproduct(local.live_ports, local.live_cidrs) : "${pair[0]} ${pair[1]}" => { port = tonumber(pair[0]), cidr = pair[1] }
  }

  security_group_id = aws_security_group.table_backup[0].id
  description       = "Live databases"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

resource "aws_vpc_security_group_egress_rule" "table_backup_https" {
  for_each = var.table_backup == null ? toset([]) : toset(concat(local.vpc_cidrs, var.data_check.https_cidrs))

  security_group_id = aws_security_group.table_backup[0].id
  description       = "Endpoints of AWS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "table_backup_s3" {
  count = var.table_backup == null ? 0 : 1

  security_group_id = aws_security_group.table_backup[0].id
  description       = "S3 through its gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = data.aws_ec2_managed_prefix_list.s3.id
}

# data-check sends no mail, so its subnets may have no way to SNS
resource "aws_vpc_endpoint" "sns" {
  count = try(var.table_backup.make_sns_endpoint, false) ? 1 : 0

  vpc_id              = var.data_check.vpc_id
  service_name        = "com.amazonaws.${local.region}.sns"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.data_check.subnet_ids
  security_group_ids  = [aws_security_group.sns_endpoint[0].id]
  private_dns_enabled = true
}

resource "aws_security_group" "sns_endpoint" {
  count = try(var.table_backup.make_sns_endpoint, false) ? 1 : 0

  name        = "${var.name_prefix}lifeboat-sns-endpoint"
  description = "SNS for the whole VPC: its private name resolves to this endpoint for everybody"
  vpc_id      = var.data_check.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "sns_endpoint" {
  for_each = try(var.table_backup.make_sns_endpoint, false) ? toset(local.vpc_cidrs) : toset([])

  security_group_id = aws_security_group.sns_endpoint[0].id
  description       = "Everybody in the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

# --- what calls it ----------------------------------------------------------------------------------------------------

# State machines and jobs that back up before they write: their roles need nothing of their own for it
resource "aws_lambda_permission" "table_backup" {
  for_each = var.table_backup == null ? {} : var.table_backup.callers

  statement_id  = "caller-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.table_backup[0].function_name
  principal     = each.value
}

# Every day, for each database: a copy that nobody drops fills production's own disk
resource "aws_scheduler_schedule_group" "table_backup" {
  count = local.table_backup_schedule == null ? 0 : 1

  name = "${var.name_prefix}lifeboat-table-backup"
}

resource "aws_scheduler_schedule" "table_backup" {
  #checkov:skip=CKV_AWS_297: its input is the name of a database; encrypted with the Scheduler's own key
  for_each = local.cleaned_up

  group_name                   = aws_scheduler_schedule_group.table_backup[0].name
  name                         = each.key
  description                  = "Drops old table backups of ${each.key}"
  state                        = var.table_backup.enabled ? "ENABLED" : "DISABLED"
  schedule_expression          = local.table_backup_schedule
  schedule_expression_timezone = var.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.table_backup[0].arn
    role_arn = aws_iam_role.table_backup_schedule[0].arn
    input    = jsonencode({ clean_up = each.key }) # events/table-backup/clean-up.json

    # The next one is near
    retry_policy {
      maximum_event_age_in_seconds = 21600
      maximum_retry_attempts       = 20
    }

    dead_letter_config {
      arn = aws_sqs_queue.table_backup_not_started[0].arn
    }
  }

  depends_on = [aws_iam_role_policy.table_backup_schedule]
}

# Requests that never reached the function
resource "aws_sqs_queue" "table_backup_not_started" {
  count = local.table_backup_schedule == null ? 0 : 1

  name                      = "${var.name_prefix}lifeboat-table-backup-not-started"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_cloudwatch_metric_alarm" "table_backup_not_started" {
  count = local.table_backup_schedule == null ? 0 : 1

  alarm_name          = "${var.name_prefix}lifeboat-table-backup-not-started"
  alarm_description   = "A daily clean-up of table backups could not be started. Invoke ${local.table_backup_name} by hand with {\"clean_up\": \"<database>\"}, then purge the queue ${aws_sqs_queue.table_backup_not_started[0].name}."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.table_backup_not_started[0].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

# It tells no metric of its own, so Lambda's count of its invocations stands for a sign of life
resource "aws_cloudwatch_metric_alarm" "table_backup_silent" {
  count = local.table_backup_schedule != null && try(var.table_backup.enabled, false) ? 1 : 0

  alarm_name          = "${var.name_prefix}lifeboat-table-backup-silent"
  alarm_description   = "Nobody has called ${local.table_backup_name} for two days, not even its own clean-up: old copies of tables stay in production. Look at the schedules of the group ${aws_scheduler_schedule_group.table_backup[0].name}."
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = local.table_backup_name }
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.lifeboat.arn]
  ok_actions          = [aws_sns_topic.lifeboat.arn]
}

data "aws_iam_policy_document" "table_backup_schedule_trust" {
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
      values   = ["arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.name_prefix}lifeboat-table-backup"]
    }
  }
}

data "aws_iam_policy_document" "table_backup_schedule" {
  statement {
    sid       = "StartCleanUps"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.table_backup_arn]
  }

  statement {
    sid       = "KeepWhatCouldNotStart"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name_prefix}lifeboat-table-backup-not-started"]
  }
}

resource "aws_iam_role" "table_backup_schedule" {
  count = local.table_backup_schedule == null ? 0 : 1

  name               = "${var.name_prefix}lifeboat-table-backup-${local.region}"
  description        = "Lifeboat: what EventBridge Scheduler starts clean-ups of table backups with"
  assume_role_policy = data.aws_iam_policy_document.table_backup_schedule_trust.json
}

resource "aws_iam_role_policy" "table_backup_schedule" {
  count = local.table_backup_schedule == null ? 0 : 1

  name   = "start-clean-ups"
  role   = aws_iam_role.table_backup_schedule[0].id
  policy = data.aws_iam_policy_document.table_backup_schedule.json
}
