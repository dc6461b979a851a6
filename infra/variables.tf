variable "name_prefix" {
  description = <<-EOT
    Written before the name of everything, for a second deployment in one account and region. Empty, the functions are
    called restore-drill, data-check and so on: commands in mails name them so, and with a prefix those commands need it added.
  EOT
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{0,15})?$", var.name_prefix))
    error_message = "name_prefix must be empty, or at most 16 lower-case letters, digits and hyphens, starting with a letter: it becomes part of names of a bucket, functions and roles."
  }

  validation {
    # A function of this name could be taken for a copy, and a role's pattern for its own
    condition     = !can(regex("^(drill|inspect|recovery|copy|pre-maintenance)-", var.name_prefix))
    error_message = "name_prefix must not begin with drill-, inspect-, recovery-, copy- or pre-maintenance-: those are the names of what is made."
  }
}

variable "bucket_name" {
  description = "Name of the bucket of policy, records and reports. Left out: <name_prefix>lifeboat-<account>-<region>."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be a bucket's plain name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "alert_emails" {
  description = "Addresses that get every mail and every alarm. Each has to confirm its subscription once."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "alert_emails must name at least one address: a drill that fails unheard is no drill."
  }

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails must be e-mail addresses, such as dba@example.com."
  }
}

variable "timezone" {
  description = "IANA zone of human times, mails and schedules, such as Asia/Tokyo."
  type        = string
  default     = "UTC"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$", var.timezone))
    error_message = "timezone must be the name of an IANA zone, such as Asia/Tokyo or UTC."
  }
}

