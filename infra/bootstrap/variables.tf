variable "environment" {
  type        = string
  description = "Which of infra/terraform/environments this account is for; the name of its GitHub environment, too."

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "Set environment to staging or production: a laptop's state is a file."
  }
}

variable "region" {
  type        = string
  description = "The AWS region of the environment."

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "Set region to an AWS region, such as eu-central-1."
  }
}

variable "bucket_suffix" {
  type        = string
  description = "Ends the bucket's name, as in the environment's tfvars."

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9]){1,39}$", var.bucket_suffix))
    error_message = "Use 2 to 40 lower-case letters, digits and single hyphens for bucket_suffix."
  }
}

variable "repository" {
  type        = string
  description = "The GitHub repository whose workflows deploy, as owner/name."

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Set repository to owner/name."
  }
}
