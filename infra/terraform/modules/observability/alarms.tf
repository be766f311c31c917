# Every threshold stands in dashboards/slo.json; this file only says whom an alarm tells.

locals {
  dimension_values = {
    Environment  = var.environment
    QueueName    = var.dead_letters_name
    LoadBalancer = var.load_balancer.metric_name
    TargetGroup  = var.load_balancer.targets_metric_name
  }
}

resource "aws_cloudwatch_metric_alarm" "slo" {
  for_each = var.slo.alarms

  alarm_name          = each.key
  alarm_description   = each.value.meaning
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = { for name in each.value.dimensions : name => local.dimension_values[name] }
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period_seconds
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching" # nobody asking is no fault
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
