# Aurora, an RDS instance and DocumentDB; a Glue job and its tables; AWS Backup with copies into another region; every daily function.

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

module "dr_vault" {
  source    = "../../modules/backup_vault"
  providers = { aws = aws.dr }

  name = "lifeboat"
  lock = { mode = "governance", min_retention_days = 7 }
}

module "lifeboat" {
  source = "../.."

  timezone     = "Asia/Tokyo"
  alert_emails = ["dba@example.com", "on-call@example.com"]

  channels = {
    https = ["https://events.example.com/integration/lifeboat/enqueue"]
    slack = { team_id = "T0EXAMPLE", channel_id = "C0EXAMPLE" }
  }

  restore_drill         = { zip = "${var.packages}/restore-drill.zip" }
  backup_check          = { zip = "${var.packages}/backup-check.zip" }
  snapshot_lifecycle    = { zip = "${var.packages}/snapshot-lifecycle.zip" }
  data_check_documentdb = { zip = "${var.packages}/data-check-documentdb.zip" }

  # Called by the state machine before and after the ETL job; its subnets have no NAT, so mails need an endpoint
  table_backup = {
    zip               = "${var.packages}/table-backup.zip"
    callers           = { daily-etl = "arn:aws:iam::123456789012:role/daily-etl" }
    make_sns_endpoint = true
  }

  data_check = {
    zip                      = "${var.packages}/data-check.zip"
    vpc_id                   = "vpc-0a1b2c3d4e5f60718"
    subnet_ids               = ["subnet-0a1b2c3d4e5f60718", "subnet-1a2b3c4d5e6f70819"]
    s3_endpoint_route_tables = ["rtb-0a1b2c3d4e5f60718"]
    make_secrets_endpoint    = true
  }

  databases = {
    orders = {
      kind       = "aurora"
      identifier = "prod-orders"

      backups = {
        retention_days        = 14
        restore_lag_minutes   = 15
        newest_snapshot_hours = 26
        recovery_points       = [{ vault = "lifeboat", newest_hours = 26 }]
        copies                = [{ region = "us-west-2", newest_hours = 50 }]
      }
      storage = { billed_gib = 2000, growth_percent_per_week = 20 }

      sandbox = {
        subnet_group    = "private"
        security_groups = ["sg-0a1b2c3d4e5f60718"]
        instance_class  = "db.serverless"
        acu             = [0.5, 2]
        login           = { method = "managed_secret", database = "app" }
      }

      checks = [
        { kind = "row_count", table = "public.users", at_least = 1000 },
        { kind = "freshness", table = "audit_log", column = "created_at", within = "24h" },
        { kind = "orphans", child = "payouts.user_id", parent = "users.id" },
        { kind = "schema_unchanged", schema = "public", since = "2026-11-22" },
        { kind = "damage" },
      ]

      drills = {
        weekly    = { schedule = "cron(0 3 ? * SUN *)", max_age_days = 8, restore_lag = "1h", first = true }
        quarterly = { schedule = "cron(0 4 1 1,4,7,10 ? *)", source = "recovery_point", max_age_days = 100 }
      }

      snapshots = {
        patterns     = ["pre-maintenance-*", "manual-backup-*"]
        keep_last    = 3
        keep_days    = 30
        keep_weekly  = 4
        keep_monthly = 12
        copy_to      = { region = "us-west-2", kms_key_id = "alias/aws/rds", keep_last = 2 }
      }

      live = {
        endpoint    = "prod-orders.cluster-c0example.ap-northeast-1.rds.amazonaws.com"
        database    = "app"
        engine      = "aurora-postgresql"
        login       = { method = "secret", secret_arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:lifeboat/orders-AbCdEf" }
        largest_gib = 20
      }
    }

    billing = {
      kind       = "rds"
      identifier = "prod-billing"
      backups    = { retention_days = 7, recovery_points = [{ vault = "lifeboat", newest_hours = 26 }] }

      sandbox = {
        subnet_group    = "private"
        security_groups = ["sg-0a1b2c3d4e5f60718"]
        instance_class  = "db.t4g.medium"
        login           = { method = "iam", database = "billing", user = "lifeboat_probe" }
      }

      checks = [
        { kind = "row_count", table = "invoices", at_least = 1 },
        { kind = "sql", query = "SELECT max(issued_at) >= now() - interval '3 days' FROM invoices", expect = true },
      ]

      drills = { weekly = { schedule = "cron(0 5 ? * SUN *)", max_age_days = 8 } }

      live = {
        endpoint = "prod-billing.c0example.ap-northeast-1.rds.amazonaws.com"
        database = "billing"
        engine   = "postgres"
        login    = { method = "iam", user = "lifeboat", resource_id = "db-ABCDEFGHIJKL01234" }
      }
    }

    profiles = {
      kind       = "documentdb"
      identifier = "prod-profiles"
      backups    = { retention_days = 7, recovery_points = [{ vault = "lifeboat", newest_hours = 26 }] }

      sandbox = {
        subnet_group    = "docdb-private"
        security_groups = ["sg-1a2b3c4d5e6f70819"]
        instance_class  = "db.t4g.medium"
        login           = { method = "managed_secret", database = "app" }
      }

      checks = [
        { kind = "collection_count", collection = "app.profiles", at_least = 1 },
        { kind = "freshness", collection = "app.events", field = "at", within = "7d" },
        { kind = "orphans", child = "app.profiles.account", parent = "app.accounts._id" },
      ]

      drills = { weekly = { schedule = "cron(0 7 ? * SUN *)", max_age_days = 8 } }
    }
  }

  jobs = {
    daily-etl = { database = "orders", start_by = "07:30", tables = ["silver.tenant_status_history"] }
  }

  # prod-billing is backed up by RDS from 03:00 to 03:30 in Tokyo
  aws_backup = {
    lock            = { mode = "governance", min_retention_days = 7, max_retention_days = 400 }
    rds_windows     = ["18:00-18:30"]
    daily           = { at = "14:00", keep_days = 35 }
    weekly          = { at = "20:00", keep_days = 90 }
    monthly         = { at = "22:00", keep_days = 365 }
    copies          = { vault_arn = module.dr_vault.arn, tiers = ["daily"], keep_days = 14 }
    restore_testing = { overrides = { aurora = { dbSubnetGroupName = "private" }, rds = { dbSubnetGroupName = "private" }, documentdb = { dbSubnetGroupName = "docdb-private" } } }
  }

  # The daily ETL writes from 07:00 to 08:30 in Tokyo
  alarms = {
    free_storage_gib = 20
    etl_cpu          = { from = "22:00", to = "23:30", databases = ["orders"] }
  }

  evidence = { object_lock = { mode = "governance", days = 400 } }
}

output "data_check_security_group_id" {
  description = "To be let in by the security groups of copies"
  value       = module.lifeboat.data_check_security_group_id
}

output "table_backup_security_group_id" {
  description = "To be let in by the security groups of live databases"
  value       = module.lifeboat.table_backup_security_group_id
}

output "roles" {
  description = "For the policies of KMS keys of one's own"
  value       = module.lifeboat.roles
}

output "policy_json" {
  description = "The policy as the functions read it"
  value       = module.lifeboat.policy_json
}
