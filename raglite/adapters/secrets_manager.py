"""API keys as hashes in one Secrets Manager secret.

{"keys": [{"name": "analyst", "sha256": "<hex>", "scopes": ["read"], "groups": null}]}; groups null means all.
"""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import boto3
from botocore.config import Config
from pydantic import Field, ValidationError

from raglite.adapters.aws_errors import CLIENT_CONFIG, connecting, translated
from raglite.errors import AccessDenied, ConfigurationError, RagliteError
from raglite.model import Frozen
from raglite.ports import Principal

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 60.0  # how long a revoked key may go on working
RETRY_SECONDS = 5.0  # how soon a new key works, and how often at most a flood of unknown keys makes us ask
# Callers wait for this one, so it gives up sooner than the others.
IMPATIENT = CLIENT_CONFIG.merge(Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2}))
log = logging.getLogger(__name__)


class _ApiKey(Frozen):
    name: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: frozenset[Literal["read", "ingest", "admin", "canary"]]
    groups: tuple[str, ...] | None = None


class _Secret(Frozen):
    keys: tuple[_ApiKey, ...]


class SecretsManagerCredentials:
    """Credentials over a copy of the secret that is renewed now and then. The last good copy outlives an outage."""

    def __init__(
        self, client: "SecretsManagerClient", name: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._name = name
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._secret: _Secret | None = None
        self._error: RagliteError | None = None  # of the last try
        self._tried: float | None = None

    @classmethod
    def connect(cls, name: str) -> "SecretsManagerCredentials":
        """Return credentials that reach Secrets Manager by the standard AWS environment; nothing is sent yet."""
        with connecting("Secrets Manager"):
            return cls(boto3.client("secretsmanager", config=IMPATIENT), name)

    def authenticate(self, presented: str) -> Principal:
        """Return who presents this key; AccessDenied if nobody may.

        ConfigurationError or DependencyUnavailable as long as the secret has never been read.
        """
        digest = hashlib.sha256(presented.encode()).hexdigest()
        found = _holder(digest, self._current(FRESH_SECONDS)) or _holder(digest, self._current(RETRY_SECONDS))
        if found is None:
            raise AccessDenied("Nobody has this API key (any more): ask the operator for one.")
        return _principal(found)

    def remembered(self, presented: str) -> Principal | None:
        """Return the same at once; None if nobody is known to, or if the secret is to be read anew."""
        if self._secret is None or self._is_due(FRESH_SECONDS):
            return None
        found = _holder(hashlib.sha256(presented.encode()).hexdigest(), self._secret)
        return None if found is None else _principal(found)

    def _current(self, seconds: float) -> _Secret:
        """Return the secret as of `seconds` ago at most, or the last good copy where that cannot be had."""
        # With a copy at hand nobody waits for the thread that is renewing it.
        if self._lock.acquire(blocking=self._secret is None):
            try:
                if self._is_due(seconds):
                    self._renew()
            finally:
                self._lock.release()
        if self._secret is None:
            error = self._error or ConfigurationError(f"The secret {self._name} has not been read.")
            raise error.with_traceback(None)  # one error may be many callers'
        return self._secret

    def _is_due(self, seconds: float) -> bool:
        patience = seconds if self._error is None else RETRY_SECONDS
        return self._tried is None or self._monotonic() - self._tried >= patience

    def _renew(self) -> None:
        try:
            self._secret, self._error = self._fetched(), None
        except RagliteError as error:
            self._error = error
            log.warning("the API keys could not be read anew: %s", error)
        self._tried = self._monotonic()

    def _fetched(self) -> _Secret:
        with translated("Secrets Manager", f"secret {self._name} with a value"):
            text = self._client.get_secret_value(SecretId=self._name).get("SecretString", "")
        try:
            return _Secret.model_validate_json(text)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}"
                for fault in error.errors(include_input=False)
            )
            # Not chained: pydantic's own text quotes the secret.
            raise ConfigurationError(f"The secret {self._name} is not a list of API keys. {faults}.") from None


def _principal(key: _ApiKey) -> Principal:
    return Principal(key.name, frozenset(key.scopes), key.groups)


def _holder(digest: str, secret: _Secret) -> _ApiKey | None:
    """Compare with every key in constant time, so that timing tells nothing about any of them."""
    matches = [key for key in secret.keys if hmac.compare_digest(key.sha256, digest)]
    return matches[0] if matches else None
