# Hints about keys wait here. What fails five times goes to the dead letters, where the alarm finds it.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  queue_name        = "raglite-ingestion"
  dead_letters_name = "raglite-ingestion-dead-letters"
  account           = data.aws_caller_identity.current.account_id
  # Built from names, because a queue's policy cannot refer to the queue it stands in.
  queue_arns = {
    for name in [local.queue_name, local.dead_letters_name] :
    name => "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${local.account}:${name}"
  }
  queue_policies = {
    for name, arn in local.queue_arns : name => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "OurRulesMaySend"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sqs:SendMessage"
          Resource  = arn
          Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arns } }
        },
        {
          Sid       = "OnlyOverTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "sqs:*"
          Resource  = arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ]
    })
  }
}

# The policies stand inline: as resources of their own the provider waits half a minute for each.
resource "aws_sqs_queue" "ingestion" {
  name                       = local.queue_name
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 6 * local.lambda_seconds # what AWS recommends for a function behind a queue
  message_retention_seconds  = 4 * 24 * 3600
  policy                     = local.queue_policies[local.queue_name]

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters_name
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600
  policy                    = local.queue_policies[local.dead_letters_name]

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns[local.queue_name]]
  })
}
