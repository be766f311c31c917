# A restore always fills a generation of its own, beside the one that is live: nothing is overwritten, and going back is
# one value. docs/how-to/restore.md

variable "generations" {
  type = object({
    documents = optional(set(string), ["1"])
    registry  = optional(set(string), ["1"])
  })
  default     = {}
  description = "Which generations exist: of the two buckets, and of the registry table. The first has the estate's plain names, a later one its number behind them."

  validation {
    condition     = alltrue([for one in setunion(var.generations.documents, var.generations.registry) : can(regex("^[1-9][0-9]{0,3}$", one))])
    error_message = "A generation is a number, from 1 on."
  }
}

variable "live" {
  type = object({
    documents  = optional(string, "1")
    registry   = optional(string, "1")
    collection = optional(string, "1")
  })
  default     = {}
  description = "Which generation the estate works on. A collection exists in Qdrant alone, so that its generation is only a name."

  validation {
    condition     = contains(var.generations.documents, var.live.documents)
    error_message = "live.documents must be one of generations.documents."
  }

  validation {
    condition     = contains(var.generations.registry, var.live.registry)
    error_message = "live.registry must be one of generations.registry."
  }

  validation {
    condition     = can(regex("^[1-9][0-9]{0,3}$", var.live.collection))
    error_message = "live.collection is a number, from 1 on."
  }
}

locals {
  endings    = { for one in setunion(var.generations.documents, var.generations.registry, [var.live.collection]) : one => one == "1" ? "" : "-${one}" }
  documents  = module.documents[var.live.documents]
  registry   = module.registry[var.live.registry].table
  collection = "raglite${local.endings[var.live.collection]}"
}

module "documents" {
  source   = "./modules/storage/documents"
  for_each = var.generations.documents

  suffix                 = "${var.bucket_suffix}${local.endings[each.key]}"
  key_arn                = module.secrets.key_arn
  restorer_arn           = module.backup.restorer_arn
  version_retention_days = var.version_retention_days
}

module "registry" {
  source   = "./modules/storage/registry"
  for_each = var.generations.registry

  name                = "raglite-registry${local.endings[each.key]}"
  key_arn             = module.secrets.key_arn
  deletion_protection = var.deletion_protection
}

output "generations" {
  description = "What each generation is named."
  value = {
    documents = { for one, made in module.documents : one => { documents_bucket = made.documents_bucket.name, parsed_bucket = made.parsed_bucket.name } }
    registry  = { for one, made in module.registry : one => made.table.name }
  }
}
