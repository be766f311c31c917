"""Exit codes: one table, which every verb and every help keeps to."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

import raglite.cli
from raglite.cli.app import app
from raglite.cli.door import verb_of
from raglite.cli.exits import MEANINGS, OF, Exit
from raglite.errors import RagliteError
from raglite.ingestion.reconciling import EXIT_CODES
from tests.unit.cli.conftest import CommandLine

SOURCES = sorted(Path(raglite.cli.__file__).parent.rglob("*.py"))


def verbs(command: Any, path: str = "raglite") -> Iterator[str]:
    for name, one in getattr(command, "commands", {}).items():
        if hasattr(one, "commands"):
            yield from verbs(one, f"{path} {name}")
        else:
            yield verb_of(f"{path} {name}")


def errors(kind: type[RagliteError] = RagliteError) -> Iterator[type[RagliteError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from errors(below)


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert {kind.exit_code for kind in errors()} <= set(MEANINGS)


def test_what_is_said_of_verbs_is_of_verbs_there_are_and_of_codes_there_are() -> None:
    assert set(OF) <= set(verbs(typer.main.get_command(app)))
    assert {code for codes in OF.values() for code in codes} <= set(MEANINGS) | set(EXIT_CODES.values())


def test_no_verb_has_a_number_of_its_own() -> None:
    calls = [
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"typer.Exit", "sys.exit", "SystemExit"}
    ]
    assert len(calls) > 10
    assert [ast.unparse(call) for call in calls if any(isinstance(one, ast.Constant) for one in call.args)] == []


def test_the_help_lists_every_code(raglite: CommandLine) -> None:
    shown = " ".join(raglite("--help").stdout.split())
    assert [code for code, meaning in MEANINGS.items() if f"{code} {meaning}" not in shown] == []


@pytest.mark.parametrize("verb", OF)
def test_a_verbs_help_says_what_its_codes_mean(raglite: CommandLine, verb: str) -> None:
    shown = " ".join(raglite(*verb.split(), "--help").stdout.split())
    assert [code for code, meaning in OF[verb].items() if f"{code} {meaning}" not in shown] == []


@pytest.mark.parametrize("wrong", [("nonsense",), ("query",), ("documents", "--nonsense"), ("upload", "/nowhere")])
def test_wrong_usage_is_2_and_leaves_stdout_empty(raglite: CommandLine, wrong: tuple[str, ...]) -> None:
    result = raglite(*wrong)
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    assert "Error: " in result.stderr


def test_ctrl_c_is_130_without_a_traceback(raglite: CommandLine) -> None:
    def interrupted(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    raglite.respond = interrupted
    result = raglite("query", "What?", "--json")
    assert (result.exit_code, result.output) == (Exit.INTERRUPTED, "")


def test_what_nobody_foresaw_is_a_fault_of_ours() -> None:
    script = "import raglite.cli as cli; cli.app = lambda **_: {}['nothing']; cli.main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (Exit.FAULT_OF_OURS, "")
    assert "KeyError: 'nothing'" in done.stderr
    assert done.stderr.endswith("raglite: This is a fault of ours: report it with the lines above.\n")
