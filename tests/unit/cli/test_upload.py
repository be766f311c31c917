"""Uploading, and waiting for exactly what was uploaded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from raglite.model import DocumentVersion, VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine

ANNUAL = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reports" / "old").mkdir(parents=True)
    (tmp_path / "reports" / "a b+c%20é 财.pdf").write_bytes(ANNUAL)
    (tmp_path / "reports" / "old" / "mills.pdf").write_bytes(ANNUAL + b" Older.")
    (tmp_path / "reports" / ".hidden").write_bytes(b"x")
    return tmp_path / "reports"


def listed(result: Result) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(result.stdout)["documents"]
    return documents


def held(world: World) -> dict[str, int]:
    return {key: len(world.documents.versions(key)) for key in world.documents.keys()}  # noqa: SIM118  a port's method


def test_a_directorys_files_are_stored_under_their_paths_in_it(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    result = raglite("upload", str(folder))
    assert result.exit_code == 0
    assert held(world) == {"a b+c%20é 财.pdf": 1, "old/mills.pdf": 1}


def test_a_file_is_stored_under_its_name_below_the_prefix(raglite: CommandLine, folder: Path, world: World) -> None:
    raglite("upload", str(folder / "old" / "mills.pdf"), "--prefix", "/red/2023/")
    raglite("upload", str(folder / "old" / "mills.pdf"))
    assert held(world) == {"mills.pdf": 1, "red/2023/mills.pdf": 1}


def test_the_same_key_again_makes_a_second_version(raglite: CommandLine, folder: Path, world: World) -> None:
    versions = [listed(raglite("upload", str(folder), "--json"))[0]["version_id"] for _ in range(2)]
    assert held(world) == {"a b+c%20é 财.pdf": 2, "old/mills.pdf": 2}
    assert len(set(versions)) == 2


def test_json_gives_every_version_as_the_registry_does(raglite: CommandLine, folder: Path) -> None:
    documents = [DocumentVersion.model_validate(row) for row in listed(raglite("upload", str(folder), "--json"))]
    assert [(one.key, one.state, one.size) for one in documents] == [
        ("a b+c%20é 财.pdf", "received", len(ANNUAL)),
        ("old/mills.pdf", "received", len(ANNUAL) + 7),
    ]


def test_two_files_for_one_key_are_refused_before_anything_is_uploaded(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    (folder / "mills.pdf").write_bytes(ANNUAL)
    result = raglite("upload", str(folder / "mills.pdf"), str(folder / "old" / "mills.pdf"))
    assert result.exit_code == 65
    assert "would both be stored as mills.pdf" in result.stderr
    assert result.stderr.count("\n") == 1
    assert held(world) == {}


def test_an_empty_directory_and_a_missing_one_are_refused(raglite: CommandLine, tmp_path: Path) -> None:
    empty = raglite("upload", str(tmp_path))
    assert (empty.exit_code, empty.stdout) == (65, "")
    assert "There is no file in" in empty.stderr
    assert raglite("upload", str(tmp_path / "missing")).exit_code == 2


def test_waiting_ends_well_once_everything_is_searchable(
    raglite: CommandLine, folder: Path, ingest: Callable[[str], None]
) -> None:
    raglite.meanwhile = ingest
    result = raglite("upload", str(folder), "--wait", "--json")
    assert result.exit_code == 0
    assert [(row["key"], row["state"], row["filing"]["company"]) for row in listed(result)] == [
        ("a b+c%20é 财.pdf", "searchable", "Orchard Mills, Inc."),
        ("old/mills.pdf", "searchable", "Orchard Mills, Inc."),
    ]
    assert result.stderr == ""
    assert len(raglite.pauses) == 1


def test_a_quarantined_document_is_shown_with_its_reason_and_makes_the_exit_code_65(
    raglite: CommandLine, folder: Path, ingest: Callable[[str], None]
) -> None:
    (folder / "broken.pdf").write_bytes(BROKEN)
    raglite.meanwhile = ingest
    result = raglite("upload", str(folder), "--wait")
    assert result.exit_code == 65
    row = next(line for line in result.stdout.splitlines() if line.startswith("broken.pdf"))
    assert "quarantined" in row
    assert "unreadable: broken.pdf cannot be read: save it anew and upload it again." in row
    assert "1 of 3 will not become searchable" in result.stderr


def test_only_the_uploaded_version_is_waited_for(
    raglite: CommandLine, folder: Path, ingest: Callable[[str], None]
) -> None:
    raglite("upload", str(folder))
    ingest("old/mills.pdf")
    ingest("a b+c%20é 财.pdf")
    result = raglite("upload", str(folder), "--wait", "--timeout", "3", "--json")
    assert result.exit_code == 75
    assert [row["state"] for row in listed(result)] == ["received", "received"]
    assert "2 of 2 had not come to rest in time" in result.stderr
    assert sum(raglite.pauses) == 3


def test_a_version_that_a_later_upload_superseded_is_no_failure(
    raglite: CommandLine, folder: Path, world: World, ingest: Callable[[str], None]
) -> None:
    def later_one_arrives(key: str) -> None:
        if len(world.documents.versions(key)) == 1:
            world.upload(key, ANNUAL + b" Newer.")
        ingest(key)

    raglite.meanwhile = later_one_arrives
    result = raglite("upload", str(folder / "old"), "--wait", "--json")
    assert result.exit_code == 0
    assert [row["state"] for row in listed(result)] == ["superseded"]


def test_a_version_that_was_deleted_meanwhile_makes_the_exit_code_65(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    def somebody_deletes_it(key: str) -> None:
        (version,) = world.documents.versions(key)
        world.registry.record(DocumentVersion(key=key, version_id=version.version_id, state=VersionState.DELETED))

    raglite.meanwhile = somebody_deletes_it
    result = raglite("upload", str(folder / "old"), "--wait", "--json")
    assert [row["state"] for row in listed(result)] == ["deleted"]
    assert result.exit_code == 65
