"""`raglite ...`: upload documents, ask questions, see how far each has come, find out what is set up wrongly."""

from raglite.cli.app import app


def main() -> None:
    """Run the command line; exits with sysexits codes (errors.py) on failure, 2 on wrong usage."""
    app(prog_name="raglite")