variable "databases" {
  description = <<-EOT
    What is protected, by name, and how: the policy. Keys are those of the policy document; these are Terraform's alone and
    are not written into it:

    - schedule: when the drill starts, as EventBridge Scheduler writes it: cron(0 3 ? * SUN *) or rate(7 days). Without
      one it starts on demand only. schedule_timezone is its zone, timezone where left out.
    - first: the drill that a request for the database alone ("orders") means, and whose runs carry the database's name
      alone. Terraform keeps no order of keys, so with several drills exactly one says so.
    - resource_id of live.login, with the method iam: the only database that this user may log in to (cluster-… or db-…, as
      aws rds describe-db-clusters tells it). Left out: any cluster, or for rds any instance, that has this user.

    expect of a check may be true, false, a number or a text; a text that reads like one of these is given as
    jsonencode("5").

    Terraform drops keys that are not listed here without a word. The output policy_json shows what is left.
  EOT
  type = map(object({
    kind       = string # aurora | rds | documentdb
    identifier = string

    backups = optional(object({
      retention_days        = optional(number)
      restore_lag_minutes   = optional(number)
      newest_snapshot_hours = optional(number)
      recovery_points       = optional(list(object({ vault = string, newest_hours = number })))
      copies                = optional(list(object({ region = string, newest_hours = number })))
    }))

    storage = optional(object({
      billed_gib              = optional(number)
      growth_percent_per_week = optional(number)
    }))

    # Where and how temporary copies live
    sandbox = optional(object({
      subnet_group     = optional(string)
      security_groups  = optional(list(string))
      parameter_group  = optional(string)
      instance_class   = optional(string)
      acu              = optional(list(number)) # [smallest, largest]
      restore_role     = optional(string)       # ARN; AWS Backup restores recovery points with it
      login            = optional(object({ method = string, database = string, user = optional(string) }))
      deadline_minutes = optional(number)
      expires_hours    = optional(number)
    }))

    # Asked of every copy
    checks = optional(list(object({
      kind           = string
      table          = optional(string)
      collection     = optional(string) # for documentdb, beside table
      column         = optional(string)
      field          = optional(string) # for documentdb, beside column
      within         = optional(string)
      at_least       = optional(number)
      at_most        = optional(number)
      schema         = optional(string)
      child          = optional(string)
      parent         = optional(string)
      within_percent = optional(number)
      since          = optional(string)
      names          = optional(list(string))
      except         = optional(list(string))
      query          = optional(string)
      expect         = optional(string)
    })))

    drills = optional(map(object({
      source       = optional(string) # point_in_time | latest_snapshot | snapshot | recovery_point
      snapshot     = optional(string)
      restore_lag  = optional(string)
      region       = optional(string)
      max_age_days = optional(number)
      sandbox = optional(object({
        subnet_group     = optional(string)
        security_groups  = optional(list(string))
        parameter_group  = optional(string)
        instance_class   = optional(string)
        acu              = optional(list(number))
        restore_role     = optional(string)
        login            = optional(object({ method = string, database = string, user = optional(string) }))
        deadline_minutes = optional(number)
        expires_hours    = optional(number)
      }))

      schedule          = optional(string)
      schedule_timezone = optional(string)
      first             = optional(bool, false)
    })), {})

    snapshots = optional(object({
      patterns     = list(string)
      keep_last    = optional(number)
      keep_days    = optional(number)
      keep_weekly  = optional(number)
      keep_monthly = optional(number)
      copy_to      = optional(object({ region = string, kms_key_id = optional(string), keep_last = optional(number) }))
    }))

    # Where the live database is, for table-backup
    live = optional(object({
      endpoint    = string # host of the writer
      port        = optional(number)
      database    = string
      engine      = string # postgres | aurora-postgresql | mysql | aurora-mysql | mariadb
      login       = object({ method = string, secret_arn = optional(string), user = optional(string), resource_id = optional(string) })
      largest_gib = optional(number)
      keep_last   = optional(number)
      keep_days   = optional(number)
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.databases) > 0
    error_message = "databases must name at least one database: a policy that protects nothing is refused by the functions too."
  }

  validation {
    condition = alltrue([
      for name in concat(keys(var.databases), flatten([for database in var.databases : keys(database.drills)])) :
      can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name)) && length(name) <= 63
    ])
    error_message = "Names of databases and drills must be lower-case letters, digits and single hyphens, starting with a letter, at most 63 characters: they become part of RDS identifiers."
  }

  validation {
    condition     = alltrue([for database in var.databases : contains(["aurora", "rds", "documentdb"], database.kind)])
    error_message = "kind must be aurora, rds or documentdb."
  }

  validation {
    condition = alltrue([
      for database in var.databases :
      can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", lower(database.identifier))) && length(database.identifier) <= 63
    ])
    error_message = "identifier must be that of the cluster or instance in RDS (1 to 63 letters, digits and single hyphens), not its ARN or endpoint."
  }

  validation {
    # What carries these names may be deleted by restore-drill
    condition     = !anytrue([for database in var.databases : can(regex("^(drill|inspect)-", lower(database.identifier)))])
    error_message = "identifier must not begin with drill- or inspect-: those are the names of copies, which are deleted. Rename the database before protecting it."
  }

  validation {
    condition     = length(distinct([for database in var.databases : lower(database.identifier)])) == length(var.databases)
    error_message = "Two databases have one identifier: it would be drilled twice under rules that contradict each other."
  }

  validation {
    condition = alltrue([
      for database in var.databases :
      length(database.drills) < 2 || length([for drill in database.drills : drill if drill.first]) == 1
    ])
    error_message = "With several drills exactly one must have first = true: it is what a request for the database alone starts, and Terraform keeps no order that could say so."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills :
        contains(["point_in_time", "latest_snapshot", "snapshot", "recovery_point"], coalesce(drill.source, "point_in_time"))
      ]
    ]))
    error_message = "source of a drill must be point_in_time, latest_snapshot, snapshot or recovery_point."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills :
        (drill.snapshot != null) == (drill.source == "snapshot" || drill.source == null && drill.snapshot != null)
      ]
    ]))
    error_message = "snapshot goes with the source snapshot, and that source needs it."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills :
        drill.restore_lag == null || coalesce(drill.source, "point_in_time") == "point_in_time" && drill.snapshot == null
      ]
    ]))
    error_message = "restore_lag goes with the source point_in_time only: a snapshot is of one moment."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : can(regex("^[a-z]+(-[a-z]+){1,2}-[0-9]{1,2}$", drill.region)) if drill.region != null
      ]
    ]))
    error_message = "region of a drill must be an AWS region, such as us-west-2."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : coalesce(drill.source, "point_in_time") != "point_in_time" || drill.snapshot != null
        if drill.region != null
      ]
    ]))
    error_message = "A drill in another region restores latest_snapshot, snapshot or recovery_point: automated backups stay in their own region."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : try(length(database.backups.recovery_points) > 0, false)
        if drill.source == "recovery_point"
      ]
    ]))
    error_message = "A drill of a recovery_point needs a vault under the database's backups.recovery_points: AWS Backup's points lie in vaults."
  }

  validation {
    # A vault is a part of an ARN in the role of restore-drill: * would be every vault
    condition = alltrue(flatten([
      for database in var.databases : [
        for point in try(coalesce(database.backups.recovery_points, []), []) : can(regex("^[a-zA-Z0-9_-]{2,50}$", point.vault))
      ]
    ]))
    error_message = "vault must be the plain name of an AWS Backup vault (2 to 50 letters, digits, _ and -), not its ARN."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        # restore-drill may hand this role to AWS Backup: * would be any role
        can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+$", sandbox.restore_role))
        if try(sandbox.restore_role, null) != null
      ]
    ]))
    error_message = "restore_role must be the ARN of one IAM role, such as arn:aws:iam::123456789012:role/restore."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills :
        can(regex("^(cron\\(\\S+( \\S+){5}\\)|rate\\(([2-9]|[1-9][0-9]+) (minutes|hours|days)\\)|rate\\(1 (minute|hour|day)\\))$", drill.schedule))
        if drill.schedule != null
      ]
    ]))
    error_message = "schedule must be cron(…) with six fields, such as cron(0 3 ? * SUN *), or rate(…), such as rate(7 days)."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : drill.schedule != null if drill.schedule_timezone != null
      ]
    ]))
    error_message = "schedule_timezone without a schedule says nothing: give the drill a schedule too."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) : [
          for group in coalesce(sandbox.security_groups, []) : can(regex("^sg-[0-9A-Za-z-]+$", group))
        ] if sandbox != null
      ]
    ]))
    error_message = "security_groups must be ids (sg-…), not names."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        sandbox.acu == null || try(
          length(sandbox.acu) == 2 && sandbox.acu[0] >= 0 && sandbox.acu[0] <= sandbox.acu[1] && sandbox.acu[1] >= 1
          && sandbox.acu[1] <= 256 && alltrue([for units in sandbox.acu : floor(units * 2) == units * 2]),
          false
        ) if sandbox != null
      ]
    ]))
    error_message = "acu must be [smallest, largest] in steps of 0.5 from 0 to 256, the largest at least 1: AWS has no other Serverless v2 capacities."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        contains(["managed_secret", "iam"], sandbox.login.method) && (sandbox.login.user != null) == (sandbox.login.method == "iam")
        if try(sandbox.login, null) != null
      ]
    ]))
    error_message = "login.method must be managed_secret (the master user, without user) or iam (with the user that logs in)."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        # A database user is a part of an ARN in the role of data-check: * would be every user of every database
        can(regex("^[A-Za-z_][A-Za-z0-9_.-]*$", sandbox.login.user)) if try(sandbox.login.user, null) != null
      ]
    ]))
    error_message = "login.user must be the plain name of one database user (letters, digits, _ . and -)."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        coalesce(sandbox.deadline_minutes, 120) >= 10 && coalesce(sandbox.deadline_minutes, 120) <= 1440
        && floor(coalesce(sandbox.deadline_minutes, 120)) == coalesce(sandbox.deadline_minutes, 120)
        && floor(coalesce(sandbox.expires_hours, 24)) == coalesce(sandbox.expires_hours, 24)
        && coalesce(sandbox.expires_hours, 24) >= 1 && coalesce(sandbox.expires_hours, 24) <= 168
        if sandbox != null
      ]
    ]))
    error_message = "deadline_minutes must be a whole number from 10 to 1440 (no restore is done in less, none is waited for longer), expires_hours one from 1 to 168: a copy costs as long as it stands."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        60 * coalesce(try(sandbox.expires_hours, null), try(database.sandbox.expires_hours, null), 24)
        >= coalesce(try(sandbox.deadline_minutes, null), try(database.sandbox.deadline_minutes, null), 120)
      ]
    ]))
    error_message = "expires_hours must hold deadline_minutes: else a copy is swept while its drill is under way."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : alltrue([
          for given in [[
            for key, value in check :
            database.kind == "documentdb" && check.kind != "collection_count" ? lookup(local.check_synonyms, key, key) : key
            if value != null && key != "kind"
          ]] :
          contains(keys(local.check_keys), check.kind)
          && length(distinct(given)) == length(given) # not both of two names for one thing
          && length(setsubtract(try(local.check_keys[check.kind].needed, []), given)) == 0
          && length(setsubtract(given, try(concat(local.check_keys[check.kind].needed, local.check_keys[check.kind].optional), []))) == 0
        ])
      ]
    ]))
    error_message = "A check needs the keys of its kind and takes no others: row_count (table, at_least or at_most), collection_count (collection, at_least or at_most), freshness (table, column, within), tables (at_least; schema), orphans (child, parent), foreign_keys (schema), unchanged (table, within_percent; since), schema_unchanged (schema and since, or neither), grants_unchanged (since or nothing), indexes (table; names or since), damage (except or nothing), sql (query, expect). For documentdb collection may stand for table, and field for column."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) :
        database.kind == "documentdb" ? !contains(["sql", "foreign_keys"], check.kind) : check.kind != "collection_count"
      ]
    ]))
    error_message = "DocumentDB speaks no SQL and declares no keys between collections: sql and foreign_keys are for the others; orphans names both sides itself. collection_count is for documentdb; tables have row_count."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) :
        can(regex("^20[0-9]{2}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9:]+))?$", check.since)) if check.since != null
      ]
    ]))
    error_message = "since of a check must be a date (2026-11-22) or a time with its offset (2026-11-22T18:00:00+09:00)."
  }

  validation {
    condition = !anytrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : check.kind == "indexes" && check.since != null && length(coalesce(check.names, [])) > 0
      ]
    ]))
    error_message = "since of an indexes check goes without names: with names nothing is compared with an earlier drill."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) :
        !contains(["row_count", "collection_count"], check.kind) || check.at_least != null || check.at_most != null
      ]
    ]))
    error_message = "row_count and collection_count need at_least, at_most or both: any number would do otherwise."
  }

  validation {
    condition = alltrue([
      for database in var.databases :
      try(database.backups.retention_days, null) == null
      || try(
        database.backups.retention_days >= (database.kind == "rds" ? 0 : 1) && database.backups.retention_days <= 35
        && floor(database.backups.retention_days) == database.backups.retention_days, false
      )
    ])
    error_message = "backups.retention_days must be 1 to 35 (for rds also 0, which is none): AWS keeps automated backups no longer."
  }

  # --- the rules of single values: what is refused here, the functions refuse too (tests/fixtures/refusals.json) ---

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for hours in concat(
          [try(database.backups.newest_snapshot_hours, null)],
          [for it in try(coalesce(database.backups.recovery_points, []), []) : it.newest_hours],
          [for it in try(coalesce(database.backups.copies, []), []) : it.newest_hours],
        ) : hours >= 1 && hours <= 8784 && floor(hours) == hours if hours != null
      ]
    ]))
    error_message = "newest_snapshot_hours and newest_hours must be whole numbers from 1 to 8784 (a year): an age of zero would be a finding every morning, one of years never."
  }

  validation {
    condition = alltrue([
      for minutes in [for database in var.databases : try(database.backups.restore_lag_minutes, null)] :
      minutes >= 1 && minutes <= 10080 && floor(minutes) == minutes if minutes != null
    ])
    error_message = "backups.restore_lag_minutes must be a whole number from 1 to 10080 (a week): AWS itself is some 5 minutes behind."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for it in try(coalesce(database.backups.copies, []), []) : can(regex("^[a-z]+(-[a-z]+){1,2}-[0-9]{1,2}$", it.region))
      ]
    ]))
    error_message = "region of backups.copies must be an AWS region, such as us-west-2."
  }

  validation {
    condition = alltrue([
      for database in var.databases :
      coalesce(try(database.storage.billed_gib, null), 0) >= 0 && coalesce(try(database.storage.billed_gib, null), 0) <= 1000000000
      && coalesce(try(database.storage.growth_percent_per_week, null), 0) >= 0 && coalesce(try(database.storage.growth_percent_per_week, null), 0) <= 100000
    ])
    error_message = "storage.billed_gib must be 0 to 1,000,000,000 and growth_percent_per_week 0 to 100,000: they are the figures above which something is found."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : drill.max_age_days >= 1 && drill.max_age_days <= 3660 && floor(drill.max_age_days) == drill.max_age_days
        if drill.max_age_days != null
      ]
    ]))
    error_message = "max_age_days must be a whole number from 1 to 3660: a proof that is older than that proves nothing about today's backups."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for span in concat(
          [for drill in database.drills : drill.restore_lag],
          [for check in coalesce(database.checks, []) : check.within],
        ) : can(regex("^([0-9]+(\\.[0-9]+)? ?(weeks?|wks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s),? ?)+$", span)) if span != null
      ]
    ]))
    error_message = "restore_lag and within must be spans, such as 90m, 1h 30m or 7d: months and years have no fixed length."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [for check in coalesce(database.checks, []) : can(regex("[1-9]", check.within)) if check.within != null]
    ]))
    error_message = "within of a freshness check must be above zero: no row is written in the very second of the restore point."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : can(regex("^[A-Za-z][A-Za-z0-9:/._-]{0,511}$", drill.snapshot)) if drill.snapshot != null
      ]
    ]))
    error_message = "snapshot must be a snapshot's identifier or ARN."
  }

  validation {
    condition = !anytrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        sandbox.acu != null || sandbox.instance_class == "db.serverless" if sandbox != null && database.kind == "rds"
      ]
    ]))
    error_message = "An RDS instance has no Serverless v2 capacity: acu and db.serverless are for clusters."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) :
        can(regex("^db\\.[a-z0-9.-]{1,60}$", sandbox.instance_class)) if try(sandbox.instance_class, null) != null
      ]
    ]))
    error_message = "instance_class must be a class of RDS, such as db.t4g.medium: one without db. is EC2's."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for sandbox in concat([database.sandbox], [for drill in database.drills : drill.sandbox]) : [
          for text in [sandbox.subnet_group, sandbox.parameter_group, try(sandbox.login.database, null)] :
          can(regex("\\S", text)) && length(text) <= 128 && !can(regex("[[:cntrl:]]", text)) if text != null
        ] if sandbox != null
      ]
    ]))
    error_message = "subnet_group, parameter_group and login.database must be names, not blanks: leave a key out for AWS's default."
  }

  validation {
    # orders with a second drill daily, and a database orders-daily, would both make drill-orders-daily-…
    condition = length(distinct(concat(keys(var.databases), flatten([
      for name, database in var.databases : [for drill, it in database.drills : "${name}-${drill}" if length(database.drills) > 1 && !it.first]
      ])))) == length(concat(keys(var.databases), flatten([
      for name, database in var.databases : [for drill, it in database.drills : "${name}-${drill}" if length(database.drills) > 1 && !it.first]
    ])))
    error_message = "A drill and a database would name their runs alike (orders with a drill daily, and a database orders-daily): one could be taken for the other. Rename one of them."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for it in [database.snapshots] : [
          length(it.patterns) > 0,
          coalesce(it.keep_last, 3) >= 1 && coalesce(it.keep_last, 3) <= 1000,
          coalesce(it.keep_days, 0) >= 0 && coalesce(it.keep_days, 0) <= 3660,
          coalesce(it.keep_weekly, 0) >= 0 && coalesce(it.keep_weekly, 0) <= 520,
          coalesce(it.keep_monthly, 0) >= 0 && coalesce(it.keep_monthly, 0) <= 120,
          alltrue([for number in [it.keep_last, it.keep_days, it.keep_weekly, it.keep_monthly] : floor(number) == number if number != null]),
        ] if it != null
      ]
    ]))
    error_message = "snapshots needs a pattern, and whole numbers: keep_last 1 to 1000 (the newest is never deleted), keep_days to 3660, keep_weekly to 520, keep_monthly to 120."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for pattern in try(database.snapshots.patterns, []) : can(regex("^[A-Za-z0-9?*-]{1,63}$", pattern)) && can(regex("[A-Za-z0-9]", pattern))
      ]
    ]))
    error_message = "snapshots.patterns must be letters, digits, hyphens, * and ?, at most 63 characters, with a letter or digit: automated snapshots and AWS Backup's have a colon, so that no pattern reaches them."
  }

  validation {
    condition = alltrue([
      for it in [for database in var.databases : try(database.snapshots.copy_to, null)] :
      can(regex("^[a-z]+(-[a-z]+){1,2}-[0-9]{1,2}$", it.region)) && coalesce(it.keep_last, 1) >= 1 && coalesce(it.keep_last, 1) <= 1000 && floor(coalesce(it.keep_last, 1)) == coalesce(it.keep_last, 1)
      && can(regex("\\S", coalesce(it.kms_key_id, "-")))
      if it != null
    ])
    error_message = "snapshots.copy_to needs an AWS region, such as us-west-2, and keep_last from 1 to 1000: the newest copy is never deleted."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : [
          # NULL is no bound
          coalesce(check.at_least, 0) >= (check.kind == "tables" ? (check.at_least == null ? 0 : 1) : 0) && floor(coalesce(check.at_least, 0)) == coalesce(check.at_least, 0),
          coalesce(check.at_most, 0) >= 0 && floor(coalesce(check.at_most, 0)) == coalesce(check.at_most, 0),
          check.at_least == null || check.at_most == null || try(check.at_least <= check.at_most, true),
          coalesce(check.within_percent, 0) >= 0 && coalesce(check.within_percent, 0) <= 1000,
        ]
      ]
    ]))
    error_message = "at_least and at_most of a check must be whole numbers from 0 (of tables from 1), at_least not above at_most, within_percent 0 to 1000: nothing could ever pass, or everything would."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : [
          for text in concat(
            [check.table, check.collection, check.column, check.field, check.schema, check.query],
            coalesce(check.names, []), coalesce(check.except, [])
          ) : can(regex("\\S", text)) && length(text) <= 20000 if text != null
        ]
      ]
    ]))
    error_message = "Names and queries of checks must not be blank: leave a key out where nothing is meant."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : [
          for column in [check.child, check.parent] : can(regex("^[^.]*[^.\\s][^.]*(\\.[^.]*[^.\\s][^.]*){1,2}$", column)) if column != null
        ]
      ]
    ]))
    error_message = "child and parent of orphans must be columns with their tables: payouts.user_id or public.payouts.user_id."
  }

  validation {
    condition = alltrue(flatten([
      for database in var.databases : [
        for check in coalesce(database.checks, []) : [for name in coalesce(check.except, []) : !can(regex("\\*.", name))]
      ]
    ]))
    error_message = "except of damage takes a * at the end alone: public.scratch* is every object that begins so."
  }

  validation {
    condition     = alltrue([for database in var.databases : length(coalesce(database.checks, [])) <= 200])
    error_message = "A database can have at most 200 checks: they travel in one invocation, and each costs time on the copy."
  }

  # --- live: the rules of shared/src/policy/live.rs ---

  validation {
    condition     = alltrue([for database in var.databases : database.live == null || database.kind != "documentdb"])
    error_message = "live is for aurora and rds: a DocumentDB cluster has no tables to back up."
  }

  validation {
    condition     = alltrue([for live in [for database in var.databases : database.live] : can(regex("^[A-Za-z0-9.-]{1,253}$", live.endpoint)) if live != null])
    error_message = "live.endpoint must be the host of the writer's endpoint alone, such as prod.cluster-abc.eu-west-1.rds.amazonaws.com: the port has a key of its own."
  }

  validation {
    condition = alltrue([
      for live in [for database in var.databases : database.live] : contains(["postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql"], live.engine) if live != null
    ])
    error_message = "live.engine must be postgres, aurora-postgresql, mysql, aurora-mysql or mariadb: tables of others are not copied."
  }

  validation {
    condition = alltrue([
      for live in [for database in var.databases : database.live] :
      can(regex("\\S", live.database)) && length(live.database) <= 128 && !can(regex("[[:cntrl:]]", live.database)) if live != null
    ])
    error_message = "live.database must be the name of the database to connect to, at most 128 characters on one line."
  }

  validation {
    condition = alltrue(flatten([
      for live in [for database in var.databases : database.live] : [
        for range in [[live.port, 65535], [live.largest_gib, 65536], [live.keep_last, 1000], [live.keep_days, 3650]] :
        range[0] >= 1 && range[0] <= range[1] && floor(range[0]) == range[0] if range[0] != null
      ] if live != null
    ]))
    error_message = "live takes whole numbers: port 1 to 65535, largest_gib 1 to 65536, keep_last 1 to 1000 (the newest copy is never dropped), keep_days 1 to 3650."
  }

  validation {
    condition = alltrue([
      for login in [for database in var.databases : database.live.login if database.live != null] :
      login.method == "secret" ? login.secret_arn != null && login.user == null : login.method == "iam" && login.user != null && login.secret_arn == null
    ])
    error_message = "live.login must be the method secret with a secret_arn (the secret has the user's name), or iam with a user (it needs no secret)."
  }

  validation {
    condition = alltrue([
      for login in [for database in var.databases : database.live.login if database.live != null] :
      # The role of table-backup may read it: * would be every secret
      can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+$", login.secret_arn)) && length(login.secret_arn) <= 2048 if login.secret_arn != null
    ])
    error_message = "live.login.secret_arn must be the whole ARN of one secret with the texts username and password, its six last characters too: it is what the role may read."
  }

  validation {
    condition = alltrue([
      for login in [for database in var.databases : database.live.login if database.live != null] :
      can(regex("^[A-Za-z_][A-Za-z0-9_.-]*$", login.user)) && length(login.user) <= 128 if login.user != null
    ])
    error_message = "live.login.user must be the plain name of one database user (letters, digits, _ . and -): it is part of an ARN, and * would be every user."
  }

  validation {
    condition = alltrue([
      for login in [for database in var.databases : database.live.login if database.live != null] :
      login.method == "iam" && can(regex("^(cluster|db)-[A-Z0-9]+$", login.resource_id)) if login.resource_id != null
    ])
    error_message = "live.login.resource_id goes with the method iam and is the database's resource id, such as cluster-ABCDEFGHIJKL01234: its name is none."
  }
}

