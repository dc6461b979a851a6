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
      alltrue([for arn in flatten([statement.Resource]) : can(regex(":(cluster|db|cluster-snapshot):(drill|inspect)-\\*$", arn))])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:(Delete|Modify|Start)", action))])
    ])
    error_message = "Something that changes databases reaches beyond copies"
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
