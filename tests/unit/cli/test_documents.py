"""The list of documents, for people and for programs."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from raglite.cli.listing import listing
from raglite.errors import DependencyUnavailable
from raglite.ingestion.accounting import accounts
from raglite.ingestion.synchronize import synchronize
from raglite.model import DocumentVersion, VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import POLICY, World
from tests.unit.cli.conftest import CommandLine

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def filled(world: World, ingest: Callable[[str], None]) -> World:
    for key, body in (
        ("mills.pdf", report("Orchard Mills, Inc.", 2022)),
        ("mills.pdf", report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")),
        ("broken.pdf", BROKEN),
    ):
        world.clock.advance(1)
        world.upload(key, body)
        ingest(key)
    return world


def listed(raglite: CommandLine, *options: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(raglite("documents", "--json", *options).stdout)["documents"]
    return documents


def test_json_lists_every_version_newest_first_and_counts_states(raglite: CommandLine, filled: World) -> None:
    told = json.loads(raglite("documents", "--all", "--json").stdout)
    assert [(row["key"], row["state"], row["latest"], row["in_bucket"]) for row in told["documents"]] == [
        ("broken.pdf", "quarantined", True, True),
        ("mills.pdf", "searchable", True, True),
        ("mills.pdf", "superseded", False, True),
    ]
    counts = dict.fromkeys(VersionState, 0) | dict.fromkeys(("quarantined", "searchable", "superseded"), 1)
    assert told["totals"] == counts


def test_a_row_is_the_registrys_record_and_what_the_bucket_adds(raglite: CommandLine, filled: World) -> None:
    added = {"latest", "in_bucket", "partial", "upload_to_searchable_seconds"}
    for row in listed(raglite, "--all"):
        record = DocumentVersion.model_validate({name: value for name, value in row.items() if name not in added})
        assert filled.registry.find(record.key, record.version_id) == record
        assert set(row) == added | set(DocumentVersion.model_fields)


def test_the_json_is_documented_name_by_name(raglite: CommandLine, filled: World) -> None:
    page = (ROOT / "docs" / "reference" / "documents-json.md").read_text()
    named = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(named) == sorted(listed(raglite, "--all")[0])


def test_a_version_that_no_task_has_taken_up_is_listed_as_received(raglite: CommandLine, filled: World) -> None:
    filled.documents.put("new.pdf", b"text")
    assert [row["state"] for row in listed(raglite) if row["key"] == "new.pdf"] == ["received"]


def test_superseded_versions_are_left_out_unless_all_are_asked_for(raglite: CommandLine, filled: World) -> None:
    assert [row["state"] for row in listed(raglite)] == ["quarantined", "searchable"]
    assert len(listed(raglite, "--all")) == 3
    assert "1 superseded" in raglite("documents").stdout  # in the tally of all versions


def test_the_table_says_what_a_document_is_or_why_it_is_not_searchable(raglite: CommandLine, filled: World) -> None:
    head, broken, mills, _, tally, advice = raglite("documents").stdout.splitlines()
    assert head.split() == "key state what it is, or why not pages chunks".split()
    assert broken.split()[:3] == ["broken.pdf", "quarantined", "unreadable:"]
    assert "cannot be read: save it anew" in broken
    assert "searchable" in mills
    assert "Orchard Mills, Inc., 10-K FY2023" in mills
    assert mills.split()[-2] == "2"
    assert tally == "3 versions: 1 searchable, 1 quarantined, 1 superseded"
    assert "`raglite replay KEY`" in advice


def test_a_partial_document_says_which_pages_are_missing(raglite: CommandLine, filled: World) -> None:
    [mills] = [one for one in filled.registry.documents() if one.state is VersionState.SEARCHABLE]
    filled.registry.record(mills.model_copy(update={"pages_total": 120, "pages_missing": (7, 8, 40)}))
    lines = raglite("documents").stdout.splitlines()
    assert "10-K FY2023, partial, without pages 7, 8, 40" in lines[2]
    assert lines[2].split()[-2] == "117/120"
    assert "1 searchable (1 of them partial)" in lines[4]
    assert lines[5].startswith("partial: ")
    [row] = [row for row in listed(raglite) if row["key"] == "mills.pdf"]
    assert (row["partial"], row["pages_missing"]) == (True, [7, 8, 40])


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_a_terminal_and_keeps_every_word(world: World, columns: int) -> None:
    key = "orchard-mills/annual-reports/2023/orchard-mills-annual-report-and-accounts-2023-final.pdf"
    world.ingest(key, report("Orchard Mills International Holdings, Inc.", 2023))
    world.ingest("broken.pdf", BROKEN)
    console = Console(width=columns, file=io.StringIO())
    console.print(listing(accounts(world.documents, world.registry), everything=True))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    cells = "".join(line[: lines[0].index("state")].strip() for line in lines)
    assert key in cells
    assert "save it anew and upload it again" in " ".join(" ".join(lines).split())


def test_an_empty_bucket_says_how_to_begin(raglite: CommandLine) -> None:
    result = raglite("documents")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "raglite upload FILE" in result.stderr
    assert json.loads(raglite("documents", "--json").stdout)["documents"] == []


def test_where_everything_is_deleted_the_list_says_how_to_see_it(raglite: CommandLine, world: World) -> None:
    world.ingest("a.pdf", report("Orchard Mills, Inc.", 2023))
    world.documents.delete("a.pdf")
    synchronize("a.pdf", world.services(), POLICY)
    result = raglite("documents")
    assert "1 version: 1 deleted" in result.stdout
    assert "raglite documents --all" in result.stderr


# --- watching -----------------------------------------------------------------------------------------------------


def test_watching_ends_when_nothing_is_on_its_way_and_tells_each_change(
    raglite: CommandLine, world: World, ingest: Callable[[str], None]
) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.upload(key, report("Orchard Mills, Inc.", 2023))
    done = {(1, "a.pdf"), (3, "b.pdf")}  # in which pause; in the second nothing moves
    raglite.meanwhile = lambda key: ingest(key) if (len(raglite.pauses), key) in done else None

    result = raglite("documents", "--watch")

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "2 versions: 2 received",
        "2 versions: 1 received, 1 searchable",
        "2 versions: 2 searchable",
    ]
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:3]] == [
        ["a.pdf", "searchable"],
        ["b.pdf", "searchable"],
    ]


def test_watching_gives_up_when_its_time_is_over(raglite: CommandLine, world: World) -> None:
    world.upload("a.pdf", report("Orchard Mills, Inc.", 2023))
    result = raglite("documents", "--watch", "--timeout", "10", "--json")
    assert result.exit_code == 75
    assert sum(raglite.pauses) >= 10
    assert json.loads(result.stdout)["totals"]["received"] == 1
    assert "raglite reconcile" in result.stderr


def test_looks_that_take_long_are_far_apart(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many documents there are, a tenth of the time at most is spent looking."""
    world.upload("a.pdf", report("Orchard Mills, Inc.", 2023))
    known = world.registry.documents

    def slowly() -> Iterator[DocumentVersion]:
        world.clock.advance(5)
        return known()

    monkeypatch.setattr(world.registry, "documents", slowly)
    raglite("documents", "--watch", "--timeout", "100")
    assert raglite.pauses == [50, 50]


