output "definition_arn" {
  description = "The task definition, revision included."
  value       = aws_ecs_task_definition.task.arn
}

output "any_revision_arn" {
  description = "The task definition in any revision, for policies."
  value       = "${aws_ecs_task_definition.task.arn_without_revision}:*"
}

output "role_name" {
  description = "The role of the code in the container."
  value       = aws_iam_role.task.name
}

output "role_arns" {
  description = "Both roles, for whoever may pass them."
  value       = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
}

output "log_group" {
  description = "Where the task logs."
  value       = aws_cloudwatch_log_group.task.name
}
