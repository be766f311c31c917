"""The AWS services whose clients these adapters make: of all that botocore describes, an image keeps only them."""

SERVICES = (
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecs",
    "events",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",  # botocore's own, for roles taken on by web identity
    "xray",
)
