# A task that EventBridge starts at its time. What could not be started is not started later: its next time comes.

resource "aws_cloudwatch_event_rule" "time" {
  name                = var.name
  description         = var.description
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "task" {
  rule     = aws_cloudwatch_event_rule.time.name
  arn      = var.place.cluster_arn
  role_arn = aws_iam_role.starter.arn

  ecs_target {
    task_definition_arn = var.task.definition_arn
    launch_type         = "FARGATE"

    network_configuration {
      subnets         = var.place.subnet_ids
      security_groups = [var.place.security_group_id]
    }
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "starter" {
  name = "${var.name}-schedule"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "starter" {
  name = "start-its-task"
  role = aws_iam_role.starter.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "StartTheTask"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = var.task.any_revision_arn
        Condition = { ArnEquals = { "ecs:cluster" = var.place.cluster_arn } }
      },
      {
        Sid       = "HandTheTaskItsRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.task.role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}
