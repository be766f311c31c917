variable "environment" {
  type        = map(string)
  description = "What every task is told."
}

variable "image" {
  type        = object({ uri = string, repository_arn = string })
  description = "The ingest tasks' image: backups are the same code's."
}

variable "place" {
  type        = object({ cluster_arn = string, subnet_ids = list(string), security_group_id = string })
  description = "Where its tasks run."
}

variable "live" {
  type = object({
    documents = object({ name = string, arn = string })
    parsed    = object({ name = string, arn = string })
    registry  = object({ name = string, arn = string })
  })
  description = "The generation that is backed up."
}

variable "documents_buckets" {
  type        = list(string)
  description = "The documents buckets of all generations, by ARN."
}

variable "parsed_buckets" {
  type        = list(string)
  description = "The buckets of parsed documents of all generations, by ARN."
}

variable "registries" {
  type        = list(string)
  description = "The registry tables of all generations, by ARN."
}

variable "qdrant_nodes" {
  type        = list(string)
  description = "The address of each node of Qdrant's cluster; none for a single one."
}

variable "revision" {
  type        = string
  description = "What a backup says it was made with."
}

variable "qdrant_secret" {
  type        = object({ name = string, arn = string })
  description = "The secret of Qdrant's key."
}

variable "bucket_suffix" {
  type        = string
  description = "Ends the bucket's name."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts the estate, and AWS's own copies of it."
}

variable "retention_days" {
  type        = number
  description = "How long a backup is kept, and locked."
}

variable "lock_mode" {
  type        = string
  description = "COMPLIANCE or GOVERNANCE."
}

variable "log_retention_days" {
  type        = number
  description = "How long its tasks' logs are kept."
}

variable "disk_gib" {
  type        = number
  description = "The disk of its tasks, in GiB: one node's part of the index and one document lie there at a time."
}
