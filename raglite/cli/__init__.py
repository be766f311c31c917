"""`raglite ...`: upload documents, ask questions, see how far each has come, find out what is set up wrongly."""

import sys

from raglite.cli.app import app


def main() -> None:
    """Run the command line; exits with sysexits codes (errors.py) on failure, 2 on wrong usage."""
    try:
        app(prog_name="raglite")
    finally:  # what ends late, such as the audit log, has no place in an answer
        sys.stdout.flush()
        sys.stdout = sys.stderr
