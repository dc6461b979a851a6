# The rights of table-backup, as AWS would get them: made by the real provider. Nothing is applied.
#
# The document as it is rendered here has to be exactly tests/fixtures/table-backup.iam.json: tests/tests/infra holds the same file to a
# table of what the function may and may not do.

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
  target = module.table_backup[0].data.aws_caller_identity.current
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
  table_backup  = { zip = "tests/fixtures/table-backup.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  databases = {
    warehouse = {
      kind       = "aurora"
      identifier = "prod-warehouse"
      sandbox    = { login = { method = "iam", database = "silver", user = "lifeboat_probe" } }
      live = {
        endpoint = "prod-warehouse.cluster-abc.ap-northeast-1.rds.amazonaws.com"
        database = "silver"
        engine   = "aurora-mysql"
        login    = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/warehouse-AbCdEf" }
      }
    }
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"
      live = {
        endpoint = "prod-orders.cluster-abc.ap-northeast-1.rds.amazonaws.com"
        database = "app"
        engine   = "aurora-postgresql"
        login    = { method = "iam", user = "lifeboat", resource_id = "cluster-ABCDEFGHIJKL01234" }
      }
    }
    ledger = {
      kind       = "rds"
      identifier = "prod-ledger"
      live = {
        endpoint = "prod-ledger.abc.ap-northeast-1.rds.amazonaws.com"
        database = "app"
        engine   = "postgres"
        login    = { method = "iam", user = "lifeboat_ledger" }
      }
    }
    billing = { kind = "rds", identifier = "prod-billing" }
  }
}

run "the_role_is_the_one_that_is_held_to_the_table" {
  command = plan

  assert {
    condition     = data.aws_iam_policy_document.table_backup.json == file("./tests/fixtures/table-backup.iam.json")
    error_message = "It is rendered as\n${data.aws_iam_policy_document.table_backup.json}"
  }
}

run "a_schedule_may_start_this_function_and_nothing_else" {
  command = plan

  assert {
    condition = toset([for it in jsondecode(data.aws_iam_policy_document.table_backup_schedule.json).Statement : "${it.Action} ${it.Resource}"]) == toset([
      "lambda:InvokeFunction arn:aws:lambda:ap-northeast-1:123456789012:function:table-backup",
      "sqs:SendMessage arn:aws:sqs:ap-northeast-1:123456789012:lifeboat-table-backup-not-started",
    ])
    error_message = "It may ${data.aws_iam_policy_document.table_backup_schedule.json}"
  }
}

run "logins_by_iam_open_no_secret" {
  command = plan

  variables {
    databases = {
      ledger = {
        kind       = "rds"
        identifier = "prod-ledger"
        live       = { endpoint = "prod-ledger.abc", database = "app", engine = "postgres", login = { method = "iam", user = "lifeboat_ledger" } }
      }
    }
  }

  assert {
    condition = length(setintersection(["secretsmanager:GetSecretValue", "kms:Decrypt"], flatten([
      for it in jsondecode(data.aws_iam_policy_document.table_backup.json).Statement : it.Action if it.Effect == "Allow"
    ]))) == 0
    error_message = "It may open ${data.aws_iam_policy_document.table_backup.json}"
  }
}

run "logins_by_a_secret_are_no_logins_by_iam" {
  command = plan

  variables {
    databases = {
      warehouse = {
        kind       = "aurora"
        identifier = "prod-warehouse"
        live = {
          endpoint = "prod-warehouse.cluster-abc"
          database = "silver"
          engine   = "mariadb"
          login    = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/warehouse-AbCdEf" }
        }
      }
    }
  }

  assert {
    condition = !contains(flatten([
      for it in jsondecode(data.aws_iam_policy_document.table_backup.json).Statement : it.Action if it.Effect == "Allow"
    ]), "rds-db:connect")
    error_message = "It may log in: ${data.aws_iam_policy_document.table_backup.json}"
  }
}
