"""The Parser: every file is parsed in a process of its own, which may hang, crash or run out of memory alone."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from raglite.adapters.parse_child import Outcome, Task
from raglite.errors import DependencyUnavailable, DocumentRejected, ReasonCode
from raglite.model import ParsedDocument

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH")  # no credentials
ALWAYS = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
LOG_TAIL = 4_000  # bytes of what the process said that are looked at

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one document may cost: bytes of the file, pages, characters of text, seconds, bytes of address space."""

    max_bytes: int
    max_pages: int
    max_characters: int
    seconds: float
    memory_bytes: int


class DoclingParser:
    """Parses PDF, DOCX, XLSX, PPTX, HTML, Markdown, CSV and plain text. Safe to use from threads."""

    def __init__(self, limits: ParseLimits, child: str = "raglite.adapters.parse_child") -> None:
        """Keep the limits, and the name of the module that a process is started with."""
        self._limits = limits
        self._child = child

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Parse the file at `path`; `name` only tells the format where its content does not.

        DocumentRejected says why the document cannot be indexed; DependencyUnavailable if no process can be started.
        """
        self._check_size(path)
        with tempfile.TemporaryDirectory(prefix="raglite-parse-") as scratch:
            result = Path(scratch) / "result.json"
            with (Path(scratch) / "log").open("w+b") as output:
                status = self._run(self._task(path, name, result), output.fileno())
                output.seek(-min(LOG_TAIL, output.seek(0, os.SEEK_END)), os.SEEK_END)
                said = output.read().decode(errors="replace").strip()
            if said:
                log.info("parsing %s: %s", name, said)
            outcome = Outcome.model_validate_json(result.read_bytes()) if result.exists() else None
        return self._document(outcome, status, said)

    def _check_size(self, path: Path) -> None:
        size = path.stat().st_size
        if size == 0:
            raise DocumentRejected(ReasonCode.EMPTY, "The file has no content. Upload it again.")
        if size > self._limits.max_bytes:
            sentence = f"The file has {size:,} bytes; {self._limits.max_bytes:,} are allowed. Split it."
            raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)

    def _task(self, path: Path, name: str, result: Path) -> Task:
        return Task(
            path=path.resolve(),
            name=name,
            result=result,
            parent=os.getpid(),
            max_pages=self._limits.max_pages,
            seconds=self._limits.seconds,
            memory_bytes=self._limits.memory_bytes,
        )

    def _run(self, task: Task, output: int) -> int:
        """Return the process's exit status, negative for the signal that ended it."""
        command = [sys.executable, "-P", "-m", self._child, task.model_dump_json()]
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= ALWAYS | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            process = subprocess.Popen(
                command,
                cwd=task.result.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # so that what it may have started ends with it
            )
        except OSError as error:
            raise DependencyUnavailable("parser", f"No process can be started to parse in: {error}.") from error
        try:
            return process.wait(self._limits.seconds)
        except subprocess.TimeoutExpired as error:
            sentence = f"Parsing took longer than {self._limits.seconds:g} seconds. Split the document, or simplify it."
            raise DocumentRejected(ReasonCode.PARSE_TIME_LIMIT, sentence) from error
        finally:
            if process.returncode is None:  # too late, or this process is being interrupted
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _bounded(self, parsed: ParsedDocument) -> ParsedDocument:
        """Every later step takes time and memory by the length of the text, which the file's size does not tell."""
        characters, limit = sum(len(page.text) for page in parsed.pages), self._limits.max_characters
        if characters > limit:
            sentence = f"The document has {characters:,} characters of text; {limit:,} are allowed. Split it."
            raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)
        return parsed

    def _document(self, outcome: Outcome | None, status: int, said: str) -> ParsedDocument:
        if outcome is not None and outcome.document is not None:
            return self._bounded(outcome.document)
        if self._was_out_of_memory(outcome, status, said):
            megabytes = self._limits.memory_bytes // 1024**2
            sentence = f"Parsing needs more than {megabytes:,} MB of memory. Split the document, or simplify it."
            raise DocumentRejected(ReasonCode.PARSE_MEMORY_LIMIT, sentence)
        if outcome is not None and outcome.reason is not None:
            raise DocumentRejected(outcome.reason, outcome.sentence)
        if status == -signal.SIGXCPU:
            sentence = "Parsing took too much processor time. Split the document, or simplify it."
            raise DocumentRejected(ReasonCode.PARSE_TIME_LIMIT, sentence)
        if status < 0:
            sentence = (
                f"The parser crashed on this file ({signal.Signals(-status).name}). Save it anew and upload that."
            )
            raise DocumentRejected(ReasonCode.UNREADABLE, sentence)
        raise DependencyUnavailable(
            "parser", f"The parsing process could not work (exit status {status}): {said[-300:]}"
        )

    @staticmethod
    def _was_out_of_memory(outcome: Outcome | None, status: int, said: str) -> bool:
        """Tell by what the process left, by what C++ said when it aborted, or by the kernel having ended it."""
        if outcome is not None:
            return outcome.reason is ReasonCode.PARSE_MEMORY_LIMIT
        return status == -signal.SIGKILL or (status < 0 and "bad_alloc" in said) or "MemoryError" in said
