# The whole module as `make apply` deploys it on the local AWS: every function, every channel that it has a service for. Endpoints
# and keys come from the environment (AWS_ENDPOINT_URL…), so nothing here is about the local AWS but the way it names buckets.

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
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_credentials_validation = true
}

variable "packages" {
  type = string
}

# When the drill starts: a minute that is near
variable "schedule" {
  type = string
}

variable "queue_arn" {
  description = "Where mails are read: nobody confirms an address here"
  type        = string
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

module "lifeboat" {
  source = "../../../../infra"

  timezone     = "Asia/Tokyo"
  alert_emails = ["dba@example.com"]
  architecture = "x86_64"
  channels     = { queue_arns = [var.queue_arn] }

  restore_drill      = { zip = "${var.packages}/restore-drill.zip" }
  backup_check       = { zip = "${var.packages}/backup-check.zip" }
  snapshot_lifecycle = { zip = "${var.packages}/snapshot-lifecycle.zip" }
  emergency_restore  = { zip = "${var.packages}/emergency-restore.zip" }

  data_check = {
    zip        = "${var.packages}/data-check.zip"
    vpc_id     = data.aws_vpc.default.id
    subnet_ids = data.aws_subnets.default.ids
  }

  databases = {
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"
      backups    = { retention_days = 7, restore_lag_minutes = 15 }
      storage    = { billed_gib = 20 }

      sandbox = {
        subnet_group    = "private"
        security_groups = ["sg-0a1b2c3d4e5f60718"]
        instance_class  = "db.serverless"
        acu             = [0.5, 1]
        login           = { method = "managed_secret", database = "app" }
      }

      checks = [
        { kind = "row_count", table = "public.orders", at_least = 1000 },
        { kind = "freshness", table = "public.orders", column = "created_at", within = "1h" },
      ]

      drills = {
        weekly = { schedule = var.schedule, schedule_timezone = "Asia/Tokyo", max_age_days = 8 }
      }

      snapshots = { patterns = ["pre-maintenance-*"], keep_days = 30 }
    }
  }
}

output "functions" {
  value = module.lifeboat.functions
}

output "bucket" {
  value = module.lifeboat.bucket
}
