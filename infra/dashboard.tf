# One dashboard: are there proofs, how quick is a restore, is anything in disorder, does everybody still work.

locals {
  # Names of functions as they tell their heartbeats
  beating = concat(
    ["restore-drill"], keys(local.daily),
    var.emergency_restore == null ? [] : ["emergency-restore"],
    var.glue_alert == null ? [] : ["glue-alert"],
  )

  dashboard_databases = sort(keys(var.databases))

  dashboard_metrics = [
    { metric = "DrillPassed", title = "Drills: 1 passed, 0 no proof", stat = "Minimum", period = 86400, axis = "" },
    { metric = "DrillAgeHours", title = "Age of the newest proof", stat = "Minimum", period = 86400, axis = "hours" },
    { metric = "DrillSeconds", title = "Time to the first answered query (RTO)", stat = "Maximum", period = 86400, axis = "seconds" },
    { metric = "RecoveryPointLagSeconds", title = "What a restore now would lose (RPO)", stat = "Maximum", period = 3600, axis = "seconds" },
    { metric = "Findings", title = "Open findings about backups", stat = "Maximum", period = 86400, axis = "" },
    { metric = "BilledBackupGiB", title = "Billed backup storage", stat = "Maximum", period = 86400, axis = "GiB" },
    { metric = "SnapshotsDeleted", title = "Snapshots let go", stat = "Sum", period = 86400, axis = "" },
    { metric = "CopiesLeftBehind", title = "Copies left behind by drills", stat = "Maximum", period = 86400, axis = "" },
  ]

  dashboard_widgets = concat(
    [{
      type       = "text", x = 0, y = 0, width = 24, height = 2
      properties = { markdown = "# Lifeboat\nA gap is a figure that nobody knows, never a zero. Evidence: `s3://${local.bucket_name}/reports/index.html`" }
    }],
    [
      for at, it in local.dashboard_metrics : {
        type   = "metric"
        x      = (at % 3) * 8
        y      = 2 + floor(at / 3) * 6
        width  = 8
        height = 6
        properties = {
          title  = it.title
          region = local.region
          view   = "timeSeries"
          stat   = it.stat
          period = it.period
          metrics = [
            # Findings of the account as a whole belong to no database
            for database in concat(local.dashboard_databases, it.metric == "Findings" ? ["(account)"] : []) :
            [var.metrics_namespace, it.metric, "Database", database, { label = database }]
          ]
          yAxis = { left = { min = 0, label = it.axis, showUnits = false } }
        }
      }
    ],
    [
      {
        type = "metric", x = 16, y = 14, width = 8, height = 6
        properties = {
          title   = "Signs of life"
          region  = local.region
          view    = "timeSeries"
          stat    = "Sum"
          period  = 3600
          metrics = [for function in local.beating : [var.metrics_namespace, "Heartbeat", "Function", function, { label = function }]]
          yAxis   = { left = { min = 0, showUnits = false } }
        }
      },
      {
        type = "metric", x = 0, y = 20, width = 12, height = 6
        properties = {
          title   = "Errors of functions"
          region  = local.region
          view    = "timeSeries"
          stat    = "Sum"
          period  = 3600
          metrics = [for function in local.function_names : ["AWS/Lambda", "Errors", "FunctionName", function, { label = function }]]
          yAxis   = { left = { min = 0, showUnits = false } }
        }
      },
      {
        type = "metric", x = 12, y = 20, width = 12, height = 6
        properties = {
          title   = "Longest invocations"
          region  = local.region
          view    = "timeSeries"
          stat    = "Maximum"
          period  = 3600
          metrics = [for function in local.function_names : ["AWS/Lambda", "Duration", "FunctionName", function, { label = function }]]
          yAxis   = { left = { min = 0, label = "milliseconds", showUnits = false } }
        }
      },
    ],
  )

  # Every function that is deployed here, by its name in Lambda
  function_names = concat(
    [local.restore_drill_name], local.data_check_names,
    var.backup_check == null ? [] : [local.backup_check_name],
    var.snapshot_lifecycle == null ? [] : [local.snapshot_lifecycle_name],
    var.emergency_restore == null ? [] : [local.emergency_restore_name],
    var.glue_alert == null ? [] : [local.glue_alert_name],
    var.table_backup == null ? [] : [local.table_backup_name],
  )
}

resource "aws_cloudwatch_dashboard" "lifeboat" {
  count = var.dashboard ? 1 : 0

  dashboard_name = "${var.name_prefix}lifeboat"
  dashboard_body = jsonencode({ widgets = local.dashboard_widgets })
}
