# The truth and the control state, every night. Qdrant is not here: it is rebuilt from them.

resource "aws_backup_vault" "raglite" {
  name        = "raglite-backup-vault"
  kms_key_arn = var.key_arn
}

resource "aws_backup_plan" "raglite" {
  name = "raglite-backup-plan"

  rule {
    rule_name         = "daily-backup"
    target_vault_name = aws_backup_vault.raglite.name
    schedule          = "cron(0 2 * * ? *)" # 02:00 UTC
    start_window      = 60
    completion_window = 480

    lifecycle {
      delete_after = 30
    }
  }
}

resource "aws_backup_selection" "raglite" {
  name         = "raglite-resources"
  plan_id      = aws_backup_plan.raglite.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = var.resource_arns

  depends_on = [aws_iam_role_policy_attachment.backup]
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_iam_role" "backup" {
  name = "raglite-backup"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

# What AWS Backup needs changes with AWS Backup, so AWS keeps these; neither may restore.
resource "aws_iam_role_policy_attachment" "backup" {
  for_each = toset(["service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"])

  role       = aws_iam_role.backup.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.key}"
}
