# The policy document and the schedules. No credentials, no network.
#
# Two files stand between Terraform and the functions: what is rendered has to be exactly tests/fixtures/*.policy.json, and
# tests/tests/infra reads the same files with the functions' own reader.

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
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"
      drills = {
        weekly    = { schedule = "cron(0 3 ? * SUN *)", first = true }
        quarterly = { schedule = "rate(90 days)", schedule_timezone = "UTC", source = "latest_snapshot" }
        by-hand   = { source = "snapshot", snapshot = "pre-maintenance-20261120" }
      }
    }
  }
}

run "the_minimal_example_renders_its_policy" {
  module {
    source = "./examples/minimal"
  }

  variables {
    packages = "./tests/fixtures"
  }

  assert {
    condition     = output.policy_json == file("./tests/fixtures/minimal.policy.json")
    error_message = "The example renders ${output.policy_json}"
  }
}

# The example of the policy's own module has every key that the functions know. A key that the variable's type lacks would be
# dropped here without a word.
run "every_key_of_the_policy_survives" {
  command = plan

  variables {
    timezone = jsondecode(file("../shared/src/policy/example.json")).timezone
    databases = {
      for name, database in jsondecode(file("../shared/src/policy/example.json")).databases : name => merge(database, {
        drills = { for drill, it in database.drills : drill => merge(it, { first = drill == "weekly", schedule = "rate(7 days)" }) }
      })
    }
    jobs    = jsondecode(file("../shared/src/policy/example.json")).jobs
    cleanup = jsondecode(file("../shared/src/policy/example.json")).cleanup
    checkup = jsondecode(file("../shared/src/policy/example.json")).checkup
  }

  assert {
    condition     = jsondecode(output.policy_json).checkup == jsondecode(file("../shared/src/policy/example.json")).checkup
    error_message = "A key of checkup is lost or changed: ${output.policy_json}"
  }

  assert {
    condition     = jsondecode(output.policy_json).jobs == jsondecode(file("../shared/src/policy/example.json")).jobs
    error_message = "A key of a job is lost or changed: ${output.policy_json}"
  }

  assert {
    condition     = jsondecode(output.policy_json).databases == jsondecode(file("../shared/src/policy/example.json")).databases
    error_message = "A key is lost or changed: ${output.policy_json}"
  }

  assert {
    condition     = output.policy_json == file("./tests/fixtures/full.policy.json")
    error_message = "The policy is rendered differently: ${output.policy_json}"
  }
}

# What the example has not: live databases, checks of later versions, DocumentDB's names for things, a role for AWS Backup, another region.
run "every_kind_of_check_and_drill_survives" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }] }
        sandbox    = { restore_role = "arn:aws:iam::123456789012:role/restore" }
        checks = [
          { kind = "unchanged", table = "public.countries", within_percent = 10, since = "2026-11-22" },
          { kind = "schema_unchanged", schema = "public", since = "2026-11-22T18:00:00+09:00" },
          { kind = "grants_unchanged" },
          { kind = "indexes", table = "public.users", names = ["users_pkey", "users_email_idx"] },
          { kind = "damage", except = ["public.scratch*"] },
        ]
        drills = {
          weekly  = { source = "recovery_point", first = true }
          dr      = { source = "recovery_point", region = "us-west-2", sandbox = { restore_role = "arn:aws:iam::123456789012:role/dr/restore" } }
          by-name = { snapshot = "manual-1", region = "us-west-2" }
        }
        live = {
          endpoint    = "prod-orders.cluster-abc.ap-northeast-1.rds.amazonaws.com"
          port        = 3307
          database    = "silver"
          engine      = "aurora-mysql"
          login       = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/orders-AbCdEf" }
          largest_gib = 20
          keep_last   = 5
          keep_days   = 21
        }
      }
      ledger = {
        kind       = "rds"
        identifier = "prod-ledger"
        live = {
          endpoint = "prod-ledger.abc.ap-northeast-1.rds.amazonaws.com"
          database = "app"
          engine   = "postgres"
          # Terraform's own key is not in the document
          login = { method = "iam", user = "lifeboat", resource_id = "db-ABCDEFGHIJKL01234" }
        }
      }
      profiles = {
        kind       = "documentdb"
        identifier = "prod-profiles"
        checks = [
          { kind = "collection_count", collection = "app.profiles", at_least = 1, at_most = 9000 },
          { kind = "freshness", collection = "app.events", field = "at", within = "7d" },
          { kind = "damage" },
        ]
        drills = { weekly = {} }
      }
    }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  assert {
    condition     = output.policy_json == file("./tests/fixtures/kinds.policy.json")
    error_message = "The policy is rendered differently: ${output.policy_json}"
  }
}

run "terraforms_own_keys_stay_here_and_the_first_drill_is_written_first" {
  command = plan

  assert {
    condition = jsondecode(output.policy_json).databases.orders.drills == {
      weekly    = {}
      quarterly = { source = "latest_snapshot" }
      by-hand   = { source = "snapshot", snapshot = "pre-maintenance-20261120" }
    }
    error_message = "drills are rendered as ${output.policy_json}"
  }

  assert {
    condition     = strcontains(output.policy_json, "\"drills\":{\"weekly\":{},\"by-hand\":")
    error_message = "weekly is first, but not written first: ${output.policy_json}"
  }
}

