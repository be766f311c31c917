"""What the verbs that mend things share: who says so, and where the audit line goes."""

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
def audited_on_stderr() -> Iterator[None]:
    """Let the audit log write to stderr: stdout is for the answer."""
    with redirect_stdout(sys.stderr):
        yield
