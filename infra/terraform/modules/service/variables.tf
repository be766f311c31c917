variable "environment" {
  type        = map(string)
  description = "What every task is told."
}

variable "image_tag" {
  type        = string
  description = "The service image's tag."
}

variable "image_digest" {
  type        = string
  description = "The service image's digest, which counts if it is known; null for the tag's."
}

variable "tasks" {
  type        = object({ min = number, max = number })
  description = "How few and how many tasks answer questions."
}

variable "certificate_arn" {
  type        = string
  description = "The HTTPS listener's certificate; null for HTTP only."
}

variable "network" {
  type = object({
    vpc_id                          = string
    public_subnet_ids               = list(string)
    private_subnet_ids              = list(string)
    service_port                    = number
    load_balancer_security_group_id = string
    service_security_group_id       = string
  })
  description = "Where the load balancer and the tasks stand."
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

variable "api_keys_secret" {
  type        = object({ name = string, arn = string })
  description = "The secret of the API keys' hashes."
}

variable "qdrant_secret" {
  type        = object({ name = string, arn = string })
  description = "The secret of Qdrant's key."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts everything at rest."
}

variable "rollback_alarms" {
  type        = list(string)
  description = "The alarms that send a release back while it rolls out."
}

variable "alarms_roll_back" {
  type        = bool
  description = "Whether they do."
}

variable "log_retention_days" {
  type        = number
  description = "How long logs are kept."
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the load balancer refuses to be deleted."
}