variable "restore_drill" {
  description = <<-EOT
    The function restore-drill:

    - zip: path of its package (bootstrap inside), or s3://bucket/key.zip. In S3 a new version needs a new key: Terraform does not
      look into it.
    - enabled: false is the kill switch: no schedule, no tick, no invocation by anybody. Copies that are there stay there,
      and cost, until it is true again.
    - reserved_concurrency: parallel invocations, null for no reservation. 1 spares lost races between ticks, but needs 101
      unreserved in the account; correctness does not rest on it.
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
  })
  nullable = false

  validation {
    condition     = endswith(var.restore_drill.zip, ".zip")
    error_message = "restore_drill.zip must be the path of a .zip package."
  }
}

variable "data_check" {
  description = <<-EOT
    The function data-check, which looks into copies from inside their VPC:

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill
    - vpc_id, subnet_ids: where it runs; the copies' subnet groups have to be in this VPC
    - s3_endpoint_route_tables: route tables of these subnets, if the S3 gateway endpoint is to be made here (free). Empty
      where there is one already.
    - make_secrets_endpoint: make the interface endpoint of Secrets Manager here (billed by the hour and subnet). Needed for
      login by managed_secret where there is none yet and no NAT.
    - https_cidrs: where port 443 may go besides the VPC and S3; ["0.0.0.0/0"] for subnets that reach AWS through a NAT. Empty
      by default: a function that reads data has no business on the internet.
  EOT
  type = object({
    zip                      = string
    enabled                  = optional(bool, true)
    reserved_concurrency     = optional(number)
    memory_mb                = optional(number, 256)
    vpc_id                   = string
    subnet_ids               = list(string)
    s3_endpoint_route_tables = optional(list(string), [])
    make_secrets_endpoint    = optional(bool, false)
    https_cidrs              = optional(list(string), [])
  })
  nullable = false

  validation {
    condition     = endswith(var.data_check.zip, ".zip")
    error_message = "data_check.zip must be the path of a .zip package."
  }

  validation {
    condition     = startswith(var.data_check.vpc_id, "vpc-")
    error_message = "data_check.vpc_id must be the id of a VPC (vpc-…)."
  }

  validation {
    condition     = length(var.data_check.subnet_ids) > 0 && alltrue([for id in var.data_check.subnet_ids : startswith(id, "subnet-")])
    error_message = "data_check.subnet_ids must be the ids of one or more subnets (subnet-…): copies have no public address, so there is no other way in."
  }

  validation {
    condition     = alltrue([for cidr in var.data_check.https_cidrs : can(cidrhost(cidr, 0))])
    error_message = "data_check.https_cidrs must be CIDR blocks, such as 0.0.0.0/0."
  }
}

