# The topic of mails and alarms, its key, and who hears it.

locals {
  own_topic_key = var.topic_encryption.enabled && var.topic_encryption.key_arn == null
  # The topic, and the chat's where there is one
  encrypted_topics = concat([local.topic_arn], var.channels.slack == null ? [] : [local.chat_topic_arn])
  topic_key_arn    = !var.topic_encryption.enabled ? null : local.own_topic_key ? one(aws_kms_key.topic[*].arn) : var.topic_encryption.key_arn
}

# A key of our own, because CloudWatch alarms cannot publish to a topic that is encrypted with AWS's key for SNS
resource "aws_sns_topic" "lifeboat" {
  name              = local.topic_name
  kms_master_key_id = local.topic_key_arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  # EventBridge names its rule, not its account
  statement {
    sid       = "RulesOfThisModule"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name_prefix}lifeboat-*"]
    }
  }

  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

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

resource "aws_sns_topic_policy" "lifeboat" {
  arn    = aws_sns_topic.lifeboat.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.lifeboat.arn
  protocol  = "email"
  endpoint  = each.value
}

# --- its key ----------------------------------------------------------------------------------------------------------

resource "aws_kms_key" "topic" {
  count = local.own_topic_key ? 1 : 0

  description             = "Lifeboat: mails and alarms on their way through the topic ${local.topic_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.topic_key.json
}

resource "aws_kms_alias" "topic" {
  count = local.own_topic_key ? 1 : 0

  name          = "alias/${local.topic_name}-topic"
  target_key_id = aws_kms_key.topic[0].key_id
}

data "aws_iam_policy_document" "topic_key" {
  #checkov:skip=CKV_AWS_109: the policy of a key: * is the key itself, and without its account nobody could ever change it again
  #checkov:skip=CKV_AWS_111: the policy of a key: * is the key itself
  #checkov:skip=CKV_AWS_356: the policy of a key: * is the key itself
  # Else nobody could ever change the key again
  statement {
    sid     = "AdministeredByThisAccount"
    actions = ["kms:*"]
    # *: in the policy of a key this is the key itself
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  # As AWS's own key for SNS says it: whoever of this account may publish to this topic (that is for IAM to say, in each
  # function's role) may have its message encrypted, only through SNS and only for this topic.
  statement {
    sid       = "PublishersOfThisAccount"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sns.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = local.encrypted_topics
    }
  }

  # Services come as themselves. EventBridge sends no source account with its calls to KMS, so the topic is the condition for all:
  # what is encrypted under it can be nothing but a message of this topic.
  statement {
    sid       = "ServicesThatPublish"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values   = local.encrypted_topics
    }
  }
}
