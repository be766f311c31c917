# The HCL of the specification (spec-epic-5.md), word for word. mends.toml says what it lacks, fault by fault.

# terraform/main.tf

# VPC and Networking
resource "aws_vpc" "raglite" {
  cidr_block = "10.0.0.0/16"
  enable_dns_support = true
  enable_dns_hostnames = true
}

# ECS Cluster
resource "aws_ecs_cluster" "raglite" {
  name = "raglite-cluster"
}

# ECS Fargate Service
resource "aws_ecs_service" "raglite" {
  name = "raglite-service"
  cluster = aws_ecs_cluster.raglite.id
  task_definition = aws_ecs_task_definition.raglite.arn
  desired_count = 2  # Min 2 for high availability
  launch_type = "FARGATE"

  load_balancer {
    target_group_arn = aws_lb_target_group.raglite.arn
    container_name = "raglite"
    container_port = 8000
  }
}

# S3 Bucket for Documents
resource "aws_s3_bucket" "documents" {
  bucket = "raglite-documents"
  versioning {
    enabled = true  # Document version history
  }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "aws:kms"  # Encryption at rest
      }
    }
  }
}

# EventBridge Rule (S3 event → Lambda)
resource "aws_cloudwatch_event_rule" "document_upload" {
  name = "raglite-document-upload"
  event_pattern = jsonencode({
    source = ["aws.s3"],
    detail-type = ["Object Created"],
    detail = {
      bucket = { name = [aws_s3_bucket.documents.id] }
    }
  })
}

# Lambda Function (ingestion trigger)
resource "aws_lambda_function" "ingestion_trigger" {
  function_name = "raglite-ingestion-trigger"
  runtime = "python3.11"
  handler = "lambda_function.lambda_handler"
  role = aws_iam_role.lambda_exec.arn

  environment {
    variables = {
      ECS_CLUSTER = aws_ecs_cluster.raglite.name
      ECS_TASK_DEFINITION = aws_ecs_task_definition.raglite.arn
    }
  }
}

# Secrets Manager
resource "aws_secretsmanager_secret" "api_keys" {
  name = "raglite/api-keys"
}

resource "aws_cloudwatch_dashboard" "raglite" {
  dashboard_name = "RAGLite-Production"

  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric",
        properties = {
          title = "Query Response Time (p50, p95)",
          metrics = [
            ["RAGLite", "QueryLatency", { stat = "p50" }],
            ["RAGLite", "QueryLatency", { stat = "p95" }]
          ],
          yAxis = { left = { min = 0, max = 15000 } }  # 0-15s
        }
      },
      {
        type = "metric",
        properties = {
          title = "Error Rate",
          metrics = [
            ["RAGLite", "Errors", { stat = "Sum" }]
          ]
        }
      },
      {
        type = "metric",
        properties = {
          title = "ECS Service Health",
          metrics = [
            ["AWS/ECS", "RunningTasksCount"],
            ["AWS/ECS", "DesiredTasksCount"]
          ]
        }
      },
      {
        type = "log",
        properties = {
          title = "Recent Errors (Last 1 hour)",
          query = "fields @timestamp, @message | filter level = 'ERROR' | sort @timestamp desc | limit 20"
        }
      }
    ]
  })
}

# CloudWatch Alarms
resource "aws_cloudwatch_metric_alarm" "high_error_rate" {
  alarm_name = "raglite-high-error-rate"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods = 2
  metric_name = "Errors"
  namespace = "RAGLite"
  period = 300  # 5 minutes
  statistic = "Sum"
  threshold = 10  # >10 errors in 5 min
  alarm_actions = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "high_latency" {
  alarm_name = "raglite-high-latency"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods = 2
  metric_name = "QueryLatency"
  namespace = "RAGLite"
  period = 300
  statistic = "p95"
  threshold = 15000  # 15 seconds
  alarm_actions = [aws_sns_topic.alerts.arn]
}

resource "aws_appautoscaling_target" "ecs" {
  max_capacity = 4
  min_capacity = 2
  resource_id = "service/${aws_ecs_cluster.raglite.name}/${aws_ecs_service.raglite.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace = "ecs"
}

resource "aws_appautoscaling_policy" "ecs_cpu" {
  name = "cpu-scaling"
  policy_type = "TargetTrackingScaling"
  resource_id = aws_appautoscaling_target.ecs.resource_id
  scalable_dimension = aws_appautoscaling_target.ecs.scalable_dimension
  service_namespace = aws_appautoscaling_target.ecs.service_namespace

  target_tracking_scaling_policy_configuration {
    target_value = 70.0  # Target 70% CPU utilization
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_backup_vault" "raglite" {
  name = "raglite-backup-vault"
}

resource "aws_backup_plan" "raglite" {
  name = "raglite-backup-plan"

  rule {
    rule_name = "daily-backup"
    target_vault_name = aws_backup_vault.raglite.name
    schedule = "cron(0 2 * * ? *)"  # 2 AM UTC daily

    lifecycle {
      delete_after = 30  # Retain 30 days
    }
  }
}

resource "aws_backup_selection" "raglite" {
  plan_id = aws_backup_plan.raglite.id
  name = "raglite-resources"

  resources = [
    aws_s3_bucket.documents.arn,
    # Note: Qdrant Cloud / Neo4j Aura have built-in backups
  ]
}