variable "data_check_documentdb" {
  description = <<-EOT
    The build of data-check for DocumentDB, needed where a database is of kind documentdb. It runs where data_check does, with
    the same rights, and is switched off with it:

    - zip, reserved_concurrency, memory_mb: as for restore_drill
  EOT
  type = object({
    zip                  = string
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
  })
  default = null

  validation {
    condition     = var.data_check_documentdb != null || !anytrue([for database in var.databases : database.kind == "documentdb"])
    error_message = "data_check_documentdb must be given where a database is of kind documentdb: data-check itself does not have its driver."
  }

  validation {
    condition     = var.data_check_documentdb == null || try(endswith(var.data_check_documentdb.zip, ".zip"), false)
    error_message = "data_check_documentdb.zip must be the path of a .zip package."
  }
}

variable "jobs" {
  description = <<-EOT
    Glue jobs that write to a database, by name: the policy's key of the same name.

    - database: the database that it writes to; tables: those that it changes, as schema.table
    - start_by: the time of day, in timezone, by which a run must have started; days: days of the week on which it starts,
      every day where left out; holidays: dates on which it does not
    - longest_minutes: what a run may take; judged by its earlier runs where left out
    - checks: asked of the live tables after a run, as those of a database
    - on_failure: tell (a mail), or restore (the tables as they were backed up before the run)
    - keep_backups: the newest so many backups of each table (last), and for how many days the others (days)
  EOT
  type = map(object({
    database        = optional(string)
    start_by        = optional(string)
    days            = optional(list(string))
    holidays        = optional(list(string))
    longest_minutes = optional(number)
    tables          = optional(list(string))
    on_failure      = optional(string)
    keep_backups    = optional(object({ last = optional(number), days = optional(number) }))

    checks = optional(list(object({
      kind           = string
      table          = optional(string)
      collection     = optional(string) # for documentdb, beside table
      column         = optional(string)
      field          = optional(string) # for documentdb, beside column
      within         = optional(string)
      at_least       = optional(number)
      at_most        = optional(number)
      schema         = optional(string)
      child          = optional(string)
      parent         = optional(string)
      within_percent = optional(number)
      since          = optional(string)
      names          = optional(list(string))
      except         = optional(list(string))
      query          = optional(string)
      expect         = optional(string)
    })))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for job in var.jobs : contains(keys(var.databases), job.database) if job.database != null])
    error_message = "database of a job must be a name in databases."
  }

  validation {
    condition     = alltrue([for job in var.jobs : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", job.start_by)) if job.start_by != null])
    error_message = "start_by of a job must be a time of day, such as 07:30."
  }

  validation {
    condition = alltrue([
      for job in var.jobs :
      length(job.days) > 0
      && length(setsubtract(job.days, ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])) == 0
      if job.days != null
    ])
    error_message = "days of a job must be days of the week: monday, tuesday, wednesday, thursday, friday, saturday or sunday."
  }

  validation {
    condition = alltrue(flatten([
      for job in var.jobs : [for day in coalesce(job.holidays, []) : can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", day)) && can(timeadd("${day}T00:00:00Z", "0s"))]
    ]))
    error_message = "holidays of a job must be dates, such as 2026-12-31."
  }

  validation {
    condition     = alltrue([for job in var.jobs : job.start_by != null if job.days != null || job.holidays != null])
    error_message = "days and holidays say when a run is missed: they go with start_by."
  }

  validation {
    condition = alltrue([
      for job in var.jobs :
      job.longest_minutes >= 1 && job.longest_minutes <= 10080 && floor(job.longest_minutes) == job.longest_minutes
      if job.longest_minutes != null
    ])
    error_message = "longest_minutes of a job must be a whole number from 1 to 10080, the longest that Glue lets a run take."
  }

  validation {
    condition = alltrue(flatten([
      for job in var.jobs : [
        for check in coalesce(job.checks, []) : alltrue([
          for given in [[
            for key, value in check :
            try(var.databases[job.database].kind, "") == "documentdb" && check.kind != "collection_count" ? lookup(local.check_synonyms, key, key) : key
            if value != null && key != "kind"
          ]] :
          job.database != null
          && contains(keys(local.check_keys), check.kind)
          && length(distinct(given)) == length(given)
          && length(setsubtract(try(local.check_keys[check.kind].needed, []), given)) == 0
          && length(setsubtract(given, try(concat(local.check_keys[check.kind].needed, local.check_keys[check.kind].optional), []))) == 0
        ])
      ]
    ]))
    error_message = "checks of a job go with its database, and each has the keys of its kind as the checks of a database have."
  }

  validation {
    condition     = alltrue([for job in var.jobs : contains(["tell", "restore"], job.on_failure) if job.on_failure != null])
    error_message = "on_failure of a job must be tell or restore."
  }

  validation {
    condition = alltrue([
      for job in var.jobs :
      job.database != null && length(coalesce(job.tables, [])) > 0 && try(var.databases[job.database].kind, "") != "documentdb"
      if job.on_failure == "restore"
    ])
    error_message = "on_failure = restore needs database and tables, and a database that is no documentdb: else nothing was backed up to put back."
  }

  validation {
    condition = alltrue(flatten([
      for job in var.jobs : [
        coalesce(job.keep_backups.last, 3) >= 1 && coalesce(job.keep_backups.last, 3) <= 100,
        coalesce(job.keep_backups.days, 14) >= 1 && coalesce(job.keep_backups.days, 14) <= 366,
      ] if job.keep_backups != null
    ]))
    error_message = "keep_backups.last of a job must be 1 to 100, keep_backups.days 1 to 366."
  }
}

variable "cleanup" {
  description = <<-EOT
    How manual snapshots that no rule keeps are let go:

    - dry_run: true says only what would be deleted. The first weeks, read those mails.
    - grace_days: days between a snapshot's mark and its deletion
    - max_deletions: the most that one run deletes
  EOT
  type = object({
    dry_run       = optional(bool, true)
    grace_days    = optional(number, 1)
    max_deletions = optional(number, 20)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.cleanup.grace_days >= 0 && var.cleanup.grace_days <= 365 && floor(var.cleanup.grace_days) == var.cleanup.grace_days
    error_message = "cleanup.grace_days must be a whole number from 0 to 365."
  }

  validation {
    condition     = var.cleanup.max_deletions >= 0 && var.cleanup.max_deletions <= 5000 && floor(var.cleanup.max_deletions) == var.cleanup.max_deletions
    error_message = "cleanup.max_deletions must be a whole number from 0 to 5000."
  }
}

variable "checkup" {
  description = <<-EOT
    How backups are checked:

    - mail_day: day of the weekly mail that says that all is well
    - metrics_every_hours: hours between two readings of storage metrics; CloudWatch charges about a cent for a thousand
    - sharing_asked_per_run: snapshots whose sharing is asked in one run, as AWS tells it for one at a time; 0: never
    - accept: findings that are accepted as they are, by the id that mails name (* and ? stand for anything), until a date
    - prices: dollars for a GiB and month, where yours differ
    - remediate: what may be changed without asking: a retention that is lower than the policy's is raised, deletion protection is
      turned on. Only then has the function any right to change a database.
  EOT
  type = object({
    mail_day              = optional(string)
    metrics_every_hours   = optional(number)
    sharing_asked_per_run = optional(number)
    accept                = optional(list(object({ finding = string, reason = string, until = optional(string) })))
    prices = optional(object({
      aurora_backup     = optional(number)
      documentdb_backup = optional(number)
      rds_backup        = optional(number)
    }))
    remediate = optional(object({
      retention           = optional(bool)
      deletion_protection = optional(bool)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.checkup.mail_day == null || contains(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], coalesce(var.checkup.mail_day, "-"))
    error_message = "checkup.mail_day must be a day of the week in lower case, such as monday."
  }

  validation {
    condition     = coalesce(var.checkup.metrics_every_hours, 24) >= 1 && coalesce(var.checkup.metrics_every_hours, 24) <= 168 && floor(coalesce(var.checkup.metrics_every_hours, 24)) == coalesce(var.checkup.metrics_every_hours, 24)
    error_message = "checkup.metrics_every_hours must be a whole number from 1 to 168."
  }

  validation {
    condition     = try(var.checkup.sharing_asked_per_run, null) == null || try(var.checkup.sharing_asked_per_run >= 0 && var.checkup.sharing_asked_per_run <= 1000 && floor(var.checkup.sharing_asked_per_run) == var.checkup.sharing_asked_per_run, false)
    error_message = "checkup.sharing_asked_per_run must be a whole number from 0 to 1000."
  }

  validation {
    condition = alltrue([
      for it in coalesce(var.checkup.accept, []) :
      length(trim(it.finding, "*?/ ")) > 0 && length(it.finding) <= 300 && length(trimspace(it.reason)) > 0 && length(it.reason) <= 300
      && (it.until == null || can(regex("^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", it.until)))
    ])
    error_message = "checkup.accept needs the id of a finding (a pattern of stars alone would accept everything), a reason, and until as a date such as 2026-12-24, or none."
  }

  validation {
    condition     = alltrue([for price in values(coalesce(var.checkup.prices, {})) : price >= 0 && price <= 100 if price != null])
    error_message = "checkup.prices must be dollars for a GiB and month, from 0 to 100."
  }
}

variable "backup_check" {
  description = <<-EOT
    The function backup-check, which knows every morning whether a restore would work; null: it is not deployed.

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill
    - schedule: when it looks, in timezone, as EventBridge Scheduler writes it
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
    schedule             = optional(string, "cron(30 6 * * ? *)")
  })
  default = null

  validation {
    condition     = var.backup_check == null || try(endswith(var.backup_check.zip, ".zip"), false)
    error_message = "backup_check.zip must be the path of a .zip package."
  }

  validation {
    condition     = var.backup_check == null || can(regex("^(cron\\(\\S+( \\S+){5}\\)|rate\\(([2-9]|[1-9][0-9]+) (hours|days)\\)|rate\\(1 (hour|day)\\))$", var.backup_check.schedule))
    error_message = "backup_check.schedule must be cron(…) with six fields, such as cron(30 6 * * ? *), or rate(…) in hours or days."
  }
}

variable "glue_alert" {
  description = <<-EOT
    The function glue-alert, which tells of failed, missed and stuck runs of the jobs; null: it is not deployed.

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill
    - poll_minutes: how often it looks for what no event tells
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
    poll_minutes         = optional(number, 15)
  })
  default = null

  validation {
    condition     = var.glue_alert == null || try(endswith(var.glue_alert.zip, ".zip"), false)
    error_message = "glue_alert.zip must be the path of a .zip package."
  }

  validation {
    condition     = var.glue_alert == null || try(var.glue_alert.poll_minutes >= 5 && var.glue_alert.poll_minutes <= 60 && floor(var.glue_alert.poll_minutes) == var.glue_alert.poll_minutes, false)
    error_message = "glue_alert.poll_minutes must be a whole number from 5 to 60: a mail that was lost is sent again by the next poll."
  }

  validation {
    condition     = var.glue_alert == null || length(var.jobs) > 0
    error_message = "glue_alert watches the jobs of the variable jobs, and there are none."
  }
}

variable "snapshot_lifecycle" {
  description = <<-EOT
    The function snapshot-lifecycle, which takes, copies and lets go of snapshots; null: it is not deployed.

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill
    - schedule: when it runs, in timezone, as EventBridge Scheduler writes it
    - export_roles: ARNs of roles that it may hand to RDS for exports to S3, and export_keys: KMS keys of these exports. Without
      them it may export nothing.
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
    schedule             = optional(string, "cron(0 5 * * ? *)")
    export_roles         = optional(list(string), [])
    export_keys          = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.snapshot_lifecycle == null || try(endswith(var.snapshot_lifecycle.zip, ".zip"), false)
    error_message = "snapshot_lifecycle.zip must be the path of a .zip package."
  }

  validation {
    condition     = var.snapshot_lifecycle == null || can(regex("^(cron\\(\\S+( \\S+){5}\\)|rate\\(([2-9]|[1-9][0-9]+) (hours|days)\\)|rate\\(1 (hour|day)\\))$", var.snapshot_lifecycle.schedule))
    error_message = "snapshot_lifecycle.schedule must be cron(…) with six fields, such as cron(0 5 * * ? *), or rate(…) in hours or days."
  }

  validation {
    condition     = var.snapshot_lifecycle == null || alltrue([for arn in try(var.snapshot_lifecycle.export_roles, []) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+$", arn))])
    error_message = "snapshot_lifecycle.export_roles must be ARNs of single IAM roles: * would be any role."
  }

  validation {
    condition     = var.snapshot_lifecycle == null || alltrue([for arn in try(var.snapshot_lifecycle.export_keys, []) : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[0-9A-Za-z-]+$", arn))])
    error_message = "snapshot_lifecycle.export_keys must be ARNs of keys (…:key/…)."
  }

  validation {
    # The pattern becomes a part of an ARN in the role that deletes: a star alone would be every manual snapshot of the account
    condition = var.snapshot_lifecycle == null || alltrue(flatten([
      for database in var.databases : [
        for pattern in try(coalesce(database.snapshots.patterns, []), []) :
        can(regex("^[A-Za-z0-9?*-]{1,255}$", pattern)) && length(replace(replace(replace(pattern, "*", ""), "?", ""), "-", "")) >= 2
      ]
    ]))
    error_message = "snapshots.patterns must be letters, digits, hyphens, * and ?, with at least two letters or digits: they become the names that the function's role may delete."
  }
}

variable "emergency_restore" {
  description = <<-EOT
    The function emergency-restore, which brings a database back as a copy beside it; null: it is not deployed.

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill. enabled = false stops recoveries that are under way too:
      what is made stays, and goes on when it is true again.
    - roles: ARNs of the roles that it may hand to RDS for its copies: of Enhanced Monitoring, of imports and exports. null: any role
      of the account, but to RDS alone. A recovery whose source has a role that is not named here stops with "access denied".
    - proxies: RDS Proxies that it may cut over, by name: arn (of aws_db_proxy) and target_group_arn (of
      aws_db_proxy_default_target_group). Used with emergency_cut_over only.
    - instances: names of the instances of protected clusters, for a swap of names. null: <identifier of the cluster>-*, which other
      instances may be called too. Used with emergency_cut_over only.
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
    roles                = optional(list(string))
    proxies              = optional(map(object({ arn = string, target_group_arn = string })), {})
    instances            = optional(list(string))
  })
  default = null

  validation {
    condition     = var.emergency_restore == null || try(endswith(var.emergency_restore.zip, ".zip"), false)
    error_message = "emergency_restore.zip must be the path of a .zip package."
  }

  validation {
    condition     = alltrue([for arn in try(coalesce(var.emergency_restore.roles, []), []) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+$", arn))])
    error_message = "emergency_restore.roles must be ARNs of single IAM roles: null is what stands for any role."
  }

  validation {
    # They become parts of the role that may move production: * would be every proxy
    condition = alltrue([
      for proxy in try(values(var.emergency_restore.proxies), []) :
      can(regex("^arn:[^:]+:rds:[a-z0-9-]+:[0-9]{12}:db-proxy:prx-[0-9a-z]+$", proxy.arn)) && can(regex("^arn:[^:]+:rds:[a-z0-9-]+:[0-9]{12}:target-group:prx-tg-[0-9a-z]+$", proxy.target_group_arn))
    ])
    error_message = "emergency_restore.proxies needs the ARNs of one proxy (…:db-proxy:prx-…) and of its target group (…:target-group:prx-tg-…) each: RDS gives both ids for names."
  }

  validation {
    # So is this: a pattern would be production that nobody named
    condition     = alltrue([for name in try(coalesce(var.emergency_restore.instances, []), []) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name)) && length(name) <= 63])
    error_message = "emergency_restore.instances must be the plain names of instances, in lower case: 1 to 63 letters, digits and single hyphens."
  }
}

variable "emergency_cut_over" {
  description = <<-EOT
    Whether emergency-restore may cut over to a copy: rename the databases of the policy and their instances, and move the targets of
    the proxies of emergency_restore.proxies.

    false by default, because IAM cannot tell a rename from another change: with true, a role that wakes every minute and that nobody
    watches may change settings of production, and that is for somebody to decide. A restore needs none of it, and costs no time
    without it: the copy comes up, is checked, and its mail says where it is. Decide it in daylight: without the right a cut-over is
    refused at once, and can be made from a machine that has it; with it, nothing has to be applied at 3 a.m. Whoever leaves it false moves the
    application by its own configuration, with the endpoint that the mail names.
  EOT
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.emergency_cut_over || var.emergency_restore != null
    error_message = "emergency_cut_over needs emergency_restore: there is no function that could cut over."
  }
}

variable "kms_key_arns" {
  description = <<-EOT
    Keys of one's own with which the protected databases and their snapshots are encrypted. RDS needs a grant on them for a
    copy. null: any key of the account and region, but only through RDS. [] where AWS's own keys are used.
  EOT
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for arn in coalesce(var.kms_key_arns, []) : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", arn))])
    error_message = "kms_key_arns must be ARNs of keys (…:key/…): IAM does not accept aliases here."
  }
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of Lifeboat's metrics; the only one that its functions may write to."
  type        = string
  default     = "Lifeboat"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-Za-z._/#-]{1,255}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace must be letters, digits and . _ / # -, and must not begin with AWS/, which is AWS's own."
  }
}

variable "architecture" {
  description = "Processor that the packages are built for."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "log_retention_days" {
  description = "Days for which logs of the functions are kept. The evidence is in the bucket, not in the logs."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 and so on."
  }
}

variable "log_level" {
  description = "Least level of log lines."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be TRACE, DEBUG, INFO, WARN or ERROR."
  }
}
