# What the variables refuse, and what they take. Each run has one mistake.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  alert_emails  = ["dba@example.com"]
  restore_drill = { zip = "tests/fixtures/restore-drill.zip" }
  data_check = {
    zip        = "tests/fixtures/data-check.zip"
    vpc_id     = "vpc-0a1b2c3d4e5f60718"
    subnet_ids = ["subnet-0a1b2c3d4e5f60718"]
  }
  databases = {
    orders = { kind = "aurora", identifier = "prod-orders" }
  }
}

run "refuses_an_unknown_kind" {
  command = plan

  variables {
    databases = { orders = { kind = "postgres", identifier = "prod-orders" } }
  }

  expect_failures = [var.databases]
}

run "refuses_an_arn_for_an_identifier" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders" } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_database_named_like_a_copy" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "drill-orders" } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_name_that_no_run_id_holds" {
  command = plan

  variables {
    databases = { Orders_DB = { kind = "aurora", identifier = "prod-orders" } }
  }

  expect_failures = [var.databases]
}

run "refuses_one_identifier_twice" {
  command = plan

  variables {
    databases = { a = { kind = "aurora", identifier = "prod-orders" }, b = { kind = "aurora", identifier = "Prod-Orders" } }
  }

  expect_failures = [var.databases]
}

run "refuses_no_databases" {
  command = plan

  variables {
    databases = {}
  }

  expect_failures = [var.databases]
}

run "refuses_several_drills_and_no_first_one" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = {}, quarterly = {} } } }
  }

  expect_failures = [var.databases]
}

run "refuses_several_first_drills" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { first = true }, quarterly = { first = true } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_an_unknown_source" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "latest-snapshot" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_snapshot_beside_another_source" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "point_in_time", snapshot = "manual-1" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_snapshot_drill_without_its_snapshot" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "snapshot" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_lag_of_a_snapshot" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "latest_snapshot", restore_lag = "1h" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_cron_of_five_fields" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { schedule = "cron(0 3 * * SUN)" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_rate_with_a_wrong_unit" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { schedule = "rate(7 day)" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_zone_without_a_schedule" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { schedule_timezone = "UTC" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_security_groups_name" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { security_groups = ["default"] } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_capacity_that_aws_does_not_have" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { acu = [0.3, 1] } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_capacity_of_one_number" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { acu = [1] } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_user_beside_a_managed_secret" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { login = { method = "managed_secret", database = "app", user = "probe" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_login_by_iam_without_a_user" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { sandbox = { login = { method = "iam", database = "app" } } } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_every_user_of_every_database" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { login = { method = "iam", database = "app", user = "*" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_copy_that_is_swept_before_its_deadline" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { deadline_minutes = 180 }, drills = { weekly = { sandbox = { expires_hours = 2 } } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_deadline_of_days" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { deadline_minutes = 2880, expires_hours = 72 } } }
  }

  expect_failures = [var.databases]
}

