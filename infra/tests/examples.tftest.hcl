# The examples, planned whole. What they render is read by the functions' own reader in tests/tests/infra_examples.rs; the minimal
# example is in policy.tftest.hcl.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "dr"
  source = "./tests/mocks"

  mock_data "aws_region" {
    defaults = { name = "us-west-2" }
  }

  mock_resource "aws_backup_vault" {
    defaults = { arn = "arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat" }
  }
}

variables {
  packages = "./tests/fixtures"
}

run "the_complete_example_renders_its_policy" {
  command = plan

  module {
    source = "./examples/complete"
  }

  assert {
    condition     = output.policy_json == file("./tests/fixtures/complete.policy.json")
    error_message = "The example renders ${output.policy_json}"
  }
}

run "the_example_of_another_region_renders_its_policy" {
  module {
    source = "./examples/dr-region"
  }

  assert {
    condition     = output.policy_json == file("./tests/fixtures/dr-region.policy.json")
    error_message = "The example renders ${output.policy_json}"
  }
}

run "another_region_gets_data_check_under_its_name_and_the_home_bucket" {
  providers = { aws = aws.dr }

  module {
    source = "./modules/dr_region"
  }

  variables {
    bucket       = "lifeboat-123456789012-ap-northeast-1"
    home_region  = "ap-northeast-1"
    alert_emails = ["dba@example.com"]
    data_check = {
      zip            = "tests/fixtures/data-check.zip"
      documentdb_zip = "tests/fixtures/data-check-documentdb.zip"
      vpc_id         = "vpc-9a1b2c3d4e5f60718"
      subnet_ids     = ["subnet-9a1b2c3d4e5f60718"]
    }
  }

  assert {
    condition     = toset(output.functions) == toset(["data-check", "data-check-documentdb"]) && output.vault_arn == null
    error_message = "restore-drill asks data-check by the name that it has at home: ${jsonencode(output.functions)}"
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.databases) == 3 && length(aws_vpc_security_group_egress_rule.https) == 1
    error_message = "data-check reaches other places"
  }
}

run "another_region_may_be_a_vault_alone" {
  providers = { aws = aws.dr }

  module {
    source = "./modules/dr_region"
  }

  variables {
    bucket       = "lifeboat-123456789012-ap-northeast-1"
    home_region  = "ap-northeast-1"
    backup_vault = { name = "lifeboat" }
  }

  assert {
    condition     = output.vault_arn == "arn:aws:backup:us-west-2:123456789012:backup-vault:lifeboat" && length(output.functions) == 0 && length(aws_sns_topic.alarms) == 0
    error_message = "More than a vault"
  }
}

run "another_region_is_another_one" {
  command   = plan
  providers = { aws = aws.dr }

  module {
    source = "./modules/dr_region"
  }

  variables {
    bucket      = "lifeboat-123456789012-us-west-2"
    home_region = "us-west-2"
  }

  expect_failures = [var.home_region]
}
