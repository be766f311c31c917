# The role of whoever restores; IAM decides which people may take it. It fills what a restore is told to fill, and alone
# may say which version ids restored documents had before.

resource "aws_iam_role" "restorer" {
  name                 = "raglite-restore"
  max_session_duration = 12 * 3600 # a large estate takes longer than the hour that is AWS's own

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "restorer" {
  name = "restore"
  role = aws_iam_role.restorer.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindBackups"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = module.bucket.arn
      },
      {
        Sid      = "ReadBackups"
        Effect   = "Allow"
        Action   = "s3:GetObject"
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
      {
        Sid      = "FindDocuments"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = concat(var.documents_buckets, var.parsed_buckets)
      },
      {
        # A delete marker belongs to a key's history as well; removing a version does not.
        Sid      = "FillDocuments"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"]
        Resource = [for arn in concat(var.documents_buckets, var.parsed_buckets) : "${arn}/*"]
      },
      {
        Sid    = "FillRegistries"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem",
          "dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:Scan",
        ]
        Resource = var.registries
      },
      {
        Sid      = "FindWhatWaits"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = [for arn in var.registries : "${arn}/index/waiting"]
      },
      {
        Sid       = "WakeATask"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/default"
        Condition = { StringEquals = { "events:source" = "raglite.reconcile" } }
      },
      {
        Sid       = "EncryptAndDecryptTheEstates"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.key_arn
        Condition = local.through_s3
      },
    ]
  })
}
