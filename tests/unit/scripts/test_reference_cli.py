"""The page of the command line is what the command line says."""

import shlex
from typing import Any

import pytest

from raglite.cli.checks.faults import Fault
from raglite.cli.exits import MEANINGS
from scripts.reference import cli
from tests.unit.observability.test_runbooks import understood

VERBS = dict(cli.verbs())
LINES = [line for lines in cli.EXAMPLES.values() for line in lines]


def section(verb: str) -> str:
    """Return what the page says of a verb."""
    return cli.page().split(f"\n## raglite {verb}\n")[1].split("\n## ")[0]


def test_the_page_in_the_repository_is_what_the_command_line_says() -> None:
    assert cli.PAGE.read_text() == cli.page(), "run `python -m scripts.reference.cli`"


@pytest.mark.parametrize("verb", VERBS)
def test_every_argument_and_option_is_on_the_page_with_its_help(verb: str) -> None:
    parameters: list[Any] = VERBS[verb].params
    said = section(verb).replace("\\|", "|")
    assert [one.name for one in parameters if (one.help or "?") not in said] == []
    assert [name for one in parameters for name in one.opts if name.startswith("-") and f"`{name}`" not in said] == []


def test_defaults_bounds_and_repetition_are_told() -> None:
    assert "| `--timeout` | `FLOAT RANGE x>=0` | `900` |" in section("upload")
    assert "| `--company` | `TEXT`, repeatable |  |" in section("query")
    assert "| `--file` | `PATH` | `dashboards/slo.json` |" in section("slo")
    assert "| `--without` | `TEXT`, repeatable | `canary` |" in section("feedback report")
    assert "| `--from` | `[backup\\|documents]` | `backup` |" in section("restore")
    assert "| `QUESTION` | required |" in section("query")


def test_every_verb_has_an_example() -> None:
    assert set(cli.EXAMPLES) == set(VERBS)


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_one_that_the_command_line_takes(
    line: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raglite, *words = shlex.split(line.partition(" | ")[0])
    for name in words:  # files that must be there
        if name.endswith((".jsonl", ".pdf")) and "/" not in name:
            (tmp_path / name).touch()
    words = [str(tmp_path) if word == "~/reports" else word for word in words]
    assert raglite == "raglite"
    assert understood(words)


def test_every_exit_code_and_every_fault_of_the_doctor_is_on_the_page() -> None:
    page = cli.page()
    assert [code for code, meaning in MEANINGS.items() if f"| {int(code)} | {meaning} |" not in page] == []
    assert [fault for fault in Fault if f"| `{fault}` |" not in page] == []
