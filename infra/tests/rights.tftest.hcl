# The policy documents as AWS would get them: made by the real provider, which needs no AWS for that. Nothing is applied.

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
  target = data.aws_vpc.data_check
  values = {
    cidr_block_associations = [
      { association_id = "vpc-cidr-assoc-1", cidr_block = "10.0.0.0/16", state = "associated" },
      { association_id = "vpc-cidr-assoc-2", cidr_block = "10.1.0.0/16", state = "disassociated" },
    ]
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
  databases = {
    orders  = { kind = "aurora", identifier = "Prod-Orders" }
    billing = { kind = "rds", identifier = "prod-billing" }
    ledger = {
      kind       = "rds"
      identifier = "prod-ledger"
      sandbox    = { login = { method = "iam", database = "app", user = "lifeboat_probe" } }
    }
  }
}

run "nothing_outside_our_names_is_ever_changed" {
  command = plan

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : (
        statement.Effect == "Deny"
        && length(setsubtract(["rds:Delete*", "rds:Modify*", "rds:Stop*", "rds:RemoveTagsFromResource"], statement.Action)) == 0
        && !contains(keys(statement), "Condition")
        && toset([for arn in statement.NotResource : arn if can(regex(":(cluster|db|cluster-snapshot|snapshot):", arn))]) == toset([
          "arn:aws:rds:ap-northeast-1:123456789012:cluster:drill-*",
          "arn:aws:rds:ap-northeast-1:123456789012:cluster:inspect-*",
          "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:drill-*",
          "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:inspect-*",
          "arn:aws:rds:ap-northeast-1:123456789012:db:drill-*",
          "arn:aws:rds:ap-northeast-1:123456789012:db:inspect-*",
        ])
      ) if statement.Sid == "NeverOutsideOurNames"
    ])
    error_message = "The deny statement is not what it has to be: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement :
      # A group is used, not changed: what changes one is an action of another name
      alltrue([for arn in flatten([statement.Resource]) : can(regex(":((cluster|db|cluster-snapshot):(drill|inspect)-|(subgrp|cluster-pg|pg|og):)\\*$", arn))])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:(Delete|Modify|Start)", action))])
    ])
    error_message = "Something that changes databases reaches beyond copies"
  }
}

# Rows of who may be tagged as what: the name of the statement is nothing, its conditions are all.
run "production_is_never_tagged_and_a_copy_only_as_a_drill" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : (
        alltrue([for arn in flatten([statement.Resource]) : can(regex(":(cluster|db):drill-\\*$", arn))])
        && statement.Condition.StringEquals == { "aws:RequestTag/lifeboat:purpose" = "drill" }
        && statement.Condition.StringEqualsIfExists == { "aws:ResourceTag/lifeboat:purpose" = "drill" }
      ) if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("Tag", action)) && startswith(action, "rds:")])
    ])
    error_message = "Something else can be tagged: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement :
      contains(statement.Action, "rds:AddTagsToResource") && contains(statement.Action, "rds:RemoveTagsFromResource")
      if statement.Sid == "NeverOutsideOurNames"
    ])
    error_message = "Tags outside our names are not denied"
  }
}

run "without_a_drill_of_a_recovery_point_aws_backup_is_not_asked" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }] }
        sandbox    = { restore_role = "arn:aws:iam::123456789012:role/restore" }
        drills     = { weekly = {} }
      }
    }
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.restore_drill.json, "\"backup:") && !strcontains(data.aws_iam_policy_document.restore_drill.json, "awsbackup") && !strcontains(data.aws_iam_policy_document.restore_drill.json, "iam:PassRole")
    error_message = "A right that nothing needs"
  }
}

