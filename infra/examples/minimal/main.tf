# One Aurora PostgreSQL cluster, drilled every Sunday, one reader of mails.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "ap-northeast-1"
}

variable "packages" {
  description = "Folder with restore-drill.zip and data-check.zip"
  type        = string
  default     = "."
}

module "lifeboat" {
  source = "../.."

  timezone     = "Asia/Tokyo"
  alert_emails = ["dba@example.com"]

  restore_drill = { zip = "${var.packages}/restore-drill.zip" }

  data_check = {
    zip        = "${var.packages}/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718", "subnet-1a2b3c4d5e6f70819"]
  }

  databases = {
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"

      sandbox = {
        subnet_group    = "private"
        security_groups = ["sg-0a1b2c3d4e5f60718"]
        instance_class  = "db.serverless"
        acu             = [0.5, 1]
        login           = { method = "managed_secret", database = "app" }
      }

      checks = [
        { kind = "row_count", table = "public.users", at_least = 1 },
        { kind = "freshness", table = "audit_log", column = "created_at", within = "24h" },
      ]

      drills = {
        weekly = { schedule = "cron(0 3 ? * SUN *)", max_age_days = 8 }
      }
    }
  }
}

output "data_check_security_group_id" {
  description = "To be let in by the security groups of copies"
  value       = module.lifeboat.data_check_security_group_id
}

output "policy_json" {
  description = "The policy as the functions read it"
  value       = module.lifeboat.policy_json
}
