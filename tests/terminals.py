"""Pseudo terminals: what a program writes where somebody watches."""

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

LINES = 40


@dataclass
class Terminal:
    """`stream` is what a program writes to; `text` is all of it once the terminal is closed."""

    stream: TextIO
    read: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self.read.decode()


@contextmanager
def pseudo_terminal(columns: int = 80) -> Iterator[Terminal]:
    """Yield a terminal that is so wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    terminal = Terminal(os.fdopen(slave, "w", encoding="utf-8"))
    reader = threading.Thread(target=_read, args=(master, terminal.read))
    reader.start()
    try:
        yield terminal
    finally:
        terminal.stream.close()
        reader.join()
        os.close(master)


def _read(master: int, into: bytearray) -> None:
    with suppress(OSError):  # Linux says so when nobody has the terminal open any more
        while some := os.read(master, 65536):
            into += some
