"""What the doctor finds right, what wrong, and what it says to do."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from raglite.adapters.json_lines import write_line
from raglite.cli.checks import CHECKS, machine
from raglite.cli.checks.faults import KINDS, Fault
from raglite.errors import DependencyUnavailable
from raglite.model import ObjectVersion
from raglite.ports.setup import Unseen
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.unit.cli import faults_made
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.faults_made import (
    MADE,
    Bench,
    Expected,
    dead_letters,
    failing,
    misspelt_setting,
    no_credentials,
    no_events,
    no_model,
    no_qdrant,
    no_versioning,
    nobody_where_the_service_should_be,
    unknown_api_key,
    wrong_value,
)

ALL = [check.name for check in CHECKS]


@pytest.fixture
def bench(raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(raglite, world, monkeypatch, tmp_path, stack)


def diagnosis(raglite: CommandLine) -> tuple[int, dict[str, dict[str, Any]]]:
    result = raglite("doctor", "--json")
    found = json.loads(result.stdout)
    assert found["ok"] == (result.exit_code == 0)
    return result.exit_code, {row["check"]: row for row in found["checks"]}


def failed(found: dict[str, dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    return {
        name: (row["code"], row["finding"], row["fix"]) for name, row in found.items() if row["outcome"] == "failed"
    }


def skipped(found: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, row in found.items() if row["outcome"] == "skipped"}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_a_fault_is_told_by_its_code_with_its_fix_and_nothing_else_is(
    bench: Bench, make: Callable[[Bench], Expected]
) -> None:
    check, fault, sentence, fix, exit_code, unlooked = make(bench)
    code, found = diagnosis(bench.raglite)
    assert failed(found) == {check: (fault.value, sentence, fix)}
    assert (code, skipped(found)) == (exit_code, unlooked)


def test_every_fault_is_made_by_a_test() -> None:
    text = Path(__file__).read_text() + Path(faults_made.__file__).read_text()
    assert [fault.name for fault in Fault if f"Fault.{fault.name}" not in text] == []
    assert set(KINDS) == set(Fault)


def test_a_registry_that_is_older_than_the_index_is_found(raglite: CommandLine, world: World) -> None:
    for key in ("a.pdf", "b.pdf"):
        world.ingest(key, report("Orchard Mills, Inc.", 2023, "Revenue was 2."))
    world.registry.number = 0
    code, found = diagnosis(raglite)
    told, sentence, fix = failed(found)["agreement"]
    assert (code, told, "older than the index" in sentence) == (75, Fault.REGISTRY_BEHIND, True)
    assert fix == "raglite restore --to-registry TABLE  # docs/how-to/restore.md"
    assert failed(found)["service"][0] == Fault.NOT_READY  # it refuses to answer, too


def test_a_service_that_is_not_ready_says_why_and_its_key_is_not_tried(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.index, "check", failing(DependencyUnavailable("Fake", "not reachable.")))
    code, found = diagnosis(raglite)
    told, sentence, fix = failed(found)["service"]
    assert (code, told, fix) == (75, Fault.NOT_READY, "curl http://service/readyz")
    assert "Fake: not reachable." in sentence
    assert found["API key"]["finding"] == "not before service is right"


def test_a_full_disk_is_found(raglite: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_DISK", 2**60)
    code, found = diagnosis(raglite)
    told, sentence, fix = failed(found)["disk"]
    assert (code, told, fix) == (75, Fault.DISK_FULL, "export TMPDIR=/ON/A/LARGER/DISK")
    assert sentence.endswith("GiB free, 1073741824 are needed.")


# --- all of it ----------------------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_a_good_installation(raglite: CommandLine, world: World) -> None:
    world.upload("mills.pdf", b"x")
    code, found = diagnosis(raglite)
    assert code == 0
    assert {name: row["outcome"] for name, row in found.items()} == dict.fromkeys(ALL, "ok")
    assert {(row["code"], row["fix"]) for row in found.values()} == {(None, None)}
    assert found["registry"]["finding"] == "raglite-registry is at commit 0, keys that wait for ingestion: 1"


def test_no_fault_hides_another(bench: Bench) -> None:
    makers = [no_versioning, dead_letters, no_qdrant, unknown_api_key, misspelt_setting, wrong_value]
    expected = {check: (fault.value, *told) for check, fault, *told, _, _ in (make(bench) for make in makers)}
    code, found = diagnosis(bench.raglite)
    assert failed(found) == expected
    assert code == 78  # the first one's


def test_on_a_machine_where_nothing_is_set_the_faults_are_those_of_what_is_not_there(bench: Bench) -> None:
    """As it is after a clone: no estate runs, no variable is set."""
    for name in ("DOCUMENTS_BUCKET", "PARSED_BUCKET", "API_KEY"):
        bench.patch.delenv(f"RAGLITE_{name}")
    makers = [no_credentials, no_model, no_qdrant, nobody_where_the_service_should_be]
    expected = {make(bench)[1] for make in makers} | {Fault.MISSING_SETTING}
    assert {told for told, _, _ in failed(diagnosis(bench.raglite)[1]).values()} == expected


def test_people_see_a_line_a_check_and_a_line_a_fix(bench: Bench) -> None:
    no_events(bench)
    lines = bench.raglite("doctor").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        word for name in ALL for word in (("failed", "fix:") if name == "events" else ("ok",))
    ] + ["1"]
    place = ALL.index("events")
    assert lines[place] == (
        "failed   events            events-off: The bucket documents does not tell EventBridge of uploads."
    )
    assert lines[place + 1].strip().startswith("fix: aws s3api put-bucket-notification-configuration")
    assert lines[-1] == "1 fault found."


def test_a_narrow_terminal_keeps_findings_in_their_column_and_a_fix_in_one_piece(bench: Bench) -> None:
    no_events(bench)
    lines = bench.raglite.on_a_terminal("doctor", columns=60, env={"NO_COLOR": "1"}).lines
    place = next(place for place, line in enumerate(lines) if line.startswith("failed"))
    assert lines[place : place + 3] == [
        "failed   events            events-off: The bucket documents ",
        "                           does not tell EventBridge of     ",
        "                           uploads.                         ",
    ]
    assert lines[place + 3].endswith("'{\"EventBridgeConfiguration\": {}}'")


def test_what_these_credentials_may_not_look_at_is_no_fault_and_hides_none(raglite: CommandLine, world: World) -> None:
    world.upload("mills.pdf", b"x")
    unseen = Unseen("these credentials may not look at it")
    every = ("keeps_versions", "tells_events", "deaf_rules", "dead_letters", "ingest_task", "has_value")
    raglite.setup.refused |= dict.fromkeys(every, unseen)
    code, found = diagnosis(raglite)
    assert code == 0
    assert skipped(found) == {"events", "rules", "hints", "ingest task", "API keys"}
    assert found["events"]["finding"] == "not looked at: these credentials may not look at it"
    assert found["versioning"]["finding"] == "on"  # the documents themselves show it


def test_where_versioning_cannot_be_seen_an_object_without_a_version_id_betrays_it(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.upload("mills.pdf", b"x")
    bare = ObjectVersion(key="mills.pdf", version_id="null", last_modified=world.clock.now())
    (versioned,) = world.documents.versions("mills.pdf")
    held = [bare]
    monkeypatch.setattr(world.documents, "versions", lambda _: tuple(held))
    raglite.setup.refused["keeps_versions"] = Unseen("these credentials may not look at bucket documents")
    told, sentence, _ = failed(diagnosis(raglite)[1])["versioning"]
    assert (told, sentence) == (
        Fault.VERSIONING_OFF,
        "mills.pdf has no version id: documents keeps no versions. Upload it again afterwards.",
    )
    held.insert(0, versioned)  # uploaded again, as it said
    assert diagnosis(raglite)[1]["versioning"]["finding"] == "on"


def test_what_parts_write_as_they_are_built_is_not_mixed_with_the_findings(
    raglite: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.index, "check", lambda _spec: write_line({"ModelLoad": 0.3}))
    assert diagnosis(raglite)[0] == 0
    assert "ModelLoad" in raglite("doctor").stderr


def test_the_doctor_changes_nothing(raglite: CommandLine, world: World) -> None:
    raglite("doctor")
    assert (list(world.documents.inventory()), list(world.registry.documents()), world.audit.records) == ([], [], [])
