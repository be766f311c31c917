locals {
  container = "raglite"
}

resource "aws_ecs_cluster" "raglite" {
  name = "raglite-cluster"

  setting {
    name  = "containerInsights"
    value = "enabled" # the dashboard's count of running tasks comes from here
  }
}

resource "aws_ecs_service" "raglite" {
  name                               = "raglite-service"
  cluster                            = aws_ecs_cluster.raglite.id
  task_definition                    = module.task.definition_arn
  desired_count                      = var.tasks.min
  launch_type                        = "FARGATE"
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 60 # loading and verifying the model takes a part of it
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  network_configuration {
    subnets         = var.network.private_subnet_ids
    security_groups = [var.network.service_security_group_id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.service.arn
    container_name   = local.container
    container_port   = var.network.service_port
  }

  # A release whose tasks do not start goes back by itself, and so does one that starts and then fails its users.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = var.alarms_roll_back
    rollback    = true
    alarm_names = var.rollback_alarms
  }

  # Scaling owns the count.
  lifecycle {
    ignore_changes = [desired_count]
  }

  # A target group without a listener takes no targets, and a task without its policy fails its first question.
  depends_on = [aws_lb_listener.http, aws_lb_listener.https, aws_iam_role_policy.task]
}
