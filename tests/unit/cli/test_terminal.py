"""What people see on terminals, wide, narrow and plain, and what programs read from pipes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from raglite.model import VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine

ESCAPE = "\x1b"
LONG = "orchard-mills/annual-reports/2023/" + "orchard-mills-annual-report-and-accounts-2023-final/" * 5 + "a.pdf"
PLAIN = [{"NO_COLOR": "1"}, {"TERM": "dumb"}]
VERBS = [("documents",), ("documents", "--watch"), ("doctor",), ("drill",), ("query", "What was the revenue?")]


@pytest.fixture
def filled(world: World) -> World:
    world.ingest(LONG, report("Orchard Mills International Holdings, Inc.", 2023, "Revenue was 200 million."))
    world.ingest("broken.pdf", BROKEN)
    return world


@pytest.mark.parametrize("verb", VERBS)
def test_a_terminal_has_colours(raglite: CommandLine, filled: World, verb: tuple[str, ...]) -> None:
    assert f"{ESCAPE}[" in raglite.on_a_terminal(*verb).text


@pytest.mark.parametrize("plain", PLAIN)
@pytest.mark.parametrize("verb", VERBS)
def test_no_escape_code_is_written_where_none_is_wanted(
    raglite: CommandLine, filled: World, verb: tuple[str, ...], plain: dict[str, str]
) -> None:
    shown = raglite.on_a_terminal(*verb, env=plain)
    assert len(shown.lines) > 1
    assert ESCAPE not in shown.text


@pytest.mark.parametrize("verb", VERBS)
def test_a_pipe_gets_no_escape_code_and_no_spaces_at_the_end_of_a_line(
    raglite: CommandLine, filled: World, verb: tuple[str, ...]
) -> None:
    result = raglite(*verb)
    assert result.stdout
    assert ESCAPE not in result.output
    assert [line for line in result.stdout.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize(("env", "codes"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_what_typer_says_itself_keeps_to_the_same_rule(
    raglite: CommandLine, tmp_path: Path, env: dict[str, str], codes: bool
) -> None:
    """That completion was installed is the one thing it says in colour."""
    shell = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    shown = raglite.on_a_terminal("--install-completion", "bash", env=shell | env)
    assert "bash completion installed in" in shown.text
    assert (ESCAPE in shown.text) is codes


def test_in_a_pipe_a_row_is_a_line_however_long(raglite: CommandLine, filled: World) -> None:
    lines = raglite("documents", env={"COLUMNS": "40"}).stdout.splitlines()
    [broken] = [line for line in lines if line.startswith("broken.pdf")]
    assert "save it anew and upload it again" in broken
    assert LONG in [line.split()[0] for line in lines if line]


def test_in_a_pipe_every_missing_page_is_named_and_on_a_terminal_the_first(raglite: CommandLine, world: World) -> None:
    world.ingest("mills.pdf", report("Orchard Mills, Inc.", 2023))
    [mills] = world.registry.documents()
    assert mills.state is VersionState.SEARCHABLE
    missing = tuple(range(1, 41))
    world.registry.record(mills.model_copy(update={"pages_total": 120, "pages_missing": missing}))
    assert f"without pages {', '.join(map(str, missing))}" in raglite("documents").stdout
    assert "8, 9, 10, ..." in " ".join(raglite.on_a_terminal("documents", columns=200).text.split())


@pytest.mark.parametrize("columns", [60, 200])
def test_a_terminal_is_not_left_on_its_right_and_no_letter_is_lost(
    raglite: CommandLine, filled: World, columns: int
) -> None:
    lines = raglite.on_a_terminal("documents", columns=columns, env={"NO_COLOR": "1"}).lines
    assert max(map(len, lines)) <= columns
    head = next(line for line in lines if " state " in line)
    cells = [line[: head.index("state")].strip() for line in lines]
    assert LONG in "".join(cells)
    assert "…" not in "".join(lines)


def test_a_wait_shows_a_bar_on_a_terminal_and_takes_it_away(
    raglite: CommandLine, tmp_path: Path, ingest: Callable[[str], None]
) -> None:
    (tmp_path / "a.pdf").write_bytes(report("Orchard Mills, Inc.", 2023))
    raglite.meanwhile = ingest
    shown = raglite.on_a_terminal("upload", str(tmp_path), "--wait", columns=120)
    assert "━" in shown.text
    assert "1 received" in shown.text
    assert f"{ESCAPE}[2K" in shown.text


@pytest.mark.parametrize("plain", PLAIN)
def test_a_wait_is_told_in_lines_where_nothing_is_to_move(
    raglite: CommandLine, tmp_path: Path, ingest: Callable[[str], None], plain: dict[str, str]
) -> None:
    (tmp_path / "a.pdf").write_bytes(report("Orchard Mills, Inc.", 2023))
    raglite.meanwhile = ingest
    shown = raglite.on_a_terminal("upload", str(tmp_path), "--wait", env=plain)
    assert shown.lines[:3] == [
        "uploading: 1 of 1",
        "waiting: 0 of 1, 1 received",
        "waiting: 1 of 1, 1 searchable",
    ]
    assert ESCAPE not in shown.text


def test_in_a_pipe_nothing_is_told_of_a_wait(
    raglite: CommandLine, tmp_path: Path, ingest: Callable[[str], None]
) -> None:
    (tmp_path / "a.pdf").write_bytes(report("Orchard Mills, Inc.", 2023))
    raglite.meanwhile = ingest
    assert raglite("upload", str(tmp_path), "--wait", env={"FORCE_COLOR": "1"}).stderr == ""


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_who_stops_reading_is_written_to_no_more(options: tuple[str, ...]) -> None:
    script = "import sys, raglite.cli; sys.argv = ['raglite', 'drill', *sys.argv[1:]]; raglite.cli.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), complaints) == (141, "")
