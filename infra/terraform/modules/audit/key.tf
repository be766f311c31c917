# Its own key for what was asked and answered. IAM may administer it but lets nobody use it: this policy alone does.

resource "aws_kms_key" "texts" {
  description             = "RAGLite, questions and answers in the audit log"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "IamAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action = [
          "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*",
          "kms:List*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:Update*",
        ]
        Resource = "*" # this key: a key's policy can name no other
      },
      {
        Sid       = "OneLogGroup"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = local.texts_arn } }
      },
      {
        # Where CloudWatch Logs asks in the caller's name instead of its own.
        Sid       = "TasksWrite"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = "kms:GenerateDataKey*"
        Resource  = "*"
        Condition = {
          StringEquals = local.through_logs
          ArnEquals    = { "aws:PrincipalArn" = [for name in values(var.writers) : "${local.roles}/${name}"] }
        }
      },
      {
        Sid       = "AuditorsRead"
        Effect    = "Allow"
        Principal = { AWS = "*" }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = {
          StringEquals = local.through_logs
          ArnEquals    = { "aws:PrincipalArn" = "${local.roles}/${local.auditor}" }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "texts" {
  name          = "alias/raglite-audit"
  target_key_id = aws_kms_key.texts.key_id
}

locals {
  texts_arn = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.texts_group}"
  roles     = "arn:${local.partition}:iam::${local.account}:role"
  through_logs = {
    "kms:CallerAccount"                  = local.account
    "kms:ViaService"                     = "logs.${local.region}.amazonaws.com"
    "kms:EncryptionContext:aws:logs:arn" = local.texts_arn
  }
}
