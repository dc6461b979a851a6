# The names that all files share, and the bucket of policy, records and reports.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id

  bucket_name = coalesce(var.bucket_name, "${var.name_prefix}lifeboat-${local.account}-${local.region}")
  topic_name  = "${var.name_prefix}lifeboat"

  # ARNs made from names, not taken from resources: so a plan shows every policy document in full before anything exists
  bucket_arn        = "arn:${local.partition}:s3:::${local.bucket_name}"
  topic_arn         = "arn:${local.partition}:sns:${local.region}:${local.account}:${local.topic_name}"
  restore_drill_arn = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.restore_drill_name}"
  rds               = "arn:${local.partition}:rds:${local.region}:${local.account}"
  secrets           = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret"

  # The regions besides this one that drills restore in
  other_regions = sort(distinct([
    for drill in flatten([for database in var.databases : values(database.drills)]) : drill.region
    if drill.region != null && drill.region != local.region
  ]))
  regions = concat([local.region], local.other_regions)
  # With other regions ARNs say * for the region, and OnlyWhereDrillsAre denies the rest: all ARNs of each region would not fit
  # into the 10,240 characters that IAM has for a role
  copies_region = length(local.other_regions) == 0 ? local.region : "*"
  rds_copies    = "arn:${local.partition}:rds:${local.copies_region}:${local.account}"
}

# --- bucket -----------------------------------------------------------------------------------------------------------

# The evidence that backups restore. Without force_destroy S3 refuses to delete a bucket that has objects.
resource "aws_s3_bucket" "lifeboat" {
  #checkov:skip=CKV_AWS_145: encrypted with S3's own key: one of our own would have to be in the role of every function, and the content is names, figures and verdicts, no rows
  #checkov:skip=CKV_AWS_18: a bucket of access logs is the account's to have: CloudTrail's data events tell the same of every bucket at once
  #checkov:skip=CKV_AWS_144: evidence is some kilobytes a week; who must have it twice copies it, and Object Lock holds it (evidence.object_lock)
  #checkov:skip=CKV2_AWS_62: nobody waits for objects here: functions read them when they are woken
  bucket = local.bucket_name
}

resource "aws_s3_bucket_versioning" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256" # a key of one's own would have to be in the role of every function
    }
  }
}

resource "aws_s3_bucket_public_access_block" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    # An open record is rewritten at every step; its last version is what counts
    noncurrent_version_expiration {
      noncurrent_days = var.evidence.old_versions_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # Without keep_days evidence is kept for ever: some kilobytes for a drill. What is under way (runs/open/) and what the functions
  # remember (findings.json, lifecycle.json) never ages out.
  dynamic "rule" {
    for_each = var.evidence.keep_days == null ? {} : { closed-runs = "runs/closed/", answers = "checks/", reports = "reports/" }

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      expiration {
        days = var.evidence.keep_days
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.lifeboat]
}

# Evidence that nobody can rewrite. Every version of every object is locked; the functions only ever write new versions and
# delete without naming one, which a lock lets pass.
resource "aws_s3_bucket_object_lock_configuration" "lifeboat" {
  count = var.evidence.object_lock == null ? 0 : 1

  bucket              = aws_s3_bucket.lifeboat.id
  object_lock_enabled = "Enabled"

  rule {
    default_retention {
      mode = upper(var.evidence.object_lock.mode)
      days = var.evidence.object_lock.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.lifeboat]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "lifeboat" {
  bucket = aws_s3_bucket.lifeboat.id
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.lifeboat]
}