run "a_recovery_point_is_restored_with_the_roles_of_the_policy_and_no_others" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }, { vault = "Second_1", newest_hours = 26 }] }
        sandbox    = { restore_role = "arn:aws:iam::123456789012:role/restore" }
        drills = {
          weekly    = { first = true }
          quarterly = { source = "recovery_point" }
          dr-yearly = { source = "recovery_point", region = "us-west-2", sandbox = { restore_role = "arn:aws:iam::123456789012:role/dr/restore" } }
        }
      }
      ledger = {
        kind       = "rds"
        identifier = "prod-ledger"
        backups    = { recovery_points = [{ vault = "prod", newest_hours = 26 }] }
        drills     = { monthly = { source = "recovery_point" } }
      }
      billing = { kind = "rds", identifier = "prod-billing", sandbox = { restore_role = "arn:aws:iam::123456789012:role/unused" } }
    }
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : (
        toset(statement.Resource) == toset([
          "arn:aws:iam::123456789012:role/restore",
          "arn:aws:iam::123456789012:role/dr/restore",
          "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole",
        ])
        && statement.Condition == { StringEquals = { "iam:PassedToService" = "backup.amazonaws.com" } }
      ) if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "Another role, or another service: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : toset(statement.Resource)
      if contains(flatten([statement.Action]), "backup:ListRecoveryPointsByBackupVault")
      ]) == toset([
      "arn:aws:backup:ap-northeast-1:123456789012:backup-vault:prod",
      "arn:aws:backup:ap-northeast-1:123456789012:backup-vault:Second_1",
      "arn:aws:backup:us-west-2:123456789012:backup-vault:prod",
      "arn:aws:backup:us-west-2:123456789012:backup-vault:Second_1",
    ])
    error_message = "Vaults: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : toset(statement.Resource)
      if contains(flatten([statement.Action]), "backup:StartRestoreJob")
      ]) == toset([
      "arn:aws:rds:*:123456789012:cluster-snapshot:awsbackup:*",
      "arn:aws:rds:*:123456789012:snapshot:awsbackup:*",
      "arn:aws:backup:*:123456789012:recovery-point:*",
    ])
    error_message = "Recovery points: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  # The whole of it, with three databases and two regions, leaves space for ten more databases
  assert {
    condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.restore_drill.json))) <= 8200
    error_message = "Too long for IAM: ${length(jsonencode(jsondecode(data.aws_iam_policy_document.restore_drill.json)))}"
  }
}

run "a_drill_in_another_region_has_the_same_fence_there" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        drills     = { weekly = { first = true }, dr-yearly = { source = "latest_snapshot", region = "us-west-2" }, here = { source = "latest_snapshot", region = "ap-northeast-1" } }
      }
    }
  }

  # * for the region of copies is worth no more than the two regions that drills restore in
  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : (
        statement.Effect == "Deny"
        && toset(statement.Action) == toset(["rds:*", "backup:*", "lambda:*", "kms:*", "secretsmanager:*"])
        && statement.Resource == "*"
        && { for key, value in statement.Condition.StringNotEquals : key => toset(value) } == { "aws:RequestedRegion" = toset(["ap-northeast-1", "us-west-2"]) }
      ) if statement.Sid == "OnlyWhereDrillsAre"
    ])
    error_message = "Other regions: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : alltrue([
        for arn in flatten([try(statement.Resource, []), try(statement.NotResource, [])]) : startswith(arn, "arn:aws:rds:*:123456789012:")
        if can(regex(":((cluster|db|cluster-snapshot):(drill|inspect)-|(subgrp|cluster-pg|pg|og|cluster-snapshot|snapshot):)\\*$", arn))
      ])
    ])
    error_message = "A statement about copies leaves a region out: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  # Production is here, and nothing of another region can be taken for it
  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement :
      toset([for arn in statement.Resource : arn if can(regex(":(cluster|db|cluster-auto-backup|auto-backup):", arn))]) == toset([
        "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders",
        "arn:aws:rds:ap-northeast-1:123456789012:cluster-auto-backup:*",
        "arn:aws:rds:ap-northeast-1:123456789012:auto-backup:*",
      ]) if statement.Sid == "RestoreFromProtectedOnly"
    ])
    error_message = "Sources: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition     = strcontains(data.aws_iam_policy_document.restore_drill.json, "\"rds.us-west-2.*\"") && strcontains(data.aws_iam_policy_document.restore_drill.json, "\"arn:aws:lambda:*:123456789012:function:data-check\"")
    error_message = "Keys or data-check are not reached in the other region"
  }
}

