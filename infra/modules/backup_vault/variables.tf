variable "name" {
  description = "Name of the vault; a drill of recovery points in another region looks for a vault of the same name there"
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{2,50}$", var.name))
    error_message = "name must be 2 to 50 letters, digits, _ and -: AWS Backup takes no other names of vaults."
  }
}

variable "key_arn" {
  description = "KMS key of the vault, of the vault's region; null: one is made"
  type        = string
  default     = null

  validation {
    condition     = var.key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[0-9A-Za-z-]+$", var.key_arn))
    error_message = "key_arn must be the ARN of a key (…:key/…)."
  }
}

variable "lock" {
  description = <<-EOT
    Lock of the vault:

    - mode: none; governance (can be taken off by whoever has the right); compliance (cannot be taken off by anybody, once
      changeable_for_days are over)
    - min_retention_days, max_retention_days: what backups in it may be kept for. A job that asks for less or more fails.
    - changeable_for_days: for compliance, at least 3: until then the lock can still be taken off
    - acknowledge: for compliance, "nobody can undo this"
  EOT
  type = object({
    mode                = optional(string, "none")
    min_retention_days  = optional(number)
    max_retention_days  = optional(number)
    changeable_for_days = optional(number)
    acknowledge         = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["none", "governance", "compliance"], var.lock.mode)
    error_message = "lock.mode must be none, governance or compliance."
  }

  validation {
    condition     = var.lock.mode != "compliance" || var.lock.acknowledge == "nobody can undo this"
    error_message = "A lock in compliance mode needs acknowledge = \"nobody can undo this\": after changeable_for_days neither AWS nor the root user can take it off, and every recovery point is paid for to its last day."
  }

  validation {
    condition     = var.lock.mode != "compliance" || try(var.lock.changeable_for_days >= 3 && var.lock.changeable_for_days <= 36500 && floor(var.lock.changeable_for_days) == var.lock.changeable_for_days, false)
    error_message = "A lock in compliance mode needs changeable_for_days from 3: AWS takes no fewer, and they are the only time in which a mistake can be mended."
  }

  validation {
    condition     = var.lock.mode == "compliance" || var.lock.changeable_for_days == null
    error_message = "changeable_for_days goes with mode = compliance: AWS makes every lock that has it one that nobody can take off."
  }

  validation {
    condition     = var.lock.mode == "none" || try(coalesce(var.lock.min_retention_days, 1) >= 1 && coalesce(var.lock.max_retention_days, 36500) <= 36500 && coalesce(var.lock.min_retention_days, 1) <= coalesce(var.lock.max_retention_days, 36500), false)
    error_message = "lock.min_retention_days and max_retention_days must be 1 to 36500, the first not above the second."
  }

  validation {
    condition     = var.lock.mode == "none" || var.lock.min_retention_days != null
    error_message = "A lock needs min_retention_days: without it a backup may be made that is gone tomorrow."
  }

  validation {
    condition     = var.lock.mode != "none" || (var.lock.min_retention_days == null && var.lock.max_retention_days == null)
    error_message = "Without a lock retention is held by nothing: set lock.mode, or leave min_retention_days and max_retention_days out."
  }
}
