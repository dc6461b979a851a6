# What stands around the functions: topic and key, channels, evidence, dashboard, alarms. No credentials, no network.

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
  databases = {
    orders   = { kind = "aurora", identifier = "Prod-Orders", drills = { weekly = { max_age_days = 8, first = true }, yearly = { max_age_days = 380 } } }
    billing  = { kind = "rds", identifier = "prod-billing", drills = { weekly = { max_age_days = 9 } } }
    profiles = { kind = "documentdb", identifier = "prod-profiles", drills = { by-hand = {} } }
  }
}

run "left_alone_there_is_a_key_a_mail_and_a_dashboard_and_nothing_else" {
  assert {
    condition     = aws_sns_topic.lifeboat.kms_master_key_id == aws_kms_key.topic[0].arn && aws_kms_key.topic[0].enable_key_rotation
    error_message = "The topic's key is ${jsonencode(aws_sns_topic.lifeboat.kms_master_key_id)}"
  }

  assert {
    condition = alltrue([
      for list in [
        aws_sns_topic_subscription.https, aws_sns_topic_subscription.queue, aws_sns_topic_subscription.to_bus, aws_sqs_queue.to_bus, aws_pipes_pipe.to_bus,
        aws_sns_topic.chat, aws_chatbot_slack_channel_configuration.lifeboat, aws_s3_bucket_object_lock_configuration.lifeboat, aws_backup_plan.lifeboat,
        aws_cloudwatch_metric_alarm.etl_cpu, aws_cloudwatch_metric_alarm.backup_jobs, aws_cloudwatch_event_rule.backup_jobs,
      ] : length(list) == 0
    ])
    error_message = "Something that nobody asked for"
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.lifeboat.rule : rule.id] == ["old-versions"]
    error_message = "Evidence would age out unasked"
  }

  # Without backup-check nobody tells ages, and an alarm on them would sleep
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.drill_age) == 0
    error_message = "An alarm on a metric that nobody tells"
  }
}

run "the_topic_can_be_left_unencrypted_or_given_a_key" {
  command = plan

  variables {
    topic_encryption = { key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d" }
  }

  assert {
    condition     = aws_sns_topic.lifeboat.kms_master_key_id == "arn:aws:kms:ap-northeast-1:123456789012:key/0a1b2c3d" && length(aws_kms_key.topic) == 0
    error_message = "The key that was given is not used"
  }
}

run "a_topic_without_a_key_has_none" {
  command = plan

  variables {
    topic_encryption = { enabled = false }
  }

  assert {
    condition     = aws_sns_topic.lifeboat.kms_master_key_id == null && length(aws_kms_key.topic) == 0 && output.topic_key_arn == null
    error_message = "A key that nobody wants"
  }
}

run "storage_is_measured_by_what_each_engine_publishes" {
  command = plan

  assert {
    condition = { for name, it in aws_cloudwatch_metric_alarm.free_storage : name => "${it.namespace} ${it.metric_name} ${jsonencode(it.dimensions)} ${it.threshold}" } == {
      billing = "AWS/RDS FreeStorageSpace {\"DBInstanceIdentifier\":\"prod-billing\"} 10737418240"
    }
    error_message = "Free storage is of RDS instances, in bytes: ${jsonencode(keys(aws_cloudwatch_metric_alarm.free_storage))}"
  }

  assert {
    condition = { for name, it in aws_cloudwatch_metric_alarm.free_local_storage : name => "${it.namespace} ${it.metric_name} ${jsonencode(it.dimensions)} ${it.statistic}" } == {
      orders   = "AWS/RDS FreeLocalStorage {\"DBClusterIdentifier\":\"prod-orders\"} Minimum"
      profiles = "AWS/DocDB FreeLocalStorage {\"DBClusterIdentifier\":\"prod-profiles\"} Minimum"
    }
    error_message = "Local storage is of clusters, the least of their instances"
  }

  assert {
    condition = { for name, it in aws_cloudwatch_metric_alarm.aurora_volume_left : name => "${it.namespace} ${it.metric_name} ${jsonencode(it.dimensions)} ${it.threshold} ${it.treat_missing_data}" } == {
      orders = "AWS/RDS AuroraVolumeBytesLeftTotal {\"DBClusterIdentifier\":\"prod-orders\"} 1099511627776 notBreaching"
    }
    error_message = "A volume's room is of Aurora clusters, in bytes"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.free_storage), values(aws_cloudwatch_metric_alarm.free_local_storage), values(aws_cloudwatch_metric_alarm.aurora_volume_left)) :
      alarm.comparison_operator == "LessThanThreshold" && length(alarm.alarm_actions) == 1
    ])
    error_message = "An alarm that looks the wrong way, or that nobody hears"
  }
}