run "refuses_an_unknown_check" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "rows", table = "users" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_check_without_its_table" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "row_count", at_least = 1 }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_check_with_a_key_of_another_kind" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "foreign_keys", schema = "public", table = "users" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_row_count_without_a_number" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "row_count", table = "users" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_checks_of_documentdb" {
  command = plan

  variables {
    databases = { orders = { kind = "documentdb", identifier = "prod-orders", checks = [{ kind = "foreign_keys", schema = "public" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_retention_that_aws_does_not_have" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", backups = { retention_days = 36 } } }
  }

  expect_failures = [var.databases]
}

run "refuses_nobody_to_write_to" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}

run "refuses_an_address_without_a_domain" {
  command = plan

  variables {
    alert_emails = ["dba"]
  }

  expect_failures = [var.alert_emails]
}

run "refuses_a_zone_that_is_an_offset" {
  command = plan

  variables {
    timezone = "+09:00"
  }

  expect_failures = [var.timezone]
}

run "refuses_a_prefix_like_a_copys_name" {
  command = plan

  variables {
    name_prefix = "drill-"
  }

  expect_failures = [var.name_prefix]
}

run "refuses_a_prefix_with_capitals" {
  command = plan

  variables {
    name_prefix = "Staging-"
  }

  expect_failures = [var.name_prefix]
}

run "refuses_a_keys_alias" {
  command = plan

  variables {
    kms_key_arns = ["alias/orders"]
  }

  expect_failures = [var.kms_key_arns]
}

run "refuses_aws_own_namespace" {
  command = plan

  variables {
    metrics_namespace = "AWS/Lifeboat"
  }

  expect_failures = [var.metrics_namespace]
}

run "refuses_no_subnets" {
  command = plan

  variables {
    data_check = { zip = "tests/fixtures/data-check.zip", vpc_id = "vpc-1", subnet_ids = [] }
  }

  expect_failures = [var.data_check]
}

run "refuses_a_package_that_is_no_zip" {
  command = plan

  variables {
    restore_drill = { zip = "bootstrap" }
  }

  expect_failures = [var.restore_drill]
}

run "refuses_a_retention_of_logs_that_cloudwatch_does_not_have" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_documentdb_without_the_build_that_has_its_driver" {
  command = plan

  variables {
    databases = { orders = { kind = "documentdb", identifier = "prod-orders" } }
  }

  expect_failures = [var.data_check_documentdb]
}

run "refuses_a_documentdb_package_that_is_no_zip" {
  command = plan

  variables {
    databases             = { orders = { kind = "documentdb", identifier = "prod-orders" } }
    data_check_documentdb = { zip = "bootstrap" }
  }

  expect_failures = [var.data_check_documentdb]
}

run "refuses_sql_of_documentdb" {
  command = plan

  variables {
    databases             = { orders = { kind = "documentdb", identifier = "prod-orders", checks = [{ kind = "sql", query = "SELECT true", expect = true }] } }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  expect_failures = [var.databases]
}

run "refuses_keys_of_documentdb" {
  command = plan

  variables {
    databases             = { orders = { kind = "documentdb", identifier = "prod-orders", checks = [{ kind = "foreign_keys", schema = "app" }] } }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  expect_failures = [var.databases]
}

run "refuses_a_table_and_a_collection_in_one" {
  command = plan

  variables {
    databases             = { orders = { kind = "documentdb", identifier = "prod-orders", checks = [{ kind = "row_count", table = "a", collection = "b", at_least = 1 }] } }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  expect_failures = [var.databases]
}

run "refuses_a_collection_of_tables" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "collection_count", collection = "users", at_least = 1 }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_collection_for_a_table" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "row_count", collection = "users", at_least = 1 }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_collection_count_of_any_number" {
  command = plan

  variables {
    databases             = { orders = { kind = "documentdb", identifier = "prod-orders", checks = [{ kind = "collection_count", collection = "users" }] } }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
  }

  expect_failures = [var.databases]
}

run "refuses_damage_with_a_table" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "damage", table = "users" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_since_that_is_no_date" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "grants_unchanged", since = "yesterday" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_since_beside_names" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", checks = [{ kind = "indexes", table = "users", names = ["a"], since = "2026-11-22" }] } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_restore_role_that_is_every_role" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { restore_role = "arn:aws:iam::123456789012:role/*" } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_restore_role_that_is_a_name" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { sandbox = { restore_role = "restore" } } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_restore_role_that_is_a_user" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", sandbox = { restore_role = "arn:aws:iam::123456789012:user/restore" } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "latest_snapshot", region = "*" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_point_in_time_in_another_region" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { region = "us-west-2" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_a_recovery_point_without_a_vault" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", drills = { weekly = { source = "recovery_point" } } } }
  }

  expect_failures = [var.databases]
}

run "refuses_every_vault" {
  command = plan

  variables {
    databases = { orders = { kind = "aurora", identifier = "prod-orders", backups = { recovery_points = [{ vault = "*", newest_hours = 26 }] } } }
  }

  expect_failures = [var.databases]
}

