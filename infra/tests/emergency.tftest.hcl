# The rights of emergency-restore, as AWS would get them: made by the real provider. Nothing is applied.
#
# The documents as they are rendered here have to be exactly tests/fixtures/emergency-restore*.iam.json: tests/tests/infra holds
# the same files to a table of what the function may and may not do.

provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.restore_drill.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.data_check.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.emergency_restore[0].data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = data.aws_vpc.data_check
  values = {
    cidr_block_associations = [{ association_id = "vpc-cidr-assoc-1", cidr_block = "10.0.0.0/16", state = "associated" }]
  }
}

override_data {
  target = data.aws_ec2_managed_prefix_list.s3
  values = { id = "pl-61a54008" }
}

variables {
  alert_emails  = ["dba@example.com"]
  restore_drill = { zip = "tests/fixtures/restore-drill.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  emergency_restore = { zip = "tests/fixtures/emergency-restore.zip" }
  databases = {
    orders = {
      kind       = "aurora"
      identifier = "Prod-Orders"
      backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }] }
    }
    billing = { kind = "rds", identifier = "prod-billing" }
  }
}

run "the_role_is_the_one_that_is_held_to_the_table" {
  command = plan

  assert {
    condition     = data.aws_iam_policy_document.emergency_restore.json == file("./tests/fixtures/emergency-restore.iam.json")
    error_message = "It is rendered as\n${data.aws_iam_policy_document.emergency_restore.json}"
  }

  assert {
    condition     = data.aws_iam_policy_document.emergency_restore_fence.json == file("./tests/fixtures/emergency-restore-fence.iam.json")
    error_message = "It is rendered as\n${data.aws_iam_policy_document.emergency_restore_fence.json}"
  }

  assert {
    condition     = jsondecode(aws_iam_policy.emergency_restore_fence[0].policy) == jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json) && aws_iam_role_policy_attachment.emergency_restore_fence[0].role == "emergency-restore-ap-northeast-1"
    error_message = "The fence is not around the function"
  }
}

run "with_cut_over_too" {
  command = plan

  variables {
    emergency_cut_over = true
    emergency_restore = {
      zip   = "tests/fixtures/emergency-restore.zip"
      roles = ["arn:aws:iam::123456789012:role/rds-monitoring-role"]
      proxies = {
        orders-proxy = {
          arn              = "arn:aws:rds:ap-northeast-1:123456789012:db-proxy:prx-0a1b2c3d4e5f60718"
          target_group_arn = "arn:aws:rds:ap-northeast-1:123456789012:target-group:prx-tg-0a1b2c3d4e5f60718"
        }
      }
    }
  }

  assert {
    condition     = data.aws_iam_policy_document.emergency_restore.json == file("./tests/fixtures/emergency-restore-cut-over.iam.json")
    error_message = "It is rendered as\n${data.aws_iam_policy_document.emergency_restore.json}"
  }

  assert {
    condition     = data.aws_iam_policy_document.emergency_restore_fence.json == file("./tests/fixtures/emergency-restore-cut-over-fence.iam.json")
    error_message = "It is rendered as\n${data.aws_iam_policy_document.emergency_restore_fence.json}"
  }
}

run "without_cut_over_no_name_of_production_is_changed_and_no_proxy_moved" {
  command = plan

  variables {
    # Given ahead of the decision, they open nothing
    emergency_restore = {
      zip       = "tests/fixtures/emergency-restore.zip"
      instances = ["orders-writer"]
      proxies = {
        orders-proxy = {
          arn              = "arn:aws:rds:ap-northeast-1:123456789012:db-proxy:prx-0a1b2c3d4e5f60718"
          target_group_arn = "arn:aws:rds:ap-northeast-1:123456789012:target-group:prx-tg-0a1b2c3d4e5f60718"
        }
      }
    }
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement :
      alltrue([for arn in flatten([statement.Resource]) : can(regex(":((cluster|db):(recovery|inspect)-|(subgrp|cluster-pg|pg|og):)\\*$", arn))])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:(Modify|Add|Create|Enable|Register|Deregister|Remove|Delete)", action))])
    ])
    error_message = "Something of production can be changed: ${data.aws_iam_policy_document.emergency_restore.json}"
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.emergency_restore.json, "prx-") && !strcontains(data.aws_iam_policy_document.emergency_restore.json, "orders-writer") && !strcontains(data.aws_iam_policy_document.emergency_restore.json, "-before-")
    error_message = "A right that nothing needs: ${data.aws_iam_policy_document.emergency_restore.json}"
  }
}

