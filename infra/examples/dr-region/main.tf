# One Aurora cluster at home, a vault and data-check in another region, and a drill that restores over there.

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

provider "aws" {
  alias  = "dr"
  region = "us-west-2"
}

variable "packages" {
  description = "Folder with the packages"
  type        = string
  default     = "."
}

module "dr" {
  source    = "../../modules/dr_region"
  providers = { aws = aws.dr }

  bucket       = module.lifeboat.bucket
  home_region  = "ap-northeast-1"
  alert_emails = ["dba@example.com"]

  data_check = {
    zip         = "${var.packages}/data-check.zip"
    vpc_id      = "vpc-9a1b2c3d4e5f60718"
    subnet_ids  = ["subnet-9a1b2c3d4e5f60718"]
    https_cidrs = ["0.0.0.0/0"]
  }

  # The same name as at home: a drill of a recovery point in another region looks for it there
  backup_vault = { name = "lifeboat", lock = { mode = "governance", min_retention_days = 7 } }
}

module "lifeboat" {
  source = "../.."

  timezone     = "Asia/Tokyo"
  alert_emails = ["dba@example.com"]

  restore_drill = { zip = "${var.packages}/restore-drill.zip" }
  backup_check  = { zip = "${var.packages}/backup-check.zip" }

  data_check = {
    zip        = "${var.packages}/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }

  databases = {
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"
      backups    = { recovery_points = [{ vault = "lifeboat", newest_hours = 26 }], copies = [{ region = "us-west-2", newest_hours = 50 }] }

      sandbox = {
        subnet_group    = "private"
        security_groups = ["sg-0a1b2c3d4e5f60718"]
        instance_class  = "db.serverless"
        acu             = [0.5, 1]
        login           = { method = "managed_secret", database = "app" }
      }

      checks = [{ kind = "row_count", table = "public.users", at_least = 1 }]

      drills = {
        weekly = { schedule = "cron(0 3 ? * SUN *)", max_age_days = 8, first = true }
        dr-quarterly = {
          schedule     = "cron(0 5 1 1,4,7,10 ? *)"
          source       = "recovery_point"
          region       = "us-west-2"
          max_age_days = 100
          sandbox      = { subnet_group = "dr-private", security_groups = ["sg-9a1b2c3d4e5f60718"] }
        }
      }
    }
  }

  aws_backup = {
    daily   = { at = "14:00", keep_days = 14 }
    weekly  = { keep_days = 0 }
    monthly = { keep_days = 0 }
    copies  = { vault_arn = module.dr.vault_arn }
  }
}

output "dr_data_check_security_group_id" {
  description = "To be let in by the security groups of copies in us-west-2"
  value       = module.dr.data_check_security_group_id
}

output "policy_json" {
  description = "The policy as the functions read it"
  value       = module.lifeboat.policy_json
}
