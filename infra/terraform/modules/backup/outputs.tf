output "bucket" {
  description = "Where backups are kept."
  value       = module.bucket.name
}

output "signing_key" {
  description = "The key that signs them. By its ARN: an alias could be led to another one."
  value       = aws_kms_key.signing.arn
}

output "task_definition_arn" {
  description = "What makes a backup, revision included."
  value       = module.task["backup"].definition_arn
}

output "log_groups" {
  description = "Where its tasks log, by what they do."
  value       = { for duty, task in module.task : duty => task.log_group }
}

output "restorer_arn" {
  description = "The role that may restore."
  value       = aws_iam_role.restorer.arn
}

output "role_names" {
  description = "The roles of whatever makes, removes and restores backups, by what they do."
  value = {
    backup  = module.task["backup"].role_name
    prune   = module.task["prune"].role_name
    restore = aws_iam_role.restorer.name
  }
}
