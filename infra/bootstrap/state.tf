# Where infra/terraform keeps its state. A state holds every name and every policy, but no secret's value.

resource "aws_kms_key" "state" {
  description             = "RAGLite, Terraform state"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "IamDecides"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
      Action    = "kms:*"
      Resource  = "*" # this key: a key's policy can name no other
    }]
  })
}

resource "aws_kms_alias" "state" {
  name          = "alias/raglite-state"
  target_key_id = aws_kms_key.state.key_id
}

module "state" {
  source = "../terraform/modules/storage/private_bucket"

  name    = "raglite-state-${var.bucket_suffix}"
  key_arn = aws_kms_key.state.arn
}

# An earlier state is what a person goes back to when one was lost or damaged.
resource "aws_s3_bucket_versioning" "state" {
  bucket = module.state.name

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = module.state.name

  rule {
    id     = "old-states-go"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 365
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}
