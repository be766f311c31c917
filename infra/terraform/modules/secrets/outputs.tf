output "key_arn" {
  description = "The key that encrypts everything at rest."
  value       = aws_kms_key.raglite.arn
}

output "api_keys" {
  description = "The secret of the API keys' hashes."
  value       = { name = aws_secretsmanager_secret.api_keys.name, arn = aws_secretsmanager_secret.api_keys.arn }
}

output "qdrant" {
  description = "The secret of Qdrant's key."
  value       = { name = aws_secretsmanager_secret.qdrant.name, arn = aws_secretsmanager_secret.qdrant.arn }
}
