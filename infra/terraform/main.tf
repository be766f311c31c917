locals {
  # Thresholds and the dashboard are data beside the code: people, alarms and tests read the same files.
  dashboards = "${path.module}/../../dashboards"
  slo        = jsondecode(file("${local.dashboards}/slo.json"))

  # Over HTTPS only the name that the certificate covers will do.
  service_url = var.certificate_arn == null ? "http://${module.service.load_balancer.dns_name}" : "https://${var.domain_name}"

  # What both tasks are told. raglite/settings.py refuses any other RAGLITE_ name.
  environment = {
    RAGLITE_ENVIRONMENT      = var.environment
    RAGLITE_LOG_LEVEL        = "INFO"
    RAGLITE_DOCUMENTS_BUCKET = local.documents.documents_bucket.name
    RAGLITE_PARSED_BUCKET    = local.documents.parsed_bucket.name
    RAGLITE_REGISTRY_TABLE   = local.registry.name
    RAGLITE_QDRANT_URL       = var.qdrant_url
    RAGLITE_COLLECTION       = local.collection
    RAGLITE_MODEL_DIR        = "/opt/raglite/model"

    RAGLITE_COLLECTION_PARAMETERS = jsonencode({ for name, value in var.collection_parameters : name => value if value != null })

    RAGLITE_AUDIT_RECORDS_GROUP = module.audit.records_group
    RAGLITE_AUDIT_TEXTS_GROUP   = module.audit.texts_group
    RAGLITE_AUDIT_BUCKET        = module.audit.bucket
  }

  oauth = var.oauth_issuer == null ? {} : {
    RAGLITE_OAUTH_ISSUER = var.oauth_issuer
    RAGLITE_PUBLIC_URL   = "https://${var.domain_name}"
  }

  rate_limits = { for name, value in var.rate_limits : "RAGLITE_${upper(name)}" => tostring(value) if value != null }

  # Where tasks run that a schedule starts.
  place = {
    cluster_arn       = module.service.cluster.arn
    subnet_ids        = module.network.private_subnet_ids
    security_group_id = module.network.ingest_security_group_id
  }
}

module "secrets" {
  source = "./modules/secrets"
}

module "network" {
  source = "./modules/network"
}

module "service" {
  source = "./modules/service"

  environment         = merge(local.environment, local.oauth, local.rate_limits)
  image_tag           = var.image_tag
  image_digest        = lookup(var.image_digests, "raglite", null)
  tasks               = var.service_tasks
  certificate_arn     = var.certificate_arn
  network             = module.network
  documents_bucket    = local.documents.documents_bucket
  parsed_bucket       = local.documents.parsed_bucket
  registry            = local.registry
  api_keys_secret     = module.secrets.api_keys
  qdrant_secret       = module.secrets.qdrant
  key_arn             = module.secrets.key_arn
  rollback_alarms     = module.observability.rollback_alarms
  alarms_roll_back    = var.alarms_roll_back
  log_retention_days  = var.log_retention_days
  deletion_protection = var.deletion_protection
}

module "ingestion" {
  source = "./modules/ingestion"

  environment        = local.environment
  image_tag          = var.image_tag
  image_digest       = lookup(var.image_digests, "raglite-ingest", null)
  max_tasks          = var.max_ingest_tasks
  lambda_package     = "${path.module}/../../build/lambda/ingestion_trigger.zip"
  cluster            = module.service.cluster
  subnet_ids         = module.network.private_subnet_ids
  security_group_id  = module.network.ingest_security_group_id
  documents_bucket   = local.documents.documents_bucket
  parsed_bucket      = local.documents.parsed_bucket
  registry           = local.registry
  qdrant_secret      = module.secrets.qdrant
  key_arn            = module.secrets.key_arn
  log_retention_days = var.log_retention_days
}

module "observability" {
  source = "./modules/observability"

  environment       = var.environment
  region            = var.region
  slo               = local.slo
  dashboards        = local.dashboards
  runbooks_url      = var.runbooks_url
  alert_email       = var.alert_email
  key_arn           = module.secrets.key_arn
  load_balancer     = module.service.load_balancer
  cluster_name      = module.service.cluster.name
  service_name      = module.service.name
  queue_name        = module.ingestion.queue.name
  dead_letters_name = module.ingestion.dead_letters.name
  trigger_name      = module.ingestion.lambda_function_name
  log_groups        = merge(module.backup.log_groups, { service = module.service.log_group, ingest = module.ingestion.log_group })
}

module "canary" {
  source = "./modules/canary"

  environment        = var.environment
  service_url        = local.service_url
  seconds            = local.slo.promises["query-p95"].at_most / 1000
  lambda_package     = "${path.module}/../../build/lambda/canary.zip"
  key_arn            = module.secrets.key_arn
  log_retention_days = var.log_retention_days
}

module "audit" {
  source = "./modules/audit"

  bucket_suffix = var.bucket_suffix
  key_arn       = module.secrets.key_arn
  writers = merge(module.backup.role_names, {
    service = module.service.role_name
    ingest  = module.ingestion.role_name
  })

  retention_days       = var.audit_retention_days
  texts_retention_days = var.audit_texts_retention_days
  lock_mode            = var.audit_lock_mode
}

module "backup" {
  source = "./modules/backup"

  environment        = local.environment
  image              = module.ingestion.image
  place              = local.place
  live               = { documents = local.documents.documents_bucket, parsed = local.documents.parsed_bucket, registry = local.registry }
  documents_buckets  = values(module.documents)[*].documents_bucket.arn
  parsed_buckets     = values(module.documents)[*].parsed_bucket.arn
  registries         = values(module.registry)[*].table.arn
  qdrant_secret      = module.secrets.qdrant
  bucket_suffix      = var.bucket_suffix
  key_arn            = module.secrets.key_arn
  retention_days     = var.backup_retention_days
  qdrant_nodes       = var.qdrant_nodes
  revision           = var.image_tag
  disk_gib           = var.backup_disk_gib
  lock_mode          = var.backup_lock_mode
  log_retention_days = var.log_retention_days
}

module "drill" {
  source = "./modules/drill"
  count  = var.drills ? 1 : 0

  environment        = merge(local.environment, { RAGLITE_API_URL = local.service_url })
  image              = module.ingestion.image
  place              = local.place
  service_name       = module.service.name
  live               = { documents = local.documents.documents_bucket, parsed = local.documents.parsed_bucket, registry = local.registry }
  qdrant_secret      = module.secrets.qdrant
  key_arn            = module.secrets.key_arn
  log_retention_days = var.log_retention_days
}
