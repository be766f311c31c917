# image_tag is given at every deployment: -var image_tag=<commit>
environment      = "production"
region           = "eu-central-1"
bucket_suffix    = "production-example"                                                                     # replace
certificate_arn  = "arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000" # replace
qdrant_url       = "https://qdrant.example.com:6333"                                                        # replace
alert_email      = "oncall@example.com"                                                                     # replace
max_ingest_tasks = 8