# What can be renamed, statement and deny alike: a name that one of them lacks could not be renamed
run "a_swap_reaches_the_names_of_the_policy_and_their_names_aside" {
  command = plan

  variables {
    emergency_cut_over = true
    databases = {
      orders  = { kind = "aurora", identifier = "prod-orders" }
      billing = { kind = "rds", identifier = "prod-billing" }
      # 41 characters are the longest that is put aside whole, 42 are cut
      whole = { kind = "rds", identifier = "prod-whole-00000000000000000000000000000x" }
      cut   = { kind = "rds", identifier = "prod-cut-with-a-hyphen-at-the-32-character" }
    }
  }

  assert {
    condition = alltrue([
      for statement in concat(jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement, jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json).Statement) :
      toset([for arn in try(statement.Resource, statement.NotResource) : trimprefix(arn, "arn:aws:rds:ap-northeast-1:123456789012:") if !can(regex(":(recovery|inspect)-\\*$|:(subgrp|cluster-pg|pg|og):\\*$", arn))]) == toset([
        "cluster:prod-orders",
        "cluster:prod-orders-before-*",
        "db:prod-orders-*",
        "db:prod-billing",
        "db:prod-billing-before-*",
        "db:prod-whole-00000000000000000000000000000x",
        "db:prod-whole-00000000000000000000000000000x-before-*",
        "db:prod-cut-with-a-hyphen-at-the-32-character",
        "db:prod-cut-with-a-hyphen-at-the-32-????????-before-*",
      ]) if contains(["CutOver", "NeverChangesOutsideOurNames"], statement.Sid)
    ])
    error_message = "Other names: ${data.aws_iam_policy_document.emergency_restore.json}"
  }
}

run "instances_that_are_named_are_the_only_ones" {
  command = plan

  variables {
    emergency_cut_over = true
    emergency_restore  = { zip = "tests/fixtures/emergency-restore.zip", instances = ["orders-writer", "orders-reader"] }
    databases          = { orders = { kind = "aurora", identifier = "prod-orders" } }
  }

  assert {
    condition = alltrue([
      for statement in concat(jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement, jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json).Statement) :
      toset([for arn in try(statement.Resource, statement.NotResource) : trimprefix(arn, "arn:aws:rds:ap-northeast-1:123456789012:") if can(regex("orders", arn))]) == toset([
        "cluster:prod-orders",
        "cluster:prod-orders-before-*",
        "db:orders-writer",
        "db:orders-writer-before-*",
        "db:orders-reader",
        "db:orders-reader-before-*",
      ]) if contains(["CutOver", "NeverChangesOutsideOurNames"], statement.Sid)
    ])
    error_message = "Other instances: ${data.aws_iam_policy_document.emergency_restore.json}"
  }
}

run "roles_go_to_rds_and_to_aws_backup_and_are_those_that_are_named" {
  command = plan

  variables {
    emergency_restore = {
      zip   = "tests/fixtures/emergency-restore.zip"
      roles = ["arn:aws:iam::123456789012:role/rds-monitoring-role"]
    }
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }, { vault = "Second_1", newest_hours = 26 }] }
        sandbox    = { restore_role = "arn:aws:iam::123456789012:role/restore" }
      }
      ledger  = { kind = "rds", identifier = "prod-ledger", backups = { recovery_points = [{ vault = "prod", newest_hours = 26 }] } }
      billing = { kind = "rds", identifier = "prod-billing", sandbox = { restore_role = "arn:aws:iam::123456789012:role/unused" } }
    }
  }

  assert {
    condition = {
      for statement in jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement :
      join(",", sort(flatten([statement.Condition.StringEquals["iam:PassedToService"]]))) => sort(flatten([statement.Resource]))
      if contains(flatten([statement.Action]), "iam:PassRole")
      } == {
      "monitoring.rds.amazonaws.com,rds.amazonaws.com" = tolist(["arn:aws:iam::123456789012:role/rds-monitoring-role"])
      "backup.amazonaws.com" = tolist([
        "arn:aws:iam::123456789012:role/restore",
        "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole",
      ])
    }
    error_message = "Another role, or another service: ${data.aws_iam_policy_document.emergency_restore.json}"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement : toset(statement.Resource)
      if contains(flatten([statement.Action]), "backup:ListRecoveryPointsByBackupVault")
      ]) == toset([
      "arn:aws:backup:ap-northeast-1:123456789012:backup-vault:prod",
      "arn:aws:backup:ap-northeast-1:123456789012:backup-vault:Second_1",
    ])
    error_message = "Vaults: ${data.aws_iam_policy_document.emergency_restore.json}"
  }
}

