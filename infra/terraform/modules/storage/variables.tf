variable "bucket_suffix" {
  type        = string
  description = "Ends both buckets' names."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts everything at rest."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the registry table refuses to be deleted."
}

variable "version_retention_days" {
  type        = number
  description = "How long a replaced or deleted version is kept."
}