run "values_of_checks_keep_their_types" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        checks = [
          { kind = "sql", query = "SELECT true", expect = true },
          { kind = "sql", query = "SELECT 5 WHERE 1 < 2", expect = 5 },
          { kind = "sql", query = "SELECT 'yes'", expect = "yes" },
          { kind = "sql", query = "SELECT '007'", expect = "007" },
          { kind = "sql", query = "SELECT '5'", expect = jsonencode("5") },
        ]
      }
    }
  }

  assert {
    condition     = jsonencode([for check in jsondecode(output.policy_json).databases.orders.checks : check.expect]) == "[true,5,\"yes\",\"007\",\"5\"]"
    error_message = "expect is rendered as ${output.policy_json}"
  }

  assert {
    condition     = jsondecode(output.policy_json).databases.orders.checks[1].query == "SELECT 5 WHERE 1 < 2"
    error_message = "A query has to arrive as it was written"
  }
}

run "each_drill_with_a_schedule_has_one_and_its_placeholder_arrives" {
  assert {
    condition     = toset(keys(aws_scheduler_schedule.drill)) == toset(["orders/weekly", "orders/quarterly"])
    error_message = "Schedules: ${join(", ", keys(aws_scheduler_schedule.drill))}"
  }

  assert {
    condition     = aws_scheduler_schedule.drill["orders/weekly"].target[0].input == "{\"drill\":\"orders/weekly\",\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"
    error_message = "The Scheduler would send ${aws_scheduler_schedule.drill["orders/weekly"].target[0].input}"
  }

  assert {
    condition = (
      aws_scheduler_schedule.drill["orders/weekly"].schedule_expression_timezone == "Asia/Tokyo"
      && aws_scheduler_schedule.drill["orders/quarterly"].schedule_expression_timezone == "UTC"
    )
    error_message = "A schedule is in its own zone, else in the policy's"
  }

  assert {
    condition = alltrue([
      for schedule in aws_scheduler_schedule.drill :
      schedule.target[0].dead_letter_config[0].arn == aws_sqs_queue.drills_not_started.arn && schedule.state == "ENABLED"
    ])
    error_message = "Each schedule runs, and keeps what could not start"
  }
}

run "long_names_of_drills_give_schedules_of_their_own" {
  variables {
    databases = {
      "a-${join("", [for _ in range(60) : "x"])}" = {
        kind       = "rds"
        identifier = "prod-a"
        drills = {
          weekly-one = { schedule = "rate(7 days)", first = true }
          weekly-two = { schedule = "rate(7 days)" }
        }
      }
    }
  }

  assert {
    condition = (
      length(distinct([for schedule in aws_scheduler_schedule.drill : schedule.name])) == 2
      && alltrue([for schedule in aws_scheduler_schedule.drill : length(schedule.name) <= 64])
    )
    error_message = "Names: ${join(", ", [for schedule in aws_scheduler_schedule.drill : schedule.name])}"
  }
}

run "the_kill_switch_stops_everything_that_calls" {
  variables {
    restore_drill = { zip = "tests/fixtures/restore-drill.zip", enabled = false }
  }

  assert {
    condition = alltrue(concat(
      [for schedule in aws_scheduler_schedule.drill : schedule.state == "DISABLED"],
      [aws_cloudwatch_event_rule.restore_drill_tick.state == "DISABLED", aws_cloudwatch_event_rule.restore_drill_rds.state == "DISABLED"],
    ))
    error_message = "A switched-off function is still called"
  }
}

run "the_functions_have_the_names_that_mails_give" {
  assert {
    condition     = output.functions == { restore_drill = "restore-drill", data_check = "data-check" }
    error_message = "Mails tell people to invoke restore-drill"
  }

  assert {
    condition     = aws_s3_bucket.lifeboat.bucket == "lifeboat-123456789012-ap-northeast-1"
    error_message = "The bucket is ${aws_s3_bucket.lifeboat.bucket}"
  }
}

run "the_daily_functions_are_there_only_when_they_are_wanted" {
  assert {
    condition     = length(aws_scheduler_schedule.daily) == 0 && length(module.backup_check) == 0 && length(module.snapshot_lifecycle) == 0
    error_message = "A function that nobody asked for"
  }
}

run "the_daily_functions_are_woken_in_the_zone_of_the_policy" {
  variables {
    backup_check       = { zip = "tests/fixtures/backup-check.zip" }
    snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip", schedule = "rate(12 hours)" }
  }

  assert {
    condition = { for name, it in aws_scheduler_schedule.daily : name => "${it.schedule_expression} ${it.schedule_expression_timezone} ${it.state} ${it.target[0].input}" } == {
      backup-check       = "cron(30 6 * * ? *) Asia/Tokyo ENABLED {\"tick\":true}"
      snapshot-lifecycle = "rate(12 hours) Asia/Tokyo ENABLED {\"tick\":true}"
    }
    error_message = "The schedules are ${jsonencode({ for name, it in aws_scheduler_schedule.daily : name => it.schedule_expression })}"
  }

  assert {
    condition     = output.functions.backup_check == "backup-check" && output.functions.snapshot_lifecycle == "snapshot-lifecycle"
    error_message = "Mails tell people to invoke backup-check and snapshot-lifecycle"
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.daily_silent)) == toset(["backup-check", "snapshot-lifecycle"]) && alltrue([for it in aws_cloudwatch_metric_alarm.daily_silent : it.treat_missing_data == "breaching"])
    error_message = "A checker that is dead would be good news"
  }
}

run "the_kill_switches_of_the_daily_functions_stop_everything_that_calls" {
  variables {
    backup_check       = { zip = "tests/fixtures/backup-check.zip", enabled = false }
    snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip", enabled = false }
  }

  assert {
    condition = alltrue(concat(
      [for schedule in aws_scheduler_schedule.daily : schedule.state == "DISABLED"],
      [for rule in concat(aws_cloudwatch_event_rule.backup_check_jobs, aws_cloudwatch_event_rule.backup_check_points, aws_cloudwatch_event_rule.backup_check_rds, aws_cloudwatch_event_rule.snapshot_lifecycle_created) : rule.state == "DISABLED"],
    ))
    error_message = "A switched-off function is still called"
  }
}
