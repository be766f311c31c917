# Who deploys: two roles that only jobs of this repository's GitHub environments can take, for as long as a job runs.
# There are no keys. https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # Each role belongs to one environment: whom GitHub lets into that one decides who takes the role.
  environments = { plan = "${var.environment}-plan", deploy = var.environment }

  assumed_by = { for role, environment in local.environments : role => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:environment:${environment}"
      } }
    }]
  }) }
}

# --- neither reads what is asked, answered and stored ----------------------------------------------------------------

locals {
  reads_no_content = [
    {
      Sid    = "ReadNoDocumentsAndNoQuestions"
      Effect = "Deny"
      Action = [
        "dynamodb:BatchGet*", "dynamodb:Get*", "dynamodb:PartiQL*", "dynamodb:Query", "dynamodb:ReadDataForReplication",
        "dynamodb:Scan", "dynamodb:SearchVectors", "logs:FilterLogEvents", "logs:Get*", "logs:Start*", "sqs:Receive*",
        "xray:BatchGet*", "xray:Get*", "xray:ListRetrievedTraces", "xray:StartTraceRetrieval",
        "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue",
      ]
      Resource = "*" # whatever it is: this only takes away
    },
    {
      Sid         = "ReadNoObjectsButTheState"
      Effect      = "Deny"
      Action      = "s3:GetObject*"
      NotResource = "${module.state.arn}/*"
    },
  ]
}

# --- plan: push images and look at everything else -------------------------------------------------------------------

resource "aws_iam_role" "plan" {
  name               = "raglite-plan"
  assume_role_policy = local.assumed_by.plan
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "plan" {
  name = "push-and-plan"
  role = aws_iam_role.plan.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.reads_no_content, [
      {
        Sid      = "LogInToTheRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*" # AWS offers no narrower one for this action
      },
      {
        Sid    = "PushImages"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload",
          "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = "arn:${local.partition}:ecr:${var.region}:${local.account}:repository/raglite*"
      },
      {
        Sid      = "HoldTheLock"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject"]
        Resource = "${module.state.arn}/*.tflock"
      },
      {
        Sid      = "DecryptTheState"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.state.arn
      },
    ])
  })
}

# --- deploy: apply the plan ------------------------------------------------------------------------------------------

locals {
  # The services that infra/terraform builds on, by the prefix of their actions, and no others.
  services = [
    "application-autoscaling", "backup", "backup-storage", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs",
    "elasticloadbalancing", "events", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs",
  ]

  roles = "arn:${local.partition}:iam::${local.account}:role"
}

resource "aws_iam_role" "deploy" {
  name                 = "raglite-deploy"
  assume_role_policy   = local.assumed_by.deploy
  max_session_duration = 2 * 3600 # a roll-out that comes to nothing, and the way back
}

# This holds mistakes, and whoever would use the account for something else. It does not hold an attacker: the role
# writes the policies of the roles it makes, and could give one of them what it lacks. What holds those is who may take
# it: jobs of one environment of one repository, which GitHub starts once its reviewers agree.
resource "aws_iam_role_policy" "deploy" {
  name = "apply-the-plan"
  role = aws_iam_role.deploy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.reads_no_content, [
      {
        Sid      = "BuildTheEstate"
        Effect   = "Allow"
        Action   = [for service in local.services : "${service}:*"]
        Resource = "*" # the account is this environment's alone
      },
      {
        Sid    = "MakeItsRoles"
        Effect = "Allow"
        Action = [
          "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags",
          "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ]
        Resource = "${local.roles}/raglite-*"
      },
      {
        Sid       = "AttachWhatAwsWritesForBackups"
        Effect    = "Allow"
        Action    = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
        Resource  = "${local.roles}/raglite-backup"
        Condition = { ArnLike = { "iam:PolicyARN" = "arn:${local.partition}:iam::aws:policy/*AWSBackupServiceRolePolicyFor*" } }
      },
      {
        Sid       = "HandOverItsRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = "${local.roles}/raglite-*"
        Condition = { StringEquals = { "iam:PassedToService" = ["backup.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com"] } }
      },
      {
        # What ECS, the load balancer, scaling and backups do in the account: AWS writes these roles' policies.
        Sid      = "LetServicesMakeTheirOwn"
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "${local.roles}/aws-service-role/*"
      },
      {
        Sid      = "LeaveWhoDeploysAlone"
        Effect   = "Deny"
        Action   = "iam:*"
        Resource = [aws_iam_role.plan.arn, aws_iam_role.deploy.arn]
      },
      {
        Sid    = "LeaveTheStatesPlaceAlone"
        Effect = "Deny"
        Action = [
          "s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucket*", "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration", "kms:DisableKey*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
        ]
        Resource = [module.state.arn, "${module.state.arn}/*", aws_kms_key.state.arn]
      },
      {
        # Terraform needs UpdateSecret for a description or a key, and it could set a value, too.
        Sid    = "SetNoSecret"
        Effect = "Deny"
        Action = [
          "secretsmanager:PutSecretValue", "secretsmanager:RotateSecret", "secretsmanager:UpdateSecretVersionStage",
        ]
        Resource = "*"
      },
    ])
  })
}
