# What stands around the functions: the topic's key, channels, evidence, alarms. variables.tf has the functions and the policy.

variable "topic_encryption" {
  description = <<-EOT
    Encryption of mails and alarms while they are in the topic:

    - enabled: true unless told otherwise. A key costs about a dollar a month; mails carry names and figures, no rows.
    - key_arn: a key of one's own. Left out, one is made here. Its policy has to let CloudWatch, EventBridge and this account's
      publishers use it for the topic: aws_kms_key.topic in topic.tf shows how. AWS's own key (alias/aws/sns) does not do, since
      alarms cannot publish with it.
  EOT
  type = object({
    enabled = optional(bool, true)
    key_arn = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.topic_encryption.key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[0-9A-Za-z-]+$", var.topic_encryption.key_arn))
    error_message = "topic_encryption.key_arn must be the ARN of a key (…:key/…): alias/aws/sns would silence every alarm, as CloudWatch may not use it."
  }

  validation {
    condition     = var.topic_encryption.key_arn == null || var.topic_encryption.enabled
    error_message = "topic_encryption.key_arn with enabled = false contradicts itself: leave one of them out."
  }
}

variable "channels" {
  description = <<-EOT
    Ways to be heard besides mail. A mailbox is the weak link; a pager is none.

    - https: addresses of pagers and webhooks (https://…). Each confirms its subscription. A key in an address is seen in plans and
      in the state, as Terraform has to name each subscription.
    - queue_arns: SQS queues of one's own that let the topic in
    - event_bus: true puts every message on the account's event bus, as source lifeboat, detail-type "Lifeboat Message"
    - slack: a channel, through Amazon Q Developer in chat applications: alarms as they are, and the subjects of mails. The
      workspace has to be connected once by hand in the AWS console; its id (T…) and the channel's (C…) go here.
  EOT
  type = object({
    https      = optional(set(string), [])
    queue_arns = optional(set(string), [])
    event_bus  = optional(bool, false)
    slack      = optional(object({ team_id = string, channel_id = string }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for address in var.channels.https : can(regex("^https://[^\\s]+$", address))])
    error_message = "channels.https must be https:// addresses: mails name databases and commands, and would be open to read on the way otherwise."
  }

  validation {
    condition     = alltrue([for arn in var.channels.queue_arns : can(regex("^arn:[^:]+:sqs:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "channels.queue_arns must be ARNs of standard SQS queues: a topic of this kind does not deliver to a .fifo queue."
  }

  validation {
    condition     = var.channels.slack == null || can(regex("^[A-Z0-9]{6,}$", var.channels.slack.team_id)) && can(regex("^[A-Z0-9]{6,}$", var.channels.slack.channel_id))
    error_message = "channels.slack needs ids, not names: the workspace's (T…) and the channel's (C…), as Slack's address of the channel shows them."
  }
}

variable "evidence" {
  description = <<-EOT
    How long the evidence of drills is kept, and how firmly:

    - keep_days: days for closed runs, answers and reports; null: for ever (a drill is some 20 kB)
    - old_versions_days: days for versions that were written over
    - object_lock: mode governance (whoever has s3:BypassGovernanceRetention can still delete) or compliance (nobody can, the root
      user neither, until days are over), and days. It holds for every version in the bucket. compliance needs acknowledge =
      "nobody can undo this".
  EOT
  type = object({
    keep_days         = optional(number)
    old_versions_days = optional(number, 90)
    object_lock       = optional(object({ mode = string, days = number, acknowledge = optional(string) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = try(var.evidence.keep_days >= 35 && floor(var.evidence.keep_days) == var.evidence.keep_days, var.evidence.keep_days == null)
    error_message = "evidence.keep_days must be a whole number from 35, or null for ever: comparing checks need the last passed drill, and auditors the ones before."
  }

  validation {
    # A proof that aged out of the bucket would read as a drill that never was
    condition = var.evidence.keep_days == null || alltrue(flatten([
      for database in var.databases : [
        for drill in database.drills : coalesce(drill.max_age_days, 0) < coalesce(var.evidence.keep_days, 36500)
      ]
    ]))
    error_message = "evidence.keep_days must be above every drill's max_age_days: a proof that has aged out of the bucket reads as a drill that never was."
  }

  validation {
    condition     = var.evidence.old_versions_days >= 1 && floor(var.evidence.old_versions_days) == var.evidence.old_versions_days
    error_message = "evidence.old_versions_days must be a whole number from 1."
  }

  validation {
    condition     = try(contains(["governance", "compliance"], var.evidence.object_lock.mode), var.evidence.object_lock == null)
    error_message = "evidence.object_lock.mode must be governance or compliance."
  }

  validation {
    condition = try(
      var.evidence.object_lock.days >= 1 && var.evidence.object_lock.days <= 3650 && floor(var.evidence.object_lock.days) == var.evidence.object_lock.days,
      var.evidence.object_lock == null
    )
    error_message = "evidence.object_lock.days must be a whole number from 1 to 3650: a lock of compliance mode cannot be shortened by anybody."
  }

  validation {
    condition     = try(var.evidence.object_lock.mode != "compliance" || var.evidence.object_lock.acknowledge == "nobody can undo this", var.evidence.object_lock == null)
    error_message = "evidence.object_lock in compliance mode needs acknowledge = \"nobody can undo this\": no version can be deleted before its time, by nobody, and the bucket stays as long."
  }

  validation {
    condition     = try(var.evidence.keep_days >= var.evidence.object_lock.days, var.evidence.keep_days == null || var.evidence.object_lock == null)
    error_message = "evidence.keep_days must not be below object_lock.days: what is locked cannot age out."
  }
}

variable "alarms" {
  description = <<-EOT
    Alarms beside those that each function has (errors, throttles, silence). 0 leaves one of the first three out.

    - free_storage_gib: of each RDS instance (FreeStorageSpace): a full instance makes no backups any more
    - free_local_storage_gib: of each Aurora and DocumentDB instance's local disk (FreeLocalStorage), where sorts and temporary
      tables live. AWS knows no free storage of an Aurora cluster but the next one.
    - aurora_volume_left_gib: what an Aurora MySQL volume can still grow by (AuroraVolumeBytesLeftTotal). PostgreSQL does not
      publish it: for those clusters the alarm stays without data, which is no alarm.
    - etl_cpu: the processor of databases while ETL jobs write: the window in UTC (AWS's alarms know no other zone; 07:00 in Tokyo
      is 22:00 UTC), from and to as hours and minutes, percent, and which databases; null: all. A window may go past midnight.
    - drill_age: whether a proof that is older than the policy allows is an alarm. Needs backup_check, which tells the age daily.
  EOT
  type = object({
    free_storage_gib       = optional(number, 10)
    free_local_storage_gib = optional(number, 5)
    aurora_volume_left_gib = optional(number, 1024)
    drill_age              = optional(bool, true)
    etl_cpu = optional(object({
      from      = string
      to        = string
      percent   = optional(number, 90)
      minutes   = optional(number, 15)
      databases = optional(set(string))
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for gib in [var.alarms.free_storage_gib, var.alarms.free_local_storage_gib, var.alarms.aurora_volume_left_gib] : gib >= 0 && gib <= 262144
    ])
    error_message = "alarms: storage is given in GiB (CloudWatch's bytes are reckoned here), from 0, which is no alarm, to 262144, more than any volume can be."
  }

  validation {
    condition     = var.alarms.etl_cpu == null || alltrue([for time in [try(var.alarms.etl_cpu.from, ""), try(var.alarms.etl_cpu.to, "")] : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", time))])
    error_message = "alarms.etl_cpu.from and to must be times of day in UTC, such as 22:00."
  }

  validation {
    condition     = try(var.alarms.etl_cpu.from != var.alarms.etl_cpu.to, true)
    error_message = "alarms.etl_cpu.from and to are the same: no window, or the whole day. Write 00:00 to 23:59 for the whole day."
  }

  validation {
    condition     = try(var.alarms.etl_cpu.percent > 0 && var.alarms.etl_cpu.percent < 100, var.alarms.etl_cpu == null)
    error_message = "alarms.etl_cpu.percent must be above 0 and below 100: a processor never uses more than all of itself."
  }

  validation {
    condition     = try(var.alarms.etl_cpu.minutes >= 5 && var.alarms.etl_cpu.minutes <= 120 && var.alarms.etl_cpu.minutes % 5 == 0, var.alarms.etl_cpu == null)
    error_message = "alarms.etl_cpu.minutes must be a multiple of 5 from 5 to 120: how long the processor may be that busy."
  }

  validation {
    condition     = length(setsubtract(try(coalesce(var.alarms.etl_cpu.databases, []), []), keys(var.databases))) == 0
    error_message = "alarms.etl_cpu.databases must be names in databases."
  }
}

variable "dashboard" {
  description = "Whether there is a CloudWatch dashboard. The first three of an account are free, each further one is three dollars a month."
  type        = bool
  default     = true
  nullable    = false
}
