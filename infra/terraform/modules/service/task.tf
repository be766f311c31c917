data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

module "image" {
  source = "../image"

  name   = local.container
  tag    = var.image_tag
  digest = var.image_digest
}

module "task" {
  source = "../task"

  family             = "raglite-service"
  container          = local.container
  image              = module.image.image
  size               = { cpu = 1024, memory = 2048 }
  secrets            = { RAGLITE_QDRANT_API_KEY = var.qdrant_secret.arn }
  ports              = [var.network.service_port]
  stop_seconds       = 60 # the server drains for 25, then what waits for the audit log is written
  key_arn            = var.key_arn
  log_retention_days = var.log_retention_days

  environment = merge(var.environment, {
    RAGLITE_HOST            = "0.0.0.0"
    RAGLITE_PORT            = tostring(var.network.service_port)
    RAGLITE_QDRANT_SECONDS  = "5" # who asks is told soon; ingestion waits longer
    RAGLITE_API_KEYS_SECRET = var.api_keys_secret.name
  })
}

resource "aws_iam_role_policy" "task" {
  name = "answer-questions"
  role = module.task.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheRegistry"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
        Resource = var.registry.arn
      },
      {
        Sid      = "ReadParsedDocuments"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${var.parsed_bucket.arn}/*"
      },
      {
        # Makes S3 answer 404 instead of 403 for a document that has not been parsed.
        Sid      = "NoticeWhatIsNotParsed"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.parsed_bucket.arn
      },
      {
        # What callers bring in, and the links by which they may.
        Sid      = "StoreDocuments"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${var.documents_bucket.arn}/*"
      },
      {
        Sid      = "SeeWhatHasArrived"
        Effect   = "Allow"
        Action   = "s3:ListBucketVersions"
        Resource = var.documents_bucket.arn
      },
      {
        # The console's pictures of cited pages: ADR 32.
        Sid      = "ShowPagesAsTheyWereUploaded"
        Effect   = "Allow"
        Action   = "s3:GetObjectVersion"
        Resource = "${var.documents_bucket.arn}/*"
      },
      {
        # raglite/adapters/dynamodb_submissions.py, and documents that an operator has tried again. Commit numbers, and
        # which collections there are, are not the service's to write.
        Sid      = "NoteSubmissionsAndReplays"
        Effect   = "Allow"
        Action   = ["dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"]
        Resource = var.registry.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["submission#*", "document#*"] }
          Null                      = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid       = "WakeTasksForReplays"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = "arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:event-bus/default"
        Condition = { StringEquals = { "events:source" = "raglite.reconcile" } }
      },
      {
        # Neither can be limited to some traces or metrics.
        Sid      = "ShowTracesAndObjectives"
        Effect   = "Allow"
        Action   = ["xray:BatchGetTraces", "cloudwatch:GetMetricData"]
        Resource = "*"
      },
      {
        Sid      = "KnowItsCallers"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.api_keys_secret.arn
      },
      {
        Sid      = "Decrypt"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.key_arn
        Condition = {
          StringEquals = {
            "kms:ViaService" = [for service in ["s3", "secretsmanager"] : "${service}.${data.aws_region.current.name}.amazonaws.com"]
          }
        }
      },
      {
        Sid       = "EncryptDocuments"
        Effect    = "Allow"
        Action    = "kms:GenerateDataKey"
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.name}.amazonaws.com" } }
      },
    ]
  })
}
