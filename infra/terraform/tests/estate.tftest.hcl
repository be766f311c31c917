# tests/unit/infra reads the state that this run leaves and follows the connections through it.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment     = "production"
  region          = "eu-central-1"
  bucket_suffix   = "production-example"
  certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  domain_name     = "raglite.example.com"
  qdrant_url      = "https://qdrant.example.com:6333"
  image_tag       = "0123abc"
  oauth_issuer    = "https://login.example.com/"
  image_digests   = { raglite = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }

  collection_parameters = { shard_number = 6, replication_factor = 2, scalar_quantization = true, oversampling = 1.5 }
  rate_limits           = { requests_per_minute = 600, unknown_keys_per_minute = 0 }
}

run "the_estate_is_complete_and_answers_over_https" {
  assert {
    condition     = output.service_url == "https://raglite.example.com"
    error_message = "With a certificate the service's address is https, under the name that it covers."
  }

  assert {
    condition     = output.cluster_name == "raglite-cluster" && output.service_name == "raglite-service"
    error_message = "The specification's names stay as they are."
  }
}
