# AWS Backup, as an option: a vault, a plan of three tiers, who is backed up, and restore tests. RDS' own backups stay what they are;
# this is a second copy under another lock, and the way into another region.
#
# No tier has cold storage: AWS Backup ignores it for RDS, Aurora and DocumentDB, and a year stays a year at the snapshot's price.

locals {
  backup_vault_name = coalesce(try(var.aws_backup.vault_name, null), "${var.name_prefix}lifeboat")

  # In UTC, as RDS' own window is: with daylight saving the two would meet once a year
  backup_tiers = var.aws_backup == null ? {} : {
    for name, it in {
      daily   = { at = try(var.aws_backup.daily.at, null), keep_days = try(var.aws_backup.daily.keep_days, null), on = "? * * *" }
      weekly  = { at = try(var.aws_backup.weekly.at, null), keep_days = try(var.aws_backup.weekly.keep_days, null), on = "? * ${try(var.aws_backup.weekly.day, "")} *" }
      monthly = { at = try(var.aws_backup.monthly.at, null), keep_days = try(var.aws_backup.monthly.keep_days, null), on = "${try(var.aws_backup.monthly.day, "")} * ? *" }
    } : name => it if coalesce(it.keep_days, 0) > 0
  }
  backup_start_window = try(var.aws_backup.start_window_minutes, 60)

  database_arns = {
    for name, database in var.databases : name => "${local.rds}:${database.kind == "rds" ? "db" : "cluster"}:${lower(database.identifier)}"
  }

  # The kinds of databases that restore tests are for, by AWS Backup's names
  tested_kinds = try(var.aws_backup.restore_testing, null) == null ? {} : {
    for kind, name in { aurora = "Aurora", rds = "RDS", documentdb = "DocumentDB" } : kind => name
    if contains([for database in var.databases : database.kind], kind)
  }
}

module "backup_vault" {
  source = "./modules/backup_vault"
  count  = var.aws_backup == null ? 0 : 1

  name    = local.backup_vault_name
  key_arn = var.aws_backup.vault_key_arn
  lock    = var.aws_backup.lock
}

# --- plan -------------------------------------------------------------------------------------------------------------

resource "aws_backup_plan" "lifeboat" {
  count = var.aws_backup == null ? 0 : 1

  name = "${var.name_prefix}lifeboat"

  dynamic "rule" {
    for_each = local.backup_tiers

    content {
      rule_name                    = rule.key
      target_vault_name            = module.backup_vault[0].name
      schedule                     = "cron(${tonumber(split(":", rule.value.at)[1])} ${tonumber(split(":", rule.value.at)[0])} ${rule.value.on})"
      schedule_expression_timezone = "Etc/UTC"
      start_window                 = local.backup_start_window
      completion_window            = var.aws_backup.completion_window_minutes
      enable_continuous_backup     = false # AWS Backup would take over RDS' own point-in-time recovery, window and all

      # Not one of our own tags: a restore may hand a point's tags on, and lifeboat:purpose says what may be destroyed
      recovery_point_tags = {
        "backup-tier" = rule.key
      }

      lifecycle {
        delete_after = rule.value.keep_days
      }

      dynamic "copy_action" {
        for_each = [for copies in [var.aws_backup.copies] : copies if copies != null && contains(try(copies.tiers, []), rule.key)]

        content {
          destination_vault_arn = copy_action.value.vault_arn

          lifecycle {
            delete_after = coalesce(copy_action.value.keep_days, rule.value.keep_days)
          }
        }
      }
    }
  }
}

# --- who is backed up -------------------------------------------------------------------------------------------------

resource "aws_backup_selection" "named" {
  count = var.aws_backup == null || !try(var.aws_backup.select.databases, true) && length(try(var.aws_backup.select.arns, [])) == 0 ? 0 : 1

  name         = "named"
  plan_id      = aws_backup_plan.lifeboat[0].id
  iam_role_arn = aws_iam_role.backup[0].arn
  resources    = concat(var.aws_backup.select.databases ? values(local.database_arns) : [], tolist(var.aws_backup.select.arns))
}

