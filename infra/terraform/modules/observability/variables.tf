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
    window_days = number
    promises    = map(object({ at_most = number }))

    objectives = map(object({
      meaning          = string
      at_least_percent = number
      metric           = string
      bad_metric       = optional(string)
      within           = optional(number)
      has_burn_alarms  = bool
    }))

    burn = object({
      events_at_least = number
      policies = map(object({
        meaning              = string
        budget_spent_percent = number
        long_seconds         = number
        short_seconds        = number
        urgency              = string
      }))
    })

    alarms = map(object({
      meaning              = string
      urgency              = string
      namespace            = string
      metrics              = list(string)
      dimensions           = list(string)
      statistic            = string
      period_seconds       = number
      periods              = number
      datapoints           = optional(number)
      above                = optional(number)
      above_promise        = optional(string)
      below                = optional(number)
      silence_is_alarming  = optional(bool, false)
      rolls_back_a_release = optional(bool, false)
    }))
  })
  description = "dashboards/slo.json."
}

variable "dashboards" {
  type        = string
  description = "The folder of the dashboards' bodies."
}

variable "runbooks_url" {
  type        = string
  description = "What the dashboards' links to docs/how-to/ begin with."
}

variable "trigger_name" {
  type        = string
  description = "The Lambda function between the queue and the task."
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
  type        = object({ service = string, ingest = string, backup = string, prune = string })
  description = "Where the tasks log."
}
