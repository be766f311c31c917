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
}

run "the_defaults_keep_two_to_four_tasks_protected_from_deletion" {
  command = plan

  assert {
    condition     = var.service_tasks == { min = 2, max = 4 }
    error_message = "Two tasks survive the loss of a zone, four are the specification's limit."
  }

  assert {
    condition     = var.deletion_protection
    error_message = "Protection must be given up explicitly."
  }

  assert {
    condition     = output.documents_bucket == "raglite-documents-production-example"
    error_message = "The suffix makes the bucket's name unique."
  }
}

run "without_a_certificate_a_laptop_is_answered_over_http" {
  variables {
    environment     = "local"
    certificate_arn = null
    domain_name     = null
    qdrant_url      = "http://127.0.0.1:6333"
  }

  assert {
    condition     = startswith(output.service_url, "http://")
    error_message = "Without a certificate there is no HTTPS to answer over."
  }
}

run "production_without_a_certificate_is_refused" {
  command = plan

  variables {
    certificate_arn = null
    domain_name     = null
  }

  expect_failures = [var.certificate_arn]
}

run "a_certificate_without_the_name_it_covers_is_refused" {
  command = plan

  variables {
    domain_name = null
  }

  expect_failures = [var.domain_name]
}

run "an_issuer_over_plain_http_is_refused" {
  command = plan

  variables {
    oauth_issuer = "http://login.example.com"
  }

  expect_failures = [var.oauth_issuer]
}

run "an_issuer_without_a_name_to_make_tokens_for_is_refused" {
  command = plan

  variables {
    environment     = "local"
    certificate_arn = null
    domain_name     = null
    oauth_issuer    = "https://login.example.com"
  }

  expect_failures = [var.oauth_issuer]
}

run "staging_without_tls_to_qdrant_is_refused" {
  command = plan

  variables {
    environment = "staging"
    qdrant_url  = "http://qdrant.example.com:6333"
  }

  expect_failures = [var.qdrant_url]
}

run "what_is_not_an_address_is_refused" {
  command = plan

  variables {
    qdrant_url  = "qdrant.example.com"
    alert_email = "somebody"
  }

  expect_failures = [var.qdrant_url, var.alert_email]
}

run "writes_that_more_replicas_must_have_than_there_are_are_refused" {
  command = plan

  variables {
    collection_parameters = { write_consistency_factor = 2 }
  }

  expect_failures = [var.collection_parameters]
}

run "half_a_shard_is_refused" {
  command = plan

  variables {
    collection_parameters = { shard_number = 1.5 }
  }

  expect_failures = [var.collection_parameters]
}

run "half_an_edge_of_the_graph_is_refused" {
  command = plan

  variables {
    collection_parameters = { hnsw_m = 16.5 }
  }

  expect_failures = [var.collection_parameters]
}

run "a_quantile_above_all_is_refused" {
  command = plan

  variables {
    collection_parameters = { scalar_quantization = true, quantile = 2 }
  }

  expect_failures = [var.collection_parameters]
}

run "rescoring_without_quantization_is_refused" {
  command = plan

  variables {
    collection_parameters = { rescore = true }
  }

  expect_failures = [var.collection_parameters]
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "prod"
  }

  expect_failures = [var.environment]
}

run "what_is_not_a_region_is_refused" {
  command = plan

  variables {
    region = "frankfurt"
  }

  expect_failures = [var.region]
}

run "a_suffix_that_s3_would_refuse_is_refused" {
  command = plan

  variables {
    bucket_suffix = "Production_1"
  }

  expect_failures = [var.bucket_suffix]
}

run "the_tag_latest_is_refused" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}

run "what_is_not_a_digest_is_refused" {
  command = plan

  variables {
    image_digests = { raglite = "0123abc" }
  }

  expect_failures = [var.image_digests]
}

run "a_digest_for_an_unknown_repository_is_refused" {
  command = plan

  variables {
    image_digests = { rag-lite = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
  }

  expect_failures = [var.image_digests]
}

run "fewer_tasks_at_most_than_at_least_are_refused" {
  command = plan

  variables {
    service_tasks = { min = 3, max = 2 }
  }

  expect_failures = [var.service_tasks]
}

run "no_ingest_task_at_all_is_refused" {
  command = plan

  variables {
    max_ingest_tasks = 0
  }

  expect_failures = [var.max_ingest_tasks]
}

run "a_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_retention_days = 8
  }

  expect_failures = [var.log_retention_days]
}

run "versions_that_would_go_before_their_cheaper_class_pays_are_refused" {
  command = plan

  variables {
    version_retention_days = 119
  }

  expect_failures = [var.version_retention_days]
}

run "texts_that_would_outlive_their_records_are_refused" {
  command = plan

  variables {
    audit_retention_days       = 90
    audit_texts_retention_days = 120
  }

  expect_failures = [var.audit_texts_retention_days]
}

run "an_audit_retention_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    audit_retention_days = 364
  }

  expect_failures = [var.audit_retention_days]
}

run "a_retention_of_texts_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    audit_texts_retention_days = 8
  }

  expect_failures = [var.audit_texts_retention_days]
}

run "production_whose_anchors_an_administrator_could_delete_is_refused" {
  command = plan

  variables {
    audit_lock_mode = "GOVERNANCE"
  }

  expect_failures = [var.audit_lock_mode]
}

run "half_a_request_at_once_is_refused" {
  command = plan

  variables {
    rate_limits = { requests_burst = 0.5 }
  }

  expect_failures = [var.rate_limits]
}

run "fewer_requests_than_none_are_refused" {
  command = plan

  variables {
    rate_limits = { requests_per_minute = -1 }
  }

  expect_failures = [var.rate_limits]
}