run "documentdb_has_a_build_of_data_check_of_its_own" {
  command = plan

  variables {
    databases = {
      orders   = { kind = "aurora", identifier = "prod-orders" }
      profiles = { kind = "documentdb", identifier = "prod-profiles" }
    }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  override_data {
    target = module.data_check_documentdb[0].data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement : toset(statement.Resource)
      if contains(flatten([statement.Action]), "lambda:InvokeFunction")
      ]) == toset([
      "arn:aws:lambda:ap-northeast-1:123456789012:function:data-check",
      "arn:aws:lambda:ap-northeast-1:123456789012:function:data-check-documentdb",
    ])
    error_message = "restore-drill may ask others, or not both: ${data.aws_iam_policy_document.restore_drill.json}"
  }

  assert {
    condition     = output.functions.data_check_documentdb == "data-check-documentdb"
    error_message = "Names: ${jsonencode(output.functions)}"
  }
}

run "a_restore_takes_from_what_is_protected" {
  command = plan

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.restore_drill.json).Statement :
      toset([for arn in statement.Resource : arn if can(regex(":(cluster|db):", arn))]) == toset([
        "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders",
        "arn:aws:rds:ap-northeast-1:123456789012:db:prod-billing",
        "arn:aws:rds:ap-northeast-1:123456789012:db:prod-ledger",
      ]) if statement.Sid == "RestoreFromProtectedOnly"
    ])
    error_message = "Sources: ${data.aws_iam_policy_document.restore_drill.json}"
  }
}

run "data_check_reads_passwords_of_drills_only_and_logs_in_as_one_user" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.data_check.json).Statement :
      can(regex(":(cluster|db):drill-\\*$", one(values(statement.Condition.ArnLike))))
      && statement.Condition.StringEquals == { "secretsmanager:ResourceTag/aws:secretsmanager:owningService" = "rds" }
      if statement.Effect == "Allow" && contains(flatten([statement.Action]), "secretsmanager:GetSecretValue")
    ])
    error_message = "A password of something else can be read"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.data_check.json).Statement : statement.Resource
      if statement.Sid == "LogInAsDrillUsers"
      ]) == [
      "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:db-*/lifeboat_probe",
      "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:cluster-*/lifeboat_probe",
    ]
    error_message = "Logins: ${data.aws_iam_policy_document.data_check.json}"
  }
}

run "without_logins_by_iam_nobody_logs_in_by_iam" {
  command = plan

  variables {
    databases = {
      orders = { kind = "aurora", identifier = "prod-orders", sandbox = { login = { method = "managed_secret", database = "app" } } }
    }
    kms_key_arns = []
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.data_check.json, "rds-db:connect")
    error_message = "A right that nothing needs"
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.restore_drill.json, "kms:CreateGrant")
    error_message = "A right that nothing needs"
  }
}

run "data_check_connects_to_databases_of_its_vpc_and_to_aws" {
  command = plan

  assert {
    condition = toset([
      for rule in aws_vpc_security_group_egress_rule.databases : "${rule.from_port}-${rule.to_port} ${rule.cidr_ipv4}"
    ]) == toset(["5432-5432 10.0.0.0/16", "3306-3306 10.0.0.0/16", "27017-27017 10.0.0.0/16"])
    error_message = "Wrong ways to databases"
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.https : rule.cidr_ipv4]) == toset(["10.0.0.0/16"])
    error_message = "A function that reads data has no business on the internet"
  }
}

run "a_second_deployment_has_names_of_its_own" {
  command = plan

  variables {
    name_prefix = "staging-"
  }

  assert {
    condition     = output.functions == { restore_drill = "staging-restore-drill", data_check = "staging-data-check" }
    error_message = "Names: ${jsonencode(output.functions)}"
  }

  assert {
    condition     = strcontains(data.aws_iam_policy_document.restore_drill.json, "arn:aws:lambda:ap-northeast-1:123456789012:function:staging-data-check\"")
    error_message = "restore-drill asks another deployment's data-check"
  }

  assert {
    condition     = strcontains(data.aws_iam_policy_document.restore_drill.json, "arn:aws:s3:::staging-lifeboat-123456789012-ap-northeast-1/policy.json\"")
    error_message = "restore-drill reads another deployment's policy"
  }
}
