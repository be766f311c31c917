variable "environment" {
  type        = string
  description = "A label on tags, metrics and traces. Each environment has an AWS account and a state of its own, so names do not carry it."

  validation {
    condition     = contains(["local", "staging", "production"], var.environment)
    error_message = "Set environment to local, staging or production."
  }
}

variable "region" {
  type        = string
  description = "The AWS region everything lives in."

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "Set region to an AWS region, such as eu-central-1."
  }
}

variable "bucket_suffix" {
  type        = string
  description = "Ends the buckets' names, because they must be unique among everybody's."

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9]){1,39}$", var.bucket_suffix))
    error_message = "Use 2 to 40 lower-case letters, digits and single hyphens for bucket_suffix."
  }
}

variable "certificate_arn" {
  type        = string
  default     = null
  description = "The ACM certificate of the HTTPS listener. Null leaves only an HTTP listener that forwards."

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "Set certificate_arn to the ARN of an ACM certificate."
  }

  validation {
    condition     = var.certificate_arn != null || !contains(["staging", "production"], var.environment)
    error_message = "Set certificate_arn: staging and production answer over HTTPS only."
  }
}

variable "domain_name" {
  type        = string
  default     = null
  description = "The service's own name, an alias of the load balancer that the certificate covers. Null only where there is no certificate."

  validation {
    condition     = var.domain_name == null || can(regex("^([a-z0-9](-?[a-z0-9])*\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "Set domain_name to a host name, such as raglite.example.com."
  }

  validation {
    condition     = (var.domain_name == null) == (var.certificate_arn == null)
    error_message = "Set domain_name and certificate_arn together: HTTPS is answered only under a name that the certificate covers."
  }
}

variable "oauth_issuer" {
  type        = string
  default     = null
  description = "The authorization server whose access tokens open the service, beside API keys. Null for keys alone."

  validation {
    condition     = var.oauth_issuer == null || can(regex("^https://[^/?#]+(/[^?#]*)?$", var.oauth_issuer))
    error_message = "Set oauth_issuer to the issuer's URL, https://HOST[/PATH], exactly as its tokens say it."
  }

  validation {
    condition     = var.oauth_issuer == null || var.domain_name != null
    error_message = "Set domain_name: tokens are made for the service's own name."
  }
}

variable "qdrant_url" {
  type        = string
  description = "Where Qdrant answers REST, port included if it is not the scheme's own."

  validation {
    condition     = can(regex("^https?://[^/\\s]+$", var.qdrant_url))
    error_message = "Set qdrant_url to a scheme, a host and perhaps a port, such as https://qdrant.example.com:6333."
  }

  validation {
    condition     = startswith(var.qdrant_url, "https://") || !contains(["staging", "production"], var.environment)
    error_message = "Set qdrant_url to an https:// address: staging and production send the key only over TLS."
  }
}

variable "qdrant_nodes" {
  type        = list(string)
  default     = []
  description = "Where each node of Qdrant's cluster answers REST: a snapshot holds one node's part. None where qdrant_url is the only one."

  validation {
    condition     = alltrue([for url in var.qdrant_nodes : can(regex("^https?://[^/\\s]+$", url))])
    error_message = "Each of qdrant_nodes is a scheme, a host and perhaps a port."
  }

  validation {
    condition     = alltrue([for url in var.qdrant_nodes : startswith(url, "https://")]) || !contains(["staging", "production"], var.environment)
    error_message = "Set qdrant_nodes to https:// addresses: staging and production send the key only over TLS."
  }
}

variable "collection_parameters" {
  type = object({
    shard_number             = optional(number)
    replication_factor       = optional(number)
    write_consistency_factor = optional(number)
    vectors_on_disk          = optional(bool)
    hnsw_m                   = optional(number)
    hnsw_ef_construct        = optional(number)
    hnsw_on_disk             = optional(bool)
    scalar_quantization      = optional(bool)
    quantile                 = optional(number)
    quantized_always_ram     = optional(bool)
    hnsw_ef                  = optional(number)
    rescore                  = optional(bool)
    oversampling             = optional(number)
  })
  default     = {}
  description = "How Qdrant keeps a collection that is made, and how it searches; what is left out is Qdrant's default. docs/explanation/sizing.md says when to set what, raglite/model/collections.py what each may be."

  validation {
    condition     = coalesce(var.collection_parameters.write_consistency_factor, 1) <= coalesce(var.collection_parameters.replication_factor, 1)
    error_message = "write_consistency_factor is at most replication_factor: Qdrant would take every write for failed."
  }

  validation {
    condition = alltrue([for number in [
      var.collection_parameters.shard_number,
      var.collection_parameters.replication_factor,
      var.collection_parameters.write_consistency_factor,
    ] : number == null ? true : number >= 1 && floor(number) == number])
    error_message = "shard_number, replication_factor and write_consistency_factor are whole numbers of at least 1."
  }

  validation {
    condition = alltrue([for bounds in [
      [var.collection_parameters.hnsw_m, 0],
      [var.collection_parameters.hnsw_ef_construct, 4],
      [var.collection_parameters.hnsw_ef, 1],
    ] : bounds[0] == null ? true : bounds[0] >= bounds[1] && floor(bounds[0]) == bounds[0]])
    error_message = "hnsw_m, hnsw_ef_construct and hnsw_ef are whole numbers of at least 0, 4 and 1."
  }

  validation {
    condition = alltrue([for bounds in [
      [var.collection_parameters.quantile, 0.5, 1],
      [var.collection_parameters.oversampling, 1, 1000],
    ] : bounds[0] == null ? true : bounds[0] >= bounds[1] && bounds[0] <= bounds[2]])
    error_message = "quantile is between 0.5 and 1, oversampling at least 1."
  }

  validation {
    condition = coalesce(var.collection_parameters.scalar_quantization, false) || alltrue([for value in [
      var.collection_parameters.quantile,
      var.collection_parameters.quantized_always_ram,
      var.collection_parameters.rescore,
      var.collection_parameters.oversampling,
    ] : value == null])
    error_message = "quantile, quantized_always_ram, rescore and oversampling need scalar_quantization = true."
  }
}

variable "image_tag" {
  type        = string
  description = "The tag of both images, usually the commit. Tags are immutable, so a tag names one image for ever."

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "Set image_tag to the tag of a built image, never latest: what was tested must be what runs."
  }
}

variable "image_digests" {
  type        = map(string)
  default     = {}
  description = "What `make push` has pushed, by repository: a digest names one image, whoever may move tags. Without one, image_tag counts."

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "A digest is sha256: and 64 hexadecimal digits; `make push` writes them to build/image/pushed.tfvars.json."
  }

  validation {
    condition     = length(setsubtract(keys(var.image_digests), ["raglite", "raglite-ingest"])) == 0
    error_message = "image_digests knows the repositories raglite and raglite-ingest."
  }
}

