variable "name" {
  type        = string
  description = "The rule's name."
}

variable "description" {
  type        = string
  description = "What the task does."
}

variable "schedule" {
  type        = string
  description = "When it is started, in UTC."
}

variable "task" {
  type        = object({ definition_arn = string, any_revision_arn = string, role_arns = list(string) })
  description = "What is started."
}

variable "place" {
  type        = object({ cluster_arn = string, subnet_ids = list(string), security_group_id = string })
  description = "Where it is started."
}
