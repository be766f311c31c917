# The laptop's twin: the same architecture; only what an address or a person decides is different.
environment         = "local"
region              = "us-east-1"
bucket_suffix       = "local"
qdrant_url          = "http://127.0.0.1:6333"
image_tag           = "local"
runbooks_url        = "../../docs/how-to" # as seen from build/dashboards/
log_retention_days  = 7
deletion_protection = false

audit_retention_days       = 7
audit_texts_retention_days = 7
audit_lock_mode            = "GOVERNANCE"

backup_lock_mode = "GOVERNANCE"
