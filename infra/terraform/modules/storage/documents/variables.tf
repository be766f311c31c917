variable "suffix" {
  type        = string
  description = "Ends both buckets' names."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts what they hold."
}

variable "restorer_arn" {
  type        = string
  description = "The role that may say which version ids restored documents had before."
}

variable "version_retention_days" {
  type        = number
  description = "How long a replaced or deleted version is kept."
}
