"""What AWS says of an installation, by the names that infra/terraform gives its parts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import CLIENT_CONFIG, code_of, connecting, translated
from raglite.errors import NotFound
from raglite.ports.setup import CredentialsRefused, Unseen

DEAD_LETTERS = "raglite-ingestion-dead-letters"
RULES = ("raglite-document-upload", "raglite-document-deleted")
FAMILY = "raglite-ingest"
# Whoever waits for a diagnosis is told soon.
IMPATIENT = CLIENT_CONFIG.merge(Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}))
UNKNOWN = {
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestTimeTooSkewed",
    "RequestExpired",
}
FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
MISSING = {
    "NoSuchBucket",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "404",
}
NO_SUCH_FAMILY = "ClientException"  # what ECS says of a family without an active definition


class AwsSetup:
    """Setup by the standard AWS environment."""

    def __init__(self, client: Callable[[str], Any], session: Any) -> None:
        self._client = client
        self._session = session

    @classmethod
    def connect(cls) -> "AwsSetup":
        """Return what reaches AWS by its standard environment; nothing is sent yet."""
        session: Any = boto3.Session()  # told which service only when it is asked for one
        return cls(lambda service: session.client(service, config=IMPATIENT), session)

    def unset(self) -> tuple[str, ...]:
        """Return what of `credentials` and `region` cannot be found."""
        with connecting("AWS"):
            found = {"credentials": self._session.get_credentials(), "region": self._session.region_name}
        return tuple(name for name, value in found.items() if not value)

    def caller(self) -> str:
        """Return the ARN of who asks."""
        return str(self._identity["Arn"])

    def time(self) -> datetime | None:
        """Return what time it is at AWS: its refusal tells it, too."""
        try:
            answer = self._identity
        except CredentialsRefused as refused:
            answer = getattr(refused.__cause__, "response", {})
        said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        return parsedate_to_datetime(said) if said else None

    def keeps_versions(self, bucket: str) -> bool:
        """Whether versioning of the bucket is on."""
        with _told("S3", f"bucket {bucket}"):
            return bool(self._reach("s3").get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled")

    def tells_events(self, bucket: str) -> bool:
        """Whether the bucket sends its events to EventBridge."""
        with _told("S3", f"bucket {bucket}"):
            return "EventBridgeConfiguration" in self._reach("s3").get_bucket_notification_configuration(Bucket=bucket)

    def deaf_rules(self) -> Mapping[str, str]:
        """Return the rules that hear of documents and are off, with their state: `DISABLED` or `missing`."""
        return {name: state for name in RULES if not (state := self._state(name)).startswith("ENABLED")}

    def dead_letters(self) -> int:
        """Return how many hints about keys could not be handled."""
        wanted = ["ApproximateNumberOfMessages"]
        with _told("SQS", f"queue {DEAD_LETTERS}"):
            sqs = self._reach("sqs")
            url = sqs.get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return int(found["ApproximateNumberOfMessages"])

    def ingest_task(self) -> str:
        """Return the ARN of the active task definition."""
        with _told("ECS", f"task definition {FAMILY}", NO_SUCH_FAMILY):
            found = self._reach("ecs").describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]
        if found["status"] != "ACTIVE":
            raise NotFound(f"The task definition {FAMILY} is {found['status'].lower()}.")
        return str(found["taskDefinitionArn"])

    def has_value(self, secret: str) -> bool:
        """Whether the secret has a value; none is read."""
        with _told("Secrets Manager", f"secret {secret}"):
            found = self._reach("secretsmanager").describe_secret(SecretId=secret)
        return any("AWSCURRENT" in labels for labels in found.get("VersionIdsToStages", {}).values())

    def _state(self, rule: str) -> str:
        try:
            with _told("EventBridge", f"rule {rule}"):
                return str(self._reach("events").describe_rule(Name=rule)["State"])
        except NotFound:
            return "missing"

    @cached_property
    def _identity(self) -> Mapping[str, Any]:
        with _told("STS", "these credentials"):
            found: Mapping[str, Any] = self._reach("sts").get_caller_identity()
        return found

    def _reach(self, service: str) -> Any:
        with connecting(service):
            return self._client(service)


@contextmanager
def _told(service: str, what: str, *also_missing: str) -> Iterator[None]:
    with translated(service, what):
        try:
            yield
        except ClientError as error:
            code = code_of(error)
            if code in UNKNOWN:
                raise CredentialsRefused(f"{service} refuses the AWS credentials ({code}).") from error
            if code in FORBIDDEN:
                raise Unseen(f"these credentials may not look at {what}") from error
            if code in {*MISSING, *also_missing}:
                raise NotFound(f"There is no {what}.") from error
            raise