run "alarms_are_left_out_where_they_are_zero" {
  command = plan

  variables {
    alarms = { free_storage_gib = 0, free_local_storage_gib = 0, aurora_volume_left_gib = 0, drill_age = false }
    # With it ages would be told
    backup_check = { zip = "tests/fixtures/backup-check.zip" }
  }

  assert {
    condition = alltrue([
      for alarms in [aws_cloudwatch_metric_alarm.free_storage, aws_cloudwatch_metric_alarm.free_local_storage, aws_cloudwatch_metric_alarm.aurora_volume_left, aws_cloudwatch_metric_alarm.drill_age] : length(alarms) == 0
    ])
    error_message = "An alarm that was switched off"
  }
}

run "an_old_proof_is_an_alarm_by_the_strictest_drill" {
  command = plan

  variables {
    backup_check = { zip = "tests/fixtures/backup-check.zip" }
  }

  assert {
    condition = { for name, it in aws_cloudwatch_metric_alarm.drill_age : name => "${it.metric_name} ${it.threshold} ${it.statistic} ${it.treat_missing_data} ${jsonencode(it.dimensions)}" } == {
      orders  = "DrillAgeHours 192 Minimum ignore {\"Database\":\"orders\"}"
      billing = "DrillAgeHours 216 Minimum ignore {\"Database\":\"billing\"}"
    }
    error_message = "Ages: ${jsonencode({ for name, it in aws_cloudwatch_metric_alarm.drill_age : name => it.threshold })}"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.restore_drill_silent[0].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.restore_drill_silent[0].dimensions == tomap({ Function = "restore-drill" })
    error_message = "A dead tick would be good news"
  }
}

run "switched_off_restore_drill_is_silent_without_an_alarm" {
  command = plan

  variables {
    restore_drill = { zip = "tests/fixtures/restore-drill.zip", enabled = false }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.restore_drill_silent) == 0
    error_message = "Who is switched off has nothing to say"
  }
}

run "the_processor_counts_inside_the_window_only" {
  command = plan

  variables {
    alarms = { etl_cpu = { from = "22:00", to = "23:30", percent = 85, minutes = 20 } }
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.etl_cpu["orders"].metric_query : query.expression if query.id == "during"]) == "IF(now >= 1320 AND now < 1410, cpu, 0)"
      && one([for query in aws_cloudwatch_metric_alarm.etl_cpu["orders"].metric_query : query.expression if query.id == "now"]) == "HOUR(cpu) * 60 + MINUTE(cpu)"
      && aws_cloudwatch_metric_alarm.etl_cpu["orders"].evaluation_periods == 4
    )
    error_message = "The window is not what was asked for: ${jsonencode([for query in aws_cloudwatch_metric_alarm.etl_cpu["orders"].metric_query : query.expression])}"
  }

  assert {
    condition = {
      for name, it in aws_cloudwatch_metric_alarm.etl_cpu : name => one([for query in it.metric_query : "${query.metric[0].namespace} ${jsonencode(query.metric[0].dimensions)}" if query.id == "cpu"])
      } == {
      orders   = "AWS/RDS {\"DBClusterIdentifier\":\"prod-orders\",\"Role\":\"WRITER\"}"
      profiles = "AWS/DocDB {\"DBClusterIdentifier\":\"prod-profiles\",\"Role\":\"WRITER\"}"
      billing  = "AWS/RDS {\"DBInstanceIdentifier\":\"prod-billing\"}"
    }
    error_message = "A processor of something else"
  }
}

run "a_window_may_go_past_midnight_and_be_of_one_database" {
  command = plan

  variables {
    alarms = { etl_cpu = { from = "23:00", to = "01:30", databases = ["billing"] } }
  }

  assert {
    condition = { for name, it in aws_cloudwatch_metric_alarm.etl_cpu : name => one([for query in it.metric_query : query.expression if query.id == "during"]) } == {
      billing = "IF(now >= 1380 OR now < 90, cpu, 0)"
    }
    error_message = "Windows: ${jsonencode({ for name, it in aws_cloudwatch_metric_alarm.etl_cpu : name => [for query in it.metric_query : query.expression] })}"
  }
}

