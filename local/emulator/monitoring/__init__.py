"""CloudWatch as AWS documents it: metrics from logs and services, statistics, metric math, and alarms that go off."""
