# glue-alert: what calls it, and when it is there at all. No credentials, no network.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  alert_emails  = ["dba@example.com"]
  restore_drill = { zip = "tests/fixtures/restore-drill.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  databases  = { orders = { kind = "aurora", identifier = "prod-orders" } }
  jobs       = { daily-etl = { database = "orders" }, "Nightly load" = {} }
  glue_alert = { zip = "tests/fixtures/glue-alert.zip" }
}

run "it_is_told_of_the_jobs_of_the_policy_and_of_no_others" {
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.glue_alert_runs[0].event_pattern).detail == { jobName = ["Nightly load", "daily-etl"], state = ["FAILED", "TIMEOUT", "STOPPED", "ERROR"] }
    error_message = "The rule lets through ${aws_cloudwatch_event_rule.glue_alert_runs[0].event_pattern}"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.glue_alert_poll[0].schedule_expression == "rate(15 minutes)"
    error_message = "The poll comes ${aws_cloudwatch_event_rule.glue_alert_poll[0].schedule_expression}"
  }

  assert {
    condition     = output.functions.glue_alert == "glue-alert" && aws_cloudwatch_metric_alarm.glue_alert_silent[0].treat_missing_data == "breaching"
    error_message = "A watcher that is dead would be good news"
  }
}

run "it_is_there_only_when_it_is_wanted" {
  variables {
    glue_alert = null
  }

  assert {
    condition     = length(module.glue_alert) == 0 && length(aws_cloudwatch_event_rule.glue_alert_poll) == 0 && length(aws_cloudwatch_metric_alarm.glue_alert_silent) == 0
    error_message = "A function that nobody asked for"
  }
}

run "the_kill_switch_stops_everything_that_calls" {
  variables {
    glue_alert = { zip = "tests/fixtures/glue-alert.zip", enabled = false }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.glue_alert_runs[0].state == "DISABLED" && aws_cloudwatch_event_rule.glue_alert_poll[0].state == "DISABLED"
    error_message = "A switched-off function is still called"
  }
}

run "refuses_a_watcher_of_nothing" {
  command = plan

  variables {
    jobs = {}
  }

  expect_failures = [var.glue_alert]
}

run "refuses_a_poll_that_hardly_comes" {
  command = plan

  variables {
    glue_alert = { zip = "tests/fixtures/glue-alert.zip", poll_minutes = 90 }
  }

  expect_failures = [var.glue_alert]
}

run "refuses_more_names_than_a_rule_holds" {
  command = plan

  variables {
    jobs = { for number in range(20) : "job-${number}-${join("", [for _ in range(100) : "x"])}" => {} }
  }

  expect_failures = [aws_cloudwatch_event_rule.glue_alert_runs]
}