run "every_channel_hangs_on_the_topic" {
  variables {
    channels = {
      https      = ["https://events.example.com/key"]
      queue_arns = ["arn:aws:sqs:ap-northeast-1:123456789012:on-call"]
      slack      = { team_id = "T0123ABCD", channel_id = "C0123ABCD" }
    }
  }

  assert {
    condition = { for it in concat(values(aws_sns_topic_subscription.https), values(aws_sns_topic_subscription.queue), aws_sns_topic_subscription.to_bus) : it.protocol => it.topic_arn... } == {
      https = [aws_sns_topic.lifeboat.arn]
      sqs   = [aws_sns_topic.lifeboat.arn, aws_sns_topic.lifeboat.arn]
    }
    error_message = "A channel that hears nothing"
  }

  # Slack needs the bus for mails, so it is there unasked
  assert {
    condition = (
      length(aws_pipes_pipe.to_bus) == 1
      && aws_pipes_pipe.to_bus[0].target_parameters[0].eventbridge_event_bus_parameters[0].source == "lifeboat"
      && jsondecode(aws_cloudwatch_event_rule.chat[0].event_pattern).source == ["lifeboat"]
      && jsondecode(aws_cloudwatch_event_rule.chat[0].event_pattern)["detail-type"] == [aws_pipes_pipe.to_bus[0].target_parameters[0].eventbridge_event_bus_parameters[0].detail_type]
    )
    error_message = "What is put on the bus is not what the chat's rule takes"
  }

  # The template with its placeholder filled in is what a chat takes
  assert {
    condition = jsondecode(replace(aws_cloudwatch_event_target.chat[0].input_transformer[0].input_template, "<subject>", "[FAIL] orders")) == {
      version = "1.0"
      source  = "custom"
      content = { textType = "client-markdown", title = "[FAIL] orders", description = "The mail with this subject says what happened and what to do." }
    }
    error_message = "A chat would not show ${aws_cloudwatch_event_target.chat[0].input_transformer[0].input_template}"
  }

  assert {
    condition     = aws_sns_topic.chat[0].kms_master_key_id == aws_kms_key.topic[0].arn && aws_chatbot_slack_channel_configuration.lifeboat[0].guardrail_policy_arns == tolist(["arn:aws:iam::aws:policy/AWSDenyAll"])
    error_message = "The chat's topic is open, or the chat may ask AWS for things"
  }
}

run "the_bus_alone_needs_no_chat" {
  command = plan

  variables {
    channels = { event_bus = true }
  }

  assert {
    condition     = length(aws_pipes_pipe.to_bus) == 1 && length(aws_sns_topic.chat) == 0 && length(aws_cloudwatch_event_rule.chat) == 0
    error_message = "A chat that nobody asked for"
  }
}

run "evidence_can_be_locked_and_can_age" {
  command = plan

  variables {
    evidence = { keep_days = 2555, object_lock = { mode = "compliance", days = 400, acknowledge = "nobody can undo this" } }
  }

  assert {
    condition     = aws_s3_bucket_object_lock_configuration.lifeboat[0].rule[0].default_retention[0].mode == "COMPLIANCE" && aws_s3_bucket_object_lock_configuration.lifeboat[0].rule[0].default_retention[0].days == 400
    error_message = "The lock is another one"
  }

  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.lifeboat.rule : rule.id => try(one(rule.filter[*].prefix), null) if rule.id != "old-versions" } == {
      closed-runs = "runs/closed/", answers = "checks/", reports = "reports/"
    }
    error_message = "What is under way, or remembered, would age out"
  }
}

run "the_dashboard_shows_every_metric_of_every_database" {
  command = plan

  variables {
    backup_check       = { zip = "tests/fixtures/backup-check.zip" }
    snapshot_lifecycle = { zip = "tests/fixtures/snapshot-lifecycle.zip" }
  }

  assert {
    condition = toset(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.lifeboat[0].dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) : "${metric[1]} ${metric[3]}" if metric[0] == "Lifeboat"
      ]
      ])) == toset(concat(
      [
        for pair in setproduct(
          ["DrillPassed", "DrillAgeHours", "DrillSeconds", "RecoveryPointLagSeconds", "Findings", "BilledBackupGiB", "SnapshotsDeleted", "CopiesLeftBehind"],
          ["orders", "billing", "profiles"]
        ) : "${pair[0]} ${pair[1]}"
      ],
      ["Findings (account)", "Heartbeat restore-drill", "Heartbeat backup-check", "Heartbeat snapshot-lifecycle"],
    ))
    error_message = "The dashboard has other metrics: ${aws_cloudwatch_dashboard.lifeboat[0].dashboard_body}"
  }

  # 24 columns, and no widget over another
  assert {
    condition = (
      alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.lifeboat[0].dashboard_body).widgets : widget.x + widget.width <= 24])
      && length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.lifeboat[0].dashboard_body).widgets : "${widget.x} ${widget.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.lifeboat[0].dashboard_body).widgets)
    )
    error_message = "Widgets lie over each other"
  }

  assert {
    condition = toset(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.lifeboat[0].dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) : metric[3] if metric[1] == "Errors"
      ]
    ])) == toset(["restore-drill", "data-check", "data-check-documentdb", "backup-check", "snapshot-lifecycle"])
    error_message = "A function is not on the dashboard"
  }
}

run "no_dashboard_where_none_is_wanted" {
  command = plan

  variables {
    dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.lifeboat) == 0
    error_message = "A dashboard that nobody wants"
  }
}
