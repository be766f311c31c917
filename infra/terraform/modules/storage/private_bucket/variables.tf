variable "name" {
  type        = string
  description = "The bucket's name."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts its objects."
}

variable "statements" {
  type        = any
  default     = []
  description = "What else its policy says."
}
