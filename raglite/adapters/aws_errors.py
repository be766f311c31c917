"""boto3's errors in our words: what may be tried again, and what somebody has to put right."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError

from raglite.errors import ConfigurationError, DependencyUnavailable

# Bounded: a use case retries as a whole, so a single call gives up early.
CLIENT_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
}
MISSING = {"NoSuchBucket", "ResourceNotFoundException", "NotFoundException"}


def code_of(error: ClientError) -> str:
    """Return the service's error code; HEAD requests have only the status."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(service: str, what: str) -> Iterator[None]:
    """Turn boto3's errors into ours. `what` names the thing used, for the sentence: "bucket reports"."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, NoRegionError) as error:
        raise ConfigurationError(f"AWS credentials or region are not set: {error}") from error
    except ClientError as error:
        raise _of(service, what, error) from error
    except BotoCoreError as error:
        raise DependencyUnavailable(
            service, f"not reachable ({error}); check AWS_ENDPOINT_URL and the network."
        ) from error


@contextmanager
def connecting(service: str) -> Iterator[None]:
    """Turn what boto3 raises while a client is made into ours: nothing was sent, so a setting is wrong."""
    try:
        yield
    except (ValueError, BotoCoreError) as error:
        raise ConfigurationError(
            f"{service} cannot be reached as set up ({error}): check the AWS_* variables."
        ) from error


def _of(service: str, what: str, error: ClientError) -> ConfigurationError | DependencyUnavailable:
    code = code_of(error)
    if code in MISSING:
        return ConfigurationError(f"There is no {what}: check the RAGLITE_* setting that names it.")
    if code in REFUSED:
        return ConfigurationError(f"{service} refused the use of {what} ({code}): check credentials and role.")
    return DependencyUnavailable(service, f"{error} ({what})")


def parameters(**given: Any) -> dict[str, Any]:
    """Return the keyword arguments that are not None: boto3 does not take None for “not given”."""
    return {name: value for name, value in given.items() if value is not None}
