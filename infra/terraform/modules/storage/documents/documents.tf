# The documents are the truth: everything else can be rebuilt from them. The newest version of each is kept for ever, an
# older one for as long as questions about an earlier date are to be answered.

module "documents" {
  source = "../private_bucket"

  name    = "raglite-documents-${var.suffix}"
  key_arn = var.key_arn
}

resource "aws_s3_bucket_versioning" "documents" {
  bucket = module.documents.name

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "documents" {
  bucket = module.documents.name

  rule {
    id     = "old-versions-become-cheaper-then-go"
    status = "Enabled"

    filter {}

    noncurrent_version_transition {
      noncurrent_days = 90
      storage_class   = "STANDARD_IA"
    }

    noncurrent_version_expiration {
      noncurrent_days = var.version_retention_days
    }
  }

  rule {
    id     = "markers-of-nothing-go"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "abandoned-uploads-go"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.documents]
}

# Without this no rule ever hears of an upload.
resource "aws_s3_bucket_notification" "documents" {
  bucket      = module.documents.name
  eventbridge = true
}
