variable "function_name" {
  description = "Name of the function"
  type        = string
}

variable "description" {
  description = "What it does, for people who look at the account"
  type        = string
}

variable "zip" {
  description = "Path of the package, with the executable bootstrap inside; or s3://bucket/key.zip in the function's region"
  type        = string

  validation {
    condition     = can(regex("^(s3://[a-z0-9.-]{3,63}/.+|[^:]+)\\.zip$", var.zip))
    error_message = "zip must be the path of a .zip package, or s3://bucket/key.zip."
  }
}

variable "architecture" {
  description = "arm64 or x86_64, as the package was built"
  type        = string
  default     = "arm64"
}

variable "enabled" {
  description = "false: nobody can invoke it. What calls it is switched off by its own rule."
  type        = bool
  default     = true
}

variable "reserved_concurrency" {
  description = "Parallel invocations kept for it and allowed to it; null: none kept, no limit"
  type        = number
  default     = null
}

variable "memory_mb" {
  description = "Memory in MB; Lambda gives processor time in proportion"
  type        = number
  default     = 256

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb must be 128 to 10240."
  }
}

variable "timeout_seconds" {
  description = "Longest invocation, in seconds"
  type        = number

  validation {
    condition     = var.timeout_seconds >= 30 && var.timeout_seconds <= 900
    error_message = "timeout_seconds must be 30 to 900: less does not hold the reserve that the functions keep at their end, more is not in Lambda."
  }
}

variable "async_retries" {
  description = "How often Lambda tries an asynchronous event again after an error: 0, 1 or 2"
  type        = number

  validation {
    condition     = contains([0, 1, 2], var.async_retries)
    error_message = "async_retries must be 0, 1 or 2."
  }
}

variable "environment" {
  description = "Environment variables; no secrets"
  type        = map(string)
}

variable "policy_json" {
  description = "What the function's own code may do"
  type        = string
}

variable "vpc" {
  description = "Subnets and security groups of a function inside a VPC; null: outside"
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "log_retention_days" {
  description = "Days for which logs are kept"
  type        = number
}

variable "log_level" {
  description = "Least level of log lines of the function's own"
  type        = string
  default     = "INFO"
}

variable "alarm_topic_arn" {
  description = "Topic of the alarms"
  type        = string
}
