locals {
  # Hands the decision to IAM: without it nobody, root included, could ever change the key.
  iam_decides = jsonencode({
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

resource "aws_kms_key" "encrypting" {
  description             = "RAGLite, backups at rest"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.iam_decides
}

resource "aws_kms_alias" "encrypting" {
  name          = "alias/raglite-backups-at-rest"
  target_key_id = aws_kms_key.encrypting.key_id
}

# Who made a backup: without a signature of this key none is restored. KMS cannot rotate a key that signs.
resource "aws_kms_key" "signing" {
  description              = "RAGLite, signs backups"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 30
  policy                   = local.iam_decides
}

resource "aws_kms_alias" "signing" {
  name          = "alias/raglite-backups"
  target_key_id = aws_kms_key.signing.key_id
}
