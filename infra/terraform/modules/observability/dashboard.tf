data "aws_partition" "current" {}

locals {
  alarm_prefix = "arn:${data.aws_partition.current.partition}:cloudwatch:${var.region}:${data.aws_caller_identity.current.account_id}:alarm:"

  drawn = {
    region            = var.region
    environment       = var.environment
    runbooks          = var.runbooks_url
    cluster           = var.cluster_name
    service           = var.service_name
    queue             = var.queue_name
    dead_letters      = var.dead_letters_name
    trigger           = var.trigger_name
    load_balancer     = var.load_balancer.metric_name
    target_group      = var.load_balancer.targets_metric_name
    service_log_group = var.log_groups.service
    ingest_log_group  = var.log_groups.ingest
    backup_log_group  = var.log_groups.backup
    prune_log_group   = var.log_groups.prune
    trigger_log_group = "/aws/lambda/${var.trigger_name}"

    # Alarms that tell somebody, and beside them the two windows of each budget's alarm.
    alarms        = jsonencode([for name in concat(keys(local.alarms), keys(local.burns)) : "${local.alarm_prefix}${name}"])
    budget_alarms = jsonencode([for name in concat(keys(local.burns), keys(local.windows)) : "${local.alarm_prefix}${name}"])

    # A template cannot name a key that has a hyphen.
    above       = { for name, alarm in local.alarms : replace(trimprefix(name, "raglite-"), "-", "_") => alarm.threshold }
    promises    = { for name, promise in var.slo.promises : replace(name, "-", "_") => promise.at_most }
    objectives  = { for name, stated in var.slo.objectives : name => merge(stated, { budget = 100 - stated.at_least_percent }) }
    burn        = { for name, rule in var.slo.burn.policies : name => { seconds = rule.long_seconds, rate = local.burns["raglite-availability-burn-${name}"].burn_rate } }
    window_days = var.slo.window_days
  }

  # A number or a list is written as "<<...>>", so that the files are JSON before they are filled in as well as after.
  bodies = {
    for page in ["operations", "ingestion", "objectives"] :
    page => replace(templatefile("${var.dashboards}/${page}.json", local.drawn), "/\"<<(.*?)>>\"/", "$1")
  }
}

resource "aws_cloudwatch_dashboard" "operations" {
  dashboard_name = "RAGLite-Production"
  dashboard_body = local.bodies.operations
}

resource "aws_cloudwatch_dashboard" "ingestion" {
  dashboard_name = "RAGLite-Ingestion"
  dashboard_body = local.bodies.ingestion
}

resource "aws_cloudwatch_dashboard" "objectives" {
  dashboard_name = "RAGLite-Objectives"
  dashboard_body = local.bodies.objectives
}
