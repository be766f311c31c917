# Once a week a task of the service is ended, and its users must not notice. The drill may end tasks of this cluster and
# write documents below drill/; it can break nothing else.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arns    = "arn:${data.aws_partition.current.partition}:ecs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  cluster = element(split("/", var.place.cluster_arn), 1)
}

# Made empty, as every secret: a person sets the key here, and its hash with the scope read among the API keys.
resource "aws_secretsmanager_secret" "key" {
  name        = "raglite/drill-key"
  description = "The drills' own API key, a plain string"
  kms_key_id  = var.key_arn
}

module "task" {
  source = "../task"

  family    = "raglite-drill"
  container = "raglite-drill"
  image     = var.image
  command   = ["python", "-m", "raglite.cli", "drill", "task-lost", "--json"]
  size      = { cpu = 1024, memory = 2048 }
  # Its own deeds are no part of the audit log, which only auditors may read and the drill would check.
  environment        = { for name, value in var.environment : name => value if !startswith(name, "RAGLITE_AUDIT_") }
  secrets            = { RAGLITE_QDRANT_API_KEY = var.qdrant_secret.arn, RAGLITE_API_KEY = aws_secretsmanager_secret.key.arn }
  stop_seconds       = 120
  key_arn            = var.key_arn
  log_retention_days = var.log_retention_days
}

module "schedule" {
  source = "../scheduled_task"

  name        = "raglite-drill"
  description = "End a task of the service, and see that nobody notices"
  schedule    = "cron(0 6 ? * MON *)"
  task        = module.task
  place       = var.place
}

resource "aws_iam_role_policy" "task" {
  name = "play-the-drill"
  role = module.task.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "FindTasks"
        Effect    = "Allow"
        Action    = "ecs:ListTasks"
        Resource  = "*" # AWS narrows this action by the cluster only
        Condition = { ArnEquals = { "ecs:cluster" = var.place.cluster_arn } }
      },
      {
        Sid      = "EndTasks"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:StopTask"]
        Resource = "${local.arns}:task/${local.cluster}/*"
      },
      {
        Sid      = "SeeTheServiceRecover"
        Effect   = "Allow"
        Action   = "ecs:DescribeServices"
        Resource = "${local.arns}:service/${local.cluster}/${var.service_name}"
      },
      {
        Sid      = "ListVersions"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = [var.live.documents.arn, var.live.parsed.arn]
      },
      {
        Sid      = "Read"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["${var.live.documents.arn}/*", "${var.live.parsed.arn}/*"]
      },
      {
        Sid      = "WriteItsOwnDocuments"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject"]
        Resource = "${var.live.documents.arn}/drill/*"
      },
      {
        Sid      = "ReadTheRegistry"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
        Resource = var.live.registry.arn
      },
      {
        Sid      = "FindWhatWaits"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${var.live.registry.arn}/index/waiting"
      },
      {
        Sid      = "SeeThatNoSecretIsLost"
        Effect   = "Allow"
        Action   = "secretsmanager:ListSecrets"
        Resource = "*" # AWS offers no narrower one for this action
      },
      {
        Sid       = "EncryptAndDecryptObjects"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${data.aws_region.current.name}.amazonaws.com" } }
      },
    ]
  })
}
