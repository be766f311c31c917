data "aws_region" "current" {}

locals {
  family  = var.family
  scratch = "scratch"
  logs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.task.name
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = "task"
    }
  }
  environment = merge(var.environment, {
    AWS_DEFAULT_REGION      = data.aws_region.current.name
    AWS_XRAY_DAEMON_ADDRESS = "127.0.0.1:2000"
  })
}

resource "aws_cloudwatch_log_group" "task" {
  name              = "/raglite/${local.family}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_ecs_task_definition" "task" {
  family                   = local.family
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  skip_destroy             = true # a release goes back to the revision before, which must not have been deregistered

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  dynamic "ephemeral_storage" {
    for_each = var.disk_gib == null ? [] : [var.disk_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  # The only place a task may write to: an empty disk of its own, gone with it.
  volume {
    name = local.scratch
  }

  container_definitions = jsonencode([
    {
      name         = var.container
      image        = var.image.uri
      command      = var.command
      essential    = true
      environment  = [for name, value in local.environment : { name = name, value = value }]
      secrets      = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
      portMappings = [for port in var.ports : { containerPort = port, hostPort = port, protocol = "tcp" }]
      stopTimeout  = var.stop_seconds
      # An init process passes SIGTERM on and reaps what the parser's child leaves behind.
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
      readonlyRootFilesystem = true
      logConfiguration       = local.logs
      mountPoints            = [{ sourceVolume = local.scratch, containerPath = "/tmp", readOnly = false }]
      systemControls         = []
      volumesFrom            = []
    },
    {
      name              = "xray-daemon"
      image             = "public.ecr.aws/xray/aws-xray-daemon:3.x"
      essential         = false # a question is answered, traced or not
      cpu               = 32
      memoryReservation = 256
      portMappings      = [{ containerPort = 2000, hostPort = 2000, protocol = "udp" }]
      environment       = []
      logConfiguration  = local.logs
      mountPoints       = []
      systemControls    = []
      volumesFrom       = []
    },
  ])
}
