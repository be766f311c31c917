output "documents_bucket" {
  description = "Where reports are uploaded."
  value       = module.storage.documents_bucket.name
}

output "parsed_bucket" {
  description = "Where parsed documents are kept; rebuilt from the documents at any time."
  value       = module.storage.parsed_bucket.name
}

output "registry_table" {
  description = "The DynamoDB table of versions, work and the commit number."
  value       = module.storage.registry.name
}

output "ingestion_queue_url" {
  description = "The queue of hints about keys."
  value       = module.ingestion.queue.url
}

output "dead_letter_queue_url" {
  description = "Hints that could not be handled; the alarm raglite-dead-letters watches it."
  value       = module.ingestion.dead_letters.url
}

output "load_balancer_name" {
  description = "The load balancer's name."
  value       = module.service.load_balancer.name
}

output "load_balancer_dns_name" {
  description = "What the service's own domain name should be an alias of."
  value       = module.service.load_balancer.dns_name
}

output "service_url" {
  description = "Where the load balancer answers; HTTPS needs a domain name that the certificate covers."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${module.service.load_balancer.dns_name}"
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = module.service.cluster.name
}

output "service_name" {
  description = "The ECS service that answers questions."
  value       = module.service.name
}

output "ingest_task_definition_arn" {
  description = "What the Lambda starts."
  value       = module.ingestion.task_definition_arn
}

output "api_keys_secret" {
  description = "The secret whose value lists the API keys' hashes; a person sets it."
  value       = module.secrets.api_keys.name
}

output "qdrant_secret" {
  description = "The secret whose value is Qdrant's API key; a person sets it."
  value       = module.secrets.qdrant.name
}

output "lambda_function_name" {
  description = "The function between the queue and the task."
  value       = module.ingestion.lambda_function_name
}

output "dashboard_name" {
  description = "The operations dashboard."
  value       = module.observability.dashboard_name
}

output "alerts_topic_arn" {
  description = "Where alarms are announced."
  value       = module.observability.alerts_topic_arn
}
