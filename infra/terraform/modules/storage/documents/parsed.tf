# What the parser returned, for figures, page views and reindexing. It emits no events and keeps no versions: both would
# only repeat what the documents bucket says.

module "parsed" {
  source = "../private_bucket"

  name    = "raglite-parsed-${var.suffix}"
  key_arn = var.key_arn

  # Whoever could write here could pass one version of a document off as another.
  statements = [{
    Sid       = "OnlyARestoreSaysWhatVersionsWere"
    Effect    = "Deny"
    Principal = "*"
    Action    = ["s3:PutObject", "s3:DeleteObject"]
    Resource  = "arn:${data.aws_partition.current.partition}:s3:::raglite-parsed-${var.suffix}/restored/*" # raglite/adapters/s3_documents.py
    Condition = { ArnNotEquals = { "aws:PrincipalArn" = var.restorer_arn } }
  }]
}

data "aws_partition" "current" {}

resource "aws_s3_bucket_lifecycle_configuration" "parsed" {
  bucket = module.parsed.name

  rule {
    id     = "abandoned-uploads-go"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
