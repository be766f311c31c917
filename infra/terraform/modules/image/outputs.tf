output "image" {
  description = "What a container is made of: the image's URI, and the repository it is pulled from."
  value = {
    uri            = "${aws_ecr_repository.image.repository_url}${var.digest == null ? ":${var.tag}" : "@${var.digest}"}"
    repository_arn = aws_ecr_repository.image.arn
  }
}
