# data-check: asks the data of copies, from inside their VPC. It may read data; it may not change or delete anything.

locals {
  data_check_name = "${var.name_prefix}data-check"

  # DocumentDB's driver weighs as much as all the rest, so it is in a build of its own. restore-drill finds that by this ending.
  data_check_documentdb_name = "${local.data_check_name}-documentdb"
  has_documentdb             = anytrue([for database in var.databases : database.kind == "documentdb"])
  data_check_names           = concat([local.data_check_name], local.has_documentdb ? [local.data_check_documentdb_name] : [])

  # Ports that the supported engines listen on: PostgreSQL, MySQL and MariaDB, DocumentDB
  database_ports = { postgres = 5432, mysql = 3306, documentdb = 27017 }

  # Whose passwords it may read: those of what is made to be looked into. A recovery's is production's once somebody has cut over to it.
  asked_copies = concat(
    ["drill-*"], var.emergency_restore == null ? [] : ["recovery-*", "inspect-*"],
    length(local.tested_kinds) > 0 ? ["awsbackup-restore-test-*"] : [],
  )

  # Users of logins by IAM, of databases and of drills that have a login of their own
  iam_users = sort(distinct(flatten([
    for database in var.databases : [
      for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
      sandbox.login.user if try(sandbox.login.user, null) != null
    ]
  ])))
}

module "data_check" {
  source = "./modules/lambda_function"

  function_name        = local.data_check_name
  description          = "Lifeboat: asks a restored copy's data the questions of the policy, read-only, from inside the VPC"
  zip                  = var.data_check.zip
  architecture         = var.architecture
  enabled              = var.data_check.enabled
  reserved_concurrency = var.data_check.reserved_concurrency
  memory_mb            = var.data_check.memory_mb
  timeout_seconds      = 900 # Lambda's longest: counting rows of a large table takes its time
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.data_check.json

  # restore-drill asks again where that may help; a retry of Lambda's own would only load the copy twice
  async_retries = 0

  vpc = {
    subnet_ids         = var.data_check.subnet_ids
    security_group_ids = [aws_security_group.data_check.id]
  }

  environment = {
    LIFEBOAT_BUCKET = aws_s3_bucket.lifeboat.id
  }
}

module "data_check_documentdb" {
  source = "./modules/lambda_function"
  count  = local.has_documentdb ? 1 : 0

  function_name        = local.data_check_documentdb_name
  description          = "Lifeboat: data-check for copies of DocumentDB"
  zip                  = var.data_check_documentdb.zip
  architecture         = var.architecture
  enabled              = var.data_check.enabled
  reserved_concurrency = var.data_check_documentdb.reserved_concurrency
  memory_mb            = var.data_check_documentdb.memory_mb
  timeout_seconds      = 900
  log_retention_days   = var.log_retention_days
  log_level            = var.log_level
  alarm_topic_arn      = aws_sns_topic.lifeboat.arn
  policy_json          = data.aws_iam_policy_document.data_check.json # the same questions, the same rights
  async_retries        = 0

  vpc = {
    subnet_ids         = var.data_check.subnet_ids
    security_group_ids = [aws_security_group.data_check.id]
  }

  environment = {
    LIFEBOAT_BUCKET = aws_s3_bucket.lifeboat.id
  }
}

# --- what they may do -------------------------------------------------------------------------------------------------

# tests/tests/infra holds the allowed actions to exactly what the function calls.
data "aws_iam_policy_document" "data_check" {
  # Its own answers, and those of the earlier drill that it compares with. No list, and nothing else: its request says
  # everything, and what it found is all that it leaves.
  statement {
    sid       = "ReadAndWriteAnswers"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.bucket_arn}/checks/*"]
  }

  # Passwords that RDS manages, and only those of copies: RDS tags each of its secrets with the ARN of its database, and nobody
  # else can write tags that begin with aws:. The name alone would open production's password too, where RDS manages that.
  statement {
    sid       = "ReadPasswordsOfCopiedClusters"
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
      values   = [for name in local.asked_copies : "${local.rds}:cluster:${name}"]
    }
  }

  statement {
    sid       = "ReadPasswordsOfCopiedInstances"
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
      values   = [for name in local.asked_copies : "${local.rds}:db:${name}"]
    }
  }

  dynamic "statement" {
    for_each = length(local.iam_users) > 0 ? [local.iam_users] : []

    content {
      sid     = "LogInAsDrillUsers"
      actions = ["rds-db:connect"]
      # *: the resource id of a copy is not known before there is a copy. The user's own rights are the fence: give it SELECT alone.
      resources = flatten([
        for user in statement.value : [
          for kind in ["cluster", "db"] :
          "arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:${kind}-*/${user}"
        ]
      ])
    }
  }

  # Who reads data cannot delete anything
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

# --- where it may connect to ------------------------------------------------------------------------------------------

data "aws_vpc" "data_check" {
  id = var.data_check.vpc_id
}

data "aws_ec2_managed_prefix_list" "s3" {
  name = "com.amazonaws.${local.region}.s3"
}

resource "aws_security_group" "data_check" {
  #checkov:skip=CKV2_AWS_5: attached by modules/lambda_function, to which its id goes
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

  security_group_id = aws_security_group.data_check.id
  description       = "Copies in the VPC"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr
}

resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = toset(concat(local.vpc_cidrs, var.data_check.https_cidrs))

  security_group_id = aws_security_group.data_check.id
  description       = "Endpoints of AWS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.data_check.id
  description       = "S3 through its gateway endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = data.aws_ec2_managed_prefix_list.s3.id
}

locals {
  vpc_cidrs = [for association in data.aws_vpc.data_check.cidr_block_associations : association.cidr_block if association.state == "associated"]
}

resource "aws_vpc_endpoint" "s3" {
  count = length(var.data_check.s3_endpoint_route_tables) > 0 ? 1 : 0

  vpc_id            = var.data_check.vpc_id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.data_check.s3_endpoint_route_tables
}

resource "aws_vpc_endpoint" "secrets" {
  count = var.data_check.make_secrets_endpoint ? 1 : 0

  vpc_id              = var.data_check.vpc_id
  service_name        = "com.amazonaws.${local.region}.secretsmanager"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.data_check.subnet_ids
  security_group_ids  = [aws_security_group.secrets_endpoint[0].id]
  private_dns_enabled = true
}

resource "aws_security_group" "secrets_endpoint" {
  count = var.data_check.make_secrets_endpoint ? 1 : 0

  name        = "${var.name_prefix}lifeboat-secrets-endpoint"
  description = "Secrets Manager for the whole VPC: its private name resolves to this endpoint for everybody"
  vpc_id      = var.data_check.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "secrets_endpoint" {
  for_each = var.data_check.make_secrets_endpoint ? toset(local.vpc_cidrs) : toset([])

  security_group_id = aws_security_group.secrets_endpoint[0].id
  description       = "Everybody in the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}
