# The second line: AWS's own copies of the buckets and the table, every night. They know nothing of the index, and
# nobody's code reads them back; what does is made by the task (task.tf).

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
      delete_after = var.retention_days
    }
  }
}

resource "aws_backup_selection" "raglite" {
  name         = "raglite-resources"
  plan_id      = aws_backup_plan.raglite.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = concat(var.documents_buckets, var.registries)

  depends_on = [aws_iam_role_policy_attachment.backup]
}

resource "aws_iam_role" "backup" {
  name = "raglite-backup"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "backup.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

# What AWS Backup needs changes with AWS Backup, so AWS keeps these; neither may restore.
resource "aws_iam_role_policy_attachment" "backup" {
  for_each = toset(["service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"])

  role       = aws_iam_role.backup.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.key}"
}
