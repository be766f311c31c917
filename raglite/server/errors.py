"""What went wrong, as callers see it: one status and one body per kind of error, and nothing of the inside."""

import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from raglite.errors import (
    AccessDenied,
    ConfigurationError,
    DocumentRejected,
    InvalidRequest,
    NotFound,
    RagliteError,
    TooManyRequests,
    TransientError,
)
from raglite.model import Frozen
from raglite.server.account import account

STATUS: Mapping[type[RagliteError], int] = {
    InvalidRequest: 422,
    DocumentRejected: 422,
    AccessDenied: 403,
    NotFound: 404,
    ConfigurationError: 500,
    TooManyRequests: 429,
    TransientError: 503,
}
WENT_WRONG = "Something went wrong on our side. Ask again; if it persists, give the operator the X-Raglite-Trace-Id."
MISCONFIGURED = "The service is not set up rightly. Its operator finds the reason in its log and at /readyz."
NO_RECORD = "The audit log cannot be written, and nothing is answered without a record. Ask again in a moment."
NO_SUCH_PATH = "There is nothing at this path. /openapi.json lists what there is."
MOST_NAMED = 10  # arguments in a sentence
RETRY_AFTER = {"Retry-After": "1"}  # seconds
INVALID = (422, "invalid_request")
UNFORESEEN = (500, "internal_error")
UNRECORDED = (503, "audit_unavailable")
log = logging.getLogger(__name__)


class Fault(Frozen):
    """An error's name for programs, and a sentence for people."""

    code: str
    message: str


class Refusal(Frozen):
    """The one shape of every error body."""

    error: Fault


# Of every route, for /openapi.json.
DESCRIBED: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": description}
    for status, description in {
        400: "The request broke off, or is no JSON",
        401: "No key, or an unknown one",
        403: "The key may not",
        413: "The request is too large",
        422: "The request cannot be answered as it stands: the message says what to change",
        429: "Too many requests came with this key: Retry-After says when to ask again",
        500: "Something went wrong here",
        503: "Something this service stands on does not answer: ask again",
    }.items()
}
ABSENT: dict[int | str, dict[str, Any]] = {404: {"model": Refusal, "description": "None there, or not for this key"}}


def status_of(error: RagliteError) -> int:
    """Return the HTTP status for an error, 500 for a kind that has none."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def sentence_of(error: RagliteError) -> str:
    """Return what a caller may read: our sentences, but no settings."""
    return MISCONFIGURED if status_of(error) == STATUS[ConfigurationError] else str(error)


def code_of(error: RagliteError) -> str:
    """Return the error's name for programs, such as invalid_request."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the one shape of every error body, and note in the request's account that this is its end."""
    account().fail(status, code)
    return JSONResponse(Refusal(error=Fault(code=code, message=message)).model_dump(), status, headers)


def refused(error: RagliteError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error of ours as a response."""
    if status_of(error) == STATUS[ConfigurationError]:
        log.error("not set up rightly: %s", error, extra={"trace_id": account().trace_id})
    headers = retry_after(error) if isinstance(error, TransientError) else headers
    return refusal(status_of(error), code_of(error), sentence_of(error), headers)


def retry_after(error: TransientError) -> Mapping[str, str]:
    """Return the header that says when to ask again."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyRequests) else RETRY_AFTER


def faults(errors: Sequence[Any]) -> str:
    """Return pydantic's findings as one sentence: the field and what is wrong with it."""
    found = (
        f"{'.'.join(_name(part) for part in fault['loc'] if part != 'body') or 'body'}: {fault['msg']}"
        for fault in errors
    )
    return f"Change the request: {'; '.join(dict.fromkeys(found))}."


def surplus(given: Iterable[str], known: Collection[str]) -> str | None:
    """Return the sentence for arguments that there are not; None if there are all."""
    unknown = list(dict.fromkeys(_name(one) for one in sorted(given) if one not in known))
    if not unknown:
        return None
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    named = f"{', '.join(unknown[:MOST_NAMED])}{more}"
    return f"Change the request: there is no {named}; there are {', '.join(known)}."


def _name(part: str | int) -> str:
    """Return a field's name; what is none may be a piece of the question, which no error tells."""
    return str(part) if re.fullmatch(r"\w{1,40}", str(part)) else "(no name of a field)"


def install(app: FastAPI) -> None:
    """Answer every error in the one shape."""

    @app.exception_handler(RagliteError)
    async def of_ours(_: Request, error: RagliteError) -> JSONResponse:
        return refused(error)

    @app.exception_handler(RequestValidationError)
    async def of_the_request(_: Request, error: RequestValidationError) -> JSONResponse:
        account().asked(error.body)
        return refusal(*INVALID, faults(error.errors()))

    @app.exception_handler(HTTPException)
    async def of_http(_: Request, error: HTTPException) -> JSONResponse:
        message = NO_SUCH_PATH if error.status_code == 404 else error.detail  # noqa: PLR2004  HTTP's own number
        return refusal(error.status_code, _code(error.detail), message, error.headers)


def _code(detail: str) -> str:
    """HTTP's own phrases make good codes: not_found, method_not_allowed."""
    return re.sub(r"\W+", "_", detail.partition(".")[0].strip().lower())
