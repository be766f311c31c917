output "queue" {
  description = "The queue of hints about keys."
  value       = { name = aws_sqs_queue.ingestion.name, url = aws_sqs_queue.ingestion.url }
}

output "dead_letters" {
  description = "The queue of hints that could not be handled."
  value       = { name = aws_sqs_queue.dead_letters.name, url = aws_sqs_queue.dead_letters.url }
}

output "task_definition_arn" {
  description = "The ingest task definition, revision included."
  value       = module.task.definition_arn
}

output "lambda_function_name" {
  description = "The function between the queue and the task."
  value       = aws_lambda_function.ingestion_trigger.function_name
}

output "log_group" {
  description = "Where ingest tasks log."
  value       = module.task.log_group
}

output "role_name" {
  description = "The role of the code in the task."
  value       = module.task.role_name
}

output "image" {
  description = "The image that parses documents and keeps backups."
  value       = module.image.image
}
