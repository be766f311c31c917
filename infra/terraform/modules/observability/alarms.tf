# Every number stands in dashboards/slo.json; this file only says what is watched and whom an alarm tells.
# Names and burn rates follow the same rules in raglite/observability/slo.py.

locals {
  namespace = "RAGLite"
  dimensions = {
    Environment  = { Environment = var.environment }
    Queue        = { QueueName = var.queue_name }
    DeadLetters  = { QueueName = var.dead_letters_name }
    LoadBalancer = { LoadBalancer = var.load_balancer.metric_name }
    TargetGroup  = { TargetGroup = var.load_balancer.targets_metric_name }
  }

  # A description begins with what it asks of whoever hears it, and ends with what to do.
  descriptions = { for name, alarm in var.slo.alarms : name => "${upper(alarm.urgency)}: ${alarm.meaning}. docs/how-to/alarms/${name}.md" }

  alarms = { for name, alarm in var.slo.alarms : name => merge(alarm, {
    dimensions = merge([for dimension in alarm.dimensions : local.dimensions[dimension]]...)
    operator   = alarm.below == null ? "GreaterThanThreshold" : "LessThanThreshold"
    threshold  = coalesce(alarm.above, alarm.below, try(var.slo.promises[alarm.above_promise].at_most, null))
    silence    = alarm.silence_is_alarming ? "breaching" : "notBreaching" # nobody asking is no fault
  }) }
}

resource "aws_cloudwatch_metric_alarm" "slo" {
  for_each = { for name, alarm in local.alarms : name => alarm if length(alarm.metrics) == 1 }

  alarm_name          = each.key
  alarm_description   = local.descriptions[each.key]
  namespace           = each.value.namespace
  metric_name         = one(each.value.metrics)
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period_seconds
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  treat_missing_data  = each.value.silence
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "sum" {
  for_each = { for name, alarm in local.alarms : name => alarm if length(alarm.metrics) > 1 }

  alarm_name          = each.key
  alarm_description   = local.descriptions[each.key]
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  treat_missing_data  = each.value.silence
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "all"
    label       = join(", ", each.value.metrics)
    expression  = "SUM([${join(", ", [for place, _ in each.value.metrics : "m${place}"])}])"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period_seconds
      }
    }
  }
}
