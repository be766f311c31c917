output "documents_bucket" {
  description = "The bucket reports are uploaded to."
  value       = { name = module.documents.name, arn = module.documents.arn }
}

output "parsed_bucket" {
  description = "The bucket parsed documents are kept in."
  value       = { name = module.parsed.name, arn = module.parsed.arn }
}
