"""The process that parses one file and may die of it: `python -m raglite.adapters.parse_child`.

It reads what to do as JSON from its arguments, sets its own limits before anything heavy is loaded, and leaves its
result as a file: a ParsedDocument, or why there is none. It dies with the process that started it.
"""

import ctypes
import math
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import cast

from pydantic import ValidationError

from raglite.adapters.parse_format import Format, format_of
from raglite.errors import DocumentRejected, ReasonCode
from raglite.model import Frozen, ParsedDocument

PR_SET_PDEATHSIG = 1  # linux/prctl.h
NOT_NEEDED = ("torch", "transformers")  # docling loads them where they are installed: 2 s and 200 MB for nothing
CPU_FACTOR = 4  # processor seconds allowed per second of the wall clock's limit: parsers use threads


class Task(Frozen):
    """What to parse, within which limits (bytes, pages, seconds), and where the result goes."""

    path: Path
    name: str
    result: Path
    parent: int
    max_pages: int
    seconds: float
    memory_bytes: int


class Outcome(Frozen):
    """The result: exactly one of a document and a rejection."""

    document: ParsedDocument | None = None
    reason: ReasonCode | None = None
    sentence: str = ""


def main(arguments: list[str]) -> int:
    """Do the task that the one argument describes; 0 if a result was left."""
    task = Task.model_validate_json(arguments[0])
    limit(task)
    sys.modules.update(cast("dict[str, ModuleType]", dict.fromkeys(NOT_NEEDED)))  # None is "not there" to an import
    outcome = _outcome(task)
    unfinished = task.result.with_suffix(".unfinished")
    unfinished.write_text(outcome.model_dump_json(exclude_defaults=True))
    unfinished.rename(task.result)
    return 0


def limit(task: Task) -> None:
    """Set this process's own limits, and its death with that of its parent."""
    seconds = math.ceil(task.seconds * CPU_FACTOR)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (task.memory_bytes, task.memory_bytes))
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != task.parent:  # it died before it could be watched
        sys.exit(1)


def _outcome(task: Task) -> Outcome:
    try:
        return Outcome(document=_parse(task))
    except DocumentRejected as rejection:
        return Outcome(reason=rejection.reason, sentence=str(rejection))
    except MemoryError:
        return Outcome(reason=ReasonCode.PARSE_MEMORY_LIMIT)
    except ImportError:  # the installation's fault and no document's: the exit status tells
        raise
    except Exception as error:  # noqa: BLE001  the process's edge: whatever a parser throws at a file is about that file
        traceback.print_exception(error)
        if _is_of_memory(error):
            return Outcome(reason=ReasonCode.PARSE_MEMORY_LIMIT)
        sentence = f"The parser failed on this file ({type(error).__name__}). Save it anew and upload that."
        return Outcome(reason=ReasonCode.UNREADABLE, sentence=sentence)


def _is_of_memory(error: BaseException) -> bool:
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    return any(isinstance(one, MemoryError) or "bad_alloc" in str(one) for one in chain)


def _parse(task: Task) -> ParsedDocument:
    found = format_of(task.path, task.name)
    if found is Format.PDF:
        from raglite.adapters.docling_pdf import parse_pdf

        return parse_pdf(task.path, task.max_pages)
    from raglite.adapters.parse_text import decoded, parse_text

    content = task.path.read_bytes()
    if found in {Format.CSV, Format.TEXT}:
        return parse_text(decoded(content), found)
    from raglite.adapters.docling_office import parse_office

    return parse_office(decoded(content).encode() if found is Format.MARKDOWN else content, found, task.max_pages)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ValidationError as error:
        sys.exit(f"Not a task: {error}")
