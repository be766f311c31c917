"""What AWS says of an installation, for whoever looks for faults in it. Nothing is changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from raglite.errors import AccessDenied, ConfigurationError


class Unseen(AccessDenied):
    """These credentials may not look at it: nothing is known of it."""


class CredentialsRefused(ConfigurationError):
    """AWS does not know these credentials (any more), or not at this time."""


class Setup(Protocol):
    """Every method may raise Unseen, CredentialsRefused, and NotFound if there is no such thing."""

    def unset(self) -> tuple[str, ...]:
        """Return what of `credentials` and `region` cannot be found; nothing is asked of AWS for it."""

    def caller(self) -> str:
        """Return the ARN of who asks."""

    def time(self) -> datetime | None:
        """Return what time it is at AWS; None if it does not say."""

    def keeps_versions(self, bucket: str) -> bool:
        """Whether versioning of the bucket is on."""

    def tells_events(self, bucket: str) -> bool:
        """Whether the bucket sends its events to EventBridge."""

    def deaf_rules(self) -> Mapping[str, str]:
        """Return the rules that hear of documents and are off, with their state: `DISABLED` or `missing`."""

    def dead_letters(self) -> int:
        """Return how many hints about keys could not be handled."""

    def ingest_task(self) -> str:
        """Return the ARN of the task definition that is started for keys that wait."""

    def has_value(self, secret: str) -> bool:
        """Whether the secret has a value."""
