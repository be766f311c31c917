"""Uploading, and waiting for exactly what was uploaded."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from raglite.errors import ConfigurationError
from raglite.model import DocumentVersion, VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
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
    return {versions[0].key: len(versions) for versions in world.documents.inventory()}


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


def watch(world: World, part: str, **listening: Callable[[str], None]) -> None:
    object.__setattr__(world, part, Watched(getattr(world, part), **listening))


def many(folder: Path, count: int) -> Path:
    for number in range(count):
        (folder / f"{number:03}.pdf").write_bytes(ANNUAL)
    return folder


# --- what does not go well ----------------------------------------------------------------------------------------


def test_an_upload_that_s3_does_not_take_at_once_is_tried_again(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    watch(world, "documents", before=failing("upload", times=4))
    assert raglite("upload", str(folder / "old")).exit_code == 0
    assert raglite.pauses == [1, 2, 4, 8]
    assert held(world) == {"mills.pdf": 1}


def test_a_file_that_cannot_be_uploaded_is_named_and_the_others_are_uploaded(
    raglite: CommandLine, tmp_path: Path, world: World
) -> None:
    many(tmp_path, 1)
    watch(world, "documents", before=failing("upload", times=5))
    result = raglite("upload", str(tmp_path), "--json")
    assert (result.exit_code, held(world)) == (75, {})
    assert json.loads(result.stdout)["failed"] == [
        {"key": "000.pdf", "sentence": "Fake: upload did not answer; try again."}
    ]
    assert "000.pdf was not uploaded: Fake: upload did not answer; try again." in result.stderr


def test_a_file_that_vanishes_is_named_and_the_others_are_uploaded(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    def vanish(call: str) -> None:
        if call == "upload":
            (folder / "old" / "mills.pdf").unlink(missing_ok=True)

    watch(world, "documents", before=vanish)
    result = raglite("upload", str(folder))
    assert (result.exit_code, held(world)) == (65, {"a b+c%20é 财.pdf": 1})
    assert f"old/mills.pdf was not uploaded: {folder}/old/mills.pdf cannot be read (No such file" in result.stderr


def test_a_wrong_setting_is_told_once_however_many_files_there_are(
    raglite: CommandLine, tmp_path: Path, world: World
) -> None:
    many(tmp_path, 40)
    refused = ConfigurationError("There is no bucket documents: check the RAGLITE_* setting that names it.")
    watch(world, "documents", before=failing("upload", times=40, error=refused))
    result = raglite("upload", str(tmp_path))
    assert (result.exit_code, result.stderr) == (78, f"raglite: {refused}\n")


def test_an_erased_version_that_nobody_had_looked_at_is_waited_for_no_longer(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    raglite.meanwhile = lambda key: world.documents.erase(key, world.documents.versions(key)[0].version_id)
    result = raglite("upload", str(folder / "old"), "--wait", "--json")
    (row,) = listed(result)
    assert (result.exit_code, row["state"], row["reason"]) == (65, "deleted", "erased")
    assert sum(raglite.pauses) < 10


def test_a_registry_that_does_not_answer_for_a_moment_does_not_end_the_wait(
    raglite: CommandLine, folder: Path, world: World, ingest: Callable[[str], None]
) -> None:
    watch(world, "registry", before=failing("find", times=1))
    raglite.meanwhile = ingest
    assert raglite("upload", str(folder), "--wait").exit_code == 0


def test_a_registry_that_never_answers_is_told_of_when_the_time_is_over(
    raglite: CommandLine, folder: Path, world: World
) -> None:
    watch(world, "registry", before=failing("find", times=1000))
    result = raglite("upload", str(folder), "--wait", "--timeout", "5")
    assert (result.exit_code, sum(raglite.pauses)) == (75, 5)
    assert "find did not answer" in result.stderr


def test_the_registry_is_asked_fifty_times_a_second_at_most(raglite: CommandLine, tmp_path: Path, world: World) -> None:
    many(tmp_path, 130)
    asked: Counter[int] = Counter()

    def count(call: str) -> None:
        asked[len(raglite.pauses)] += call == "find"

    watch(world, "registry", before=count)
    raglite("upload", str(tmp_path), "--wait", "--timeout", "20")
    at_the_end = asked.pop(len(raglite.pauses))
    assert (set(asked.values()), at_the_end) == ({50}, 130)


def test_a_look_that_outlasts_the_wait_is_the_last(raglite: CommandLine, folder: Path, world: World) -> None:
    watch(world, "registry", after=lambda call: world.clock.advance(40 if call == "find" else 0))
    result = raglite("upload", str(folder), "--wait", "--timeout", "30")
    assert (result.exit_code, raglite.pauses) == (75, [0])


def test_where_nothing_moves_looks_become_rare(raglite: CommandLine, folder: Path) -> None:
    raglite("upload", str(folder), "--wait", "--timeout", "30")
    assert raglite.pauses[:4] == [1.5, 2.25, 3.375, 5]
    assert set(raglite.pauses[4:-1]) == {5}
    assert sum(raglite.pauses) == 30


def test_ctrl_c_tells_that_the_documents_go_on_without_it(
    raglite: CommandLine, folder: Path, ingest: Callable[[str], None]
) -> None:
    def interrupted(key: str) -> None:
        if key.startswith("old"):
            raise KeyboardInterrupt
        ingest(key)

    raglite.meanwhile = interrupted
    result = raglite("upload", str(folder), "--wait")
    assert result.exit_code == 130
    assert "Stopped waiting: 0 of 2 had come to rest. The others go on by themselves" in result.stderr


def test_ctrl_c_while_uploading_tells_how_many_are_up(raglite: CommandLine, folder: Path, world: World) -> None:
    watch(world, "documents", before=failing("upload", error=KeyboardInterrupt()))  # type: ignore[arg-type]  # as if
    result = raglite("upload", str(folder / "old"))
    assert result.exit_code == 130
    assert "0 of 1 files had been uploaded" in result.stderr


def test_the_same_bytes_again_compute_nothing(
    raglite: CommandLine, folder: Path, ingest: Callable[[str], None]
) -> None:
    raglite.meanwhile = ingest
    for _ in range(2):
        (row,) = listed(raglite("upload", str(folder / "old"), "--wait", "--json"))
    assert row["state"] == "searchable"
    assert (row["embeddings_computed"], row["embeddings_reused"] > 0, row["pages_reused"] > 0) == (0, True, True)
