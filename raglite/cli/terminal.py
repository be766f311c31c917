"""Where words go: answers to stdout, everything else to stderr, each as plain as its reader needs it.

Colours, and what moves, are for terminals: elsewhere, with NO_COLOR (https://no-color.org) or TERM=dumb, no escape code
is written. In a pipe a row is a line, however long, and nothing is left out.
"""

import io
import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO, TypeVar, cast

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

WIDE = 1_000_000  # columns, where there is no terminal: wider than any row
USUAL = os.terminal_size((80, 25))  # a terminal that does not know its size
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TRAILING = re.compile(r" +$", re.MULTILINE)
_Item = TypeVar("_Item")


class Paper(Console):
    """A console that leaves a reader who went away to the door (door.py)."""

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True
        raise BrokenPipeError


class _Trimmed(io.TextIOBase):
    """Takes spaces from the ends of lines: a table fills its last column up to its longest cell."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        return self._stream.write(_TRAILING.sub("", text))

    def flush(self) -> None:
        self._stream.flush()


class _Kept:
    """Where answers go while `answers_apart` lasts, and what stderr is while something moves on it."""

    stream: TextIO | None = None
    moving: Console | None = None


@contextmanager
def answers_apart() -> Iterator[None]:
    """Keep stdout for answers: what services write there, audit log and metrics, at whatever time, goes to stderr."""
    if _Kept.stream is not None:
        yield
        return
    _Kept.stream, sys.stdout = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, _Kept.stream = _Kept.stream, None


@contextmanager
def moving() -> Iterator[Console]:
    """Yield stderr for something that is redrawn: what is said meanwhile stands above it."""
    _Kept.moving = _console(sys.stderr)
    try:
        yield _Kept.moving
    finally:
        _Kept.moving = None


def stdout() -> Console:
    """Return stdout as it is now."""
    return _console(_answers())


def stderr() -> Console:
    """Return stderr as it is now; its lines are never broken."""
    return _Kept.moving or _console(sys.stderr, soft_wrap=True)


def write(text: str) -> None:
    """Write text to stdout as it is."""
    _answers().write(text)


def complain(sentence: str) -> None:
    """Print one line on stderr."""
    stderr().print(f"raglite: {plain(' '.join(sentence.split()))}", soft_wrap=True)


def is_watched() -> bool:
    """Whether somebody sees stderr as it is written."""
    return sys.stderr.isatty()


def can_move() -> bool:
    """Whether what is on stderr can be redrawn."""
    return is_watched() and takes_codes()


def at_most(items: Sequence[_Item], number: int) -> Sequence[_Item]:
    """Return the first of them on a terminal, where too many hide the rest, and all of them in a pipe."""
    return items[:number] if _answers().isatty() else items


def plain(text: str) -> str:
    """Return text without control characters but tabs and line ends: a document must not steer a terminal."""
    return _CONTROL.sub("\ufffd", text)


def styled(text: str, style: str) -> Text:
    """Return text in a style."""
    return Text(plain(text), style=style)


def tabulated(*names: str, numbers: Collection[str] = (), whole: Collection[str] = ()) -> Table:
    """Return a table without lines, `numbers` to the right.

    Where it is too wide, cells are folded, not cut; those of columns that are to stay `whole`, whose words are short,
    are not.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        justify: JustifyMethod = "right" if name in numbers else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in whole)
    return table


def _answers() -> TextIO:
    return _Kept.stream or sys.stdout


def _console(stream: TextIO, *, soft_wrap: bool = False) -> Console:
    size = _size(stream) if stream.isatty() else os.terminal_size((WIDE, USUAL.lines))
    return Paper(
        file=stream if stream.isatty() else cast("TextIO", _Trimmed(stream)),
        width=size.columns,
        height=size.lines,
        color_system="auto" if takes_codes() else None,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=soft_wrap,
    )


def _size(stream: TextIO) -> os.terminal_size:
    found = USUAL
    with suppress(OSError):
        found = os.get_terminal_size(stream.fileno())
    columns = os.environ.get("COLUMNS", "")
    return os.terminal_size((int(columns) if columns.isdigit() else found.columns or USUAL.columns, found.lines or 25))


def takes_codes() -> bool:
    """Whether escape codes are wanted where there is a terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}
