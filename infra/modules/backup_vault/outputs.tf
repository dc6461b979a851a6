output "name" {
  description = "Name of the vault"
  value       = aws_backup_vault.this.name
}

output "arn" {
  description = "ARN of the vault, for copies"
  value       = aws_backup_vault.this.arn
}

output "key_arn" {
  description = "ARN of the vault's key"
  value       = local.own_key ? aws_kms_key.vault[0].arn : var.key_arn
}
