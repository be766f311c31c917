"""The deployed dashboards as one HTML page, drawn from the metrics, alarms and logs that CloudWatch holds."""
