output "vault_arn" {
  description = "For aws_backup.copies.vault_arn of the home deployment"
  value       = one(module.backup_vault[*].arn)
}

output "data_check_security_group_id" {
  description = "To be let in by the security groups of copies in this region"
  value       = one(aws_security_group.data_check[*].id)
}

output "functions" {
  description = "Names of the functions of this region"
  value       = [for it in module.data_check : it.function_name]
}
