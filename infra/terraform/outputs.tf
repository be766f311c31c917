output "documents_bucket" {
  description = "Where reports are uploaded."
  value       = local.documents.documents_bucket.name
}

output "parsed_bucket" {
  description = "Where parsed documents are kept; rebuilt from the documents at any time."
  value       = local.documents.parsed_bucket.name
}

output "registry_table" {
  description = "The DynamoDB table of versions, work and the commit number."
  value       = local.registry.name
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
  description = "Where users reach the service."
  value       = local.service_url
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

output "canary_key_secret" {
  description = "The secret whose value is the canary's own API key; a person sets it (docs/how-to/canary.md)."
  value       = module.canary.key_secret
}

output "canary_function_name" {
  description = "The function that asks a question a minute."
  value       = module.canary.function_name
}

output "qdrant_secret" {
  description = "The secret whose value is Qdrant's API key; a person sets it."
  value       = module.secrets.qdrant.name
}

output "lambda_function_name" {
  description = "The function between the queue and the task."
  value       = module.ingestion.lambda_function_name
}

output "audit_records_group" {
  description = "The log group that says who asked or changed what."
  value       = module.audit.records_group
}

output "audit_texts_group" {
  description = "The log group of what was asked and answered."
  value       = module.audit.texts_group
}

output "audit_bucket" {
  description = "Where the audit log's chains are anchored."
  value       = module.audit.bucket
}

output "auditor_role_arn" {
  description = "The role that may read the whole audit log."
  value       = module.audit.auditor_role_arn
}

output "dashboard_name" {
  description = "The operations dashboard."
  value       = module.observability.dashboard_name
}

output "alerts_topic_arn" {
  description = "Where alarms are announced."
  value       = module.observability.alerts_topic_arn
}

output "image_tag" {
  description = "The tag of both images: what a deployment goes back to."
  value       = var.image_tag
}

output "rollback_alarms" {
  description = "The alarms that send a release back."
  value       = var.alarms_roll_back ? module.observability.rollback_alarms : tolist([])
}

output "collection" {
  description = "The alias that Qdrant's live collection is asked by."
  value       = local.collection
}

output "backups_bucket" {
  description = "Where backups are kept."
  value       = module.backup.bucket
}

output "backups_key" {
  description = "The key that signs backups."
  value       = module.backup.signing_key
}

output "backup_task_definition_arn" {
  description = "What makes a backup."
  value       = module.backup.task_definition_arn
}

output "restorer_role_arn" {
  description = "The role that may fill a generation from a backup."
  value       = module.backup.restorer_arn
}
