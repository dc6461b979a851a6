# AWS Backup: vault, plan, selection, copies, restore tests; what is refused and why. No credentials, no network.

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
  data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  databases = {
    orders   = { kind = "aurora", identifier = "Prod-Orders" }
    billing  = { kind = "rds", identifier = "prod-billing" }
    profiles = { kind = "documentdb", identifier = "prod-profiles" }
  }
  aws_backup = { rds_windows = ["12:00-12:30"] }
}

run "three_tiers_in_utc_that_rds_can_be_backed_up_with" {
  assert {
    condition = { for rule in aws_backup_plan.lifeboat[0].rule : rule.rule_name => "${rule.schedule} ${rule.schedule_expression_timezone} ${rule.start_window} ${rule.lifecycle[0].delete_after}" } == {
      daily   = "cron(0 18 ? * * *) Etc/UTC 60 35"
      weekly  = "cron(0 20 ? * SUN *) Etc/UTC 60 90"
      monthly = "cron(0 22 1 * ? *) Etc/UTC 60 365"
    }
    error_message = "The tiers are ${jsonencode({ for rule in aws_backup_plan.lifeboat[0].rule : rule.rule_name => rule.schedule })}"
  }

  assert {
    condition     = alltrue([for rule in aws_backup_plan.lifeboat[0].rule : coalesce(rule.lifecycle[0].cold_storage_after, 0) == 0 && !coalesce(rule.enable_continuous_backup, false) && length(rule.copy_action) == 0])
    error_message = "No cold storage (AWS Backup has none for databases), no hold on RDS' own recovery, no copies unasked"
  }

  assert {
    condition     = alltrue([for rule in aws_backup_plan.lifeboat[0].rule : alltrue([for tag in keys(rule.recovery_point_tags) : !startswith(tag, "lifeboat:")])])
    error_message = "What is restored from it could be taken for one of ours"
  }

  assert {
    condition = toset(aws_backup_selection.named[0].resources) == toset([
      "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders",
      "arn:aws:rds:ap-northeast-1:123456789012:db:prod-billing",
      "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-profiles",
    ])
    error_message = "Others are backed up: ${jsonencode(aws_backup_selection.named[0].resources)}"
  }

  assert {
    condition     = length(aws_backup_selection.tagged) == 0 && length(aws_backup_restore_testing_plan.lifeboat) == 0 && output.backup_vault == "lifeboat"
    error_message = "Something that nobody asked for"
  }

  # Failed jobs are told, backup-check or not
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.backup_jobs[0].dimensions == tomap({ RuleName = aws_cloudwatch_event_rule.backup_jobs[0].name })
      && aws_cloudwatch_event_target.backup_jobs[0].arn == aws_sns_topic.lifeboat.arn
      && startswith(aws_cloudwatch_event_rule.backup_jobs[0].name, "lifeboat-")
    )
    error_message = "A failed job that nobody hears of"
  }
}

run "with_backup_check_its_own_rule_counts_failed_jobs" {
  variables {
    backup_check = { zip = "tests/fixtures/backup-check.zip" }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.backup_jobs[0].dimensions == tomap({ RuleName = "backup-check-jobs" }) && length(aws_cloudwatch_event_rule.backup_jobs) == 0
    error_message = "Told twice, or by a rule that is not there"
  }
}

run "with_backup_check_switched_off_a_rule_of_our_own_counts" {
  command = plan

  variables {
    backup_check = { zip = "tests/fixtures/backup-check.zip", enabled = false }
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.backup_jobs) == 1
    error_message = "A rule that is switched off counts nothing"
  }
}

