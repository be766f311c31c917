output "records_group" {
  description = "The log group of the records."
  value       = aws_cloudwatch_log_group.records.name
}

output "texts_group" {
  description = "The log group of questions and answers."
  value       = aws_cloudwatch_log_group.texts.name
}

output "bucket" {
  description = "The bucket of the anchors."
  value       = module.anchors.name
}

output "auditor_role_arn" {
  description = "The role that may read all of it."
  value       = aws_iam_role.auditor.arn
}
