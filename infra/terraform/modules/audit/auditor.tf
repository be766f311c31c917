# The role of whoever checks the log or looks something up; IAM decides which people may take it.

locals {
  auditor = "raglite-auditor"
}

resource "aws_iam_role" "auditor" {
  name = local.auditor

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "auditor" {
  name = "read-the-audit-log"
  role = aws_iam_role.auditor.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "SeeHowLongRecordsAreKept"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*" # it lists, so it takes no narrower one
      },
      {
        Sid      = "ReadRecordsAndTexts"
        Effect   = "Allow"
        Action   = ["logs:DescribeLogStreams", "logs:GetLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.records.arn}:*", "${aws_cloudwatch_log_group.texts.arn}:*"]
      },
      {
        # All that counts stands in their keys.
        Sid      = "ListAnchors"
        Effect   = "Allow"
        Action   = "s3:ListBucketVersions"
        Resource = module.anchors.arn
      },
    ]
  })
}
