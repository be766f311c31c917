# One task makes backups and may remove nothing; another removes what is too old and may write nothing.

locals {
  command = ["python", "-m", "raglite.cli", "backup"]
  duties = {
    backup = { command = [local.command, "create", "--json"], schedule = "cron(0 3,15 * * ? *)", what = "Make a backup" }
    prune  = { command = [local.command, "prune", "--json"], schedule = "cron(0 5 ? * SUN *)", what = "Remove backups whose time is over" }
  }

  environment = merge(var.environment, length(var.qdrant_nodes) == 0 ? {} : { RAGLITE_QDRANT_NODES = jsonencode(var.qdrant_nodes) }, {
    RAGLITE_REVISION       = var.revision
    RAGLITE_BACKUPS_BUCKET = module.bucket.name
    RAGLITE_BACKUPS_KEY    = aws_kms_key.signing.arn
    RAGLITE_BACKUPS_DAYS   = tostring(var.retention_days)
  })
}

module "task" {
  source   = "../task"
  for_each = local.duties

  family             = "raglite-${each.key}"
  container          = "raglite-${each.key}"
  image              = var.image
  command            = flatten(each.value.command)
  size               = { cpu = 1024, memory = 2048 }
  disk_gib           = var.disk_gib
  environment        = local.environment
  secrets            = { RAGLITE_QDRANT_API_KEY = var.qdrant_secret.arn }
  stop_seconds       = 120
  key_arn            = var.key_arn
  log_retention_days = var.log_retention_days
}

resource "aws_iam_role_policy" "backup" {
  name = "make-backups"
  role = module.task["backup"].role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ListVersions"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = var.live.documents.arn
      },
      {
        Sid      = "ReadDocuments"
        Effect   = "Allow"
        Action   = "s3:GetObjectVersion"
        Resource = "${var.live.documents.arn}/*"
      },
      {
        Sid      = "ListParsedDocuments"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.live.parsed.arn
      },
      {
        Sid      = "ReadParsedDocuments"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${var.live.parsed.arn}/*"
      },
      {
        Sid      = "ReadTheRegistry"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
        Resource = var.live.registry.arn
      },
      {
        # Names and current versions; a value is none of a backup's business.
        Sid      = "KnowWhichSecretsThereAre"
        Effect   = "Allow"
        Action   = "secretsmanager:ListSecrets"
        Resource = "*" # AWS offers no narrower one for this action
      },
      {
        Sid      = "FindBackupsAndHowTheyAreLocked"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketObjectLockConfiguration"]
        Resource = module.bucket.arn
      },
      {
        # Its own, read back, and what an earlier one holds already: that is only locked for longer.
        Sid      = "KeepBackups"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectRetention", "s3:PutObject", "s3:PutObjectRetention"]
        Resource = "${module.bucket.arn}/*"
      },
      {
        Sid      = "SignThem"
        Effect   = "Allow"
        Action   = ["kms:Sign", "kms:Verify"]
        Resource = aws_kms_key.signing.arn
      },
      {
        Sid       = "EncryptAndDecryptBackups"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.encrypting.arn
        Condition = local.through_s3
      },
      {
        Sid       = "DecryptTheEstates"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.key_arn
        Condition = local.through_s3
      },
    ]
  })
}

resource "aws_iam_role_policy" "prune" {
  name = "remove-old-backups"
  role = module.task["prune"].role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindBackups"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = module.bucket.arn
      },
      {
        Sid      = "ReadAndRemoveBackups"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectRetention", "s3:DeleteObjectVersion"]
        Resource = "${module.bucket.arn}/*"
      },
      {
        Sid      = "TrustOnlyOurOwn"
        Effect   = "Allow"
        Action   = "kms:Verify"
        Resource = aws_kms_key.signing.arn
      },
      {
        Sid       = "DecryptBackups"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.encrypting.arn
        Condition = local.through_s3
      },
    ]
  })
}

locals {
  through_s3 = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
}
