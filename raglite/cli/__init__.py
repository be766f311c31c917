"""`raglite ...`: upload documents, ask questions, see how far each has come, find out what is set up wrongly."""

import io
import os
import sys
import traceback

from raglite.cli.app import app
from raglite.cli.exits import Exit
from raglite.cli.terminal import complain


def main() -> None:
    """Run the command line; it ends with one of the codes in exits.py."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter shows its number
    try:
        try:
            app(prog_name="raglite")
        finally:  # what ends late, such as the audit log, has no place in an answer
            sys.stdout.flush()
            sys.stdout = sys.stderr
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains when it flushes at its end
        sys.exit(Exit.CUT_OFF)
    except Exception:  # noqa: BLE001  the process's edge: what nobody foresaw has an exit code of its own
        traceback.print_exc()
        complain("This is a fault of ours: report it with the lines above.")
        sys.exit(Exit.FAULT_OF_OURS)
