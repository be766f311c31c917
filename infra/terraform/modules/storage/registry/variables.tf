variable "name" {
  type        = string
  description = "The table's name."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts what it holds."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether it refuses to be deleted."
}
