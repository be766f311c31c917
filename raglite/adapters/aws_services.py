"""The AWS services whose clients these adapters make: of all that botocore describes, an image keeps only them."""

SERVICES = (
    "cloudwatch",
    "dynamodb",
    "events",
    "logs",
    "s3",
    "secretsmanager",
    "sts",  # botocore's own, for roles taken on by web identity
    "xray",
)
