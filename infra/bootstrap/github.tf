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

# --- plan: push images and look at everything but what is asked, answered and stored ---------------------------------

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
    Statement = [
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
      {
        Sid    = "ReadNoDocumentsAndNoQuestions"
        Effect = "Deny"
        Action = [
          "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "logs:FilterLogEvents",
          "logs:GetLogEvents", "logs:StartLiveTail", "logs:StartQuery", "xray:BatchGetTraces",
        ]
        Resource = "*" # whatever it is: this only takes away
      },
      {
        Sid         = "ReadNoObjectsButTheState"
        Effect      = "Deny"
        Action      = ["s3:GetObject", "s3:GetObjectVersion"]
        NotResource = "${module.state.arn}/*"
      },
    ]
  })
}

# --- deploy: apply the plan ------------------------------------------------------------------------------------------

resource "aws_iam_role" "deploy" {
  name               = "raglite-deploy"
  assume_role_policy = local.assumed_by.deploy
}

# It makes roles and writes their policies, so whatever it were denied it could give to a role of its own. What holds it
# is who may take it: jobs of one environment of one repository, which GitHub starts once its reviewers agree.
resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AdministratorAccess"
}
