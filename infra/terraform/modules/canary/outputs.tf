output "function_name" {
  description = "The function that asks."
  value       = aws_lambda_function.canary.function_name
}

output "key_secret" {
  description = "The secret of the canary's own API key."
  value       = aws_secretsmanager_secret.key.name
}
