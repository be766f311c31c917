"""The Parser: every file is parsed in a process of its own, which may hang, crash or run out of memory alone."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from pydantic import ValidationError

from raglite.adapters.parse_child import DISK_FULL, Outcome, Task, Terms
from raglite.adapters.parse_format import READ_BY_DOCLING, Format, expected_format
from raglite.adapters.parse_limits import ParseLimits
from raglite.adapters.parse_sandbox import Apart, Ended
from raglite.adapters.parse_version import parser_version
from raglite.errors import DependencyUnavailable, DocumentRejected, ReasonCode, ResourceExhausted, TransientError
from raglite.model import ParsedDocument

__all__ = ["DoclingParser", "ParseLimits"]

SIMPLER = "Split the document, or simplify it."

log = logging.getLogger(__name__)


class DoclingParser:
    """Parses PDF, DOCX, XLSX, PPTX, HTML, Markdown, CSV and plain text. Safe to use from threads."""

    def __init__(self, limits: ParseLimits, child: str = "raglite.adapters.parse_child") -> None:
        """Keep the limits, and the name of the module that a process is started with."""
        self._limits = limits
        self._child = child
        self._early: Apart | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """The versions of the readers and of the layout: what changes whenever the same bytes may give other pages."""
        return parser_version()

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Parse the file at `path`; `name` only tells the format where its content does not.

        DocumentRejected says why the document cannot be indexed; ResourceExhausted if the disk is full,
        DependencyUnavailable if no process can be started.
        """
        self._check_size(path)
        with self._taken() or self._started() as process:
            ended = process.run(Task(path=path.resolve(), name=name))
        if ended.said:
            log.debug("parsing %s: %s", name, ended.said)  # parsers' own lines: they may quote the document
        return self._document(ended)

    @contextmanager
    def ready(self, name: str) -> Iterator[None]:
        """Have a process load the readers of a file of this name while the body runs; the next `parse` is given to it.

        The thread must be one that outlives that parse: the process would die with it.
        """
        with self._early_for(expected_format(name)) as self._early:
            yield

    def _early_for(self, expected: Format | None) -> AbstractContextManager[Apart | None]:
        if expected not in READ_BY_DOCLING:  # the others take no time to load
            return nullcontext()
        try:
            return self._started(expected)
        except TransientError as error:  # a file that needs a process meets the same, and is told of it
            log.warning("%s", error)
            return nullcontext()

    def _taken(self) -> Apart | None:
        """Return the process that was started early, once, if it is still there."""
        with self._lock:
            process, self._early = self._early, None
        return process if process is not None and process.waits else None

    def _started(self, expected: Format | None = None) -> Apart:
        return Apart(self._child, Terms(parent=os.getpid(), limits=self._limits, expected=expected))

    def _check_size(self, path: Path) -> None:
        size = path.stat().st_size
        if size == 0:
            raise DocumentRejected(ReasonCode.EMPTY, "The file has no content. Upload it again.")
        if size > self._limits.max_bytes:
            sentence = f"The file has {size:,} bytes; {self._limits.max_bytes:,} are allowed. Split it."
            raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)

    def _document(self, ended: Ended) -> ParsedDocument:
        outcome = _outcome(ended)
        if outcome is not None and outcome.document is not None:
            return outcome.document
        if _was_out_of_memory(outcome, ended):
            megabytes = self._limits.memory_bytes // 1024**2
            sentence = f"Parsing needs more than {megabytes:,} MB of memory. {SIMPLER}"
            raise DocumentRejected(ReasonCode.PARSE_MEMORY_LIMIT, sentence)
        if outcome is not None and outcome.reason is not None:
            raise DocumentRejected(outcome.reason, outcome.sentence)
        raise self._without_outcome(ended)

    def _without_outcome(self, ended: Ended) -> DocumentRejected | DependencyUnavailable | ResourceExhausted:
        status = ended.status
        if status is None:
            limit = f"{self._limits.seconds:g} seconds"
            return DocumentRejected(ReasonCode.PARSE_TIME_LIMIT, f"Parsing took longer than {limit}. {SIMPLER}")
        if status == -signal.SIGXCPU:
            return DocumentRejected(ReasonCode.PARSE_TIME_LIMIT, f"Parsing took too much processor time. {SIMPLER}")
        if status < 0:
            name = signal.Signals(-status).name
            sentence = f"The parser crashed on this file ({name}). Save it anew and upload that."
            return DocumentRejected(ReasonCode.UNREADABLE, sentence)
        if status == DISK_FULL:
            return ResourceExhausted("The disk is full where documents are parsed. Free some of it, or set TMPDIR.")
        said = f"The parsing process could not work (exit status {status}): {ended.said[-300:]}"
        return DependencyUnavailable("parser", said)


def _outcome(ended: Ended) -> Outcome | None:
    try:
        return None if ended.result is None else Outcome.model_validate_json(ended.result)
    except ValidationError as error:
        raise DependencyUnavailable("parser", f"The parsing process left what cannot be read: {error}.") from error


def _was_out_of_memory(outcome: Outcome | None, ended: Ended) -> bool:
    """Tell by what the process left, by what C++ said when it aborted, or by the kernel having ended it."""
    if outcome is not None:
        return outcome.reason is ReasonCode.PARSE_MEMORY_LIMIT
    status, said = ended.status, ended.said
    if status is None:
        return False
    return status == -signal.SIGKILL or (status < 0 and "bad_alloc" in said) or "MemoryError" in said
