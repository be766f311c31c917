variable "name" {
  type        = string
  description = "The image's name, and its repository's."
}

variable "tag" {
  type        = string
  description = "The image's tag."
}

variable "digest" {
  type        = string
  description = "The image's digest, which counts if it is known; null for the tag's."
}
