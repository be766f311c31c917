"""What a trace says of an exception: its type and a code, never its text, which may quote a document or a question."""

import re
import secrets
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from raglite.adapters.aws_errors import code_of
from raglite.errors import AccessDenied, DependencyUnavailable, DocumentRejected, InvalidRequest, NotFound

CALLERS_FAULT = (AccessDenied, DocumentRejected, InvalidRequest, NotFound)
CODE = re.compile(r"[\w.-]{1,100}", re.ASCII)
REFUSED = "ConditionalCheckFailedException"  # DynamoDB's way to say no, which is an answer
THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def blame(entity: Any, error: BaseException) -> None:
    """Note on a segment that this passed through it: as an error if it is the caller's fault, else as a fault of ours.

    The message is which of our errors it is more exactly: why a document was rejected, which service was missed.
    """
    if isinstance(error, CALLERS_FAULT):
        entity.add_error_flag()
    else:
        entity.add_fault_flag()
    code = error.service if isinstance(error, DependencyUnavailable) else ""
    entity.cause = _cause(error, error.reason.value if isinstance(error, DocumentRejected) else code)


def blame_call(entity: Any, error: BaseException) -> None:
    """Note on a call's subsegment what it ended with; the message is the error code that AWS answered with."""
    code = code_of(error) if isinstance(error, ClientError) else ""
    if code == REFUSED:
        return
    status = (
        error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if isinstance(error, ClientError) else 0
    )
    throttled = code in THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS
    if throttled:
        entity.add_throttle_flag()
    if throttled or HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        entity.add_error_flag()
    else:
        entity.add_fault_flag()
    entity.cause = _cause(error, code, remote=status > 0)


def _cause(error: BaseException, code: str, *, remote: bool = False) -> dict[str, Any]:
    said = {"id": secrets.token_hex(8), "type": type(error).__name__, "remote": remote}
    return {"exceptions": [said | ({"message": code} if CODE.fullmatch(code) else {})]}
