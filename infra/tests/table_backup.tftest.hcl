# table-backup: where it runs, what calls it, and when it is there at all. No credentials, no network.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  alert_emails  = ["dba@example.com"]
  timezone      = "Asia/Tokyo"
  restore_drill = { zip = "tests/fixtures/restore-drill.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  databases = {
    orders = { kind = "aurora", identifier = "prod-orders" }
    warehouse = {
      kind       = "aurora"
      identifier = "prod-warehouse"
      live = {
        endpoint = "prod-warehouse.cluster-abc.ap-northeast-1.rds.amazonaws.com"
        database = "silver"
        engine   = "aurora-mysql"
        login    = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/warehouse-AbCdEf" }
      }
    }
    ledger = {
      kind       = "rds"
      identifier = "prod-ledger"
      live = {
        endpoint = "prod-ledger.abc.ap-northeast-1.rds.amazonaws.com"
        port     = 6432
        database = "app"
        engine   = "postgres"
        login    = { method = "iam", user = "lifeboat" }
      }
    }
  }
  table_backup = { zip = "tests/fixtures/table-backup.zip" }
}

run "it_has_a_security_group_of_its_own_that_reaches_live_ports_and_aws" {
  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.table_backup_databases)) == toset(["3306 10.0.0.0/16", "6432 10.0.0.0/16"])
    error_message = "It reaches ${join(", ", keys(aws_vpc_security_group_egress_rule.table_backup_databases))}"
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.table_backup_https)) == toset(["10.0.0.0/16"]) && aws_vpc_security_group_egress_rule.table_backup_s3[0].prefix_list_id == "pl-61a54008"
    error_message = "It reaches AWS elsewhere, or S3 not at all"
  }

  assert {
    condition     = output.table_backup_security_group_id == aws_security_group.table_backup[0].id && output.table_backup_security_group_id != output.data_check_security_group_id
    error_message = "Production would have to let data-check in"
  }

  assert {
    condition     = length(aws_vpc_endpoint.sns) == 0 && length(aws_lambda_permission.table_backup) == 0
    error_message = "An endpoint that costs, or a caller, that nobody asked for"
  }

  assert {
    condition     = output.functions.table_backup == "table-backup"
    error_message = "It is called ${output.functions.table_backup}"
  }
}

run "old_copies_of_each_live_database_are_dropped_every_day" {
  assert {
    condition = { for name, it in aws_scheduler_schedule.table_backup : name => jsondecode(it.target[0].input) } == {
      ledger = { clean_up = "ledger" }, warehouse = { clean_up = "warehouse" }
    }
    error_message = "It is sent ${jsonencode({ for name, it in aws_scheduler_schedule.table_backup : name => it.target[0].input })}"
  }

  assert {
    condition = alltrue([
      for it in aws_scheduler_schedule.table_backup :
      it.schedule_expression == "cron(0 5 * * ? *)" && it.schedule_expression_timezone == "Asia/Tokyo" && it.state == "ENABLED"
      && it.target[0].dead_letter_config[0].arn == aws_sqs_queue.table_backup_not_started[0].arn
    ])
    error_message = "A clean-up at another time, or one that is lost unheard"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.table_backup_silent[0].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.table_backup_silent[0].dimensions == tomap({ FunctionName = "table-backup" })
    error_message = "A clean-up that never comes would be good news"
  }
}

run "it_is_there_only_when_it_is_wanted" {
  variables {
    table_backup = null
  }

  assert {
    condition = (
      length(module.table_backup) + length(aws_security_group.table_backup) + length(aws_vpc_security_group_egress_rule.table_backup_databases)
      + length(aws_vpc_security_group_egress_rule.table_backup_https) + length(aws_vpc_security_group_egress_rule.table_backup_s3)
      + length(aws_scheduler_schedule.table_backup) + length(aws_iam_role.table_backup_schedule) + length(aws_sqs_queue.table_backup_not_started)
      + length(aws_cloudwatch_metric_alarm.table_backup_silent) + length(aws_cloudwatch_metric_alarm.table_backup_not_started)
    ) == 0 && output.table_backup_security_group_id == null
    error_message = "A function that nobody asked for"
  }

  assert {
    condition     = can(jsondecode(output.policy_json).databases.warehouse.live.endpoint)
    error_message = "The policy says where the live database is, whoever is deployed"
  }
}

