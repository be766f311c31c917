locals {
  container = "raglite-ingest"
}

module "image" {
  source = "../image"

  name   = local.container
  tag    = var.image_tag
  digest = var.image_digest
}

module "task" {
  source = "../task"

  family             = "raglite-ingest"
  container          = local.container
  image              = module.image.image
  size               = { cpu = 2048, memory = 8192 } # the parser's child may take 4 GiB
  environment        = var.environment
  secrets            = { RAGLITE_QDRANT_API_KEY = var.qdrant_secret.arn }
  stop_seconds       = 120 # time to give the lease back, so that the next task need not wait for its end
  key_arn            = var.key_arn
  log_retention_days = var.log_retention_days
}

resource "aws_iam_role_policy" "task" {
  name = "ingest"
  role = module.task.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListVersions"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = var.documents_bucket.arn
      },
      {
        Sid      = "ReadDocuments"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = "${var.documents_bucket.arn}/*"
      },
      {
        Sid      = "KeepParsedDocuments"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${var.parsed_bucket.arn}/*"
      },
      {
        # Of versions that the documents bucket no longer holds. The documents themselves no task may delete.
        Sid      = "ForgetWhatIsGone"
        Effect   = "Allow"
        Action   = "s3:DeleteObject"
        Resource = "${var.parsed_bucket.arn}/*"
      },
      {
        Sid      = "NoticeWhatIsNotParsed"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.parsed_bucket.arn
      },
      {
        Sid       = "EncryptAndDecryptObjects"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.name}.amazonaws.com" } }
      },
      {
        Sid    = "KeepTheRegistry"
        Effect = "Allow"
        Action = [
          "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem",
          "dynamodb:Query", "dynamodb:Scan",
        ]
        Resource = var.registry.arn
      },
      {
        Sid      = "FindWhatWaits"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${var.registry.arn}/index/waiting"
      },
      {
        Sid       = "WakeAnotherTask"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = "arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.name}:${local.account}:event-bus/default"
        Condition = { StringEquals = { "events:source" = "raglite.reconcile" } }
      },
    ]
  })
}
