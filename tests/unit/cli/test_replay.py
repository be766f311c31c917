"""`raglite replay`: what people and scripts are told."""

import json

import pytest

from raglite.adapters.audit_log import JsonAuditLog
from raglite.model import VersionState
from tests.fakes.parser import BROKEN, report
from tests.fakes.services import World
from tests.fakes.watched import Watched, failing
from tests.unit.cli.conftest import CommandLine


@pytest.fixture
def broken(world: World) -> World:
    world.ingest("good.pdf", report("Orchard Mills, Inc.", 2023))
    world.ingest("broken.pdf", BROKEN)
    world.ingest("empty.pdf", b"")
    return world


def test_a_quarantined_document_waits_again(raglite: CommandLine, broken: World) -> None:
    result = raglite("replay", "broken.pdf")
    assert (result.exit_code, result.stdout) == (0, "broken.pdf waits to be indexed again (version v2).\n")
    assert broken.states("broken.pdf") == {"v2": VersionState.RECEIVED}
    assert (broken.registry.waiting(), broken.tasks.woken) == (("broken.pdf",), 1)
    assert broken.audit.records[-1][1].startswith("raglite")


def test_all_quarantined_documents_wait_again(raglite: CommandLine, broken: World) -> None:
    told = json.loads(raglite("replay", "--all-quarantined", "--json").stdout)
    replayed = [{"key": "broken.pdf", "version_id": "v2"}, {"key": "empty.pdf", "version_id": "v3"}]
    assert told == {"replayed": replayed, "busy": [], "woken": True}
    again = raglite("replay", "--all-quarantined")
    assert (again.exit_code, again.stdout) == (0, "Nothing is quarantined: there is nothing to replay.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["good.pdf"], 65, "No version of good.pdf is quarantined (searchable)"),
        (["brokn.pdf"], 66, "Nobody knows brokn.pdf. Is it broken.pdf?"),
        ([], 65, "Name one KEY, or all by --all-quarantined."),
        (["broken.pdf", "--all-quarantined"], 65, "Name one KEY, or all by --all-quarantined."),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_a_sentence(
    raglite: CommandLine, broken: World, arguments: list[str], code: int, said: str
) -> None:
    result = raglite("replay", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert broken.registry.waiting() == ()


def test_a_document_that_a_task_works_on_is_named_and_left_alone(raglite: CommandLine, broken: World) -> None:
    broken.registry.acquire("broken.pdf", "task", 60)
    result = raglite("replay", "--all-quarantined")
    assert result.exit_code == 75
    assert "a task works on broken.pdf at the moment" in result.stderr
    assert result.stdout == "empty.pdf waits to be indexed again (version v3).\n"


def test_a_task_that_cannot_be_woken_is_a_remark(raglite: CommandLine, broken: World) -> None:
    object.__setattr__(broken, "tasks", Watched(broken.tasks, before=failing("wake")))
    result = raglite("replay", "broken.pdf")
    assert result.exit_code == 0
    assert "the schedule starts one within five minutes" in result.stderr


def test_the_audit_line_does_not_disturb_the_json(raglite: CommandLine, broken: World) -> None:
    object.__setattr__(broken, "audit", JsonAuditLog(broken.clock))
    result = raglite("replay", "broken.pdf", "--json")
    assert json.loads(result.stdout)["woken"]
    assert json.loads(result.stderr)["action"] == "document_replayed"
