variable "bucket_suffix" {
  type        = string
  description = "Ends the bucket's name."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts records and anchors; texts have one of their own."
}

variable "writers" {
  type        = map(string)
  description = "The names of the roles that append, by a name of their own."
}

variable "retention_days" {
  type        = number
  description = "How long records are kept; anchors a week longer."
}

variable "texts_retention_days" {
  type        = number
  description = "How long questions and answers are kept."
}

variable "lock_mode" {
  type        = string
  description = "COMPLIANCE or GOVERNANCE."
}
