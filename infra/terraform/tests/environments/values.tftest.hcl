# tests/unit/infra/test_environments.py runs this with each environment's file.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "its_values_are_accepted" {
  command = plan

  assert {
    condition     = output.documents_bucket == "raglite-documents-${var.bucket_suffix}"
    error_message = "The suffix makes the bucket's name unique."
  }
}
