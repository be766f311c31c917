# Where resources stood before they had generations. Plans that have passed them cost nothing; a state that has not keeps
# its buckets, its table and its repositories.

moved {
  from = module.storage.module.documents
  to   = module.documents["1"].module.documents
}

moved {
  from = module.storage.module.parsed
  to   = module.documents["1"].module.parsed
}

moved {
  from = module.storage.aws_s3_bucket_versioning.documents
  to   = module.documents["1"].aws_s3_bucket_versioning.documents
}

moved {
  from = module.storage.aws_s3_bucket_lifecycle_configuration.documents
  to   = module.documents["1"].aws_s3_bucket_lifecycle_configuration.documents
}

moved {
  from = module.storage.aws_s3_bucket_notification.documents
  to   = module.documents["1"].aws_s3_bucket_notification.documents
}

moved {
  from = module.storage.aws_s3_bucket_lifecycle_configuration.parsed
  to   = module.documents["1"].aws_s3_bucket_lifecycle_configuration.parsed
}

moved {
  from = module.storage.aws_dynamodb_table.registry
  to   = module.registry["1"].aws_dynamodb_table.registry
}

moved {
  from = module.ingestion.module.task.aws_ecr_repository.image
  to   = module.ingestion.module.image.aws_ecr_repository.image
}

moved {
  from = module.ingestion.module.task.aws_ecr_lifecycle_policy.image
  to   = module.ingestion.module.image.aws_ecr_lifecycle_policy.image
}

moved {
  from = module.service.module.task.aws_ecr_repository.image
  to   = module.service.module.image.aws_ecr_repository.image
}

moved {
  from = module.service.module.task.aws_ecr_lifecycle_policy.image
  to   = module.service.module.image.aws_ecr_lifecycle_policy.image
}
