"""What the Qdrant client raises, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from json import JSONDecodeError

from qdrant_client import models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.ports import RUNBOOK, CollectionMissing

BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@contextmanager
def translated(collection: str) -> Iterator[None]:
    """Turn the client's errors into ours; `collection` names what was asked for, for the sentence."""
    try:
        yield
    except UnexpectedResponse as error:
        raise _of(error, collection) from error
    except (ResponseHandlingException, ApiException, ConnectionError, TimeoutError) as error:
        raise DependencyUnavailable("Qdrant", f"not reachable ({error}); check RAGLITE_QDRANT_URL.") from error
    except QdrantException as error:  # the client's answer to "too many requests"
        raise DependencyUnavailable("Qdrant", f"has too much to do ({error}); try again.") from error
    except (JSONDecodeError, UnicodeDecodeError, AssertionError) as error:  # the client asserts that there is a result
        raise DependencyUnavailable(
            "Qdrant", f"answered what no server of it does ({error}); check what RAGLITE_QDRANT_URL names."
        ) from error


def _of(error: UnexpectedResponse, collection: str) -> ConfigurationError | DependencyUnavailable:
    status = error.status_code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ConfigurationError("Qdrant refused the API key: set RAGLITE_QDRANT_API_KEY.")
    if status == HTTPStatus.NOT_FOUND:
        return missing(collection)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in BUSY:
        said = error.content.decode(errors="replace")[:300]
        return ConfigurationError(f"Qdrant refused a request ({status}): {said}")
    return DependencyUnavailable("Qdrant", f"answered {status}; try again.")


def missing(collection: str) -> CollectionMissing:
    """Return that a collection is not there, and what to do."""
    return CollectionMissing(
        "Qdrant",
        f"the collection {collection} is gone, unless RAGLITE_QDRANT_URL names the wrong server. Nothing of it is "
        f"answered or indexed until it is restored: {RUNBOOK}.",
    )


@contextmanager
def unless_there() -> Iterator[None]:
    """Pass over a conflict: tasks that start together make the collection together, and one of them is first."""
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


def completed(result: models.UpdateResult) -> None:
    """See that a write has happened: a server may answer that it has only taken it, when it runs out of time."""
    if result.status is not models.UpdateStatus.COMPLETED:
        raise DependencyUnavailable("Qdrant", f"has not finished a write ({result.status.value}); try again.")
