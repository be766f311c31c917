resource "aws_cloudwatch_event_rule" "canary" {
  name                = local.function_name
  description         = "It is time for a question"
  schedule_expression = "rate(1 minute)"
}

# A question that could not be put is not put later: the next one is a minute away, and a run that is missing shows.
resource "aws_cloudwatch_event_target" "canary" {
  rule = aws_cloudwatch_event_rule.canary.name
  arn  = aws_lambda_function.canary.arn

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_function_event_invoke_config" "canary" {
  function_name                = aws_lambda_function.canary.function_name
  maximum_event_age_in_seconds = 60
  maximum_retry_attempts       = 0
}

resource "aws_lambda_permission" "schedule" {
  statement_id  = "its-schedule-may-run-it"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.canary.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.canary.arn
}