run "the_kill_switch_stops_everything_that_calls" {
  variables {
    table_backup = { zip = "tests/fixtures/table-backup.zip", enabled = false }
  }

  assert {
    condition     = alltrue([for it in aws_scheduler_schedule.table_backup : it.state == "DISABLED"]) && length(aws_cloudwatch_metric_alarm.table_backup_silent) == 0
    error_message = "A switched-off function is still called, or missed"
  }
}

run "without_a_schedule_nothing_is_dropped_by_itself" {
  variables {
    table_backup = { zip = "tests/fixtures/table-backup.zip", clean_up = "" }
  }

  assert {
    condition     = length(aws_scheduler_schedule.table_backup) == 0 && length(aws_cloudwatch_metric_alarm.table_backup_silent) == 0 && length(module.table_backup) == 1
    error_message = "Copies are dropped though nobody asked for it, or silence is told of who has nothing to say"
  }
}

run "state_machines_and_jobs_call_it_by_their_roles_and_nobody_else_does" {
  variables {
    table_backup = {
      zip               = "tests/fixtures/table-backup.zip"
      callers           = { daily-etl = "arn:aws:iam::123456789012:role/etl/daily-etl" }
      database_cidrs    = ["10.9.0.0/16"]
      make_sns_endpoint = true
    }
  }

  assert {
    condition     = { for name, it in aws_lambda_permission.table_backup : it.statement_id => it.principal } == { caller-daily-etl = "arn:aws:iam::123456789012:role/etl/daily-etl" }
    error_message = "It is called by ${jsonencode({ for name, it in aws_lambda_permission.table_backup : it.statement_id => it.principal })}"
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.table_backup_databases)) == toset(["3306 10.0.0.0/16", "3306 10.9.0.0/16", "6432 10.0.0.0/16", "6432 10.9.0.0/16"])
    error_message = "It reaches ${join(", ", keys(aws_vpc_security_group_egress_rule.table_backup_databases))}"
  }

  assert {
    condition     = aws_vpc_endpoint.sns[0].service_name == "com.amazonaws.ap-northeast-1.sns" && aws_vpc_endpoint.sns[0].private_dns_enabled && toset(keys(aws_vpc_security_group_ingress_rule.sns_endpoint)) == toset(["10.0.0.0/16"])
    error_message = "Mails have no way out"
  }
}

run "refuses_a_function_without_a_live_database" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders" } }
  }

  expect_failures = [var.table_backup]
}

run "refuses_a_package_that_is_none" {
  command = plan

  variables {
    table_backup = { zip = "table-backup.tar" }
  }

  expect_failures = [var.table_backup]
}

run "refuses_a_clean_up_every_minute" {
  command = plan

  variables {
    table_backup = { zip = "tests/fixtures/table-backup.zip", clean_up = "rate(1 minute)" }
  }

  expect_failures = [var.table_backup]
}

run "refuses_everybody_for_a_caller" {
  command = plan

  variables {
    table_backup = { zip = "tests/fixtures/table-backup.zip", callers = { all = "*" } }
  }

  expect_failures = [var.table_backup]
}

run "refuses_databases_on_the_internet" {
  command = plan

  variables {
    table_backup = { zip = "tests/fixtures/table-backup.zip", database_cidrs = ["0.0.0.0/0"] }
  }

  expect_failures = [var.table_backup]
}

run "refuses_a_resource_id_that_is_a_name" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        live       = { endpoint = "prod-orders.abc", database = "app", engine = "postgres", login = { method = "iam", user = "lifeboat", resource_id = "prod-orders" } }
      }
    }
  }

  expect_failures = [var.databases]
}

run "refuses_a_resource_id_beside_a_secret" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        live = {
          endpoint = "prod-orders.abc"
          database = "app"
          engine   = "postgres"
          login    = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:a-AbCdEf", resource_id = "cluster-ABC" }
        }
      }
    }
  }

  expect_failures = [var.databases]
}
