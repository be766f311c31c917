# The secrets are made empty: their values never pass through Terraform or its state. A person sets them.

resource "aws_secretsmanager_secret" "api_keys" {
  name        = "raglite/api-keys"
  description = "Who may call the service: JSON {keys: [{name, sha256, scopes, groups}]}, hashes only"
  kms_key_id  = aws_kms_key.raglite.arn
}

resource "aws_secretsmanager_secret" "qdrant" {
  name        = "raglite/qdrant"
  description = "Qdrant's API key, a plain string"
  kms_key_id  = aws_kms_key.raglite.arn
}
