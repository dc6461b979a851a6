variable "name_prefix" {
  description = "name_prefix of the home deployment: functions have the same names in both regions"
  type        = string
  default     = ""
  nullable    = false
}

variable "bucket" {
  description = "Output bucket of the home deployment"
  type        = string
}

variable "home_region" {
  description = "Region of the home deployment"
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+){1,2}-[0-9]{1,2}$", var.home_region))
    error_message = "home_region must be an AWS region, such as ap-northeast-1."
  }

  validation {
    condition     = var.home_region != data.aws_region.current.name
    error_message = "home_region is the region of this module's own provider: pass it one of the other region (providers = { aws = aws.dr })."
  }
}

variable "data_check" {
  description = <<-EOT
    data-check in this region; null where only the vault is wanted.

    - zip, and documentdb_zip where databases of kind documentdb are drilled here: paths of the packages
    - vpc_id, subnet_ids: where copies of this region are reached
    - https_cidrs: where port 443 may go besides the VPC: the bucket is in the home region, so ["0.0.0.0/0"] with a NAT, or what
      leads to the home region's S3
  EOT
  type = object({
    zip            = string
    documentdb_zip = optional(string)
    memory_mb      = optional(number, 256)
    vpc_id         = string
    subnet_ids     = list(string)
    https_cidrs    = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.data_check == null || length(try(var.data_check.subnet_ids, [])) > 0
    error_message = "data_check.subnet_ids must name one or more subnets: copies have no public address, so there is no other way in."
  }

  validation {
    condition     = var.data_check == null || length(var.alert_emails) > 0
    error_message = "alert_emails must name at least one address: an alarm of this region reaches nobody in another one."
  }
}

variable "alert_emails" {
  description = "Who gets the alarms of this region's functions"
  type        = set(string)
  default     = []
  nullable    = false
}

variable "iam_users" {
  description = "Database users of logins by IAM (login.user of the policy)"
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for user in var.iam_users : can(regex("^[A-Za-z_][A-Za-z0-9_.-]*$", user))])
    error_message = "iam_users must be plain names: * would be every user of every database."
  }
}

variable "backup_vault" {
  description = "The vault that aws_backup.copies go to: name (that of the home vault, if drills restore its recovery points here), key_arn, lock as in modules/backup_vault; null: none"
  type = object({
    name    = string
    key_arn = optional(string)
    lock = optional(object({
      mode                = optional(string, "none")
      min_retention_days  = optional(number)
      max_retention_days  = optional(number)
      changeable_for_days = optional(number)
      acknowledge         = optional(string)
    }), {})
  })
  default = null
}

variable "architecture" {
  description = "arm64 or x86_64, as at home"
  type        = string
  default     = "arm64"
}

variable "log_retention_days" {
  description = "Days for which logs are kept"
  type        = number
  default     = 90
}

variable "log_level" {
  description = "Least level of log lines"
  type        = string
  default     = "INFO"
}
