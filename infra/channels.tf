# Ways to be heard besides mail. All of them hang on the one topic, so a channel that breaks takes no other with it.

locals {
  # Slack gets mails from the bus: a chat shows no plain text of a topic, only alarms and messages in a form of its own
  to_bus = var.channels.event_bus || var.channels.slack != null

  chat_topic_arn = "${local.topic_arn}-chat"
}

# A pager or a webhook. Who answers there confirms the subscription by opening the address in the first message.
resource "aws_sns_topic_subscription" "https" {
  for_each = var.channels.https

  topic_arn = aws_sns_topic.lifeboat.arn
  protocol  = "https"
  endpoint  = each.value
}

# Queues of one's own; their policies have to let the topic in, and their key, if they have one, sns.amazonaws.com
resource "aws_sns_topic_subscription" "queue" {
  for_each = var.channels.queue_arns

  topic_arn = aws_sns_topic.lifeboat.arn
  protocol  = "sqs"
  endpoint  = each.value
}

# --- EventBridge ------------------------------------------------------------------------------------------------------

# Every message as an event of the account's bus: source lifeboat, detail-type Lifeboat Message, detail.notification with Subject
# and Message. A queue between, because a topic cannot reach a bus itself; it also holds what the bus does not take.
resource "aws_sqs_queue" "to_bus" {
  count = local.to_bus ? 1 : 0

  name                      = "${var.name_prefix}lifeboat-to-bus"
  message_retention_seconds = 345600
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "to_bus_queue" {
  statement {
    sid       = "TheTopicAlone"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name_prefix}lifeboat-to-bus"]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.topic_arn]
    }
  }
}

resource "aws_sqs_queue_policy" "to_bus" {
  count = local.to_bus ? 1 : 0

  queue_url = aws_sqs_queue.to_bus[0].id
  policy    = data.aws_iam_policy_document.to_bus_queue.json
}

resource "aws_sns_topic_subscription" "to_bus" {
  count = local.to_bus ? 1 : 0

  topic_arn = aws_sns_topic.lifeboat.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.to_bus[0].arn
}

data "aws_iam_policy_document" "pipe_trust" {
  statement {
    sid     = "ThisPipe"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["pipes.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:pipes:${local.region}:${local.account}:pipe/${var.name_prefix}lifeboat-to-bus"]
    }
  }
}

data "aws_iam_policy_document" "pipe" {
  statement {
    sid       = "TakeMessages"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name_prefix}lifeboat-to-bus"]
  }

  statement {
    sid       = "PutThemOnTheBus"
    actions   = ["events:PutEvents"]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account}:event-bus/default"]

    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["lifeboat"]
    }
  }
}

resource "aws_iam_role" "pipe" {
  count = local.to_bus ? 1 : 0

  name               = "${var.name_prefix}lifeboat-to-bus-${local.region}"
  description        = "Lifeboat: what EventBridge Pipes brings messages to the bus with"
  assume_role_policy = data.aws_iam_policy_document.pipe_trust.json
}

resource "aws_iam_role_policy" "pipe" {
  count = local.to_bus ? 1 : 0

  name   = "to-bus"
  role   = aws_iam_role.pipe[0].id
  policy = data.aws_iam_policy_document.pipe.json
}

resource "aws_pipes_pipe" "to_bus" {
  count = local.to_bus ? 1 : 0

  name        = "${var.name_prefix}lifeboat-to-bus"
  description = "Lifeboat's messages, from the topic to the account's event bus"
  role_arn    = aws_iam_role.pipe[0].arn
  source      = aws_sqs_queue.to_bus[0].arn
  target      = "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/default"

  source_parameters {
    sqs_queue_parameters {
      batch_size = 1
    }
  }

  target_parameters {
    # The body is JSON, and Pipes puts it in as such
    input_template = "{\"notification\": <$.body>}"

    eventbridge_event_bus_parameters {
      source      = "lifeboat"
      detail_type = "Lifeboat Message"
    }
  }

  depends_on = [aws_iam_role_policy.pipe]
}

# --- Slack ------------------------------------------------------------------------------------------------------------

# Amazon Q Developer in chat applications (AWS Chatbot): alarms from the topic as they are; of mails the subject, which says the
# verdict, in the form that a chat shows. The whole text is in the mail: a chat refuses what is longer than it likes.
resource "aws_sns_topic" "chat" {
  count = var.channels.slack == null ? 0 : 1

  name              = "${local.topic_name}-chat"
  kms_master_key_id = local.topic_key_arn
}

data "aws_iam_policy_document" "chat_topic" {
  statement {
    sid       = "TheRuleAlone"
    actions   = ["sns:Publish"]
    resources = [local.chat_topic_arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name_prefix}lifeboat-chat"]
    }
  }
}

resource "aws_sns_topic_policy" "chat" {
  count = var.channels.slack == null ? 0 : 1

  arn    = aws_sns_topic.chat[0].arn
  policy = data.aws_iam_policy_document.chat_topic.json
}

resource "aws_cloudwatch_event_rule" "chat" {
  count = var.channels.slack == null ? 0 : 1

  name        = "${var.name_prefix}lifeboat-chat"
  description = "Subjects of Lifeboat's mails, for the chat; alarms get there by themselves"

  event_pattern = jsonencode({
    "source"      = ["lifeboat"]
    "detail-type" = ["Lifeboat Message"]
    "detail" = {
      "notification" = {
        "Subject" = [{ "prefix" = "[" }]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "chat" {
  count = var.channels.slack == null ? 0 : 1

  rule = aws_cloudwatch_event_rule.chat[0].name
  arn  = aws_sns_topic.chat[0].arn

  input_transformer {
    input_paths    = { subject = "$.detail.notification.Subject" }
    input_template = "{\"version\":\"1.0\",\"source\":\"custom\",\"content\":{\"textType\":\"client-markdown\",\"title\":\"<subject>\",\"description\":\"The mail with this subject says what happened and what to do.\"}}"
  }
}

data "aws_iam_policy_document" "chat_trust" {
  statement {
    sid     = "TheChat"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# The chat is a loudspeaker: a role without rights, and a guardrail besides, so that nobody asks AWS for anything from the channel
resource "aws_iam_role" "chat" {
  count = var.channels.slack == null ? 0 : 1

  name               = "${var.name_prefix}lifeboat-chat-${local.region}"
  description        = "Lifeboat: the chat's role, which may do nothing"
  assume_role_policy = data.aws_iam_policy_document.chat_trust.json
}

resource "aws_chatbot_slack_channel_configuration" "lifeboat" {
  count = var.channels.slack == null ? 0 : 1

  configuration_name          = "${var.name_prefix}lifeboat"
  slack_team_id               = var.channels.slack.team_id
  slack_channel_id            = var.channels.slack.channel_id
  iam_role_arn                = aws_iam_role.chat[0].arn
  sns_topic_arns              = [aws_sns_topic.lifeboat.arn, aws_sns_topic.chat[0].arn]
  guardrail_policy_arns       = ["arn:${local.partition}:iam::aws:policy/AWSDenyAll"]
  logging_level               = "ERROR"
  user_authorization_required = false
}
