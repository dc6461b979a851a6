# Documents that Terraform and the functions refuse alike: the rows of tests/fixtures/refusals.json. tests/tests/infra_examples.rs gives
# the same rows to the functions' reader, and looks that each has its run here or in refusals.tftest.hcl.

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
  data_check_documentdb = { zip = "tests/fixtures/data-check-documentdb.zip" }
}

run "refuses_an_age_of_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).an_age_of_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_an_age_of_years" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).an_age_of_years.databases
  }

  expect_failures = [var.databases]
}

run "refuses_half_an_hour_of_age" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).half_an_hour_of_age.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_lag_of_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_lag_of_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_copy_in_a_zone" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_copy_in_a_zone.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_retention_of_half_days" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_retention_of_half_days.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_negative_bill" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_negative_bill.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_drill_that_may_be_eleven_years_old" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_drill_that_may_be_eleven_years_old.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_lag_in_words" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_lag_in_words.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_lag_of_months" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_lag_of_months.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_snapshot_with_a_blank" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_snapshot_with_a_blank.databases
  }

  expect_failures = [var.databases]
}

run "refuses_capacity_of_an_instance" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).capacity_of_an_instance.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_serverless_instance" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_serverless_instance.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_class_of_ec2" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_class_of_ec2.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_blank_subnet_group" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_blank_subnet_group.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_login_into_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_login_into_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_half_a_minute_of_deadline" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).half_a_minute_of_deadline.databases
  }

  expect_failures = [var.databases]
}

run "refuses_two_runs_of_one_name" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).two_runs_of_one_name.databases
  }

  expect_failures = [var.databases]
}

run "refuses_no_pattern" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).no_pattern.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_pattern_of_stars" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_pattern_of_stars.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_pattern_of_automated_snapshots" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_pattern_of_automated_snapshots.databases
  }

  expect_failures = [var.databases]
}

run "refuses_no_snapshot_kept" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).no_snapshot_kept.databases
  }

  expect_failures = [var.databases]
}

run "refuses_twelve_years_of_snapshots" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).twelve_years_of_snapshots.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_copy_to_nowhere" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_copy_to_nowhere.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_copy_of_none" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_copy_of_none.databases
  }

  expect_failures = [var.databases]
}

run "refuses_more_than_at_most" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).more_than_at_most.databases
  }

  expect_failures = [var.databases]
}

run "refuses_fewer_rows_than_none" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).fewer_rows_than_none.databases
  }

  expect_failures = [var.databases]
}

run "refuses_half_a_row" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).half_a_row.databases
  }

  expect_failures = [var.databases]
}

run "refuses_no_tables_at_least" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).no_tables_at_least.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_blank_table" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_blank_table.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_column_without_its_table" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_column_without_its_table.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_column_of_four_parts" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_column_of_four_parts.databases
  }

  expect_failures = [var.databases]
}

run "refuses_within_no_time" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).within_no_time.databases
  }

  expect_failures = [var.databases]
}

run "refuses_within_a_day_in_words" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).within_a_day_in_words.databases
  }

  expect_failures = [var.databases]
}

run "refuses_elevenfold_is_unchanged" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).elevenfold_is_unchanged.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_query_of_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_query_of_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_damage_excepted_in_the_middle" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).damage_excepted_in_the_middle.databases
  }

  expect_failures = [var.databases]
}

run "refuses_an_index_without_a_name" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).an_index_without_a_name.databases
  }

  expect_failures = [var.databases]
}

# Beside them what looks alike and is right, so that no rule above refuses everything
run "takes_what_is_at_the_edge" {
  command = plan

  variables {
    databases = {
      orders = {
        kind       = "aurora"
        identifier = "prod-orders"
        backups    = { restore_lag_minutes = 10080, newest_snapshot_hours = 8784, copies = [{ region = "us-gov-east-1", newest_hours = 1 }] }
        storage    = { billed_gib = 0, growth_percent_per_week = 100000 }
        sandbox    = { instance_class = "db.serverless", acu = [0, 256], deadline_minutes = 1440, expires_hours = 168 }
        checks = [
          { kind = "row_count", table = "t", at_least = 0, at_most = 0 },
          { kind = "tables", at_least = 1 },
          { kind = "orphans", child = "public.payouts.user_id", parent = "users.id" },
          { kind = "freshness", table = "t", column = "c", within = "1h 30m" },
          { kind = "unchanged", table = "t", within_percent = 1000 },
          { kind = "damage", except = ["public.scratch*"] },
        ]
        drills    = { weekly = { restore_lag = "90 minutes", max_age_days = 3660 } }
        snapshots = { patterns = ["a?*"], keep_last = 1000, keep_days = 3660, keep_weekly = 520, keep_monthly = 120 }
      }
      profiles = {
        kind       = "documentdb"
        identifier = "prod-profiles"
        checks     = [{ kind = "orphans", child = "orders.user", parent = "users._id" }]
      }
    }
  }
}

run "refuses_live_tables_of_documents" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).live_tables_of_documents.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_endpoint_with_its_port" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_endpoint_with_its_port.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_engine_without_tables" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_engine_without_tables.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_database_without_a_name" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_database_without_a_name.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_port_of_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_port_of_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_port_beyond_the_last" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_port_beyond_the_last.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_backup_of_nothing" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_backup_of_nothing.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_backup_of_half_gibs" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_backup_of_half_gibs.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_table_without_a_copy" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_table_without_a_copy.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_copy_for_eleven_years" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_copy_for_eleven_years.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_login_by_a_copys_method" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_login_by_a_copys_method.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_secret_without_an_arn" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_secret_without_an_arn.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_secret_by_its_name" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_secret_by_its_name.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_secret_beside_a_user" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_secret_beside_a_user.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_user_beside_a_secret" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_user_beside_a_secret.databases
  }

  expect_failures = [var.databases]
}

run "refuses_a_live_login_without_a_user" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).a_live_login_without_a_user.databases
  }

  expect_failures = [var.databases]
}

run "refuses_every_live_secret" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).every_live_secret.databases
  }

  expect_failures = [var.databases]
}

run "refuses_every_live_user" {
  command = plan

  variables {
    databases = jsondecode(file("./tests/fixtures/refusals.json")).every_live_user.databases
  }

  expect_failures = [var.databases]
}
