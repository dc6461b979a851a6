output "bucket" {
  description = "Bucket of the policy, records and reports"
  value       = aws_s3_bucket.lifeboat.id
}

output "topic_arn" {
  description = "Topic of mails and alarms"
  value       = aws_sns_topic.lifeboat.arn
}

output "functions" {
  description = "Names of the functions, for aws lambda invoke --function-name"
  value = merge(
    { restore_drill = module.restore_drill.function_name, data_check = module.data_check.function_name },
    { for it in module.data_check_documentdb : "data_check_documentdb" => it.function_name },
    { for it in module.backup_check : "backup_check" => it.function_name },
    { for it in module.snapshot_lifecycle : "snapshot_lifecycle" => it.function_name },
    { for it in module.glue_alert : "glue_alert" => it.function_name },
  )
}

output "roles" {
  description = "ARNs of the functions' roles, for the policies of KMS keys"
  value = merge(
    { restore_drill = module.restore_drill.role_arn, data_check = module.data_check.role_arn },
    { for it in module.data_check_documentdb : "data_check_documentdb" => it.role_arn },
    { for it in module.backup_check : "backup_check" => it.role_arn },
    { for it in module.snapshot_lifecycle : "snapshot_lifecycle" => it.role_arn },
    { for it in module.glue_alert : "glue_alert" => it.role_arn },
  )
}

output "data_check_security_group_id" {
  description = "Security group of data-check: the security groups of copies have to let it in"
  value       = aws_security_group.data_check.id
}

output "schedules" {
  description = "When drills start: expression and time zone, by database/drill"
  value       = { for drill, schedule in local.schedules : drill => "${schedule.expression} ${schedule.timezone}" }
}

output "policy_json" {
  description = "The policy as the functions read it"
  value       = local.policy_json
}
