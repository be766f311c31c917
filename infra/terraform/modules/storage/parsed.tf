# What the parser returned, for figures, page views and reindexing. It emits no events and keeps no versions: both would
# only repeat what the documents bucket says.

module "parsed" {
  source = "./private_bucket"

  name    = "raglite-parsed-${var.bucket_suffix}"
  key_arn = var.key_arn
}

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
