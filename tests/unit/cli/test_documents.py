"""The list of documents, for people and for programs."""

import json
from collections.abc import Callable

import pytest

from raglite.errors import DependencyUnavailable
from raglite.model import DocumentVersion, VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine


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


def test_json_is_the_registrys_records_newest_first(raglite: CommandLine, filled: World) -> None:
    rows = json.loads(raglite("documents", "--all", "--json").stdout)["documents"]
    documents = [DocumentVersion.model_validate(row) for row in rows]
    assert set(rows[0]) == set(DocumentVersion.model_fields)
    assert [(one.key, one.state) for one in documents] == [
        ("broken.pdf", VersionState.QUARANTINED),
        ("mills.pdf", VersionState.SEARCHABLE),
        ("mills.pdf", VersionState.SUPERSEDED),
    ]


def test_superseded_versions_are_left_out_unless_all_are_asked_for(raglite: CommandLine, filled: World) -> None:
    assert "superseded" not in raglite("documents").stdout
    assert "superseded" in raglite("documents", "--all").stdout


def test_the_table_says_what_a_document_is_or_why_it_is_not_searchable(raglite: CommandLine, filled: World) -> None:
    head, broken, mills = raglite("documents").stdout.splitlines()
    assert head.split() == "key state what it is, or why not pages chunks".split()
    assert broken.split()[:3] == ["broken.pdf", "quarantined", "unreadable:"]
    assert "cannot be read: save it anew" in broken
    assert "searchable" in mills
    assert "Orchard Mills, Inc., 10-K FY2023" in mills
    assert mills.split()[-2] == "2"


def test_an_empty_registry_says_how_to_begin(raglite: CommandLine) -> None:
    result = raglite("documents")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "raglite upload FILE" in result.stderr
    assert json.loads(raglite("documents", "--json").stdout) == {"documents": []}


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
