variable "family" {
  type        = string
  description = "The task definition's family; names the roles and the log group, too."
}

variable "container" {
  type        = string
  description = "The name of the container that does the work."
}

variable "image" {
  type        = object({ uri = string, repository_arn = string })
  description = "What the container is made of."
}

variable "command" {
  type        = list(string)
  default     = []
  description = "What the container runs; none for what its image says."
}

variable "size" {
  type        = object({ cpu = number, memory = number })
  description = "What the task gets: CPU units (1024 are one core) and MiB."
}

variable "disk_gib" {
  type        = number
  default     = null
  description = "The disk its containers share, in GiB; null for the 20 that Fargate gives."

  validation {
    condition     = var.disk_gib == null ? true : var.disk_gib >= 21 && var.disk_gib <= 200
    error_message = "Fargate has disks of 21 to 200 GiB."
  }
}

variable "environment" {
  type        = map(string)
  description = "The container's environment."
}

variable "secrets" {
  type        = map(string)
  description = "Environment names to the ARNs of the secrets whose values they get."
}

variable "ports" {
  type        = list(number)
  default     = []
  description = "The TCP ports the container listens on."
}

variable "stop_seconds" {
  type        = number
  description = "How long the container may take to stop before it is killed."

  validation {
    condition     = var.stop_seconds >= 2 && var.stop_seconds <= 120
    error_message = "Fargate waits between 2 and 120 seconds."
  }
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts its logs and secrets."
}

variable "log_retention_days" {
  type        = number
  description = "How long its logs are kept."
}
