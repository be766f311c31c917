# Stands outside the network, as users do: what it measures holds the load balancer, its name and its certificate too.

locals {
  function_name = "raglite-canary"
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_lambda_function" "canary" {
  function_name    = local.function_name
  description      = "Asks the service a question, and counts whether the answer was right"
  runtime          = "python3.11"
  handler          = "canary.lambda_handler"
  filename         = var.lambda_package
  source_code_hash = filebase64sha256(var.lambda_package)
  role             = aws_iam_role.function.arn
  timeout          = ceil(3 * var.seconds) # a key, a question, perhaps a list of documents: what is late is still counted
  memory_size      = 256

  environment {
    variables = {
      SERVICE_URL         = var.service_url
      CANARY_KEY_SECRET   = aws_secretsmanager_secret.key.name
      CANARY_SECONDS      = tostring(var.seconds)
      RAGLITE_ENVIRONMENT = var.environment
    }
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
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

data "aws_region" "current" {}

resource "aws_iam_role_policy" "function" {
  name = "ask"
  role = aws_iam_role.function.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadItsKey"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = aws_secretsmanager_secret.key.arn
      },
      {
        Sid       = "Decrypt"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.key_arn
        Condition = { StringEquals = { "kms:ViaService" = ["secretsmanager.${data.aws_region.current.name}.amazonaws.com"] } }
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
