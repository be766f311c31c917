# Tasks append. What they have written they can neither read nor change nor delete.

resource "aws_iam_role_policy" "writer" {
  for_each = var.writers

  name = "append-to-the-audit-log"
  role = each.value

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "AppendRecords"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.records.arn}:*", "${aws_cloudwatch_log_group.texts.arn}:*"]
      },
      {
        Sid      = "PutAnchors"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${module.anchors.arn}/${local.anchors}*"
      },
      {
        Sid       = "EncryptAnchors"
        Effect    = "Allow"
        Action    = "kms:GenerateDataKey"
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
    ]
  })
}
