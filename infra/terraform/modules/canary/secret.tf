# Made empty, as every secret: a person sets the key here, and its hash with the scopes read and canary among the API
# keys (docs/how-to/canary.md).

resource "aws_secretsmanager_secret" "key" {
  name        = "raglite/canary-key"
  description = "The canary's own API key, a plain string"
  kms_key_id  = var.key_arn
}
