# Who asked or changed what, for as long as versions are kept; and, for a shorter time, where few may read, in which words.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  texts_group = "/raglite/audit-restricted"
}

resource "aws_cloudwatch_log_group" "records" {
  name              = "/raglite/audit"
  retention_in_days = var.retention_days
  kms_key_id        = var.key_arn
}

resource "aws_cloudwatch_log_group" "texts" {
  name              = local.texts_group
  retention_in_days = var.texts_retention_days
  kms_key_id        = aws_kms_key.texts.arn
}
