# Backups lie in a bucket of their own, encrypted with a key of their own: who loses the estate's key, or takes it over,
# has not lost the backups. Nobody can change or remove one before its time is over.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
}

module "bucket" {
  source = "../storage/private_bucket"

  name    = "raglite-backups-${var.bucket_suffix}"
  key_arn = aws_kms_key.encrypting.arn
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = module.bucket.name

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "backups" {
  bucket = module.bucket.name

  rule {
    default_retention {
      mode = var.lock_mode
      days = var.retention_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups]
}

# What is still part of a backup only `raglite backup prune` can tell: here only goes what it has removed, or what was
# written twice. S3 waits for the end of its lock.
resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = module.bucket.name

  rule {
    id     = "what-was-removed-goes"
    status = "Enabled"

    filter {}

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

  depends_on = [aws_s3_bucket_versioning.backups]
}
