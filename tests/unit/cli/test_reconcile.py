"""`raglite reconcile`: what people and scripts are told, and how it waits."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from raglite.ingestion.disagreement import FindingKind
from raglite.ingestion.reconciling import EXIT_CODES
from raglite.telemetry import AuditAction
from tests.fakes.parser import report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.cli.conftest import CommandLine

MILLS = report("Orchard Mills, Inc.", 2023, "Revenue was 200 million.")


@pytest.fixture
def settled(world: World) -> World:
    world.ingest("mills.pdf", MILLS)
    world.ingest("other.pdf", MILLS)
    world.clock.advance(3600)
    return world


@pytest.fixture
def unheard(settled: World) -> World:
    settled.documents.put("unheard.pdf", MILLS)
    settled.clock.advance(3600)
    return settled


def told(raglite: CommandLine, *options: str) -> Any:
    return json.loads(raglite("reconcile", "--json", *options).stdout)


def test_where_all_agree_it_says_so(raglite: CommandLine, settled: World) -> None:
    result = raglite("reconcile")
    assert result.exit_code == 0
    assert result.stdout == "2 keys, 2 versions compared: bucket, registry and index agree.\n"


def test_a_finding_is_shown_with_its_sentence_and_is_the_exit_code(raglite: CommandLine, unheard: World) -> None:
    result = raglite("reconcile")
    head, row, count = result.stdout.splitlines()
    assert head.split() == ["finding", "key", "version", "what", "is", "wrong"]
    assert row.split()[:4] == ["lost", "event", "unheard.pdf", "v3"]
    assert row.endswith("The bucket holds it, and nobody has looked at it.")
    assert count == "3 keys, 3 versions compared: 1 finding at 1 key."
    assert result.exit_code == EXIT_CODES[FindingKind.LOST_EVENT]
    assert (unheard.registry.waiting(), unheard.tasks.woken) == ((), 0)


def test_keys_on_the_way_are_counted_and_not_judged(raglite: CommandLine, unheard: World) -> None:
    unheard.registry.request("unheard.pdf")
    assert raglite("reconcile").stdout.endswith("agree; 1 key on the way, not judged.\n")


def test_json_has_every_kind_and_every_finding(raglite: CommandLine, unheard: World) -> None:
    found = told(raglite)
    assert found == {
        "keys": 3,
        "versions": 3,
        "busy": 0,
        "loss": None,
        "findings": [
            {
                "kind": "lost_event",
                "key": "unheard.pdf",
                "version_id": "v3",
                "sentence": "The bucket holds it, and nobody has looked at it.",
            }
        ],
        "kinds": {kind.value: int(kind is FindingKind.LOST_EVENT) for kind in FindingKind},
    }


def test_a_repair_says_what_it_asked_for(raglite: CommandLine, unheard: World) -> None:
    result = raglite("reconcile", "--repair")
    assert "Requested another look at 1 key.\n" in result.stdout
    assert result.exit_code == EXIT_CODES[FindingKind.LOST_EVENT]  # it was found; whether it is mended nobody knows yet
    assert (unheard.registry.waiting(), unheard.tasks.woken) == (("unheard.pdf",), 1)
    action, actor, _ = unheard.audit.records[-1]
    assert (action, actor.startswith("raglite")) == (AuditAction.RECONCILED, True)


def test_a_repair_that_is_waited_for_tells_what_is_left(
    raglite: CommandLine, unheard: World, ingest: Callable[[str], None]
) -> None:
    raglite.meanwhile = lambda key: ingest(key) if len(raglite.pauses) == 2 else None
    result = raglite("reconcile", "--repair", "--wait", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["requested"], found["woken"]) == (["unheard.pdf"], True)
    assert (len(found["findings"]), found["left"]["findings"]) == (1, [])
    assert raglite.pauses == [1.0, 1.5]


def test_people_are_told_what_is_left(raglite: CommandLine, unheard: World, ingest: Callable[[str], None]) -> None:
    raglite.meanwhile = ingest
    lines = raglite("reconcile", "--repair", "--wait").stdout.splitlines()
    assert lines[-2:] == [
        "After the repair:",
        "3 keys, 3 versions compared: bucket, registry and index agree.",
    ]


def test_waiting_gives_up_when_its_time_is_over(raglite: CommandLine, unheard: World) -> None:
    result = raglite("reconcile", "--repair", "--wait", "--timeout", "60")
    assert result.exit_code == 75
    assert sum(raglite.pauses) >= 60
    assert "the ingest tasks' log" in result.stderr


def test_a_task_that_cannot_be_woken_is_a_remark(raglite: CommandLine, unheard: World) -> None:
    object.__setattr__(unheard, "tasks", Watched(unheard.tasks, before=failing("wake")))
    result = raglite("reconcile", "--repair")
    assert "the schedule starts one within five minutes" in result.stderr
    assert unheard.registry.waiting() == ("unheard.pdf",)


def test_the_grace_is_chosen(raglite: CommandLine, settled: World) -> None:
    settled.documents.put("young.pdf", MILLS)
    settled.clock.advance(100)
    assert raglite("reconcile").exit_code == 0
    assert raglite("reconcile", "--grace", "60").exit_code == EXIT_CODES[FindingKind.LOST_EVENT]


def test_the_help_names_every_exit_code(raglite: CommandLine) -> None:
    said = " ".join(raglite("reconcile", "--help").stdout.split())
    assert all(f"{code} {kind.value.replace('_', ' ')}" in said for kind, code in EXIT_CODES.items())


def test_waiting_without_a_repair_is_refused(raglite: CommandLine, settled: World) -> None:
    result = raglite("reconcile", "--wait")
    assert (result.exit_code, "--repair" in result.stderr) == (65, True)
    assert list(settled.registry.work()) == []