run "copies_go_where_they_are_told_and_only_those_tiers" {
  command = plan

  variables {
    aws_backup = {
      rds_windows = ["12:00-12:30"]
      copies      = { vault_arn = "arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat", tiers = ["daily", "monthly"], keep_days = 40 }
    }
  }

  assert {
    condition = { for rule in aws_backup_plan.lifeboat[0].rule : rule.rule_name => [for copy in rule.copy_action : "${copy.destination_vault_arn} ${copy.lifecycle[0].delete_after}"] } == {
      daily   = ["arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat 40"]
      weekly  = []
      monthly = ["arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat 40"]
    }
    error_message = "Copies: ${jsonencode({ for rule in aws_backup_plan.lifeboat[0].rule : rule.rule_name => rule.copy_action })}"
  }
}

run "by_tags_all_of_them_and_never_a_copy_of_a_drill" {
  command = plan

  variables {
    aws_backup = {
      rds_windows = ["12:00-12:30"]
      monthly     = { keep_days = 0 }
      select      = { databases = false, tags = { backup = "yes", stage = "production" } }
    }
  }

  assert {
    condition     = length(aws_backup_selection.named) == 0 && { for it in one(aws_backup_selection.tagged[0].condition).string_equals : it.key => it.value } == { "aws:ResourceTag/backup" = "yes", "aws:ResourceTag/stage" = "production" }
    error_message = "Others are chosen"
  }

  assert {
    condition     = alltrue([for kind in ["cluster", "db"] : alltrue([for prefix in ["drill-", "inspect-", "awsbackup-restore-test-"] : contains(aws_backup_selection.tagged[0].not_resources, "arn:aws:rds:*:*:${kind}:${prefix}*")])])
    error_message = "A copy would be backed up"
  }

  assert {
    condition     = toset([for rule in aws_backup_plan.lifeboat[0].rule : rule.rule_name]) == toset(["daily", "weekly"])
    error_message = "A tier that was left out"
  }
}

run "restore_tests_are_for_the_kinds_that_there_are" {
  command = plan

  variables {
    name_prefix = "second-"
    aws_backup = {
      rds_windows     = ["12:00-12:30"]
      restore_testing = { overrides = { aurora = { dbSubnetGroupName = "private" } } }
    }
  }

  assert {
    condition = { for kind, it in aws_backup_restore_testing_selection.lifeboat : kind => "${it.protected_resource_type} ${join(" ", it.protected_resource_arns)}" } == {
      aurora     = "Aurora arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders"
      rds        = "RDS arn:aws:rds:ap-northeast-1:123456789012:db:prod-billing"
      documentdb = "DocumentDB arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-profiles"
    }
    error_message = "Tests are of something else"
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.restore_drill_tests) == 1 && contains(keys(aws_lambda_permission.restore_drill), "tests")
    error_message = "A restore test that is done has to reach restore-drill."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement :
      alltrue([for action in flatten([statement.Action]) : !can(regex("^rds:(Delete|Stop|Start|AddTags)", action))])
      if statement.Effect == "Allow" && anytrue([for arn in flatten([statement.Resource]) : strcontains(arn, "awsbackup-restore-test")])
    ])
    error_message = "What AWS Backup restored for a test may be opened, and never be removed or tagged."
  }

  assert {
    condition     = aws_backup_restore_testing_selection.lifeboat["aurora"].restore_metadata_overrides == tomap({ dbSubnetGroupName = "private" }) && can(regex("^[A-Za-z0-9_]{1,50}$", aws_backup_restore_testing_plan.lifeboat[0].name))
    error_message = "A name with a hyphen, which AWS does not take, or lost overrides"
  }
}

# --- locks ------------------------------------------------------------------------------------------------------------

run "no_lock_unless_asked_for" {
  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
  }

  assert {
    condition     = length(aws_backup_vault_lock_configuration.this) == 0 && aws_backup_vault.this.kms_key_arn == aws_kms_key.vault[0].arn && output.name == "lifeboat"
    error_message = "A lock unasked, or no key"
  }
}

