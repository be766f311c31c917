locals {
  function_name  = "raglite-ingestion-trigger"
  lambda_seconds = 60
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_lambda_function" "ingestion_trigger" {
  function_name    = local.function_name
  description      = "Marks a key as waiting and starts an ingest task for it"
  runtime          = "python3.11"
  handler          = "ingestion_trigger.lambda_handler"
  filename         = var.lambda_package
  source_code_hash = filebase64sha256(var.lambda_package)
  role             = aws_iam_role.function.arn
  timeout          = local.lambda_seconds
  memory_size      = 256

  environment {
    variables = {
      ECS_CLUSTER         = var.cluster.name
      ECS_TASK_DEFINITION = module.task.definition_arn
      ECS_CONTAINER       = local.container
      ECS_SUBNETS         = join(",", var.subnet_ids)
      ECS_SECURITY_GROUPS = var.security_group_id
      REGISTRY_TABLE      = var.registry.name
      DOCUMENTS_BUCKET    = var.documents_bucket.name
      MAX_INGEST_TASKS    = tostring(var.max_tasks)
      RAGLITE_ENVIRONMENT = var.environment.RAGLITE_ENVIRONMENT
    }
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn        = aws_sqs_queue.ingestion.arn
  function_name           = aws_lambda_function.ingestion_trigger.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  # Few at a time: the cap on running tasks is counted before each start, and many functions would all count the same.
  # Two, the fewest that can be set, may count at once and start one task more than the cap.
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_iam_role" "function" {
  name = local.function_name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "trigger-ingestion"
  role = aws_iam_role.function.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "TakeHints"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = aws_sqs_queue.ingestion.arn
      },
      {
        Sid      = "FindTheKey"
        Effect   = "Allow"
        Action   = "s3:ListBucketVersions"
        Resource = var.documents_bucket.arn
      },
      {
        Sid      = "MarkTheKey"
        Effect   = "Allow"
        Action   = "dynamodb:UpdateItem"
        Resource = var.registry.arn
      },
      {
        Sid      = "FindWhatWaits"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${var.registry.arn}/index/waiting"
      },
      {
        Sid       = "StartTheTask"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = module.task.any_revision_arn
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster.arn } }
      },
      {
        Sid       = "CountTasks"
        Effect    = "Allow"
        Action    = "ecs:ListTasks"
        Resource  = "*" # AWS narrows this action by the cluster only
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster.arn } }
      },
      {
        Sid       = "HandTheTaskItsRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = module.task.role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function.arn}:*"
      },
      {
        Sid      = "SendTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*" # AWS offers no narrower one for these actions
      },
    ]
  })
}
