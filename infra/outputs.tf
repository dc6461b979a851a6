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
    { for it in module.emergency_restore : "emergency_restore" => it.function_name },
    { for it in module.glue_alert : "glue_alert" => it.function_name },
    { for it in module.table_backup : "table_backup" => it.function_name },
  )
}

output "roles" {
  description = "ARNs of the functions' roles, for the policies of KMS keys"
  value = merge(
    { restore_drill = module.restore_drill.role_arn, data_check = module.data_check.role_arn },
    { for it in module.data_check_documentdb : "data_check_documentdb" => it.role_arn },
    { for it in module.backup_check : "backup_check" => it.role_arn },
    { for it in module.snapshot_lifecycle : "snapshot_lifecycle" => it.role_arn },
    { for it in module.emergency_restore : "emergency_restore" => it.role_arn },
    { for it in module.glue_alert : "glue_alert" => it.role_arn },
    { for it in module.table_backup : "table_backup" => it.role_arn },
  )
}

# For the runbook, and for whoever has no time to look for it
output "in_an_emergency" {
  description = "What to paste when a database has to come back: what can be restored, with the commands for it. null where emergency_restore is not deployed."
  value = one([
    for it in module.emergency_restore :
    "aws lambda invoke --region ${local.region} --function-name ${it.function_name} --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout"
  ])
}

output "data_check_security_group_id" {
  description = "Security group of data-check: the security groups of copies have to let it in"
  value       = aws_security_group.data_check.id
}

output "table_backup_security_group_id" {
  description = "Security group of table-backup: the security groups of live databases have to let it in. null where it is not deployed."
  value       = one(aws_security_group.table_backup[*].id)
}

output "schedules" {
  description = "When drills start: expression and time zone, by database/drill"
  value       = { for drill, schedule in local.schedules : drill => "${schedule.expression} ${schedule.timezone}" }
}

output "policy_json" {
  description = "The policy as the functions read it"
  value       = local.policy_json
}

output "backup_vault" {
  description = "Name of AWS Backup's vault, for backups.recovery_points; null without aws_backup"
  value       = one(module.backup_vault[*].name)
}

output "topic_key_arn" {
  description = "Key of the topic; null where it is not encrypted"
  value       = local.topic_key_arn
}
