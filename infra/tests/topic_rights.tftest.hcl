# Who may publish, and with which key: the documents as AWS would get them, made by the real provider. Nothing is applied.

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

run "the_key_is_for_messages_of_this_topic_and_for_nothing_else" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.topic_key.json).Statement :
      toset(flatten([statement.Action])) == toset(["kms:GenerateDataKey*", "kms:Decrypt"])
      && statement.Condition.StringEquals["kms:EncryptionContext:aws:sns:topicArn"] == "arn:aws:sns:ap-northeast-1:123456789012:lifeboat"
      if statement.Sid != "AdministeredByThisAccount"
    ])
    error_message = "The key opens something else: ${data.aws_iam_policy_document.topic_key.json}"
  }

  # Alarms and rules come as services; functions as themselves, of this account and through SNS alone
  assert {
    condition = (
      toset(flatten([for statement in jsondecode(data.aws_iam_policy_document.topic_key.json).Statement : statement.Principal.Service if statement.Sid == "ServicesThatPublish"])) == toset(["cloudwatch.amazonaws.com", "events.amazonaws.com"])
      && one([
        for statement in jsondecode(data.aws_iam_policy_document.topic_key.json).Statement :
        statement.Condition.StringEquals["kms:CallerAccount"] == "123456789012" && statement.Condition.StringEquals["kms:ViaService"] == "sns.ap-northeast-1.amazonaws.com"
        if statement.Sid == "PublishersOfThisAccount"
      ])
    )
    error_message = "Somebody else publishes, or somebody cannot: ${data.aws_iam_policy_document.topic_key.json}"
  }
}

run "only_this_accounts_alarms_and_this_modules_rules_publish" {
  command = plan

  assert {
    condition = { for statement in jsondecode(data.aws_iam_policy_document.topic.json).Statement : statement.Principal.Service => statement.Condition if statement.Effect == "Allow" } == {
      "cloudwatch.amazonaws.com" = { StringEquals = { "aws:SourceAccount" = "123456789012" } }
      "events.amazonaws.com"     = { ArnLike = { "aws:SourceArn" = "arn:aws:events:ap-northeast-1:123456789012:rule/lifeboat-*" } }
    }
    error_message = "Others may publish: ${data.aws_iam_policy_document.topic.json}"
  }
}

# A deny of kms:Decrypt without an exception would silence the very function that tells of broken backups
run "backup_check_decrypts_nothing_but_may_send_its_mail" {
  command = plan

  assert {
    condition = one([
      for statement in jsondecode(data.aws_iam_policy_document.backup_check.json).Statement :
      statement.Resource == "*" && statement.Condition == { StringNotEquals = { "kms:ViaService" = "sns.ap-northeast-1.amazonaws.com" } }
      if statement.Effect == "Deny" && contains(flatten([statement.Action]), "kms:Decrypt")
    ])
    error_message = "It decrypts more, or cannot send: ${data.aws_iam_policy_document.backup_check.json}"
  }
}

run "the_pipe_takes_from_its_queue_and_puts_on_the_bus_as_lifeboat" {
  command = plan

  assert {
    condition = { for statement in jsondecode(data.aws_iam_policy_document.pipe.json).Statement : statement.Sid => statement.Resource } == {
      TakeMessages    = "arn:aws:sqs:ap-northeast-1:123456789012:lifeboat-to-bus"
      PutThemOnTheBus = "arn:aws:events:ap-northeast-1:123456789012:event-bus/default"
    }
    error_message = "The pipe reaches other things: ${data.aws_iam_policy_document.pipe.json}"
  }
}
