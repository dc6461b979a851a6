# What every function has around it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  function_name      = "restore-drill"
  description        = "A function"
  zip                = "tests/fixtures/restore-drill.zip"
  timeout_seconds    = 300
  async_retries      = 2
  environment        = { LIFEBOAT_BUCKET = "lifeboat" }
  policy_json        = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  log_retention_days = 90
  alarm_topic_arn    = "arn:aws:sns:ap-northeast-1:123456789012:lifeboat"
}

run "a_function_takes_nothing_of_the_accounts_concurrency_unless_told" {
  module {
    source = "./modules/lambda_function"
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "A reservation fails in new accounts"
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.this.name && aws_cloudwatch_log_group.this.retention_in_days == 90
    error_message = "The log group is not the function's, or keeps for ever"
  }

  assert {
    condition     = length(aws_lambda_function.this.vpc_config) == 0 && length(data.aws_iam_policy_document.basics.statement) == 3
    error_message = "Outside a VPC it needs no network interfaces"
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.throttles] :
      alarm.alarm_actions == toset([var.alarm_topic_arn]) && alarm.dimensions == tomap({ FunctionName = "restore-drill" })
    ])
    error_message = "An alarm that nobody hears, or of something else"
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this.destination_config[0].on_failure[0].destination == aws_sqs_queue.failed.arn
    error_message = "Events that failed are lost"
  }
}

run "a_package_may_lie_in_s3" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    zip = "s3://packages-of-ours/lifeboat/0.1.0/restore-drill.zip"
  }

  assert {
    condition = (
      aws_lambda_function.this.s3_bucket == "packages-of-ours"
      && aws_lambda_function.this.s3_key == "lifeboat/0.1.0/restore-drill.zip"
      && aws_lambda_function.this.filename == null
    )
    error_message = "The package is looked for elsewhere: ${jsonencode(aws_lambda_function.this.s3_key)}"
  }
}

run "refuses_a_package_behind_another_address" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    zip = "https://example.com/restore-drill.zip"
  }

  expect_failures = [var.zip]
}

run "a_reservation_is_taken_when_told" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    reserved_concurrency = 1
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 1
    error_message = "The reservation is not taken"
  }
}

run "switched_off_nobody_can_invoke_it" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    enabled              = false
    reserved_concurrency = 1
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 0
    error_message = "It can still be invoked"
  }
}

run "inside_a_vpc_it_may_have_network_interfaces_but_not_make_them_itself" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    vpc = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition     = toset([for statement in data.aws_iam_policy_document.basics.statement : statement.sid if contains(statement.actions, "ec2:CreateNetworkInterface")]) == toset(["LambdaIntoVpc", "NotTheCodeItself"])
    error_message = "Lambda needs the right, and the code must not have it"
  }
}

run "a_policy_that_iam_would_refuse_is_refused_before" {
  command = plan

  module {
    source = "./modules/lambda_function"
  }

  variables {
    policy_json = jsonencode({ Version = "2012-10-17", Statement = [for n in range(400) : "a statement of some length ${n}"] })
  }

  expect_failures = [aws_iam_role_policy.own]
}