run "governance_can_be_taken_off_again" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name    = "lifeboat"
    key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d"
    lock    = { mode = "governance", min_retention_days = 7, max_retention_days = 400 }
  }

  assert {
    condition = (
      aws_backup_vault_lock_configuration.this[0].changeable_for_days == null
      && aws_backup_vault_lock_configuration.this[0].min_retention_days == 7
      && aws_backup_vault_lock_configuration.this[0].max_retention_days == 400
      && length(aws_kms_key.vault) == 0
    )
    error_message = "With changeable_for_days it would be compliance"
  }
}

run "compliance_needs_its_words_and_days" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { mode = "compliance", min_retention_days = 7, changeable_for_days = 3, acknowledge = "nobody can undo this" }
  }

  assert {
    condition     = aws_backup_vault_lock_configuration.this[0].changeable_for_days == 3
    error_message = "Not compliance"
  }
}

run "compliance_without_its_words_is_refused" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { mode = "compliance", min_retention_days = 7, changeable_for_days = 3 }
  }

  expect_failures = [var.lock]
}

run "compliance_in_less_than_three_days_is_refused" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { mode = "compliance", min_retention_days = 7, changeable_for_days = 2, acknowledge = "nobody can undo this" }
  }

  expect_failures = [var.lock]
}

run "governance_with_days_to_change_it_is_refused" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { mode = "governance", min_retention_days = 7, changeable_for_days = 3 }
  }

  expect_failures = [var.lock]
}

run "a_lock_that_keeps_nothing_is_refused" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { mode = "governance" }
  }

  expect_failures = [var.lock]
}

run "retention_without_a_lock_is_refused" {
  command = plan

  module {
    source = "./modules/backup_vault"
  }

  variables {
    name = "lifeboat"
    lock = { min_retention_days = 7 }
  }

  expect_failures = [var.lock]
}

# --- refusals ---------------------------------------------------------------------------------------------------------

run "refuses_tiers_whose_windows_overlap" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], weekly = { at = "18:30" } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_tiers_that_overlap_past_midnight" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], weekly = { at = "23:30" }, monthly = { at = "00:15" } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_tier_inside_rds_window" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["18:15-18:45"] }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_tier_in_the_hour_before_rds_window" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["19:30-20:00"] }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_tier_that_runs_into_a_window_past_midnight" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["00:30-01:00"], monthly = { at = "23:00" } }
  }

  expect_failures = [var.aws_backup]
}

run "takes_a_tier_that_ends_when_the_hour_begins_or_starts_when_the_window_ends" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["17:30-18:00", "00:00-00:30"] }
  }
}

run "refuses_instances_without_their_windows" {
  command = plan

  variables {
    aws_backup = {}
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_rare_tier_that_is_kept_shorter" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], weekly = { keep_days = 30 } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_tier_that_the_lock_would_fail" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], lock = { mode = "governance", min_retention_days = 60 } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_copy_beside_its_original" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], copies = { vault_arn = "arn:aws:backup:ap-northeast-1:123456789012:backup-vault:other" } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_copy_of_a_tier_that_is_not_there" {
  command = plan

  variables {
    aws_backup = {
      rds_windows = ["12:00-12:30"]
      daily       = { keep_days = 0 }
      copies      = { vault_arn = "arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat" }
    }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_plan_that_backs_up_nothing" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], select = { databases = false } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_plan_without_tiers" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], daily = { keep_days = 0 }, weekly = { keep_days = 0 }, monthly = { keep_days = 0 } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_month_that_ends_on_the_31st" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], monthly = { day = 31 } }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_start_window_that_aws_does_not_take" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], start_window_minutes = 30 }
  }

  expect_failures = [var.aws_backup]
}

run "refuses_a_star_for_a_database" {
  command = plan

  variables {
    aws_backup = { rds_windows = ["12:00-12:30"], select = { arns = ["arn:aws:rds:ap-northeast-1:123456789012:db:*"] } }
  }

  expect_failures = [var.aws_backup]
}
