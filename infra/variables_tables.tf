variable "table_backup" {
  description = <<-EOT
    The function table-backup, which copies tables of live databases before a job and puts them back; null: it is not deployed. It
    runs in the VPC and the subnets of data_check, with a security group of its own, and works on databases that have live.

    - zip, enabled, reserved_concurrency, memory_mb: as for restore_drill
    - clean_up: when old copies are dropped, in timezone, as EventBridge Scheduler writes it; "": never by itself
    - callers: ARNs of roles that may call it, such as those of state machines and Glue jobs, by names of your own
    - database_cidrs: where live databases are besides the VPC of data_check, such as a peered one
    - make_sns_endpoint: make the interface endpoint of SNS here (billed by the hour and subnet). Needed for mails where there is
      none yet and no NAT.
  EOT
  type = object({
    zip                  = string
    enabled              = optional(bool, true)
    reserved_concurrency = optional(number)
    memory_mb            = optional(number, 256)
    clean_up             = optional(string, "cron(0 5 * * ? *)")
    callers              = optional(map(string), {})
    database_cidrs       = optional(list(string), [])
    make_sns_endpoint    = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.table_backup == null || try(endswith(var.table_backup.zip, ".zip"), false)
    error_message = "table_backup.zip must be the path of a .zip package."
  }

  validation {
    condition     = var.table_backup == null || anytrue([for database in var.databases : database.live != null])
    error_message = "table_backup works on databases that have live, and none has: it would know no way in."
  }

  validation {
    condition     = try(var.table_backup.clean_up, "") == "" || can(regex("^(cron\\(\\S+( \\S+){5}\\)|rate\\(([2-9]|[1-9][0-9]+) (hours|days)\\)|rate\\(1 (hour|day)\\))$", var.table_backup.clean_up))
    error_message = "table_backup.clean_up must be cron(…) with six fields, such as cron(0 5 * * ? *), or rate(…) in hours or days; \"\" for never."
  }

  validation {
    # It may put tables of production back: * would be everybody
    condition = alltrue([
      for name, arn in try(coalesce(var.table_backup.callers, {}), {}) :
      can(regex("^[A-Za-z0-9_-]{1,60}$", name)) && can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+$", arn))
    ])
    error_message = "table_backup.callers must be ARNs of single IAM roles, by names of letters, digits, _ and -: who calls it may put tables of production back."
  }

  validation {
    condition     = alltrue([for cidr in try(coalesce(var.table_backup.database_cidrs, []), []) : can(cidrhost(cidr, 0)) && cidr != "0.0.0.0/0"])
    error_message = "table_backup.database_cidrs must be CIDR blocks of your networks, such as 10.1.0.0/16: a function that reads data has no business on the internet."
  }
}