run "takes_what_is_right_in_unusual_ways" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "Prod-Orders"
        sandbox    = { deadline_minutes = 180, acu = [0, 1.5] }
        checks     = [{ kind = "tables", at_least = 1 }, { kind = "row_count", table = "users", at_most = 10 }]
        drills = {
          weekly  = { first = true, schedule = "rate(1 day)" }
          by-name = { snapshot = "manual-1" }
        }
      }
      billing = {
        kind       = "rds"
        identifier = "prod-billing"
        backups    = { retention_days = 0 }
        drills     = { only = { schedule = "cron(0/30 3 L * ? *)" } }
      }
      ledger = {
        kind       = "documentdb"
        identifier = "prod-ledger"
        backups    = { newest_snapshot_hours = 26 }
        checks = [
          { kind = "collection_count", collection = "app.profiles", at_least = 1 },
          { kind = "row_count", table = "app.profiles", at_most = 9000 },
          { kind = "freshness", collection = "app.events", field = "at", within = "7d" },
          { kind = "indexes", collection = "app.profiles", names = ["_id_"] },
          { kind = "unchanged", collection = "app.countries", within_percent = 0, since = "2026-11-22T18:00:00+09:00" },
          { kind = "damage" },
        ]
      }
    }
    data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
    timezone              = "America/Argentina/Buenos_Aires"
  }

  assert {
    condition     = length(aws_scheduler_schedule.drill) == 2
    error_message = "Two drills have schedules"
  }
}

run "refuses_a_job_of_a_database_that_is_not_there" {
  command = plan

  variables {
    jobs = { daily-etl = { database = "payments" } }
  }

  expect_failures = [var.jobs]
}

run "refuses_a_time_of_day_that_is_none" {
  command = plan

  variables {
    jobs = { daily-etl = { start_by = "24:30" } }
  }

  expect_failures = [var.jobs]
}

run "refuses_more_deletions_than_a_run_may_have" {
  command = plan

  variables {
    cleanup = { max_deletions = 5001 }
  }

  expect_failures = [var.cleanup]
}

run "refuses_half_a_day_of_grace" {
  command = plan

  variables {
    cleanup = { grace_days = 0.5 }
  }

  expect_failures = [var.cleanup]
}

run "refuses_a_day_in_capitals" {
  command = plan

  variables {
    checkup = { mail_day = "Monday" }
  }

  expect_failures = [var.checkup]
}

run "refuses_metrics_all_the_time" {
  command = plan

  variables {
    checkup = { metrics_every_hours = 0 }
  }

  expect_failures = [var.checkup]
}

run "refuses_to_accept_everything" {
  command = plan

  variables {
    checkup = { accept = [{ finding = "*/*", reason = "noise" }] }
  }

  expect_failures = [var.checkup]
}

run "refuses_an_acceptance_without_a_reason" {
  command = plan

  variables {
    checkup = { accept = [{ finding = "unlisted/cluster/dev", reason = " " }] }
  }

  expect_failures = [var.checkup]
}

run "refuses_a_negative_price" {
  command = plan

  variables {
    checkup = { prices = { rds_backup = -0.1 } }
  }

  expect_failures = [var.checkup]
}

run "refuses_a_check_every_minute" {
  command = plan

  variables {
    backup_check = { zip = "tests/fixtures/backup-check.zip", schedule = "rate(1 minute)" }
  }

  expect_failures = [var.backup_check]
}

run "refuses_any_role_for_exports" {
  command = plan

  variables {
    snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip", export_roles = ["arn:aws:iam::123456789012:role/*"] }
  }

  expect_failures = [var.snapshot_lifecycle]
}

# One letter and stars is a name to the functions; as a part of an ARN in the role that deletes it is nearly everything
run "refuses_a_pattern_that_is_nearly_every_snapshot" {
  command = plan

  variables {
    snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip" }
    databases          = { orders = { kind = "aurora", identifier = "prod-orders", snapshots = { patterns = ["p*-*"] } } }
  }

  expect_failures = [var.snapshot_lifecycle]
}
