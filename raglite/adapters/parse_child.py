"""The process that parses one file and may die of it: `python -m raglite.adapters.parse_child`.

It reads its terms as JSON from its arguments and sets its own limits before anything heavy is loaded; loads a reader,
if it was started early; reads its task as a line of JSON from its input, whose end says that there is none; and leaves
its result in the folder it was started in: a ParsedDocument, or why there is none. It dies with the thread that
started it.
"""

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

from pydantic import ValidationError

from raglite.adapters.parse_format import READ_BY_DOCLING, Format, format_of
from raglite.adapters.parse_limits import RESULT, ParseLimits, hold_to
from raglite.errors import NO_ROOM, DocumentRejected, ReasonCode
from raglite.model import Frozen, ParsedDocument

NOT_NEEDED = ("torch", "transformers")  # docling loads them where they are installed: 2 s and 200 MB for nothing
DISK_FULL = os.EX_IOERR  # the exit status that says so


class Terms(Frozen):
    """For whom this process works, within which limits, and the format that it is to be ready for."""

    parent: int
    limits: ParseLimits
    expected: Format | None = None


class Task(Frozen):
    """What to parse."""

    path: Path
    name: str


class Outcome(Frozen):
    """The result: exactly one of a document and a rejection."""

    document: ParsedDocument | None = None
    reason: ReasonCode | None = None
    sentence: str = ""


def main(arguments: list[str]) -> int:
    """Do the task that comes, on the terms of the one argument; 0 if a result was left, or none was wanted."""
    terms = Terms.model_validate_json(arguments[0])
    hold_to(terms.limits, terms.parent)
    sys.modules.update(cast("dict[str, ModuleType]", dict.fromkeys(NOT_NEEDED)))  # None is "not there" to an import
    _load(terms.expected)
    line = sys.stdin.buffer.readline()
    return work(Task.model_validate_json(line), terms.limits) if line else 0


def work(task: Task, limits: ParseLimits) -> int:
    """Leave a result and return 0; DISK_FULL if there is no room for it."""
    try:
        leave(outcome_of(task, limits))
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        sys.stderr.write(f"{error}\n")
        return DISK_FULL
    return 0


def leave(outcome: Outcome) -> None:
    """Write the result, whole or not at all; one that is too long is left as a rejection."""
    unfinished = RESULT.with_suffix(".unfinished")
    try:
        unfinished.write_text(outcome.model_dump_json(exclude_defaults=True))
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        sentence = "What was read of the document is too long to be kept. Split it."
        rejection = Outcome(reason=ReasonCode.TOO_LARGE, sentence=sentence)
        unfinished.write_text(rejection.model_dump_json(exclude_defaults=True))
    unfinished.rename(RESULT)


def _load(expected: Format | None) -> None:
    """Import what reads a format: most of the time that a short document takes."""
    if expected is Format.PDF:
        importlib.import_module("raglite.adapters.docling_pdf")
    elif expected in READ_BY_DOCLING:
        importlib.import_module("raglite.adapters.docling_office")


def outcome_of(task: Task, limits: ParseLimits) -> Outcome:
    """Parse, and make of whatever happens a result; OSError if the disk is full, ImportError if a parser is missing."""
    try:
        return Outcome(document=_bounded(_parse(task, limits), limits))
    except DocumentRejected as rejection:
        return Outcome(reason=rejection.reason, sentence=str(rejection))
    except ImportError:  # the installation's fault and no document's: the exit status tells
        raise
    except Exception as error:  # noqa: BLE001  the process's edge: whatever a parser throws at a file is about that file
        return _failed(error)


def _failed(error: Exception) -> Outcome:
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            raise cause
        if isinstance(cause, MemoryError) or "bad_alloc" in str(cause):
            return Outcome(reason=ReasonCode.PARSE_MEMORY_LIMIT)
    for cause in _causes(error):  # without its text, which may quote the document: this goes to the operators' log
        sys.stderr.writelines([*traceback.format_tb(cause.__traceback__), f"{type(cause).__qualname__}\n"])
    sentence = f"The parser failed on this file ({type(error).__name__}). Save it anew and upload that."
    return Outcome(reason=ReasonCode.UNREADABLE, sentence=sentence)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _bounded(parsed: ParsedDocument, limits: ParseLimits) -> ParsedDocument:
    """Every later step takes time and memory by the length of the text, which the file's size does not tell."""
    check_length(sum(len(page.text) for page in parsed.pages), limits)
    return parsed


def check_length(characters: int, limits: ParseLimits) -> None:
    """Raise DocumentRejected if there are more characters of text than are allowed."""
    if characters > limits.max_characters:
        sentence = (
            f"The document has {characters:,} characters of text; {limits.max_characters:,} are allowed. Split it."
        )
        raise DocumentRejected(ReasonCode.TOO_LARGE, sentence)


def _parse(task: Task, limits: ParseLimits) -> ParsedDocument:
    found = format_of(task.path, task.name, limits.max_unpacked_bytes)
    if found is Format.PDF:
        from raglite.adapters.docling_pdf import parse_pdf

        return parse_pdf(task.path, limits.max_pages, limits.threads)
    from raglite.adapters.parse_text import decoded, letters, parse_text

    content = task.path.read_bytes()
    if found in {Format.CSV, Format.TEXT, Format.MARKDOWN}:
        text = decoded(content)
        check_length(letters(text), limits)  # before a layout of all of it takes minutes and gigabytes
        if found is not Format.MARKDOWN:
            return parse_text(text, found)
        content = text.encode()
    from raglite.adapters.docling_office import parse_office

    return parse_office(content, found, limits.max_pages)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ValidationError as error:
        sys.exit(f"Not a task: {error}")
