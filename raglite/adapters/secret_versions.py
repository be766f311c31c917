"""Which secrets the estate has, and in which versions; none of their values is read."""

from typing import TYPE_CHECKING

import boto3

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.ports.recovery import SecretVersion

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"


class SecretsManagerVersions:
    """SecretVersions of the secrets whose names begin alike."""

    def __init__(self, client: "SecretsManagerClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    @classmethod
    def connect(cls, prefix: str) -> "SecretsManagerVersions":
        """Return what reaches Secrets Manager by the standard AWS environment; nothing is sent yet."""
        with connecting("Secrets Manager"):
            return cls(boto3.client("secretsmanager", config=CLIENT_CONFIG), prefix)

    def current(self) -> tuple[SecretVersion, ...]:
        """Return every secret's name and current version, by name; "" where none was put yet."""
        pages = self._client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [self._prefix]}])
        with translated("Secrets Manager", f"secrets {self._prefix}*"):
            entries = [entry for page in pages for entry in page["SecretList"]]
        found = {entry["Name"]: entry.get("SecretVersionsToStages", {}) for entry in entries}
        return tuple(SecretVersion(name, _current(found[name])) for name in sorted(found))


def _current(stages: dict[str, list[str]]) -> str:
    return next((version for version, labels in stages.items() if CURRENT in labels), "")
