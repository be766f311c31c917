"""Application Auto Scaling: targets and target-tracking policies, evaluated on what CloudWatch has measured."""