variable "service_tasks" {
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 4 }
  description = "How few and how many tasks answer questions; two are the fewest that survive the loss of a zone."

  validation {
    condition     = 1 <= var.service_tasks.min && var.service_tasks.min <= var.service_tasks.max
    error_message = "service_tasks needs 1 <= min <= max."
  }
}

variable "rate_limits" {
  type = object({
    requests_per_minute     = optional(number)
    requests_burst          = optional(number)
    unknown_keys_per_minute = optional(number)
  })
  default     = {}
  description = "How often each credential may ask one task of the service, in the long run and at once, and how many unknown keys it looks at from one address; 0 a minute is no limit. What is left out is raglite/settings.py's default. With N tasks a caller gets up to N times as much."

  validation {
    condition = alltrue([for bounds in [
      [var.rate_limits.requests_per_minute, 0],
      [var.rate_limits.requests_burst, 1],
      [var.rate_limits.unknown_keys_per_minute, 0],
    ] : bounds[0] == null ? true : bounds[0] >= bounds[1] && floor(bounds[0]) == bounds[0]])
    error_message = "requests_per_minute, requests_burst and unknown_keys_per_minute are whole numbers of at least 0, 1 and 0."
  }
}

variable "max_ingest_tasks" {
  type        = number
  default     = 4
  description = "How many ingest tasks may run at once. Further documents wait in the registry, none is lost."

  validation {
    condition     = var.max_ingest_tasks >= 1 && floor(var.max_ingest_tasks) == var.max_ingest_tasks
    error_message = "max_ingest_tasks is a whole number of at least 1."
  }
}

variable "alert_email" {
  type        = string
  default     = null
  description = "Who hears of alarms; the address must confirm the subscription. Null subscribes nobody."

  validation {
    condition     = var.alert_email == null || can(regex("^[^@\\s]+@[^@\\s]+$", var.alert_email))
    error_message = "Set alert_email to an e-mail address, or leave it out."
  }
}

