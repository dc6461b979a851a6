variable "aws_backup" {
  description = <<-EOT
    AWS Backup, beside RDS' own backups; null: none of it. Times are UTC, as RDS' own backup window is.

    - vault_name: lifeboat where left out (with name_prefix); vault_key_arn: its key, one is made where left out
    - lock: mode none, governance or compliance, min_retention_days, max_retention_days, changeable_for_days, acknowledge: see
      modules/backup_vault
    - daily, weekly (day: SUN to SAT), monthly (day: 1 to 28): at what time, and for how many days kept; keep_days = 0 leaves
      one out.
    - start_window_minutes: within which AWS Backup starts a job, from 60. Two tiers whose windows overlap become one: AWS Backup
      keeps the longer one and drops the other without a word.
    - completion_window_minutes: a job that takes longer is given up
    - rds_windows: the backup windows of the databases, as RDS says them ("17:00-17:30"): aws rds describe-db-instances --query
      "DBInstances[].PreferredBackupWindow". A job that starts inside one, or in the hour before, fails.
    - select: databases (true: all of the policy), arns of others, tags that something must carry (all of them)
    - copies: vault_arn in another region (module.backup_vault there, see examples/dr-region), which tiers are copied, for how
      many days (the tier's own where left out)
    - restore_testing: schedule, newest_days (points older than that are not tried), overrides of the restore by kind, such as
      { aurora = { dbSubnetGroupName = "private" } }: an account without a default VPC needs a subnet group
  EOT
  type = object({
    vault_name    = optional(string)
    vault_key_arn = optional(string)
    lock = optional(object({
      mode                = optional(string, "none")
      min_retention_days  = optional(number)
      max_retention_days  = optional(number)
      changeable_for_days = optional(number)
      acknowledge         = optional(string)
    }), {})
    daily                     = optional(object({ at = optional(string, "18:00"), keep_days = optional(number, 35) }), {})
    weekly                    = optional(object({ at = optional(string, "20:00"), keep_days = optional(number, 90), day = optional(string, "SUN") }), {})
    monthly                   = optional(object({ at = optional(string, "22:00"), keep_days = optional(number, 365), day = optional(number, 1) }), {})
    start_window_minutes      = optional(number, 60)
    completion_window_minutes = optional(number, 480)
    rds_windows               = optional(set(string), [])
    select = optional(object({
      databases = optional(bool, true)
      arns      = optional(set(string), [])
      tags      = optional(map(string), {})
    }), {})
    copies = optional(object({
      vault_arn = string
      tiers     = optional(set(string), ["daily"])
      keep_days = optional(number)
    }))
    restore_testing = optional(object({
      schedule    = optional(string, "cron(0 3 ? * SUN *)")
      newest_days = optional(number, 7)
      overrides   = optional(map(map(string)), {})
    }))
  })
  default = null

  validation {
    condition     = var.aws_backup == null || length([for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0]) > 0
    error_message = "aws_backup needs at least one of daily, weekly and monthly: a vault without a plan stays empty."
  }

  validation {
    condition = var.aws_backup == null || alltrue([
      for tier in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", tier.at))
    ])
    error_message = "aws_backup: at must be a time of day in UTC, such as 18:00."
  }

  validation {
    condition     = var.aws_backup == null || contains(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], try(var.aws_backup.weekly.day, "SUN"))
    error_message = "aws_backup.weekly.day must be SUN, MON, TUE, WED, THU, FRI or SAT."
  }

  validation {
    condition     = var.aws_backup == null || try(var.aws_backup.monthly.day >= 1 && var.aws_backup.monthly.day <= 28 && floor(var.aws_backup.monthly.day) == var.aws_backup.monthly.day, false)
    error_message = "aws_backup.monthly.day must be 1 to 28: February has no other days, and the month would have no backup."
  }

  validation {
    condition     = var.aws_backup == null || alltrue([for tier in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : tier.keep_days >= 1 && tier.keep_days <= 36500 && floor(tier.keep_days) == tier.keep_days])
    error_message = "aws_backup: keep_days must be a whole number to 36500, 0 for none."
  }

  validation {
    condition = var.aws_backup == null || alltrue([
      for pair in try([
        [var.aws_backup.daily, var.aws_backup.weekly], [var.aws_backup.daily, var.aws_backup.monthly], [var.aws_backup.weekly, var.aws_backup.monthly]
      ], []) :
      pair[0].keep_days * pair[1].keep_days == 0 || pair[0].keep_days <= pair[1].keep_days
    ])
    error_message = "aws_backup: a rarer tier has to be kept at least as long as a more frequent one, or it holds nothing that the other has not."
  }

  validation {
    condition     = var.aws_backup == null || try(var.aws_backup.start_window_minutes >= 60 && var.aws_backup.start_window_minutes <= 720 && var.aws_backup.completion_window_minutes >= var.aws_backup.start_window_minutes + 60, false)
    error_message = "aws_backup.start_window_minutes must be 60 to 720 (AWS takes no fewer than 60), and completion_window_minutes at least an hour more."
  }

  validation {
    # Both ways round the clock
    condition = alltrue(flatten([
      for number, tier in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : [
        for other, its in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : (
          (tonumber(split(":", its.at)[0]) * 60 + tonumber(split(":", its.at)[1]) - tonumber(split(":", tier.at)[0]) * 60 - tonumber(split(":", tier.at)[1]) + 1440) % 1440
          >= var.aws_backup.start_window_minutes
        ) if other != number && can(tonumber(split(":", tier.at)[1]) + tonumber(split(":", its.at)[1]))
      ]
    ]))
    error_message = "aws_backup: the start windows of two tiers overlap. On a day with both, AWS Backup drops the one that is kept for a shorter time: set them start_window_minutes apart."
  }

  validation {
    condition     = var.aws_backup == null || alltrue([for window in try(var.aws_backup.rds_windows, []) : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", window))])
    error_message = "aws_backup.rds_windows must be as RDS says them, in UTC: \"17:00-17:30\"."
  }

  validation {
    condition     = var.aws_backup == null || length(try(var.aws_backup.rds_windows, [])) > 0 || !anytrue([for database in var.databases : database.kind == "rds"])
    error_message = "aws_backup.rds_windows must name the backup windows of the databases of kind rds (PreferredBackupWindow): AWS Backup's jobs fail in them, and in the hour before."
  }

  validation {
    # From an hour before the window to its end, against the start window of each tier
    condition = alltrue(flatten([
      for tier in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : [
        for window in try(var.aws_backup.rds_windows, []) : alltrue([
          for minutes in [[
            tonumber(substr(tier.at, 0, 2)) * 60 + tonumber(substr(tier.at, 3, 2)),
            (tonumber(substr(window, 0, 2)) * 60 + tonumber(substr(window, 3, 2)) - 60 + 1440) % 1440,
            (tonumber(substr(window, 6, 2)) * 60 + tonumber(substr(window, 9, 2)) - tonumber(substr(window, 0, 2)) * 60 - tonumber(substr(window, 3, 2)) + 1440) % 1440 + 60,
          ]] :
          (minutes[1] - minutes[0] + 1440) % 1440 >= var.aws_backup.start_window_minutes && (minutes[0] - minutes[1] + 1440) % 1440 >= minutes[2]
        ]) if can(tonumber(substr(window, 9, 2)) + tonumber(substr(tier.at, 3, 2)))
      ]
    ]))
    error_message = "aws_backup: a tier may start in a backup window of RDS (rds_windows) or in the hour before it, and AWS Backup's jobs fail there. Move at, or the window."
  }

  validation {
    condition     = alltrue([for tier in [for it in try([var.aws_backup.daily, var.aws_backup.weekly, var.aws_backup.monthly], []) : it if it.keep_days != 0] : try(coalesce(var.aws_backup.lock.min_retention_days, 1) <= tier.keep_days && tier.keep_days <= coalesce(var.aws_backup.lock.max_retention_days, 36500), true)])
    error_message = "aws_backup: keep_days of every tier has to be within lock.min_retention_days and max_retention_days: a locked vault fails every other job."
  }

  validation {
    condition     = var.aws_backup == null || try(var.aws_backup.select.databases, true) || length(try(var.aws_backup.select.arns, [])) + length(try(var.aws_backup.select.tags, {})) > 0
    error_message = "aws_backup.select chooses nothing: a plan that backs up nothing looks like a backup."
  }

  validation {
    condition     = alltrue([for arn in try(var.aws_backup.select.arns, []) : can(regex("^arn:[^:]+:rds:[^:]+:[0-9]{12}:(cluster|db):[a-zA-Z0-9-]+$", arn))])
    error_message = "aws_backup.select.arns must be ARNs of clusters or instances (…:cluster:… or …:db:…), without *: choose many by tags."
  }

  validation {
    condition     = try(can(regex("^arn:[^:]+:backup:[^:]+:[0-9]{12}:backup-vault:[a-zA-Z0-9_-]{2,50}$", var.aws_backup.copies.vault_arn)), true) || try(var.aws_backup.copies, null) == null
    error_message = "aws_backup.copies.vault_arn must be the ARN of a vault: arn:aws:backup:<region>:<account>:backup-vault:<name>."
  }

  validation {
    condition     = try(split(":", var.aws_backup.copies.vault_arn)[3] != local.region, true)
    error_message = "aws_backup.copies.vault_arn is in this region: a copy beside the original is lost together with it."
  }

  validation {
    condition     = length(setsubtract(try(coalesce(var.aws_backup.copies.tiers, []), []), [for name, it in try({ daily = var.aws_backup.daily, weekly = var.aws_backup.weekly, monthly = var.aws_backup.monthly }, {}) : name if it.keep_days != 0])) == 0 && try(length(var.aws_backup.copies.tiers) > 0, true)
    error_message = "aws_backup.copies.tiers must name tiers that there are (daily, weekly, monthly), at least one. How old a copy can be is the rarest of them: monthly copies alone lose up to a month."
  }

  validation {
    condition     = try(var.aws_backup.copies.keep_days == null || var.aws_backup.copies.keep_days >= 1, true)
    error_message = "aws_backup.copies.keep_days must be 1 or more."
  }

  validation {
    condition     = try(can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.aws_backup.restore_testing.schedule)), true) || try(var.aws_backup.restore_testing, null) == null
    error_message = "aws_backup.restore_testing.schedule must be cron(…) with six fields, in UTC."
  }

  validation {
    condition     = try(var.aws_backup.restore_testing.newest_days >= 1 && var.aws_backup.restore_testing.newest_days <= 365, try(var.aws_backup.restore_testing, null) == null)
    error_message = "aws_backup.restore_testing.newest_days must be 1 to 365."
  }
}
