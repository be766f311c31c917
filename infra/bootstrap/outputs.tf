output "state_bucket" {
  description = "The bucket that infra/terraform/environments/*.tfbackend name."
  value       = module.state.name
}

output "plan_role_arn" {
  description = "The variable PLAN_ROLE_ARN of the GitHub environment that plans."
  value       = aws_iam_role.plan.arn
}

output "deploy_role_arn" {
  description = "The variable DEPLOY_ROLE_ARN of the GitHub environment that applies."
  value       = aws_iam_role.deploy.arn
}
