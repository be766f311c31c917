"""The one door for errors, and what `--help` says of exit codes."""

import re
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from raglite.cli.exits import MEANINGS, OF, Exit
from raglite.cli.terminal import complain, takes_codes
from raglite.errors import RagliteError


class _Summed:
    """Is summed up, where it is one of many, by its first sentence; Click would cut it short."""

    help: str | None

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002  Click's own signature
        """Return that sentence."""
        return re.split(r"(?<=\.)\s", " ".join((self.help or "").split()), maxsplit=1)[0]


class Group(_Summed, TyperGroup):
    """Verbs that belong together."""


class Door(Group):
    """Says what went wrong in one line on stderr, and exits with the error's code."""

    def make_context(self, *given: Any, **extra: Any) -> Any:
        """Make the context; what Click and Typer print themselves keeps to the same rule of colours."""
        if not takes_codes():
            extra["color"] = False
        return super().make_context(*given, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except RagliteError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from error
        except BrokenPipeError as error:  # nobody reads on: `raglite documents | head`
            raise typer.Exit(Exit.CUT_OFF) from error

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """List every exit code, then what the group says last."""
        _write(formatter, MEANINGS)
        super().format_epilog(ctx, formatter)


class Verb(_Summed, TyperCommand):
    """A command that lists the exit codes that say something of its own."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """List them."""
        _write(formatter, OF.get(verb_of(ctx.command_path), {}))
        super().format_epilog(ctx, formatter)


def verb_of(command_path: str) -> str:
    """Return the verb without the program's name: `audit verify`."""
    return command_path.partition(" ")[2]


def _write(formatter: Any, codes: Mapping[int, str]) -> None:
    if codes:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in codes.items()])
