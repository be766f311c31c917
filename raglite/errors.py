"""What can go wrong, in two kinds. The door (exit code, status code, retry) is chosen by kind, never by vendor.

RagliteError
├── PermanentError              trying again cannot help
│   ├── ConfigurationError      a setting, model file or collection is wrong       exit 78   HTTP 500, refused at start
│   ├── InvalidRequest          the caller must change what was asked              exit 65   HTTP 422, MCP isError
│   ├── AccessDenied            no key, an unknown key, or a missing scope         exit 77   HTTP 401 or 403
│   ├── NotFound                no such document, version or page                  exit 66   HTTP 404
│   ├── ForbiddenTransition     a version cannot pass from its state to that one   exit 70   a fault of ours
│   ├── InvalidBackup           a backup is damaged, incomplete, foreign or stale   exit 65   named part by part
│   └── DocumentRejected        this document can never be indexed as it is        exit 65   registry: quarantined
└── TransientError              the same call may succeed later                    exit 75   HTTP 503
    ├── DependencyUnavailable   S3, DynamoDB, Qdrant ... did not answer as hoped
    │   └── AuditUnavailable    the audit log is not being written
    ├── LeaseLost               another task owns this key now
    ├── ResourceBusy            somebody else is doing the same thing just now
    ├── TooManyRequests         the caller asks more often than it may             exit 75   HTTP 429
    └── ResourceExhausted       out of time, memory or disk in this process

Exit codes are those of BSD sysexits.h.
"""

import errno
from enum import StrEnum

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})  # errno of an OSError: the disk is full


class ReasonCode(StrEnum):
    """Why a version is quarantined; stable, because alarms and people's scripts match on it."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNREADABLE = "unreadable"
    PASSWORD_PROTECTED = "password_protected"  # noqa: S105  a reason code, not a password
    NO_TEXT = "no_text"
    TOO_MANY_PAGES = "too_many_pages"
    PARSE_TIME_LIMIT = "parse_time_limit"
    PARSE_MEMORY_LIMIT = "parse_memory_limit"
    TOO_MANY_ATTEMPTS = "too_many_attempts"


class EndCode(StrEnum):
    """Why a version is superseded or deleted; as stable as ReasonCode."""

    REPLACED = "replaced"
    DELETE_MARKER = "delete_marker"
    ERASED = "erased"


class RagliteError(Exception):
    """Base of every error this package raises on purpose. Its text is a sentence for a person that says what to do."""

    exit_code = 70


class PermanentError(RagliteError):
    """Trying again cannot help."""


class ConfigurationError(PermanentError):
    """A setting, the model on disk or the collection's embedding spec is wrong."""

    exit_code = 78


class InvalidRequest(PermanentError):
    """The caller must change what was asked."""

    exit_code = 65


class AccessDenied(PermanentError):
    """No key, an unknown key, or a key without the needed scope."""

    exit_code = 77


class NotFound(PermanentError):
    """No such document, version or page."""

    exit_code = 66


class ForbiddenTransition(PermanentError):
    """The registry was asked to move a version between states that do not follow each other."""

    exit_code = 70


class InvalidBackup(PermanentError):
    """A backup, or a part of it, is not what its manifest says: restore another one."""

    exit_code = 65


class DocumentRejected(PermanentError):
    """This document can never be indexed as it is: quarantine it under `reason`."""

    exit_code = 65

    def __init__(self, reason: ReasonCode, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class TransientError(RagliteError):
    """The same call may succeed later."""

    exit_code = 75


class DependencyUnavailable(TransientError):
    """A service this one stands on did not answer as hoped; `service` names it."""

    def __init__(self, service: str, sentence: str) -> None:
        super().__init__(f"{service}: {sentence}")
        self.service = service


class AuditUnavailable(DependencyUnavailable):
    """The audit log is not being written: what it would not tell of is not done."""

    def __init__(self, sentence: str) -> None:
        super().__init__("Audit log", sentence)


class LeaseLost(TransientError):
    """Another task owns this key, or the publish lease, now."""


class ResourceBusy(TransientError):
    """The same thing is being done by somebody else, and must not be done twice."""


class TooManyRequests(TransientError):
    """The caller has asked more often than it may, and may again in `seconds`."""

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class ResourceExhausted(TransientError):
    """Out of time, memory or disk in this process."""
