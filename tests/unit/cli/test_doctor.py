"""What the doctor finds right, what wrong, and what it says to do."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from raglite.adapters.json_lines import write_line
from raglite.cli import checks
from raglite.errors import ConfigurationError, DependencyUnavailable
from raglite.model import ObjectVersion
from tests.fakes.embedder import SPEC
from tests.fakes.index import FakeIndex
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.unit.cli.conftest import CommandLine

ALL = [check.name for check in checks.CHECKS]


def outcomes(raglite: CommandLine) -> tuple[int, dict[str, tuple[str, str]]]:
    result = raglite("doctor", "--json")
    found = json.loads(result.stdout)
    assert found["ok"] == (result.exit_code == 0)
    return result.exit_code, {row["check"]: (row["outcome"], row["finding"]) for row in found["checks"]}


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


def test_nothing_is_wrong_with_a_good_installation(raglite: CommandLine, world: World) -> None:
    world.upload("mills.pdf", b"x")
    code, found = outcomes(raglite)
    assert code == 0
    assert {name: outcome for name, (outcome, _) in found.items()} == dict.fromkeys(ALL, "ok")
    assert found["registry"][1] == "raglite-registry is at commit 0, keys that wait for ingestion: 1"
    assert found["versioning"][1] == "on"


def test_people_see_a_line_a_check(raglite: CommandLine) -> None:
    lines = raglite("doctor").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * len(ALL)
    assert lines[1].split()[1:] == "documents bucket documents can be listed; it is empty".split()


def test_what_parts_write_as_they_are_built_is_not_mixed_with_the_findings(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.index, "check", lambda _spec: write_line({"ModelLoad": 0.3}))
    assert outcomes(raglite)[0] == 0
    assert "ModelLoad" in raglite("doctor").stderr


def test_the_doctor_changes_nothing(raglite: CommandLine, world: World) -> None:
    raglite("doctor")
    assert (list(world.documents.inventory()), list(world.registry.documents()), world.audit.records) == ([], [], [])


def test_without_settings_nothing_that_needs_them_is_tried(
    raglite: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAGLITE_PARSED_BUCKET")
    code, found = outcomes(raglite)
    assert code == 78
    assert found["settings"] == ("failed", "Set RAGLITE_PARSED_BUCKET to the bucket's name.")
    assert found["registry"] == ("skipped", "not before settings is right")
    assert {name for name, (outcome, _) in found.items() if outcome == "ok"} == {"disk"}


def test_each_part_that_fails_says_what_to_do_and_the_first_decides_the_exit_code(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        world.documents, "inventory", failing(ConfigurationError("There is no bucket documents: check."))
    )
    monkeypatch.setattr(world.registry, "waiting", failing(DependencyUnavailable("DynamoDB", "not reachable.")))
    code, found = outcomes(raglite)
    assert code == 78
    assert found["documents bucket"] == ("failed", "There is no bucket documents: check.")
    assert found["versioning"] == ("skipped", "not before documents bucket is right")
    assert found["registry"] == ("failed", "DynamoDB: not reachable.")
    assert found["parsed bucket"][0] == "ok"


def test_an_object_without_a_version_id_betrays_a_bucket_without_versioning(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upload("mills.pdf", b"x")
    bare = ObjectVersion(key="mills.pdf", version_id="null", last_modified=world.clock.now())
    (versioned,) = world.documents.versions("mills.pdf")
    held = [bare]
    monkeypatch.setattr(world.documents, "versions", lambda _: tuple(held))
    code, found = outcomes(raglite)
    assert code == 78
    assert "turn on versioning of documents" in found["versioning"][1]
    held.insert(0, versioned)  # uploaded again, as it said
    assert outcomes(raglite)[1]["versioning"] == ("ok", "on")


def test_an_index_of_another_model_is_found(raglite: CommandLine, world: World) -> None:
    index = FakeIndex()
    index.begin(SPEC.model_copy(update={"model": "another"}))
    object.__setattr__(world, "index", index)
    code, found = outcomes(raglite)
    assert (code, found["index"][0]) == (78, "failed")


def test_an_index_that_was_lost_is_told_from_one_that_was_never_begun(raglite: CommandLine, world: World) -> None:
    world.index.drop(world.index.name)
    assert outcomes(raglite)[1]["index"] == (
        "failed",
        "There is no collection yet: the first document, or the service, makes it.",
    )
    (begun,) = world.index.server.collections  # by the service
    world.index.drop(begun)
    world.registry.number = 7
    code, found = outcomes(raglite)
    assert (code, found["index"]) == (75, ("failed", "Fake: the collection is gone."))


def test_a_registry_that_is_older_than_the_index_is_found(raglite: CommandLine, world: World) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.ingest(key, report("Orchard Mills, Inc.", 2023, "Revenue was 2."))
    world.registry.number = 0
    code, found = outcomes(raglite)
    assert (code, found["index"][0], "older than the index" in found["index"][1]) == (75, "failed", True)


def test_a_service_that_is_not_ready_says_why_and_its_key_is_not_tried(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.index, "check", failing(DependencyUnavailable("Qdrant", "not reachable.")))
    code, found = outcomes(raglite)
    assert code == 75
    assert found["service"][0] == "failed"
    assert "Qdrant: not reachable." in found["service"][1]
    assert found["API key"] == ("skipped", "not before service is right")


def test_what_answers_but_is_no_service_is_found(raglite: CommandLine) -> None:
    raglite.respond = lambda _: httpx.Response(404)
    code, found = outcomes(raglite)
    assert code == 75
    assert "http://service/healthz answered 404; check RAGLITE_API_URL." in found["service"][1]


def test_a_key_that_the_service_does_not_know_is_found(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLITE_API_KEY", "stranger")
    code, found = outcomes(raglite)
    assert code == 77
    assert "does not know the key" in found["API key"][1]


def test_a_clock_that_is_off_is_found(raglite: CommandLine, world: World) -> None:
    well = raglite.respond

    def elsewhen(request: httpx.Request) -> httpx.Response:
        answer = well(request)
        answer.headers["date"] = format_datetime(world.clock.now() + timedelta(minutes=6), usegmt=True)
        return answer

    raglite.respond = elsewhen
    code, found = outcomes(raglite)
    assert (code, found["clock"]) == (
        78, ("failed", "The clock is 0:06:00 off the service's: set it, or AWS will refuse what it signs."),
    )  # fmt: skip


def test_a_full_disk_is_found(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_DISK", 2**60)
    code, found = outcomes(raglite)
    assert code == 75
    assert "GiB free, 1073741824 are needed: make room, or set TMPDIR." in found["disk"][1]


def test_what_nobody_foresaw_is_a_finding_too(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.registry, "commit_number", failing(ValueError("Invalid endpoint: nonsense")))
    code, found = outcomes(raglite)
    assert code == 70
    assert found["registry"] == ("failed", "ValueError: Invalid endpoint: nonsense")
    assert found["model"][0] == "ok"
