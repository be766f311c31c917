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

run "a_second_generation_stands_beside_the_first_which_stays_live" {
  command = plan

  variables {
    generations = { documents = ["1", "2"], registry = ["1", "2"] }
  }

  assert {
    condition = output.generations == {
      documents = {
        "1" = { documents_bucket = "raglite-documents-production-example", parsed_bucket = "raglite-parsed-production-example" }
        "2" = { documents_bucket = "raglite-documents-production-example-2", parsed_bucket = "raglite-parsed-production-example-2" }
      }
      registry = { "1" = "raglite-registry", "2" = "raglite-registry-2" }
    }
    error_message = "The first generation keeps the estate's plain names."
  }

  assert {
    condition     = output.documents_bucket == "raglite-documents-production-example" && output.registry_table == "raglite-registry" && output.collection == "raglite"
    error_message = "Making a generation switches nothing."
  }
}

run "a_registry_alone_gets_a_new_generation" {
  command = plan

  variables {
    generations = { registry = ["1", "2"] }
    live        = { registry = "2" }
  }

  assert {
    condition     = output.registry_table == "raglite-registry-2" && keys(output.generations.documents) == ["1"]
    error_message = "A lost table needs no new buckets."
  }
}

run "everything_follows_the_switch" {
  variables {
    generations = { documents = ["1", "2"], registry = ["1", "2"] }
    live        = { documents = "2", registry = "2", collection = "2" }
  }

  assert {
    condition = [output.documents_bucket, output.parsed_bucket, output.registry_table, output.collection] == [
      "raglite-documents-production-example-2", "raglite-parsed-production-example-2", "raglite-registry-2", "raglite-2",
    ]
    error_message = "The outputs name what is live."
  }
}

run "the_first_generation_may_go_once_it_is_no_longer_live" {
  command = plan

  variables {
    generations = { documents = ["2"], registry = ["2"] }
    live        = { documents = "2", registry = "2" }
  }

  assert {
    condition     = keys(output.generations.documents) == ["2"]
    error_message = "No generation is special."
  }
}

run "what_is_live_must_exist" {
  command = plan

  variables {
    live = { documents = "2", registry = "2" }
  }

  expect_failures = [var.live]
}

run "a_generation_is_a_number" {
  command = plan

  variables {
    generations = { documents = ["1", "new"] }
  }

  expect_failures = [var.generations]
}

run "a_collections_generation_is_one_too" {
  command = plan

  variables {
    live = { collection = "01" }
  }

  expect_failures = [var.live]
}

run "while_a_disaster_is_mended_no_alarm_sends_back_what_mends_it" {
  variables {
    alarms_roll_back = false
  }

  assert {
    condition     = length(output.rollback_alarms) == 0
    error_message = "The alarm that rings for the disaster would send the mending release back."
  }
}

run "production_whose_backups_an_administrator_could_delete_is_refused" {
  command = plan

  variables {
    backup_lock_mode = "GOVERNANCE"
  }

  expect_failures = [var.backup_lock_mode]
}

run "backups_of_one_day_are_refused" {
  command = plan

  variables {
    backup_retention_days = 1
  }

  expect_failures = [var.backup_retention_days]
}

run "a_node_of_qdrants_that_is_reached_without_tls_is_refused" {
  command = plan

  variables {
    qdrant_nodes = ["https://one.example.com:6333", "http://two.example.com:6333"]
  }

  expect_failures = [var.qdrant_nodes]
}

run "a_disk_that_fargate_does_not_have_is_refused" {
  command = plan

  variables {
    backup_disk_gib = 20
  }

  expect_failures = [var.backup_disk_gib]
}

run "drills_in_production_are_refused" {
  command = plan

  variables {
    drills = true
  }

  expect_failures = [var.drills]
}
