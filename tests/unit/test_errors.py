"""Two kinds of failure, and what each becomes at a door."""

import pytest

from raglite import errors
from raglite.errors import (
    AccessDenied,
    AuditUnavailable,
    ConfigurationError,
    DependencyUnavailable,
    DocumentRejected,
    InvalidRequest,
    LeaseLost,
    NotFound,
    PermanentError,
    RagliteError,
    ReasonCode,
    ResourceExhausted,
    TooManyRequests,
    TransientError,
)
from raglite.server.errors import code_of, status_of

DOORS = [
    (ConfigurationError("x"), 78, 500, "configuration_error"),
    (InvalidRequest("x"), 65, 422, "invalid_request"),
    (AccessDenied("x"), 77, 403, "access_denied"),
    (NotFound("x"), 66, 404, "not_found"),
    (DocumentRejected(ReasonCode.EMPTY, "x"), 65, 422, "document_rejected"),
    (DependencyUnavailable("S3", "x"), 75, 503, "dependency_unavailable"),
    (AuditUnavailable("x"), 75, 503, "audit_unavailable"),
    (LeaseLost("x"), 75, 503, "lease_lost"),
    (ResourceExhausted("x"), 75, 503, "resource_exhausted"),
    (TooManyRequests("x", 1), 75, 429, "too_many_requests"),
    (RagliteError("x"), 70, 500, "raglite_error"),
]


@pytest.mark.parametrize(("error", "exit_code", "status", "code"), DOORS)
def test_each_error_has_one_exit_code_one_status_and_one_name(
    error: RagliteError, exit_code: int, status: int, code: str
) -> None:
    assert (error.exit_code, status_of(error), code_of(error)) == (exit_code, status, code)


def test_every_error_is_of_exactly_one_kind_and_in_the_docstrings_tree() -> None:
    declared = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, RagliteError) and value is not RagliteError
    ]
    for kind in declared:
        assert issubclass(kind, PermanentError) != issubclass(kind, TransientError)
        assert kind.__name__ in str(errors.__doc__)


def test_a_rejection_keeps_its_reason_beside_its_sentence() -> None:
    rejection = DocumentRejected(ReasonCode.NO_TEXT, "Scan it anew.")
    assert (rejection.reason, str(rejection)) == (ReasonCode.NO_TEXT, "Scan it anew.")


def test_an_unavailable_service_is_named() -> None:
    error = DependencyUnavailable("Qdrant", "answered 503.")
    assert (error.service, str(error)) == ("Qdrant", "Qdrant: answered 503.")