# What carries the tags. A copy that is here for an hour is no database, whatever tags it inherited.
resource "aws_backup_selection" "tagged" {
  count = length(try(var.aws_backup.select.tags, {})) == 0 ? 0 : 1

  name         = "tagged"
  plan_id      = aws_backup_plan.lifeboat[0].id
  iam_role_arn = aws_iam_role.backup[0].arn
  resources    = ["arn:${local.partition}:rds:*:*:cluster:*", "arn:${local.partition}:rds:*:*:db:*"]
  not_resources = flatten([
    for kind in ["cluster", "db"] : [
      for prefix in ["drill-", "inspect-", "awsbackup-restore-test-"] : "arn:${local.partition}:rds:*:*:${kind}:${prefix}*"
    ]
  ])

  # All of them, not any
  condition {
    dynamic "string_equals" {
      for_each = var.aws_backup.select.tags

      content {
        key   = "aws:ResourceTag/${string_equals.key}"
        value = string_equals.value
      }
    }
  }
}

data "aws_iam_policy_document" "backup_trust" {
  statement {
    sid     = "AwsBackup"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "backup" {
  count = var.aws_backup == null ? 0 : 1

  name               = "${var.name_prefix}lifeboat-backup-${local.region}"
  description        = "Lifeboat: what AWS Backup makes and copies backups with"
  assume_role_policy = data.aws_iam_policy_document.backup_trust.json
}

resource "aws_iam_role_policy_attachment" "backup" {
  count = var.aws_backup == null ? 0 : 1

  role       = aws_iam_role.backup[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
}

# --- restore tests ----------------------------------------------------------------------------------------------------

# AWS Backup restores the newest point of each database, waits for restore-drill's answer, and removes it again. Of Aurora and
# DocumentDB it makes a cluster without an instance: restore-drill attaches one, asks the policy's checks, and takes it away.
resource "aws_backup_restore_testing_plan" "lifeboat" {
  count = length(local.tested_kinds) > 0 ? 1 : 0

  name                         = replace("${var.name_prefix}lifeboat", "-", "_")
  schedule_expression          = var.aws_backup.restore_testing.schedule
  schedule_expression_timezone = "Etc/UTC"
  start_window_hours           = 1

  recovery_point_selection {
    algorithm             = "LATEST_WITHIN_WINDOW"
    include_vaults        = [module.backup_vault[0].arn]
    recovery_point_types  = ["SNAPSHOT"]
    selection_window_days = var.aws_backup.restore_testing.newest_days
  }
}

resource "aws_backup_restore_testing_selection" "lifeboat" {
  for_each = local.tested_kinds

  name                       = each.key
  restore_testing_plan_name  = aws_backup_restore_testing_plan.lifeboat[0].name
  protected_resource_type    = each.value
  protected_resource_arns    = [for name, database in var.databases : local.database_arns[name] if database.kind == each.key]
  iam_role_arn               = aws_iam_role.restore_testing[0].arn
  validation_window_hours    = 2 # restore-drill answers within 90 minutes; what is answered is removed at once
  restore_metadata_overrides = lookup(var.aws_backup.restore_testing.overrides, each.key, null)
}

# AWS's policy for restores may delete any database of the account. So it is AWS Backup's alone: no function has it, and none may
# pass this role on.
resource "aws_iam_role" "restore_testing" {
  count = length(local.tested_kinds) > 0 ? 1 : 0

  name               = "${var.name_prefix}lifeboat-restore-testing-${local.region}"
  description        = "Lifeboat: what AWS Backup makes and removes restore tests with"
  assume_role_policy = data.aws_iam_policy_document.backup_trust.json
}

resource "aws_iam_role_policy_attachment" "restore_testing" {
  count = length(local.tested_kinds) > 0 ? 1 : 0

  role       = aws_iam_role.restore_testing[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores"
}
