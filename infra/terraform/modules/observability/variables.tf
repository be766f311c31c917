variable "environment" {
  type        = string
  description = "The value of the dimension Environment."
}

variable "region" {
  type        = string
  description = "The region whose metrics the dashboard shows."
}

variable "slo" {
  type = object({
    alarms = map(object({
      meaning              = string
      namespace            = string
      metric               = string
      dimensions           = list(string)
      statistic            = string
      period_seconds       = number
      periods              = number
      above                = number
      rolls_back_a_release = bool
    }))
  })
  description = "dashboards/slo.json."
}

variable "dashboard_template" {
  type        = string
  description = "The path of the dashboard's body."
}

variable "alert_email" {
  type        = string
  description = "Who hears of alarms; null for nobody."
}

variable "key_arn" {
  type        = string
  description = "The key that encrypts alerts."
}

variable "load_balancer" {
  type        = object({ metric_name = string, targets_metric_name = string })
  description = "How CloudWatch names the load balancer and its targets."
}

variable "cluster_name" {
  type        = string
  description = "The ECS cluster."
}

variable "service_name" {
  type        = string
  description = "The ECS service."
}

variable "queue_name" {
  type        = string
  description = "The queue of hints about keys."
}

variable "dead_letters_name" {
  type        = string
  description = "The queue of hints that could not be handled."
}

variable "log_groups" {
  type        = object({ service = string, ingest = string })
  description = "Where the tasks log."
}
