# What AWS would answer. The provider checks ARNs and JSON even here, and the tests follow them from one resource to the
# next, so those that must be told apart have one of their own.

mock_data "aws_availability_zones" {
  defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { name = "eu-central-1" }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
}

mock_resource "aws_ecs_cluster" {
  defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/raglite-cluster" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/other" }
}

mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/raglite/0123456789abcdef"
    arn_suffix = "app/raglite/0123456789abcdef"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/raglite/0123456789abcdef"
    arn_suffix = "targetgroup/raglite/0123456789abcdef"
  }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:raglite-alerts" }
}

override_resource {
  target = module.audit.aws_kms_key.texts
  values = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
}

override_resource {
  target = module.audit.aws_iam_role.auditor
  values = { arn = "arn:aws:iam::123456789012:role/raglite-auditor" }
}

override_resource {
  target = module.ingestion.aws_sqs_queue.ingestion
  values = { arn = "arn:aws:sqs:eu-central-1:123456789012:raglite-ingestion" }
}

override_resource {
  target = module.ingestion.aws_sqs_queue.dead_letters
  values = { arn = "arn:aws:sqs:eu-central-1:123456789012:raglite-ingestion-dead-letters" }
}

override_resource {
  target = module.ingestion.aws_iam_role.function
  values = { arn = "arn:aws:iam::123456789012:role/raglite-ingestion-trigger" }
}

override_resource {
  target = module.ingestion.module.task.aws_iam_role.task
  values = { arn = "arn:aws:iam::123456789012:role/raglite-ingest-task" }
}

override_resource {
  target = module.ingestion.module.task.aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/raglite-ingest-execution" }
}

override_resource {
  target = module.service.module.task.aws_iam_role.task
  values = { arn = "arn:aws:iam::123456789012:role/raglite-service-task" }
}

override_resource {
  target = module.service.module.task.aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/raglite-service-execution" }
}

override_resource {
  target = module.canary.aws_cloudwatch_event_rule.canary
  values = { arn = "arn:aws:events:eu-central-1:123456789012:rule/raglite-canary" }
}

override_resource {
  target = module.canary.aws_lambda_function.canary
  values = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:raglite-canary" }
}

override_resource {
  target = module.canary.aws_iam_role.function
  values = { arn = "arn:aws:iam::123456789012:role/raglite-canary" }
}

override_resource {
  target = module.backup.aws_kms_key.encrypting
  values = { arn = "arn:aws:kms:eu-central-1:123456789012:key/22222222-2222-2222-2222-222222222222" }
}

override_resource {
  target = module.backup.aws_kms_key.signing
  values = { arn = "arn:aws:kms:eu-central-1:123456789012:key/33333333-3333-3333-3333-333333333333" }
}

override_resource {
  target = module.backup.aws_iam_role.restorer
  values = { arn = "arn:aws:iam::123456789012:role/raglite-restore" }
}

override_resource {
  target = module.backup.module.task["backup"].aws_iam_role.task
  values = { arn = "arn:aws:iam::123456789012:role/raglite-backup-task" }
}

override_resource {
  target = module.backup.module.task["backup"].aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/raglite-backup-execution" }
}

override_resource {
  target = module.backup.module.task["prune"].aws_iam_role.task
  values = { arn = "arn:aws:iam::123456789012:role/raglite-prune-task" }
}

override_resource {
  target = module.backup.module.task["prune"].aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/raglite-prune-execution" }
}

override_resource {
  target = module.backup.module.task["backup"].aws_ecs_task_definition.task
  values = {
    arn                  = "arn:aws:ecs:eu-central-1:123456789012:task-definition/raglite-backup:1"
    arn_without_revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/raglite-backup"
  }
}

override_resource {
  target = module.backup.module.task["prune"].aws_ecs_task_definition.task
  values = {
    arn                  = "arn:aws:ecs:eu-central-1:123456789012:task-definition/raglite-prune:1"
    arn_without_revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/raglite-prune"
  }
}

override_resource {
  target = module.backup.module.schedule["backup"].aws_iam_role.starter
  values = { arn = "arn:aws:iam::123456789012:role/raglite-backup-schedule" }
}

override_resource {
  target = module.backup.module.schedule["prune"].aws_iam_role.starter
  values = { arn = "arn:aws:iam::123456789012:role/raglite-prune-schedule" }
}
