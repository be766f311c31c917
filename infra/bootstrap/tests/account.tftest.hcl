# tests/unit/infra/test_bootstrap.py reads the state that this run leaves.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

override_resource {
  target = aws_iam_role.plan
  values = { arn = "arn:aws:iam::123456789012:role/raglite-plan" }
}

override_resource {
  target = aws_iam_role.deploy
  values = { arn = "arn:aws:iam::123456789012:role/raglite-deploy" }
}

variables {
  environment   = "production"
  region        = "eu-central-1"
  bucket_suffix = "production-example"
  repository    = "example/raglite"
}

run "the_account_is_ready" {
  assert {
    condition     = output.state_bucket == "raglite-state-production-example"
    error_message = "The tfbackend files name the state's bucket so."
  }
}

run "a_laptop_has_no_state_bucket" {
  command = plan

  variables {
    environment = "local"
  }

  expect_failures = [var.environment]
}

run "what_is_not_a_repository_is_refused" {
  command = plan

  variables {
    repository = "raglite"
  }

  expect_failures = [var.repository]
}
