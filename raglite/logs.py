"""Log lines as JSON, one object a line on stderr, each with the trace and the document it belongs to.

What callers ask is not for operators to read: `hidden` texts are taken out of every line, of foreign exceptions too.
"""

import json
import logging
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO

FIELDS = ("method", "path", "status", "ms", "trace_id", "document", "version")
HIDDEN = "[hidden]"
SHORTEST_HIDDEN = 4  # characters: a shorter text would be found in any word
QUOTED = (repr, ascii, json.dumps, partial(json.dumps, ensure_ascii=False))  # how other texts hold a text
CHATTY = ("httpx", "httpcore", "botocore", "mcp", "docling")
_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default={})  # noqa: B039  never changed, only replaced
_hidden: ContextVar[tuple[str, ...]] = ContextVar("hidden", default=())


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Put these fields (trace_id, document, version) on every line that is written inside."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


@contextmanager
def hidden(*texts: str) -> Iterator[None]:
    """Keep these texts out of every line that is written inside."""
    token = _hidden.set((*_hidden.get(), *(text for text in texts if len(text) >= SHORTEST_HIDDEN)))
    try:
        yield
    finally:
        _hidden.reset(token)


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, what is bound, our own fields, and the traceback if there is one."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_bound.get(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps({name: self._without(value) for name, value in line.items()}, default=str)

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            # The longest first: of a text that holds another one, the rest would be left.
            for text in sorted({*self._secrets, *_hidden.get()}, key=len, reverse=True):
                for written in {text, *(quoted(text)[1:-1] for quoted in QUOTED)}:
                    value = value.replace(written, HIDDEN)
        return value


class Sampling(logging.Filter):
    """Lets through a share of what is not worth a warning: of a trace all lines or none."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno >= logging.WARNING or self._share >= 1:
            return True
        trace = getattr(record, "trace_id", None) or _bound.get().get("trace_id") or record.getMessage()
        return zlib.crc32(str(trace).encode()) < self._share * 2**32


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str, share: float = 1, secrets: tuple[str, ...] = ()) -> None:
    """Send every log line of this process to stderr as JSON.

    `share` (0 to 1) of the traces have their lines below WARNING written. `secrets` are taken out wherever they stand.
    """
    handler = _Stderr()
    handler.setFormatter(JsonFormatter(tuple(secret for secret in secrets if secret)))
    handler.addFilter(Sampling(share))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