run "where_no_role_vault_or_key_is_used_none_can_be" {
  command = plan

  variables {
    emergency_restore = { zip = "tests/fixtures/emergency-restore.zip", roles = [] }
    databases         = { orders = { kind = "aurora", identifier = "prod-orders" } }
    kms_key_arns      = []
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.emergency_restore.json).Statement :
      alltrue([for action in flatten([statement.Action]) : !can(regex("^(backup:|iam:|kms:CreateGrant)", action))]) if statement.Effect == "Allow"
    ])
    error_message = "A right that nothing needs: ${data.aws_iam_policy_document.emergency_restore.json}"
  }
}

run "data_check_looks_into_recoveries_and_inspections_where_there_are_any" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(data.aws_iam_policy_document.data_check.json).Statement : values(statement.Condition.ArnLike)
      if statement.Effect == "Allow" && contains(flatten([statement.Action]), "secretsmanager:GetSecretValue")
      ])) == toset([
      for name in ["cluster:drill-*", "cluster:recovery-*", "cluster:inspect-*", "db:drill-*", "db:recovery-*", "db:inspect-*"] :
      "arn:aws:rds:ap-northeast-1:123456789012:${name}"
    ])
    error_message = "Passwords: ${data.aws_iam_policy_document.data_check.json}"
  }
}

run "in_an_emergency_there_is_a_command_to_paste" {
  command = plan

  variables {
    name_prefix = "staging-"
  }

  assert {
    condition     = output.in_an_emergency == "aws lambda invoke --region ap-northeast-1 --function-name staging-emergency-restore --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout"
    error_message = "It is ${coalesce(output.in_an_emergency, "none")}"
  }

  assert {
    condition     = output.functions.emergency_restore == "staging-emergency-restore"
    error_message = "Names: ${jsonencode(output.functions)}"
  }

  assert {
    condition     = toset(values(aws_cloudwatch_event_target.emergency_restore)[*].rule) == toset(["staging-emergency-restore-tick", "staging-emergency-restore-rds"])
    error_message = "It is woken by others"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.emergency_restore_silent : alarm.treat_missing_data == "breaching"]) && length(aws_cloudwatch_metric_alarm.emergency_restore_silent) == 1
    error_message = "Nobody hears when it is dead"
  }
}

run "a_switch_stops_it" {
  command = plan

  variables {
    emergency_restore = { zip = "tests/fixtures/emergency-restore.zip", enabled = false }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.emergency_restore_tick[0].state == "DISABLED" && aws_cloudwatch_event_rule.emergency_restore_rds[0].state == "DISABLED" && length(aws_cloudwatch_metric_alarm.emergency_restore_silent) == 0
    error_message = "It is woken all the same, or its silence is an alarm"
  }
}

# Every part of it, and six databases that it may cut over
run "six_databases_fit_into_the_role" {
  command = plan

  variables {
    emergency_cut_over = true
    databases = {
      for number in range(6) : "orders-${number}" => {
        kind       = number < 4 ? "aurora" : "rds"
        identifier = "production-orders-${number}"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }] }
      }
    }
  }

  assert {
    condition = (
      length(jsonencode(jsondecode(data.aws_iam_policy_document.emergency_restore.json))) <= 9000
      && length(jsonencode(jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json))) <= 6144
    )
    error_message = "Too long for IAM: ${length(jsonencode(jsondecode(data.aws_iam_policy_document.emergency_restore.json)))}, ${length(jsonencode(jsondecode(data.aws_iam_policy_document.emergency_restore_fence.json)))}"
  }
}
