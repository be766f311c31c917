output "name" {
  description = "The ECS service."
  value       = aws_ecs_service.raglite.name
}

output "cluster" {
  description = "The cluster both kinds of task run in."
  value       = { name = aws_ecs_cluster.raglite.name, arn = aws_ecs_cluster.raglite.arn }
}

output "load_balancer" {
  description = "The load balancer, and how CloudWatch names it and its targets."
  value = {
    name                = aws_lb.raglite.name
    dns_name            = aws_lb.raglite.dns_name
    metric_name         = aws_lb.raglite.arn_suffix
    targets_metric_name = aws_lb_target_group.service.arn_suffix
  }
}

output "log_group" {
  description = "Where the service logs."
  value       = module.task.log_group
}

output "role_name" {
  description = "The role of the code in the task."
  value       = module.task.role_name
}
