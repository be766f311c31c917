"""What the verbs that reach for services themselves share: who says so, and where their lines go."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

ACTOR = "raglite"


def operator() -> str:
    """Return the name under which the audit log knows who runs this command."""
    try:
        return f"{ACTOR} ({getpass.getuser()})"
    except (KeyError, OSError):  # a container may run under a user id without a name
        return ACTOR


@contextmanager
def lines_on_stderr() -> Iterator[None]:
    """Let audit log and metrics write to stderr: stdout is for the answer."""
    with redirect_stdout(sys.stderr):
        yield
