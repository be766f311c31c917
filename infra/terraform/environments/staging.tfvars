# image_tag is given at every deployment: -var image_tag=<commit>
environment     = "staging"
region          = "eu-central-1"
bucket_suffix   = "staging-example"                                                                        # replace
certificate_arn = "arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000" # replace
domain_name     = "raglite.staging.example.com"                                                            # replace
qdrant_url      = "https://qdrant.staging.example.com:6333"                                                # replace
runbooks_url    = "https://git.example.com/raglite/blob/main/docs/how-to"                                  # replace

log_retention_days  = 30
deletion_protection = false

audit_retention_days       = 30
audit_texts_retention_days = 30
audit_lock_mode            = "GOVERNANCE"

backup_lock_mode = "GOVERNANCE"
drills           = true