variable "runbooks_url" {
  type        = string
  default     = "docs/how-to"
  description = "Where a browser finds docs/how-to/: the dashboards' links to runbooks begin with it."
}

locals {
  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  log_retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
}

variable "log_retention_days" {
  type        = number
  default     = 365
  description = "How long logs are kept; the audit log has its own times."

  validation {
    condition     = contains(local.log_retentions, var.log_retention_days)
    error_message = "CloudWatch Logs keeps for so many days: ${join(", ", local.log_retentions)}."
  }
}

variable "audit_retention_days" {
  type        = number
  default     = 365
  description = "How long it is kept who asked or changed what."

  validation {
    condition     = contains(local.log_retentions, var.audit_retention_days)
    error_message = "CloudWatch Logs keeps for so many days: ${join(", ", local.log_retentions)}."
  }
}

variable "audit_texts_retention_days" {
  type        = number
  default     = 90
  description = "How long it is kept what was asked and answered, in words."

  validation {
    condition     = contains(local.log_retentions, var.audit_texts_retention_days)
    error_message = "CloudWatch Logs keeps for so many days: ${join(", ", local.log_retentions)}."
  }

  validation {
    condition     = var.audit_texts_retention_days <= var.audit_retention_days
    error_message = "Keep texts no longer than the records that tell of them: audit_texts_retention_days is at most audit_retention_days."
  }
}

variable "audit_lock_mode" {
  type        = string
  default     = "COMPLIANCE"
  description = "How anchors of the audit log are locked: COMPLIANCE against everybody, for the whole time, or GOVERNANCE against all who may not bypass it."

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.audit_lock_mode)
    error_message = "Set audit_lock_mode to COMPLIANCE or GOVERNANCE."
  }

  validation {
    condition     = var.audit_lock_mode == "COMPLIANCE" || var.environment != "production"
    error_message = "Production locks in COMPLIANCE mode: whoever could bypass the lock could cut the audit log short unseen."
  }
}

variable "version_retention_days" {
  type        = number
  default     = 365
  description = "How long a version is kept after it was replaced or deleted: as_of reaches back so far. As long as the audit log by default, so that what it tells of can be asked again; the specification only says 30 days, for backups."

  validation {
    condition     = var.version_retention_days >= 120 && floor(var.version_retention_days) == var.version_retention_days
    error_message = "version_retention_days is a whole number of at least 120: versions move to a cheaper class after 90 days, and pay for 30 there."
  }
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether the registry table and the load balancer refuse to be deleted."
}

variable "backup_retention_days" {
  type        = number
  default     = 30
  description = "How long a backup is kept, and locked."

  validation {
    condition     = var.backup_retention_days >= 2 && floor(var.backup_retention_days) == var.backup_retention_days
    error_message = "backup_retention_days is a whole number of at least 2: a fault of one day is often noticed on the next."
  }
}

variable "backup_disk_gib" {
  type        = number
  default     = 100
  description = "The disk of the task that makes backups, in GiB: one Qdrant node's part of the index and the largest document must fit."

  validation {
    condition     = var.backup_disk_gib >= 21 && var.backup_disk_gib <= 200
    error_message = "Fargate has disks of 21 to 200 GiB: set backup_disk_gib so."
  }
}

variable "backup_lock_mode" {
  type        = string
  default     = "COMPLIANCE"
  description = "How backups are locked: COMPLIANCE against everybody, for the whole time, or GOVERNANCE against all who may not bypass it."

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.backup_lock_mode)
    error_message = "Set backup_lock_mode to COMPLIANCE or GOVERNANCE."
  }

  validation {
    condition     = var.backup_lock_mode == "COMPLIANCE" || var.environment != "production"
    error_message = "Production locks in COMPLIANCE mode: whoever has taken an administrator's rights must not reach the backups."
  }
}

variable "alarms_roll_back" {
  type        = bool
  default     = true
  description = "Whether an alarm sends a release back while it rolls out. False while a disaster is mended: the alarm that rings for it would send back what mends it."
}

variable "drills" {
  type        = bool
  default     = false
  description = "Whether a task of the service is ended once a week, to see that nobody notices."

  validation {
    condition     = !var.drills || var.environment == "staging"
    error_message = "Drills belong in staging: what they show there holds for production, whose users they would disturb."
  }
}
