# What makes us look at a key. Each is only a hint: duplicates and disorder do no harm.

resource "aws_cloudwatch_event_rule" "document_upload" {
  name        = "raglite-document-upload"
  description = "A document arrived or was replaced"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = [var.documents_bucket.name] } }
  })
}

resource "aws_cloudwatch_event_rule" "document_deleted" {
  name        = "raglite-document-deleted"
  description = "A document, or one version of it, was deleted"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Deleted"]
    detail      = { bucket = { name = [var.documents_bucket.name] } }
  })
}

# A task that dies leaves keys behind; one that ends may just have missed a new one.
resource "aws_cloudwatch_event_rule" "ingest_task_stopped" {
  name        = "raglite-ingest-task-stopped"
  description = "An ingest task ended, well or badly"

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn        = [var.cluster.arn]
      lastStatus        = ["STOPPED"]
      taskDefinitionArn = [{ prefix = trimsuffix(module.task.any_revision_arn, "*") }]
    }
  })
}

resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "raglite-reconcile"
  description         = "Whatever waits and nobody works on"
  schedule_expression = "rate(5 minutes)"
}

# Somebody has made keys wait (`raglite replay`, `raglite reconcile --repair`): sooner than the schedule.
resource "aws_cloudwatch_event_rule" "keys_wait" {
  name        = "raglite-keys-wait"
  description = "Keys were requested by hand or by the reconciler"

  event_pattern = jsonencode({ source = ["raglite.reconcile"] })
}

resource "aws_cloudwatch_event_rule" "inventory" {
  name                = "raglite-inventory"
  description         = "Compare bucket, registry and index, and repair what disagrees"
  schedule_expression = "rate(1 hour)"
}

locals {
  rules = {
    document_upload     = aws_cloudwatch_event_rule.document_upload
    document_deleted    = aws_cloudwatch_event_rule.document_deleted
    ingest_task_stopped = aws_cloudwatch_event_rule.ingest_task_stopped
    reconcile           = aws_cloudwatch_event_rule.reconcile
    keys_wait           = aws_cloudwatch_event_rule.keys_wait
    inventory           = aws_cloudwatch_event_rule.inventory
  }
  rule_arns = values(local.rules)[*].arn
  # What a rule says instead of the event itself: a schedule's event does not tell which schedule it is.
  inputs = { inventory = jsonencode({ source = "raglite.inventory" }) }
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each = local.rules

  rule  = each.value.name
  arn   = aws_sqs_queue.ingestion.arn
  input = lookup(local.inputs, each.key, null)

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}
