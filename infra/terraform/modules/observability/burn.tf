# How fast the error budgets burn: one alarm a window that tells nobody, and one on both windows that does.
# A long window shows that it matters, a short one that it goes on: https://sre.google/workbook/alerting-on-slos/

locals {
  burns = { for burn in flatten([
    for objective, stated in var.slo.objectives : [
      for policy, rule in var.slo.burn.policies : merge(stated, rule, {
        name         = "raglite-${objective}-burn-${policy}"
        description  = "${upper(rule.urgency)}: ${stated.meaning}, but ${rule.meaning}. docs/how-to/alarms/raglite-${objective}-burn-${policy}.md"
        burn_rate    = rule.budget_spent_percent / 100 * var.slo.window_days * 24 * 3600 / rule.long_seconds
        budget       = 100 - stated.at_least_percent
        total_stat   = stated.within == null ? "Sum" : "SampleCount"
        bad_metric   = coalesce(stated.bad_metric, stated.metric)
        bad_stat     = stated.within == null ? "Sum" : "TC(${stated.within}:)" # how many values are above it
        long_window  = { seconds = rule.long_seconds, events = var.slo.burn.events_at_least }
        short_window = { seconds = rule.short_seconds, events = 1 }
      })
    ] if stated.has_burn_alarms
  ]) : burn.name => burn }

  windows = merge([for name, burn in local.burns : {
    "${name}-long"  = merge(burn, burn.long_window)
    "${name}-short" = merge(burn, burn.short_window)
  }]...)
}

resource "aws_cloudwatch_metric_alarm" "burn" {
  for_each = local.windows

  alarm_name          = each.key
  alarm_description   = each.value.description
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.burn_rate
  treat_missing_data  = "notBreaching"

  # FILL: without it a window that nobody asks in would be judged by the one before.
  metric_query {
    id          = "burn"
    label       = "burn rate"
    expression  = "IF(FILL(total, 0) >= ${each.value.events}, 100 * bad / total / ${each.value.budget}, 0)"
    return_data = true
  }

  metric_query {
    id = "bad"

    metric {
      namespace   = local.namespace
      metric_name = each.value.bad_metric
      dimensions  = local.dimensions.Environment
      stat        = each.value.bad_stat
      period      = each.value.seconds
    }
  }

  metric_query {
    id = "total"

    metric {
      namespace   = local.namespace
      metric_name = each.value.metric
      dimensions  = local.dimensions.Environment
      stat        = each.value.total_stat
      period      = each.value.seconds
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "burn" {
  for_each = local.burns

  alarm_name        = each.key
  alarm_description = each.value.description
  alarm_rule = join(" AND ", [
    for window in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.burn["${each.key}-${window}"].alarm_name}\")"
  ])
  alarm_actions = [aws_sns_topic.alerts.arn]
  ok_actions    = [aws_sns_topic.alerts.arn]
}
