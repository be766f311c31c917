# Where each chain ended, now and then, kept so that nobody can change it before the records themselves are gone: a chain
# that was cut short, or written anew, no longer fits.

locals {
  anchors   = "audit-anchors/"       # raglite/observability/audit_anchors.py
  lock_days = var.retention_days + 7 # CloudWatch Logs deletes some days late
}

module "anchors" {
  source = "../storage/private_bucket"

  name    = "raglite-audit-${var.bucket_suffix}"
  key_arn = var.key_arn
}

resource "aws_s3_bucket_versioning" "anchors" {
  bucket = module.anchors.name

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "anchors" {
  bucket = module.anchors.name

  rule {
    default_retention {
      mode = var.lock_mode
      days = local.lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.anchors]
}

resource "aws_s3_bucket_lifecycle_configuration" "anchors" {
  bucket = module.anchors.name

  rule {
    id     = "anchors-go-after-their-records"
    status = "Enabled"

    filter {}

    expiration {
      days = local.lock_days + 1
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
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

  depends_on = [aws_s3_bucket_versioning.anchors]
}
