# What the variables of emergency-restore refuse. Each run has one mistake.

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
  databases = {
    orders = { kind = "aurora", identifier = "prod-orders" }
  }
}

run "it_is_not_there_unless_it_is_given" {
  command = plan

  assert {
    condition     = length(module.emergency_restore) == 0 && output.in_an_emergency == null && length(aws_cloudwatch_event_rule.emergency_restore_tick) == 0 && length(aws_iam_policy.emergency_restore_fence) == 0
    error_message = "Something of it is there"
  }
}

run "refuses_a_package_that_is_none" {
  command = plan

  variables {
    emergency_restore = { zip = "target/emergency-restore" }
  }

  expect_failures = [var.emergency_restore]
}

run "refuses_every_role_at_once" {
  command = plan

  variables {
    emergency_restore = { zip = "tests/fixtures/emergency-restore.zip", roles = ["arn:aws:iam::123456789012:role/*"] }
  }

  expect_failures = [var.emergency_restore]
}

run "refuses_a_proxy_by_its_name" {
  command = plan

  variables {
    emergency_restore = {
      zip     = "tests/fixtures/emergency-restore.zip"
      proxies = { orders-proxy = { arn = "orders-proxy", target_group_arn = "default" } }
    }
  }

  expect_failures = [var.emergency_restore]
}

run "refuses_every_proxy_at_once" {
  command = plan

  variables {
    emergency_restore = {
      zip = "tests/fixtures/emergency-restore.zip"
      proxies = {
        all = {
          arn              = "arn:aws:rds:ap-northeast-1:123456789012:db-proxy:prx-0a1b2c3d4e5f60718"
          target_group_arn = "arn:aws:rds:ap-northeast-1:123456789012:target-group:*"
        }
      }
    }
  }

  expect_failures = [var.emergency_restore]
}

run "refuses_a_pattern_for_an_instance" {
  command = plan

  variables {
    emergency_restore = { zip = "tests/fixtures/emergency-restore.zip", instances = ["prod-*"] }
  }

  expect_failures = [var.emergency_restore]
}

run "refuses_to_cut_over_with_nothing" {
  command = plan

  variables {
    emergency_cut_over = true
  }

  expect_failures = [var.emergency_cut_over]
}

run "takes_no_proxies_and_no_instances_with_cut_over" {
  command = plan

  variables {
    emergency_restore  = { zip = "tests/fixtures/emergency-restore.zip", instances = [], roles = [] }
    emergency_cut_over = true
  }

  assert {
    condition     = length(module.emergency_restore) == 1
    error_message = "It is not there"
  }
}
