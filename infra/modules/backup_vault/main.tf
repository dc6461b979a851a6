# A vault of AWS Backup with a key of its own, and its lock. Once at home, and once more in the region that copies go to: there it is
# called with a provider of that region (examples/dr-region).

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

locals {
  own_key = var.key_arn == null
}

# tests/vault.tftest.hcl
resource "aws_kms_key" "vault" {
  count = local.own_key ? 1 : 0

  description             = "Backups in the vault ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30 # the longest: a key that is gone is every backup gone
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "vault" {
  count = local.own_key ? 1 : 0

  name          = "alias/${var.name}-vault"
  target_key_id = aws_kms_key.vault[0].key_id
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109: the policy of a key: * is the key itself, and without its account nobody could ever change it again
  #checkov:skip=CKV_AWS_111: the policy of a key: * is the key itself
  #checkov:skip=CKV_AWS_356: the policy of a key: * is the key itself
  # AWS Backup uses the key with the rights of the role that a plan names; IAM says which
  statement {
    sid     = "AdministeredByThisAccount"
    actions = ["kms:*"]
    # *: in the policy of a key this is the key itself
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

# Without force_destroy AWS refuses to delete a vault that holds recovery points
resource "aws_backup_vault" "this" {
  name        = var.name
  kms_key_arn = local.own_key ? aws_kms_key.vault[0].arn : var.key_arn
}

# governance: whoever has backup:DeleteBackupVaultLockConfiguration can take it off. compliance: after changeable_for_days nobody can,
# the root user neither, and no recovery point goes before its time.
resource "aws_backup_vault_lock_configuration" "this" {
  count = var.lock.mode == "none" ? 0 : 1

  backup_vault_name   = aws_backup_vault.this.name
  min_retention_days  = var.lock.min_retention_days
  max_retention_days  = var.lock.max_retention_days
  changeable_for_days = var.lock.mode == "compliance" ? var.lock.changeable_for_days : null # given, it would be compliance
}
