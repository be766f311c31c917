variable "environment" {
  type        = string
  description = "The value of the dimension Environment."
}

variable "service_url" {
  type        = string
  description = "Where users reach the service."
}

variable "seconds" {
  type        = number
  description = "How long an answer may take."
}

variable "lambda_package" {
  type        = string
  description = "The zip of lambda/canary.py; scripts/terraform makes it."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts everything at rest."
}

variable "log_retention_days" {
  type        = number
  description = "How long logs are kept."
}
