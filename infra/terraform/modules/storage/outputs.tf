output "documents_bucket" {
  description = "The bucket reports are uploaded to."
  value       = { name = module.documents.name, arn = module.documents.arn }
}

output "parsed_bucket" {
  description = "The bucket parsed documents are kept in."
  value       = { name = module.parsed.name, arn = module.parsed.arn }
}

output "registry" {
  description = "The registry table."
  value       = { name = aws_dynamodb_table.registry.name, arn = aws_dynamodb_table.registry.arn }
}
