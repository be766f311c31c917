output "rollback_alarms" {
  description = "The alarms that send a release back while it rolls out."
  value       = [for name, alarm in var.slo.alarms : aws_cloudwatch_metric_alarm.slo[name].alarm_name if alarm.rolls_back_a_release]
}

output "dashboard_name" {
  description = "The operations dashboard."
  value       = aws_cloudwatch_dashboard.operations.dashboard_name
}

output "alerts_topic_arn" {
  description = "Where alarms are announced."
  value       = aws_sns_topic.alerts.arn
}
