data "aws_partition" "current" {}

resource "aws_cloudwatch_dashboard" "operations" {
  dashboard_name = "RAGLite-Production"

  dashboard_body = templatefile(var.dashboard_template, {
    region            = var.region
    environment       = var.environment
    alarm_prefix      = "arn:${data.aws_partition.current.partition}:cloudwatch:${var.region}:${data.aws_caller_identity.current.account_id}:alarm:"
    cluster           = var.cluster_name
    service           = var.service_name
    queue             = var.queue_name
    dead_letters      = var.dead_letters_name
    load_balancer     = var.load_balancer.metric_name
    target_group      = var.load_balancer.targets_metric_name
    service_log_group = var.log_groups.service
    ingest_log_group  = var.log_groups.ingest
  })
}
