# What drills in another region need there: data-check inside that region's VPC, and a vault that copies of AWS Backup go to. Called with
# a provider of that region, beside the root module of the home region (examples/dr-region).

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

data "aws_vpc" "this" {
  count = local.checks ? 1 : 0
  id    = var.data_check.vpc_id
}

locals {
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name
  account    = data.aws_caller_identity.current.account_id
  rds        = "arn:${local.partition}:rds:${local.region}:${local.account}"
  secrets    = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret"
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket}"

  checks = var.data_check != null

  # restore-drill calls data-check by the home region's name, and its build for DocumentDB by this ending
  packages = !local.checks ? {} : {
    for ending, zip in { "" = var.data_check.zip, "-documentdb" = var.data_check.documentdb_zip } : ending => zip if zip != null
  }

  database_ports = { postgres = 5432, mysql = 3306, documentdb = 27017 }
  vpc_cidrs = flatten([
    for vpc in data.aws_vpc.this : [for association in vpc.cidr_block_associations : association.cidr_block if association.state == "associated"]
  ])
}

module "data_check" {
  source   = "../lambda_function"
  for_each = local.packages

  function_name      = "${var.name_prefix}data-check${each.key}"
  description        = "Lifeboat: asks copies in this region the questions of the policy"
  zip                = each.value
  architecture       = var.architecture
  memory_mb          = var.data_check.memory_mb
  timeout_seconds    = 900
  log_retention_days = var.log_retention_days
  log_level          = var.log_level
  alarm_topic_arn    = aws_sns_topic.alarms[0].arn
  policy_json        = data.aws_iam_policy_document.data_check.json
  async_retries      = 0

  vpc = {
    subnet_ids         = var.data_check.subnet_ids
    security_group_ids = [aws_security_group.data_check[0].id]
  }

  environment = {
    LIFEBOAT_BUCKET        = var.bucket
    LIFEBOAT_BUCKET_REGION = var.home_region
  }
}

# As data_check.tf says it for the home region; tests/tests/infra_examples.rs holds the two to the same actions.
data "aws_iam_policy_document" "data_check" {
  statement {
    sid       = "ReadAndWriteAnswers"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.bucket_arn}/checks/*"]
  }

  statement {
    sid       = "ReadPasswordsOfDrillClusters"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.secrets}:rds!cluster-*"]

    condition {
      test     = "StringEquals"
      variable = "secretsmanager:ResourceTag/aws:secretsmanager:owningService"
      values   = ["rds"]
    }

    condition {
      test     = "ArnLike"
      variable = "secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn"
      values   = ["${local.rds}:cluster:drill-*"]
    }
  }

  statement {
    sid       = "ReadPasswordsOfDrillInstances"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["${local.secrets}:rds!db-*"]

    condition {
      test     = "StringEquals"
      variable = "secretsmanager:ResourceTag/aws:secretsmanager:owningService"
      values   = ["rds"]
    }

    condition {
      test     = "ArnLike"
      variable = "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn"
      values   = ["${local.rds}:db:drill-*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.iam_users) > 0 ? [var.iam_users] : []

    content {
      sid     = "LogInAsDrillUsers"
      actions = ["rds-db:connect"]
      # *: the resource id of a copy is not known before there is a copy. The user's own rights are the fence: give it SELECT alone.
      resources = flatten([
        for user in statement.value : [
          for kind in ["cluster", "db"] : "arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:${kind}-*/${user}"
        ]
      ])
    }
  }

  statement {
    sid    = "NeverChangeDatabases"
    effect = "Deny"
    actions = [
      "rds:Delete*",
      "rds:Modify*",
      "rds:Create*",
      "rds:Restore*",
      "rds:Stop*",
      "rds:Start*",
      "rds:Reboot*",
      "rds:Failover*",
      "rds:Promote*",
      "rds:Switchover*",
      "rds:AddTagsToResource",
      "rds:RemoveTagsFromResource",
      "s3:Delete*",
    ]
    resources = ["*"]
  }
}

# --- network ----------------------------------------------------------------------------------------------------------

resource "aws_security_group" "data_check" {
  #checkov:skip=CKV2_AWS_5: attached by modules/lambda_function, to which its id goes
  count = local.checks ? 1 : 0

  name        = "${var.name_prefix}lifeboat-data-check"
  description = "data-check: to databases of this VPC and to AWS, from nowhere"
  vpc_id      = var.data_check.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "databases" {
  for_each = {
    for pair in setproduct(keys(local.database_ports), local.vpc_cidrs) :
    "${pair[0]} ${pair[1]}" => { port = local.database_ports[pair[0]], cidr = pair[1] }
  }

  security_group_id = aws_security_group.data_check[0].id
  description       = "Copies in the VPC"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

# The bucket is in the home region, which no gateway endpoint of this one reaches: through a NAT, or peering with its endpoint
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = toset(concat(local.vpc_cidrs, try(var.data_check.https_cidrs, [])))

  security_group_id = aws_security_group.data_check[0].id
  description       = "Endpoints of AWS, and the bucket in the home region"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

# --- alarms -----------------------------------------------------------------------------------------------------------

# An alarm reaches topics of its own region only
resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26: alarms of the functions in this region, which carry names and counters; a key of its own would cost more than all else here
  count = local.checks ? 1 : 0

  name = "${var.name_prefix}lifeboat-alarms"
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = local.checks ? var.alert_emails : []

  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = each.value
}

# --- vault ------------------------------------------------------------------------------------------------------------

module "backup_vault" {
  source = "../backup_vault"
  count  = var.backup_vault == null ? 0 : 1

  name    = var.backup_vault.name
  key_arn = var.backup_vault.key_arn
  lock    = var.backup_vault.lock
}
