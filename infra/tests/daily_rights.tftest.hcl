# The rights of the two daily functions, as AWS would get them: made by the real provider. Nothing is applied.

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
  target = module.backup_check[0].data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.snapshot_lifecycle[0].data.aws_caller_identity.current
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
  alert_emails       = ["dba@example.com"]
  restore_drill      = { zip = "tests/fixtures/restore-drill.zip" }
  backup_check       = { zip = "tests/fixtures/backup-check.zip" }
  snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  databases = {
    orders = {
      kind       = "aurora"
      identifier = "Prod-Orders"
      snapshots  = { patterns = ["pre-maintenance-*", "Manual-Backup-*"], copy_to = { region = "us-west-2" } }
    }
    billing = { kind = "rds", identifier = "prod-billing", snapshots = { patterns = ["before-*"] } }
  }
}

run "backup_check_changes_nothing_unless_it_is_told_to" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.backup_check.json).Statement :
      alltrue([for action in flatten([statement.Action]) : can(regex("^(rds:Describe|cloudwatch:(Get|Put)MetricData|kms:DescribeKey|backup:(Describe|List|Get)|s3:(Get|Put)Object|s3:ListBucket|sns:Publish)", action))])
      if statement.Effect == "Allow"
    ])
    error_message = "A right to change something: ${data.aws_iam_policy_document.backup_check.json}"
  }
}

run "with_remediation_it_reaches_what_the_policy_names_and_no_more" {
  command = plan

  variables {
    checkup = { remediate = { retention = true } }
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.backup_check.json).Statement :
      toset([for arn in statement.Resource : arn if can(regex(":(cluster|db):", arn))]) == toset([
        "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders",
        "arn:aws:rds:ap-northeast-1:123456789012:db:prod-billing",
      ])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:Modify", action))])
    ])
    error_message = "It reaches something else: ${data.aws_iam_policy_document.backup_check.json}"
  }
}

run "snapshots_are_let_go_by_the_policys_names_and_copies_by_name_and_tag" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(data.aws_iam_policy_document.snapshot_lifecycle.json).Statement : statement.Resource
      if statement.Effect == "Allow" && statement.Sid == "LetGoByThePolicysNames"
      ])) == toset([
      "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:pre-maintenance-*",
      "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:manual-backup-*",
      "arn:aws:rds:ap-northeast-1:123456789012:snapshot:before-*",
    ])
    error_message = "Other snapshots can be deleted: ${data.aws_iam_policy_document.snapshot_lifecycle.json}"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.snapshot_lifecycle.json).Statement :
      statement.Sid == "LetGoByThePolicysNames" || statement.Sid == "UseGroupsWhileSweeping" || can(statement.Condition.StringEquals["aws:ResourceTag/lifeboat:purpose"])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:(Delete|Modify|Start[^E])", action))])
    ])
    error_message = "Something is deleted without a tag that says that it is ours"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.snapshot_lifecycle.json).Statement :
      alltrue([for arn in flatten([statement.Resource]) : !can(regex(":(cluster|db):(\\*|prod)", arn))])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : can(regex("^rds:(Delete|Modify|Start[^E])", action))])
    ])
    error_message = "A protected database can be reached"
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.snapshot_lifecycle.json).Statement :
      statement.Effect == "Deny" && length(setsubtract(["rds:DeleteDBClusterSnapshot", "rds:DeleteDBSnapshot"], statement.Action)) == 0
      && length([for arn in statement.Resource : arn if endswith(arn, ":rds:*") || endswith(arn, ":awsbackup:*")]) == 4
      if statement.Sid == "NeverAutomatedOrAwsBackups"
    ])
    error_message = "Automated snapshots are not denied"
  }
}

run "without_roles_for_exports_nothing_is_exported_and_no_role_handed_over" {
  command = plan

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.snapshot_lifecycle.json, "StartExportTask") && !strcontains(data.aws_iam_policy_document.snapshot_lifecycle.json, "iam:PassRole")
    error_message = "A right that nothing needs"
  }
}

run "an_export_hands_over_the_named_roles_and_no_others" {
  command = plan

  variables {
    snapshot_lifecycle = {
      zip          = "tests/fixtures/snapshot-lifecycle.zip"
      export_roles = ["arn:aws:iam::123456789012:role/archive"]
      export_keys  = ["arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d"]
    }
  }

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.snapshot_lifecycle.json).Statement :
      flatten([statement.Resource]) == ["arn:aws:iam::123456789012:role/archive"] && statement.Condition.StringEquals == { "iam:PassedToService" = "export.rds.amazonaws.com" }
      if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "Another role can be handed over: ${data.aws_iam_policy_document.snapshot_lifecycle.json}"
  }
}

run "without_copies_nothing_reaches_another_region" {
  command = plan

  variables {
    databases = {
      orders = { kind = "aurora", identifier = "prod-orders", snapshots = { patterns = ["pre-maintenance-*"] } }
    }
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.snapshot_lifecycle.json, ":rds:*:") && !strcontains(data.aws_iam_policy_document.snapshot_lifecycle.json, "CopyDB")
    error_message = "Another region can be reached: ${data.aws_iam_policy_document.snapshot_lifecycle.json}"
  }
}

run "both_fit_into_a_role" {
  command = plan

  assert {
    condition     = length(data.aws_iam_policy_document.snapshot_lifecycle.minified_json) < 9500 && length(data.aws_iam_policy_document.backup_check.minified_json) < 9500
    error_message = "IAM holds 10,240 characters for a role: ${length(data.aws_iam_policy_document.snapshot_lifecycle.minified_json)}, ${length(data.aws_iam_policy_document.backup_check.minified_json)}"
  }
}
