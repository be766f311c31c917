variable "name" {
  type        = string
  description = "The bucket's name."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts its objects."
}
