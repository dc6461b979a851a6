# One function with everything that belongs to each: log group, role, alarms, a place for events that failed.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  # s3://bucket/key.zip, else a path
  from_s3 = startswith(var.zip, "s3://")
  s3      = local.from_s3 ? regex("^s3://([^/]+)/(.+)$", var.zip) : ["", ""]

  arn = "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:function:${var.function_name}"
}

# Before the function: one that Lambda makes on its own keeps logs for ever
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158: encrypted with CloudWatch's own key: logs carry names and times, no rows and no secrets, and a key of our own would be one more thing whose loss hides what went wrong
  #checkov:skip=CKV_AWS_338: log_retention_days says how long; the evidence that has to last is in the bucket
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: an on-failure destination stands instead (aws_lambda_function_event_invoke_config): it keeps the answer beside the event
  #checkov:skip=CKV_AWS_173: the environment is names of a bucket, a topic and functions; encrypted with Lambda's own key
  #checkov:skip=CKV_AWS_272: who may write the zip to Terraform may write the signing profile too; packages are built reproducibly and compared by hash
  function_name                  = var.function_name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  filename                       = local.from_s3 ? null : var.zip
  s3_bucket                      = local.from_s3 ? local.s3[0] : null
  s3_key                         = local.from_s3 ? local.s3[1] : null
  source_code_hash               = local.from_s3 ? null : filebase64sha256(var.zip) # in S3 the key says the version
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.enabled ? coalesce(var.reserved_concurrency, -1) : 0 # -1: no reservation

  environment {
    variables = var.environment
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.log_level
    system_log_level      = "INFO" # the lines with duration and memory of each invocation
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Lambda looks at the role while it makes a function in a VPC
  depends_on = [aws_iam_role_policy.basics, aws_iam_role_policy.own]
}

# --- role -------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Lambda"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  # Roles are of the account, not of the region
  name               = "${var.function_name}-${data.aws_region.current.name}"
  description        = "Lifeboat: what ${var.function_name} may do"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.this.id
  policy = var.policy_json

  lifecycle {
    precondition {
      # IAM takes 10,240 characters of inline policies for a role, blanks not counted; "basics" has some 1,200 of them
      condition     = length(jsonencode(jsondecode(var.policy_json))) <= 9000
      error_message = "The policy of ${var.function_name} is too long for IAM (inline policies of a role: 10,240 characters in all). It names each protected database: split them over two deployments with a name_prefix each."
    }
  }
}

resource "aws_iam_role_policy" "basics" {
  name   = "basics"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.basics.json
}

# What every function needs of Lambda's surroundings, whatever it does
data "aws_iam_policy_document" "basics" {
  statement {
    sid       = "WriteOwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid     = "Trace"
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    # *: traces are no resources
    resources = ["*"]
  }

  statement {
    sid       = "KeepFailedEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed.arn]
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      sid = "LambdaIntoVpc"
      actions = [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ]
      # *: Lambda makes its network interfaces with the function's role, and looks at this policy before it lets a function into a VPC
      resources = ["*"]
    }
  }

  # … but the code itself has no business with network interfaces
  dynamic "statement" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      sid    = "NotTheCodeItself"
      effect = "Deny"
      actions = [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.arn]
      }
    }
  }
}

# --- when it goes wrong -----------------------------------------------------------------------------------------------

# Events that failed to their last try, or that could not be delivered in an hour
resource "aws_sqs_queue" "failed" {
  name                      = "${var.function_name}-failed"
  message_retention_seconds = 1209600 # 14 days, the longest there is
  sqs_managed_sse_enabled   = true
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.async_retries
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.function_name}-errors"
  alarm_description   = "${var.function_name} ended in an error: something was not done. Its log says what: ${aws_cloudwatch_log_group.this.name}"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  # One throttled tick among many is no news; three periods in a row are
  alarm_name          = "${var.function_name}-throttles"
  alarm_description   = "${var.function_name} is kept from running: by its own reserved concurrency (or enabled = false), or by the account's."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
