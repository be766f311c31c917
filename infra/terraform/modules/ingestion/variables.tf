variable "environment" {
  type        = map(string)
  description = "What every task is told."
}

variable "image_tag" {
  type        = string
  description = "The ingest image's tag."
}

variable "image_digest" {
  type        = string
  description = "The ingest image's digest, which counts if it is known; null for the tag's."
}

variable "max_tasks" {
  type        = number
  description = "How many ingest tasks may run at once; one more where two are started at the same moment."
}

variable "lambda_package" {
  type        = string
  description = "The zip of lambda/ingestion_trigger.py and what it imports; scripts/terraform makes it."
}

variable "cluster" {
  type        = object({ name = string, arn = string })
  description = "Where tasks run."
}

variable "subnet_ids" {
  type        = list(string)
  description = "The private subnets tasks run in."
}

variable "security_group_id" {
  type        = string
  description = "The ingest tasks' security group."
}

variable "documents_bucket" {
  type        = object({ name = string, arn = string })
  description = "The bucket reports are uploaded to."
}

variable "parsed_bucket" {
  type        = object({ name = string, arn = string })
  description = "The bucket parsed documents are kept in."
}

variable "registry" {
  type        = object({ name = string, arn = string })
  description = "The registry table."
}

variable "qdrant_secret" {
  type        = object({ name = string, arn = string })
  description = "The secret of Qdrant's key."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts everything at rest."
}

variable "log_retention_days" {
  type        = number
  description = "How long logs are kept."
}
