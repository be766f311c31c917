variable "environment" {
  type        = map(string)
  description = "What the task is told; the service's address is a part of it."
}

variable "image" {
  type        = object({ uri = string, repository_arn = string })
  description = "The ingest tasks' image: a drill is the same code's."
}

variable "place" {
  type        = object({ cluster_arn = string, subnet_ids = list(string), security_group_id = string })
  description = "Where it runs, and where it ends a task."
}

variable "service_name" {
  type        = string
  description = "The ECS service."
}

variable "live" {
  type = object({
    documents = object({ name = string, arn = string })
    parsed    = object({ name = string, arn = string })
    registry  = object({ name = string, arn = string })
  })
  description = "What the service answers from."
}

variable "qdrant_secret" {
  type        = object({ name = string, arn = string })
  description = "The secret of Qdrant's key."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts the estate."
}

variable "log_retention_days" {
  type        = number
  description = "How long its log is kept."
}
