variable "resource_arns" {
  type        = list(string)
  description = "What is backed up."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts the vault."
}