def test_a_terminal_is_redrawn(raglite: CommandLine, world: World, ingest: Callable[[str], None]) -> None:
    for number in range(30):
        world.upload(f"{number:02}.pdf", report("Orchard Mills, Inc.", 2023))
    raglite.meanwhile = ingest
    shown = raglite.on_a_terminal("documents", "--watch", columns=100)
    assert shown.exit_code == 0
    assert "30 versions: 30 received" in shown.text
    assert "... and 10 more on their way" in shown.text
    assert "30 versions: 30 searchable" in shown.lines[-1]
    assert "\x1b[1A\x1b[2K" in shown.text  # a line up, and it is empty


# --- the door -----------------------------------------------------------------------------------------------------


def test_a_key_can_neither_mark_up_nor_steer_the_terminal(raglite: CommandLine, world: World) -> None:
    world.registry.record(DocumentVersion(key="[red]a\x1b[2J:smile:.pdf", version_id="v", state=VersionState.RECEIVED))
    shown = raglite("documents", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "[red]a\ufffd[2J:smile:.pdf" in shown


def test_no_color_is_honoured(raglite: CommandLine, filled: World) -> None:
    green = "\x1b[32m"
    assert green in raglite("documents", env={"FORCE_COLOR": "1", "TERM": "xterm"}).stdout
    assert green not in raglite("documents", env={"FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1"}).stdout


def test_a_failure_is_one_line_and_the_errors_exit_code(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        raise DependencyUnavailable("DynamoDB", "not reachable;\ntry again.")

    monkeypatch.setattr(world.registry, "documents", unreachable)
    result = raglite("documents", "--json")
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr == "raglite: DynamoDB: not reachable; try again.\n"


def test_an_unknown_setting_is_refused_by_name(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLITE_DOCUMENT_BUCKET", "misspelt")
    result = raglite("documents")
    assert result.exit_code == 78
    assert result.stderr.startswith("raglite: Unknown setting RAGLITE_DOCUMENT_BUCKET.")
    assert result.stderr.count("\n") == 1
