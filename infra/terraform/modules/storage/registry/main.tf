# Control state: versions, work and leases, the commit number. raglite/adapters/dynamodb_registry.py describes the items.

resource "aws_dynamodb_table" "registry" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "waiting"
    type = "S"
  }

  attribute {
    name = "requested_at"
    type = "S"
  }

  # Holds only the work that is due, oldest request first.
  global_secondary_index {
    name            = "waiting"
    hash_key        = "waiting"
    range_key       = "requested_at"
    projection_type = "ALL"
  }

  # What was submitted is of use for minutes: raglite/adapters/dynamodb_submissions.py.
  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}
