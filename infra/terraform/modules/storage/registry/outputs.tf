output "table" {
  description = "The registry table."
  value       = { name = aws_dynamodb_table.registry.name, arn = aws_dynamodb_table.registry.arn }
}
